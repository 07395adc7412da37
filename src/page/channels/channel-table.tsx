/** The rows: a line for each peer, and under it its channels. */
import { useMemo } from 'preact/hooks';
import type { ListedChannel } from '../api/fields.ts';
import type { Peer } from '../api/json.ts';
import { atLeast, count, counted, msatAsSat, policy, sat } from '../format.ts';
import { channelName, nodeName } from '../names.ts';
import { SortHead } from '../parts/list-controls.tsx';
import { isMedium, isNarrow } from '../parts/narrow.ts';
import type { Order } from '../parts/order.ts';
import { placed } from '../parts/placed.ts';
import { StateBadge } from '../parts/state.tsx';
import { Windowed } from '../parts/windowed.tsx';
import { hrefOf } from '../route.ts';
import { BalanceBar, wholeOf } from './balance-bar.tsx';
import { type By, flightOf, type Group, type Line, sortings } from './rows.ts';

interface TableProps {
  readonly lines: readonly Line[];
  readonly order: Order<By>;
  readonly onOrder: (order: Order<By>) => void;
  readonly isToScale: boolean;
  readonly peers: readonly Peer[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly hasSeveralNodes: boolean;
}

/** As the style sheet has them. */
const WIDE = { group: 46, channel: 34 };
const MEDIUM = { group: 46, channel: 54 };
const NARROW = { channel: 62 };
const heightInWide = ({ kind }: Line) => WIDE[kind];
const heightInMedium = ({ kind }: Line) => MEDIUM[kind];
/** A peer's line is folded: its name, its connection, and what several channels hold together. */
const FOLDED = { single: 66, summed: 84 };
const heightInNarrow = (line: Line) => {
  if (line.kind === 'channel') return NARROW.channel;
  return line.totals.channels > 1 ? FOLDED.summed : FOLDED.single;
};
const heights = () =>
  isNarrow.value ? heightInNarrow : isMedium.value ? heightInMedium : heightInWide;

export function ChannelTable(props: TableProps) {
  const { lines, order, onOrder, isToScale, peers, aliases, hasSeveralNodes } = props;
  const largest = useMemo(
    () =>
      lines.reduce(
        (most, line) => (line.kind === 'channel' ? Math.max(most, wholeOf(line.channel)) : most),
        1,
      ),
    [lines],
  );
  const byKey = useMemo(
    () => new Map(peers.map((peer) => [`${peer.nodeId}.${peer.peerId}`, peer])),
    [peers],
  );
  return (
    <div class="channel-table" role="table" aria-label="Open channels" aria-rowcount={lines.length}>
      <div role="rowgroup" class="heads">
        <div role="row" class="channel-row">
          <SortHead sorting={sortings.peer} title="channel" order={order} onOrder={onOrder} />
          <SortHead sorting={sortings.local} title="local sat" order={order} onOrder={onOrder} />
          <span role="columnheader" class="balance-head">
            balance
          </span>
          <SortHead sorting={sortings.remote} title="remote sat" order={order} onOrder={onOrder} />
          <SortHead sorting={sortings.flight} title="in flight" order={order} onOrder={onOrder} />
          <SortHead sorting={sortings.capacity} title="capacity" order={order} onOrder={onOrder} />
          <span role="columnheader" class="fee">
            our fee, msat
          </span>
          <SortHead sorting={sortings.earned} title="earned" order={order} onOrder={onOrder} />
          <SortHead
            sorting={sortings.updated}
            title="last update, UTC"
            order={order}
            onOrder={onOrder}
          />
        </div>
      </div>
      <Windowed items={lines} heightOf={heights()}>
        {(line, index) =>
          line.kind === 'group' ? (
            <GroupRow
              group={line}
              index={index}
              peer={byKey.get(line.key)}
              {...(hasSeveralNodes && { node: nodeName(line.nodeId, aliases) })}
            />
          ) : (
            <ChannelRow
              channel={line.channel}
              index={index}
              part={isToScale ? wholeOf(line.channel) / largest : 1}
            />
          )
        }
      </Windowed>
      {lines.length === 0 && <p class="empty">No channel is called that.</p>}
    </div>
  );
}

interface GroupProps {
  readonly group: Group;
  readonly index: number;
  readonly peer: Peer | undefined;
  readonly node?: string;
}

function GroupRow({ group, index, peer, node }: GroupProps) {
  const { totals, name, peerId } = group;
  return (
    <div role="row" aria-rowindex={index + 1} class="group-row" data-summed={totals.channels > 1}>
      <span role="rowheader" title={peerId}>
        {node !== undefined && <span class="of-node">{node} ↔ </span>}
        {name}
      </span>
      <span role="cell" class="connection" data-connected={peer?.isConnected === true}>
        {presence(peer)}
      </span>
      <span role="cell" class="group-sums">
        {totals.channels > 1 && (
          <>
            {counted(totals.channels, 'channel')},{' '}
            <b class="local">{atLeast(msatAsSat(totals.localMsat.toString()), totals.isAtLeast)}</b>{' '}
            ·{' '}
            <b class="remote">
              {atLeast(msatAsSat(totals.remoteMsat.toString()), totals.isAtLeast)}
            </b>
          </>
        )}
      </span>
    </div>
  );
}

/** What nobody saw is not said: where nobody watches any more, until when it is known. */
function presence(peer: Peer | undefined): string {
  if (peer?.isConnected !== undefined) return peer.isConnected ? 'connected' : 'away';
  if (peer?.wasConnected === undefined) return 'connection unknown';
  const then = peer.wasConnected ? 'connected' : 'away';
  return `${then} as of ${placed(peer.connectionKnownAt, peer.connectionKnownAtBounds)}`;
}

interface RowProps {
  readonly channel: ListedChannel;
  readonly index: number;
  readonly part: number;
}

function ChannelRow({ channel, index, part }: RowProps) {
  const { lifetime, pendingHtlcCount, status, isOnlyPlaced } = channel;
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      class="channel-row"
      data-channel={channel.channelId}
      data-node={channel.nodeId}
    >
      <span role="rowheader" class="peer">
        <a href={hrefOf(['channel', channel.nodeId, channel.channelId])}>{channelName(channel)}</a>
        {(status !== 'open' || isOnlyPlaced) && <StateBadge of={channel} />}
      </span>
      <span role="cell" class="local">
        {msatAsSat(channel.localBalanceMsat)}
      </span>
      <span role="cell" class="balance">
        <BalanceBar channel={channel} part={part} />
      </span>
      <span role="cell" class="remote">
        {msatAsSat(channel.remoteBalanceMsat)}
      </span>
      <span role="cell" class="flight">
        {pendingHtlcCount === 0 ? '' : msatAsSat(flightOf(channel)?.toString())}
        {pendingHtlcCount !== undefined && pendingHtlcCount > 0 && (
          <small> ({count(pendingHtlcCount)})</small>
        )}
      </span>
      <span role="cell" class="capacity">
        {sat(channel.capacitySat)}
      </span>
      <span role="cell" class="fee">
        {policy(channel.localPolicy)}
      </span>
      <span role="cell" class="earned">
        {atLeast(msatAsSat(lifetime.feesEarnedMsat), lifetime.isForwardedAtLeast)}
      </span>
      <span role="cell" class="updated">
        {placed(channel.lastEventAt, channel.lastEventAtBounds)}
      </span>
    </div>
  );
}
