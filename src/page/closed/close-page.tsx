/** One closed channel: its summary, where each satoshi went, and why it closed. */
import { useMemo } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import { type NamedChannel, namingFields } from '../api/fields.ts';
import type { Closed } from '../api/json.ts';
import { sat, UNKNOWN } from '../format.ts';
import { seen, seenInAddress } from '../moment.ts';
import { channelName, peerName } from '../names.ts';
import { Message, ShowAnswer } from '../parts/message.tsx';
import { placed } from '../parts/placed.ts';
import { StateBadge } from '../parts/state.tsx';
import { useTitle } from '../parts/title.ts';
import { hrefOf } from '../route.ts';
import {
  amountsOf,
  costOf,
  heightsOf,
  idsOf,
  kindText,
  lifetimeOf,
  reasonText,
  type Said,
} from './close-texts.ts';
import { DossierView, useDossier, Verdict } from './dossier.tsx';
import { flowOf } from './flow.ts';
import { FlowPicture, summaryOf } from './flow-picture.tsx';
import { OutputTable } from './output-table.tsx';
import { WayToUs } from './to-us-view.tsx';
import { useClosed } from './use-closed.ts';

interface ClosePageProps {
  readonly node: string;
  readonly name: string;
}

const NEVER = () => false;

export function ClosePage({ node, name }: ClosePageProps) {
  const closed = useClosed(node);
  const open = useAnswer<readonly NamedChannel[]>(
    pathOf('/channels', { node, ...seen.value, fields: namingFields }),
    { isTouchedBy: NEVER },
  );
  const channels = useMemo(
    () => namesOf([...(closed.answer ?? []), ...(open.answer ?? [])]),
    [closed.answer, open.answer],
  );
  useTitle('Closed channel');
  return (
    <ShowAnswer of={closed} what="this close">
      {(all) => {
        const found = all.find(({ channelId }) => channelId === name);
        return found === undefined ? (
          <Message title="Not closed then">
            <a href={hrefOf(['channel', node, name], seenInAddress())}>The channel</a> was not
            closed at the moment that is shown.
          </Message>
        ) : (
          <CloseView closed={found} channels={channels} />
        );
      }}
    </ShowAnswer>
  );
}

function namesOf(
  rows: readonly Pick<Closed, 'channelId' | 'shortChannelIds'>[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { channelId, shortChannelIds } of rows) {
    for (const name of [channelId, ...shortChannelIds]) names.set(name, channelId);
  }
  return names;
}

interface CloseViewProps {
  readonly closed: Closed;
  readonly channels: ReadonlyMap<string, string>;
}

const inSat = (one: Said): Said => ({ ...one, label: `${one.label}, sat` });

function CloseView({ closed, channels }: CloseViewProps) {
  const { close, nodeId, channelId } = closed;
  const flow = useMemo(() => flowOf(closed), [closed]);
  const dossier = useDossier(closed);
  const reason = reasonText(close);
  const { whyNot } = closed.costToUs ?? {};
  const cost = costOf(closed);
  const said: readonly Said[] = [
    { field: 'kind', label: 'kind', text: kindText(close), from: 'close.kind' },
    {
      ...{ field: 'closed', label: 'closed', from: 'close.closedAt' },
      text: placed(close.closedAt, close.closedAtBounds),
    },
    ...heightsOf(closed),
    ...idsOf(closed),
    ...[...amountsOf(closed), whyNot ? { ...cost, text: `${cost.text}: ${whyNot}` } : cost].map(
      inSat,
    ),
    ...lifetimeOf(closed).map(inSat),
    { field: 'reason', label: 'source says', text: reason },
  ].filter(({ text }) => text !== '');
  return (
    <article class="close-page" data-close={channelId}>
      <header class="channel-title">
        <h1>
          {channelName(closed)} <span class="soft">with</span> {peerName(closed)}
          <StateBadge of={closed} />
        </h1>
        <p class="soft">
          <a href="#/closed">All closed channels</a> ·{' '}
          <a href={hrefOf(['channel', nodeId, channelId], seenInAddress())}>Its life until then</a>
        </p>
        {dossier.answer !== undefined && dossier.old === undefined && (
          <Verdict of={dossier.answer} />
        )}
      </header>
      <section class="panel">
        <h2>Where each satoshi went</h2>
        {flow.totalSat === 0n ? (
          <p class="soft">No source told what the channel held, or what came out of it.</p>
        ) : (
          <>
            <p class="flow-summary">{summaryOf(flow)}.</p>
            <FlowPicture
              flow={flow}
              channel={flow.isCapacityKnown ? 'capacity' : 'what came out'}
            />
            {flow.excessSat > 0n && (
              <p class="bad">
                {sat(flow.excessSat.toString())} sat more came out than the channel held: what was
                told of it does not fit together.
              </p>
            )}
            <OutputTable flow={flow} close={close} />
          </>
        )}
        <WayToUs closed={closed} flow={flow} />
      </section>
      <section class="panel summary" aria-labelledby="summary-title">
        <h2 id="summary-title">Summary</h2>
        <dl class="pairs">
          {said.map(({ field, label, text, from }) => (
            <div key={field}>
              <dt>{label}</dt>
              <dd data-field={field}>
                {from === undefined || text === UNKNOWN ? (
                  text
                ) : (
                  <a href={hrefOf(['channel', nodeId, channelId, from], seenInAddress())}>{text}</a>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <DossierView closed={closed} dossier={dossier} channels={channels} />
    </article>
  );
}
