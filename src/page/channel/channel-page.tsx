/** One channel: its life as a chart, a slider through it, its state at any moment, its events. */
import { useMemo, useRef } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Channel } from '../api/json.ts';
import { BalanceBar } from '../channels/balance-bar.tsx';
import { momentText, shortId } from '../format.ts';
import type { Told } from '../live/live.ts';
import { touchesAny } from '../live/touches.ts';
import { at, knownAt, seen, seenInAddress } from '../moment.ts';
import { channelName, peerName } from '../names.ts';
import { Message, Still } from '../parts/message.tsx';
import { StateBadge } from '../parts/state.tsx';
import { useTitle } from '../parts/title.ts';
import { hrefOf } from '../route.ts';
import { EventList } from './event-list.tsx';
import { HtlcTable } from './htlc-table.tsx';
import { LifeView } from './life-view.tsx';
import { NextEvent } from './next-event.tsx';
import { isOver } from './over.ts';
import { StatePanel } from './state-panel.tsx';
import { STATE_MS, useLife } from './use-life.ts';
import { useSteps } from './use-steps.ts';

interface ChannelPageProps {
  readonly node: string;
  readonly name: string;
}

export function ChannelPage({ node, name }: ChannelPageProps) {
  const [moment, knownTime] = [at.value, knownAt.value];
  const base = `/channels/${encodeURIComponent(name)}`;
  const known = useRef<Channel | undefined>(undefined);
  /** Its own events, its gossip, its peer's, and what its node forwarded over it. */
  const touched = useMemo(
    () => (told: readonly Told[]) => known.current === undefined || touchesAny(told, known.current),
    [],
  );
  const state = useAnswer<Channel>(pathOf(`${base}/state`, { node, ...seen.value }), {
    isTouchedBy: touched,
    everyMs: STATE_MS,
  });
  const life = useLife(base, node, touched);
  const { now } = life;
  known.current = now;
  const shown = state.answer;
  useTitle(now === undefined ? 'Channel' : `${channelName(now)} ${peerName(now)}`);
  const question = { node, knownAt: knownTime };
  const { step, problem } = useSteps(base, question, shown?.lastEventAt, moment !== undefined);
  if (now === undefined) {
    if (life.problem === undefined) return <p class="asking">Asking for the channel …</p>;
    return <Message title="No answer about this channel">{life.problem}</Message>;
  }
  return (
    <article class="channel-page" data-late={state.old !== undefined && state.isLate === true}>
      <Title channel={shown ?? now} shown={shown} />
      {shown !== undefined && <BalanceBar channel={shown} part={1} />}
      <LifeView {...life} now={now} at={moment} shown={shown} onStep={step} stepProblem={problem} />
      {shown !== undefined && <Still of={state} />}
      {shown === undefined ? (
        state.problem !== undefined && (
          <Message
            title={
              state.status === 404
                ? 'Nothing is known of that moment'
                : 'No answer about that moment'
            }
          >
            {state.problem}
          </Message>
        )
      ) : (
        <div
          class="at-moment"
          aria-busy={state.isAsking}
          data-moment={moment ?? 'now'}
          data-known={knownTime ?? 'all'}
        >
          <section class="panel">
            <h2>
              {moment === undefined ? 'State now' : `State at ${momentText(moment)}`}
              {knownTime !== undefined && <small>as known at {momentText(knownTime)}</small>}
            </h2>
            <StatePanel channel={shown} />
          </section>
          <NextEvent
            base={base}
            question={question}
            lastEventAt={shown.lastEventAt}
            isNow={moment === undefined}
            isTouchedBy={touched}
          />
        </div>
      )}
      {shown !== undefined && <HtlcTable channel={shown} />}
      <EventList base={base} question={{ node, ...seen.value }} isTouchedBy={touched} />
    </article>
  );
}

interface TitleProps {
  readonly channel: Channel;
  /** At the moment that is shown, once it is answered. */
  readonly shown: Channel | undefined;
}

function Title({ channel, shown }: TitleProps) {
  const { peerId, channelType, opener, fundingOutpoint, sources } = channel;
  const { nodeId, channelId } = channel;
  return (
    <header class="channel-title">
      <h1>
        {channelName(channel)} <span class="soft">with</span> {peerName(channel)}
        {shown !== undefined && <StateBadge of={shown} />}
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
      {shown !== undefined && isOver(shown) && (
        <p>
          <a href={hrefOf(['closed', nodeId, channelId], seenInAddress())}>
            Why it closed, and where each satoshi went
          </a>
        </p>
      )}
    </header>
  );
}
