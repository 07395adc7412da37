/** Why it closed: the verdict, and everything that the record knows of it, each line with its basis. */
import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { WrittenDossier } from '../../ledger/forensics/redact.ts';
import { VERDICTS } from '../../ledger/forensics/verdict-words.ts';
import { type Answered, useAnswer } from '../api/answer.ts';
import { type Parameters, pathOf } from '../api/ask.ts';
import type { Closed, JsonOf } from '../api/json.ts';
import { outsideText } from '../format.ts';
import { seen } from '../moment.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { hrefOf } from '../route.ts';
import { namedIn, touchesDossier } from './dossier-touched.ts';

type Dossier = JsonOf<WrittenDossier>;
type Line = Dossier['sections'][number]['lines'][number];

const DOSSIER_MS = 3000;

type Named = Pick<Closed, 'nodeId' | 'channelId'>;

const pathOfDossier = ({ nodeId, channelId }: Named, more: Parameters = {}) =>
  pathOf(`/channels/${channelId}/dossier`, { node: nodeId, ...seen.value, ...more });

export function useDossier(closed: Closed): Answered<Dossier> {
  const named = useRef<ReadonlySet<string> | undefined>(undefined);
  const answered = useAnswer<Dossier>(pathOfDossier(closed), {
    isTouchedBy(told) {
      const { current } = named;
      return current === undefined || told.some((one) => touchesDossier(one, closed, current));
    },
    everyMs: DOSSIER_MS,
  });
  const { answer } = answered;
  named.current = useMemo(
    () => answer && namedIn(answer.sections.flatMap(({ lines }) => lines)),
    [answer],
  );
  return answered;
}

/** What one opens the page for; everything that it rests on is below. */
export function Verdict({ of: { verdict } }: { readonly of: Dossier }) {
  return (
    <p class="verdict" data-cause={verdict.cause}>
      <strong>{VERDICTS[verdict.cause]}</strong>
      <span>{verdict.by === 'unknown' ? 'by whom is unknown' : `by ${verdict.by}`}</span>
      <BasisMark basis={verdict.basis} />
      {verdict.events.length === 0 ? (
        <span class="soft">no event decides it</span>
      ) : (
        <EventLinks events={verdict.events} />
      )}
    </p>
  );
}

interface DossierProps {
  readonly closed: Named;
  readonly dossier: Answered<Dossier>;
  /** Channels of the same node, by every name they have. */
  readonly channels: ReadonlyMap<string, string>;
}

export function DossierView({ closed, dossier, channels }: DossierProps) {
  const { nodeId } = closed;
  const file = (format: string, full?: 'true') => pathOfDossier(closed, { format, full });
  return (
    <section class="dossier panel" aria-labelledby="dossier-title">
      <div class="title-line">
        <h2 id="dossier-title">Why it closed</h2>
        <p class="files">
          <span class="soft">For a bug report, names and times left out: </span>
          <a href={file('html')} download="dossier.html">
            HTML
          </a>
          <a href={file('markdown')} download="dossier.md">
            Markdown
          </a>
          <span class="soft">Everything: </span>
          <a href={file('html', 'true')} download="dossier-full.html">
            HTML in full
          </a>
        </p>
      </div>
      <ShowAnswer of={dossier} what="the dossier">
        {({ sections }) => (
          <>
            {sections.map(({ title, lines }) => (
              <section key={title}>
                <h3>{title}</h3>
                <ul>
                  {lines.map((line, index) => (
                    <LineView key={index} line={line} nodeId={nodeId} channels={channels} />
                  ))}
                </ul>
              </section>
            ))}
          </>
        )}
      </ShowAnswer>
    </section>
  );
}

interface LineProps {
  readonly line: Line;
  readonly nodeId: string;
  readonly channels: ReadonlyMap<string, string>;
}

function LineView({ line, nodeId, channels }: LineProps) {
  return (
    <li>
      <BasisMark basis={line.basis} />
      <span class="said">{linked(outsideText(line.text), nodeId, channels)}</span>
      <EventLinks events={line.events} />
    </li>
  );
}

function BasisMark({ basis }: { readonly basis: Line['basis'] }) {
  return (
    <span class="basis" data-basis={basis}>
      {basis}
    </span>
  );
}

function EventLinks({ events }: { readonly events: readonly string[] }) {
  return (
    <span class="rests">
      {events.map((id) => (
        <a key={id} href={hrefOf(['event', id])} title={`event ${id}`}>
          {id.slice(0, 8)}
        </a>
      ))}
    </span>
  );
}

const NAME = /([0-9a-f]{64}|\d+x\d+x\d+)/;

/** A name of a channel that this node has leads to it; everything else stays text. */
function linked(
  text: string,
  nodeId: string,
  channels: ReadonlyMap<string, string>,
): ComponentChildren {
  return text.split(NAME).map((part, index) => {
    const channelId = channels.get(part);
    if (channelId === undefined) return part;
    return (
      <a key={index} href={hrefOf(['channel', nodeId, channelId])}>
        {part}
      </a>
    );
  });
}
