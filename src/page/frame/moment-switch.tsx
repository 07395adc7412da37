/** The moment that all pages show: live, or one of the past. */
import { signal } from '@preact/signals';
import { ask, pathOf, Unanswered } from '../api/ask.ts';
import { momentText } from '../format.ts';
import { heardCount, isServerThere } from '../live/live.ts';
import { at, goLive, ofThisPage, pin, pinned } from '../moment.ts';

const isOpen = signal(false);
const problem = signal<string | undefined>(undefined);

export function MomentSwitch() {
  const moment = at.value;
  return (
    <div class="moment" data-kind={moment === undefined ? 'live' : 'past'}>
      {moment === undefined ? (
        <button
          type="button"
          class="quiet"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
          title="Show another moment"
        >
          <span class="dot" data-there={isServerThere.value} aria-hidden="true" />
          {isServerThere.value ? 'Live' : 'Not connected'}
          <span class="heard" key={heardCount.value} aria-hidden="true" />
        </button>
      ) : (
        <>
          <button
            type="button"
            class="quiet"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            <span class="as-of">as of </span>
            <time>{momentText(moment)}</time>
          </button>
          {ofThisPage.value !== undefined && pinned.value !== moment && (
            <button type="button" onClick={() => pin(moment)} title="Every page and tab shows it">
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

function MomentForm() {
  return (
    <form
      class="popover"
      onSubmit={(event) => {
        event.preventDefault();
        const value = new FormData(event.currentTarget).get('moment');
        if (typeof value === 'string') void pinIfUnderstood(value.trim());
      }}
    >
      <label for="moment">Show every page as it was at</label>
      <div class="line">
        <input
          id="moment"
          name="moment"
          autocomplete="off"
          spellcheck={false}
          placeholder="2026-03-14T15:09:26Z"
          aria-describedby="moment-help"
        />
        <button type="submit" class="main">
          Show
        </button>
      </div>
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
      <p id="moment-help">
        A time in UTC, <code>height:800000</code> or <code>position:123</code>.
      </p>
    </form>
  );
}

/** The server knows what a moment is: it is asked before every page is. */
async function pinIfUnderstood(moment: string): Promise<void> {
  if (moment === '') {
    goLive();
    isOpen.value = false;
    return;
  }
  try {
    await ask(pathOf('/peers', { at: moment }));
    problem.value = undefined;
    isOpen.value = false;
    pin(moment);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    problem.value = error.message;
  }
}
