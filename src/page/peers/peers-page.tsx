/** The peers: what each holds with us, earns, drains and costs. */
import { useMemo } from 'preact/hooks';
import { type Answered, useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Flow, Peer, Sum } from '../api/json.ts';
import {
  atLeast,
  count,
  msatAsSat,
  outsideText,
  percent,
  shortId,
  signedMsatAsSat,
  UNKNOWN,
} from '../format.ts';
import { isForward } from '../forwards/forwards-page.tsx';
import { isLive, seen } from '../moment.ts';
import { aliasesOf, nodeName } from '../names.ts';
import { useCosts } from '../parts/costs.ts';
import { Figure } from '../parts/figure.tsx';
import { Message, ShowAnswer } from '../parts/message.tsx';
import { placed } from '../parts/placed.ts';
import { type Column, SortedTable } from '../parts/sorted-table.tsx';
import { useTitle } from '../parts/title.ts';
import { NetBars } from './net-bars.tsx';
import { connectionOf, netSum, type PeerLine, peerLines } from './peer-rows.ts';

const EVERY_MS = 3000;
const OF_FORWARDS = { isTouchedBy: isForward, everyMs: EVERY_MS };
const OF_PEERS = { everyMs: EVERY_MS };

export function PeersPage() {
  useTitle('Peers');
  const asked = seen.value;
  const peers = useAnswer<readonly Peer[]>(pathOf('/peers', asked), OF_PEERS);
  const sums = useAnswer<readonly Sum[]>(
    pathOf('/forwards', { ...asked, by: 'peer' }),
    OF_FORWARDS,
  );
  const flows = useAnswer<readonly Flow[]>(
    pathOf('/flows', { ...asked, between: 'peer' }),
    OF_FORWARDS,
  );
  const open = useCosts('/channels', asked);
  const closed = useCosts('/closed', asked);
  const lines = useMemo(
    () =>
      peerLines({
        peers: peers.answer ?? [],
        sums: sums.answer ?? [],
        flows: flows.answer ?? [],
        channels: open.answer && closed.answer && [...open.answer, ...closed.answer],
      }),
    [peers.answer, sums.answer, flows.answer, open.answer, closed.answer],
  );
  return (
    <>
      <h1 class="unseen">Peers</h1>
      <ShowAnswer
        of={{ ...peers, ...oldestOf([peers, sums, flows, open, closed]) }}
        what="the peers"
      >
        {(all) => (all.length === 0 ? <NoPeer /> : <Peers lines={lines} />)}
      </ShowAnswer>
    </>
  );
}

/** One table of several answers: it is of the moment that is asked for when all of them are. */
function oldestOf(
  answers: readonly Answered<unknown>[],
): Pick<Answered<unknown>, 'old' | 'isLate'> {
  const late = answers.find(({ old, isLate }) => old !== undefined && isLate);
  return late?.old === undefined ? {} : { old: late.old, isLate: true };
}

function NoPeer() {
  return (
    <Message title="No peer">The record tells of none{isLive.value ? '' : ' by then'}.</Message>
  );
}

function Peers({ lines }: { readonly lines: readonly PeerLine[] }) {
  const peers = useMemo(() => lines.map(({ peer }) => peer), [lines]);
  const columns = useMemo(() => columnsOf(peers), [peers]);
  const earnedMsat = lines.reduce((sum, { peer }) => sum + BigInt(peer.feesEarnedMsat), 0n);
  const isAtLeast = peers.some((peer) => peer.isForwardedAtLeast);
  const costs = lines.map(({ rebalanceFeesMsat }) => rebalanceFeesMsat);
  const costMsat = costs.every((cost) => cost !== undefined)
    ? costs.reduce((sum, cost) => sum + cost, 0n).toString()
    : undefined;
  const isCostAtLeast = lines.some(({ isRebalanceFeesAtLeast }) => isRebalanceFeesAtLeast);
  return (
    <>
      <section class="totals" aria-label="Totals">
        <dl>
          <Figure label="peers" value={count(peers.length)} />
          <Figure
            label="with open channels"
            value={count(peers.filter((peer) => peer.openChannelCount > 0).length)}
          />
          <Figure
            label="earned"
            value={atLeast(msatAsSat(earnedMsat.toString()), isAtLeast)}
            unit="sat"
          />
          <Figure
            label="rebalancing cost"
            value={atLeast(msatAsSat(costMsat), isCostAtLeast)}
            unit="sat"
          />
        </dl>
      </section>
      <section class="panel">
        <SortedTable
          label="Peers"
          columns={columns}
          rows={lines}
          keyOf={({ peer }) => `${peer.nodeId}.${peer.peerId}`}
          startsBy="earned sat"
        />
        <p class="soft note">
          Net: what came in from the peer to be forwarded, less what went out to it. Above zero it
          fills our side of its channels, below it drains it. Earned: by what went out to the peer.
        </p>
      </section>
    </>
  );
}

