/** What all pages show: what is now, or was at a moment, or was known at a time. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { ask, pathOf, Unanswered } from '../api/ask.ts';
import { momentText } from '../format.ts';
import { heardCount, isServerThere } from '../live/live.ts';
import { at, goLive, isLive, knownAt, pin, pinned, type Seen, seen } from '../moment.ts';
import { needsToken } from '../sign-in-state.ts';

const isOpen = signal(false);
const problem = signal<string | undefined>(undefined);

export function MomentSwitch() {
  return (
    <div class="moment" data-kind={isLive.value ? 'live' : 'past'}>
      {isLive.value ? (
        <FormButton title="Show another moment">
          <span
            class="dot"
            data-there={isServerThere.value && !needsToken.value}
            aria-hidden="true"
          />
          {stateText()}
          <span class="heard" key={heardCount.value} aria-hidden="true" />
        </FormButton>
      ) : (
        <>
          <FormButton>
            <SeenAt />
          </FormButton>
          {(pinned.value.at !== at.value || pinned.value.knownAt !== knownAt.value) && (
            <button
              type="button"
              onClick={() => pin(seen.value)}
              title="Every page and tab shows it"
            >
              Pin
            </button>
          )}
          <button type="button" onClick={goLive} title="Back to now (l)">
            Live
          </button>
        </>
      )}
      {isOpen.value && <MomentForm />}
    </div>
  );
}

interface FormButtonProps {
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** Opens the form under it, and closes it. */
function FormButton({ title, children }: FormButtonProps) {
  return (
    <button
      type="button"
      class="quiet"
      aria-expanded={isOpen.value}
      onClick={() => {
        isOpen.value = !isOpen.value;
      }}
      title={title}
    >
      {children}
    </button>
  );
}

function stateText(): string {
  if (!isServerThere.value) return 'Not connected';
  return needsToken.value ? 'Not signed in' : 'Live';
}

function SeenAt() {
  const [moment, known] = [at.value, knownAt.value];
  return (
    <span class="seen-at">
      {moment !== undefined && (
        <span>
          <span class="as-of">as of </span>
          <time>{momentText(moment)}</time>
        </span>
      )}
      {known !== undefined && (
        <span>
          <span class="as-known">as known at </span>
          <time>{momentText(known)}</time>
        </span>
      )}
    </span>
  );
}

function MomentForm() {
  return (
    <form
      class="popover"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const [moment, known] = [form.get('moment'), form.get('known')].map(textIn);
        void pinIfUnderstood({ at: moment, knownAt: known });
      }}
    >
      <MomentField name="moment" label="Show every page as it was at" empty="now" shown={at.value}>
        A time in UTC like 2026-03-14T15:09:26Z, <code>height:800000</code> or{' '}
        <code>position:123</code>.
      </MomentField>
      <MomentField
        name="known"
        label="As known at"
        empty="all that is recorded"
        shown={knownAt.value}
      >
        A time in UTC: leaves out what was recorded only after it, though it happened before.
      </MomentField>
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
      <div class="line">
        <button type="submit" class="main">
          Show
        </button>
        {!isLive.value && (
          <button
            type="button"
            onClick={() => {
              isOpen.value = false;
              goLive();
            }}
          >
            Back to now
          </button>
        )}
      </div>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  /** What is shown where nothing is chosen. */
  readonly empty: string;
  readonly shown: string | undefined;
  /** What can be written. */
  readonly children: ComponentChildren;
}

function MomentField({ name, label, empty, shown, children }: FieldProps) {
  const help = `${name}-help`;
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        autocomplete="off"
        spellcheck={false}
        placeholder={empty}
        defaultValue={shown ?? ''}
        aria-describedby={help}
      />
      <p id={help}>{children}</p>
    </>
  );
}

function textIn(value: FormDataEntryValue | null | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** The server knows what a moment is: it is asked before every page is. */
async function pinIfUnderstood(chosen: Seen): Promise<void> {
  try {
    await ask(pathOf('/peers', { ...chosen }));
    problem.value = undefined;
    isOpen.value = false;
    pin(chosen);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    problem.value = error.message;
  }
}
