/** One channel: its life as a chart, a slider through it, its state at any moment, its events. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { ask, pathOf } from '../api/ask.ts';
import type { Balance, Channel, FeeChange, HistoryPage } from '../api/json.ts';
import { BalanceBar } from '../channels/balance-bar.tsx';
import { momentText, shortId } from '../format.ts';
import { stepper } from '../keyboard.ts';
import type { Told } from '../live/live.ts';
import { at, knownAt, seen, seenInAddress } from '../moment.ts';
import { channelName, peerName } from '../names.ts';
import { Message } from '../parts/message.tsx';
import { useTitle } from '../parts/title.ts';
import { hrefOf } from '../route.ts';
import { EventList } from './event-list.tsx';
import { HtlcTable } from './htlc-table.tsx';
import { after, type Connection, marksOf, markTypes, spanOf } from './life.ts';
import { LifeView } from './life-view.tsx';
import { NextEvent } from './next-event.tsx';
import { StatePanel } from './state-panel.tsx';
import { showMoment } from './time-slider.tsx';

interface ChannelPageProps {
  readonly node: string;
  readonly name: string;
}

const STATE_MS = 100;
const CURVE_MS = 1000;
/** About six for each pixel of a wide window. */
const MOST_POINTS = 9000;

export function ChannelPage({ node, name }: ChannelPageProps) {
  const [moment, known] = [at.value, knownAt.value];
  const base = `/channels/${encodeURIComponent(name)}`;
  const touched = useMemo(() => touchedBy(name), [name]);
  const state = useAnswer<Channel>(pathOf(`${base}/state`, { node, ...seen.value }), {
    isTouchedBy: touched,
    everyMs: STATE_MS,
  });
  const life = useLife(base, node, touched);
  const { now } = life;
  const shown = state.answer;
  useTitle(now === undefined ? 'Channel' : `${channelName(now)} ${peerName(now)}`);
  const step = useSteps(base, { node, knownAt: known }, shown?.lastEventAt, moment !== undefined);
  if (now === undefined) {
    if (life.problem === undefined) return <p class="asking">Asking for the channel …</p>;
    return <Message title="No answer about this channel">{life.problem}</Message>;
  }
  return (
    <article class="channel-page">
      <Title channel={shown ?? now} />
      {shown !== undefined && <BalanceBar channel={shown} part={1} />}
      <LifeView {...life} now={now} at={moment} shown={shown} onStep={step} />
      {state.problem !== undefined ? (
        <Message title="Nothing is known of that moment">{state.problem}</Message>
      ) : (
        shown !== undefined && (
          <div
            class="at-moment"
            aria-busy={state.isAsking}
            data-moment={moment ?? 'now'}
            data-known={known ?? 'all'}
          >
            <section class="panel">
              <h2>
                {moment === undefined ? 'State now' : `State at ${momentText(moment)}`}
                {known !== undefined && <small>as known at {momentText(known)}</small>}
              </h2>
              <StatePanel channel={shown} />
            </section>
            <NextEvent
              base={base}
              question={{ node, knownAt: known }}
              lastEventAt={shown.lastEventAt}
              isNow={moment === undefined}
              isTouchedBy={touched}
            />
          </div>
        )
      )}
      {shown !== undefined && <HtlcTable channel={shown} />}
      <EventList base={base} question={{ node, ...seen.value }} isTouchedBy={touched} />
    </article>
  );
}

function Title({ channel }: { readonly channel: Channel }) {
  const { peerId, channelType, opener, fundingOutpoint, sources, status } = channel;
  const { nodeId, channelId } = channel;
  return (
    <header class="channel-title">
      <h1>
        {channelName(channel)} <span class="soft">with</span> {peerName(channel)}
        <span class="state" data-status={status}>
          {status}
        </span>
      </h1>
      <p class="soft">
        {[
          peerId !== undefined && `peer ${shortId(peerId)}`,
          opener !== undefined && `opened by ${opener === 'local' ? 'us' : 'them'}`,
          channelType,
          fundingOutpoint !== undefined && `channel point ${shortId(fundingOutpoint)}`,
          `told by ${sources.join(' and ')}`,
        ]
          .filter((text) => text !== false)
          .join(' · ')}
      </p>
      {(status === 'closed' || status === 'resolved') && (
        <p>
          <a href={hrefOf(['closed', nodeId, channelId], seenInAddress())}>
            Why it closed, and where each satoshi went
          </a>
        </p>
      )}
    </header>
  );
}