function columnsOf(peers: readonly Peer[]): readonly Column<PeerLine>[] {
  const aliases = aliasesOf(peers);
  const hasSeveralNodes = new Set(peers.map(({ nodeId }) => nodeId)).size > 1;
  const nameOf = ({ peer }: PeerLine) =>
    peer.alias ? outsideText(peer.alias) : shortId(peer.peerId);
  return [
    {
      title: 'peer',
      cell: (line) => <span title={line.peer.peerId}>{nameOf(line)}</span>,
      order: nameOf,
    },
    ...(hasSeveralNodes
      ? [
          {
            title: 'of node',
            cell: ({ peer }: PeerLine) => nodeName(peer.nodeId, aliases),
            order: ({ peer }: PeerLine) => nodeName(peer.nodeId, aliases),
          },
        ]
      : []),
    {
      title: 'channels',
      mayStandBelow: true,
      cell: ({ peer }) => (
        <>
          {count(peer.openChannelCount)}
          <small> + {count(peer.closedChannelCount)} closed</small>
        </>
      ),
      order: ({ peer }) => peer.openChannelCount,
      isNumber: true,
    },
    {
      title: 'local sat',
      cell: ({ peer }) => <span class="local-text">{balanceText(peer, 'local')}</span>,
      order: ({ peer }) => BigInt(peer.localBalanceMsat ?? -1),
      isNumber: true,
    },
    {
      title: 'remote sat',
      cell: ({ peer }) => <span class="remote-text">{balanceText(peer, 'remote')}</span>,
      order: ({ peer }) => BigInt(peer.remoteBalanceMsat ?? -1),
      isNumber: true,
    },
    ...earnings,
    {
      title: 'connected',
      mayStandBelow: true,
      cell: ({ peer }) => <span title={connectionOf(peer)}>{percent(peer.connectedPpm)}</span>,
      order: ({ peer }) => peer.connectedPpm ?? -1,
      isNumber: true,
    },
    {
      title: 'last seen, UTC',
      mayStandBelow: true,
      cell: ({ peer }) => placed(peer.lastSeenAt, peer.lastSeenAtBounds),
      order: ({ peer }) => peer.lastSeenAt ?? '',
    },
  ];
}

const balanceText = (peer: Peer, side: 'local' | 'remote') =>
  atLeast(msatAsSat(peer[`${side}BalanceMsat`]), peer.isBalanceAtLeast);

function netText(line: PeerLine): string {
  const msat = netSum(line);
  if (line.forwards === undefined) return '';
  return msat === undefined ? UNKNOWN : signedMsatAsSat(msat);
}

const earnings: readonly Column<PeerLine>[] = [
  {
    title: 'earned sat',
    cell: ({ peer }) => atLeast(msatAsSat(peer.feesEarnedMsat), peer.isForwardedAtLeast),
    order: ({ peer }) => BigInt(peer.feesEarnedMsat),
    isNumber: true,
  },
  {
    title: 'rebalancing sat',
    mayStandBelow: true,
    cell: ({ rebalanceFeesMsat, isRebalanceFeesAtLeast }) =>
      atLeast(msatAsSat(rebalanceFeesMsat?.toString()), isRebalanceFeesAtLeast),
    order: ({ rebalanceFeesMsat }) => rebalanceFeesMsat ?? -1n,
    isNumber: true,
  },
  {
    title: 'forwards in, out',
    cell: ({ forwards }) =>
      forwards && `${count(forwards.forwardedInCount)}, ${count(forwards.forwardedCount)}`,
    order: ({ forwards }) => (forwards?.forwardedInCount ?? 0) + (forwards?.forwardedCount ?? 0),
    isNumber: true,
  },
  {
    title: 'net sat',
    cell: netText,
    order: (line) => netSum(line) ?? 0n,
    isNumber: true,
  },
  { title: 'over time', mayStandBelow: true, cell: ({ netMsat }) => <NetBars bars={netMsat} /> },
];