/** Whether an event is of this channel, of its gossip, or of its peer. */
function touchedBy(channelId: string): (told: readonly Told[]) => boolean {
  return (told) =>
    told.some(({ stream }) => stream.includes(channelId) || stream.startsWith('gossip-'));
}

/** Everything about all of its life as far as it was known, whatever moment is shown. */
function useLife(base: string, node: string, isTouchedBy: (told: readonly Told[]) => boolean) {
  const often = { isTouchedBy, everyMs: STATE_MS };
  const seldom = { isTouchedBy, everyMs: CURVE_MS };
  const asked = { node, knownAt: knownAt.value };
  const now = useAnswer<Channel>(pathOf(`${base}/state`, asked), often);
  const first = useAnswer<HistoryPage>(pathOf(`${base}/history`, { ...asked, limit: 1 }), seldom);
  const points = useAnswer<readonly Balance[]>(
    pathOf(`${base}/balances`, { ...asked, points: MOST_POINTS }),
    seldom,
  );
  const fees = useAnswer<readonly FeeChange[]>(pathOf(`${base}/fees`, asked), seldom);
  const marked = useAnswer<HistoryPage>(
    pathOf(`${base}/history`, { ...asked, type: markTypes, limit: 200 }),
    seldom,
  );
  const connections = useAnswer<readonly Connection[]>(
    pathOf(`${base}/connections`, asked),
    seldom,
  );
  const marks = useMemo(() => marksOf(marked.answer?.entries ?? []), [marked.answer]);
  const firstEntry = first.answer?.entries[0];
  const span = useMemo(() => spanOf(firstEntry, now.answer), [firstEntry, now.answer]);
  return {
    now: now.answer,
    problem: now.problem,
    span,
    points: points.answer,
    fees: fees.answer ?? [],
    marks,
    connections: connections.answer ?? [],
  };
}

interface Narrowed {
  readonly node: string;
  readonly knownAt: string | undefined;
}

/** From event to event. The server is asked which comes next: a page has only some of them. */
function useSteps(
  base: string,
  { node, knownAt: known }: Narrowed,
  lastEventAt: string | undefined,
  isPast: boolean,
): (direction: -1 | 1) => void {
  const latest = useRef({ lastEventAt, isPast });
  latest.current = { lastEventAt, isPast };
  /** Where the last step led: the state there may still be on its way. */
  const walked = useRef<string | undefined>(undefined);
  const steps = useRef<Promise<void>>(Promise.resolve());
  const step = useMemo(() => {
    walked.current = undefined;
    const take = async (direction: -1 | 1) => {
      const isThere = walked.current !== undefined && at.peek() === walked.current;
      const here = isThere ? { lastEventAt: walked.current, isPast: true } : latest.current;
      if (here.lastEventAt === undefined || (direction === 1 && !here.isPast)) return;
      const question =
        direction === 1
          ? { from: after(here.lastEventAt) }
          : { to: here.lastEventAt, newest: 'true' };
      const narrowed = { node, knownAt: known, limit: 1, ...question };
      const { entries } = await ask<HistoryPage>(pathOf(`${base}/history`, narrowed));
      const found = entries[0]?.at;
      if (found === undefined && direction === -1) return;
      walked.current = found;
      showMoment(found);
    };
    // One after another: whoever presses quickly means so many events.
    return (direction: -1 | 1) => {
      steps.current = steps.current.then(() => take(direction)).catch(reportError);
    };
  }, [base, node, known]);
  useEffect(() => {
    stepper.step = step;
    return () => {
      stepper.step = undefined;
    };
  }, [step]);
  return step;
}
