/**
 * Sums that a source states and that its own records must make up: a channel's lifetime totals explain its
 * balance, the lists of payments explain the totals, and what was claimed on chain explains the balances of
 * a close. A sum that is short says how complete the record is.
 */
import type { ChannelRow, OutputRow } from '../../../projections/channel-row.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import type { ForwardView, ProblemView } from '../view-types.ts';
import { isWithin, SAT_PRECISION_MSAT } from './merge-balance.ts';
import type { ShortIds } from './short-ids.ts';

export type SumRule =
  | 'totals-explain-balance'
  | 'lists-explain-totals'
  | 'resolutions-explain-balance';

/** One sum that could be made, and whether it comes out. */
export interface SumCheck {
  readonly rule: SumRule;
  readonly row: ChannelRow;
  readonly isKept: boolean;
  /** Both sides of it, for people. */
  readonly detail: string;
}

/** What the lists of one teller tell of one channel. */
export interface ListedSums {
  sentMsat: bigint;
  receivedMsat: bigint;
  /** Of the latest of it. */
  lastAt: string;
}

/** By `{nodeId}.{source}.{channelId}`. */
export type ListedByChannel = ReadonlyMap<string, ListedSums>;

/** Every sum that these rows allow to be made. */
export function sumChecks(
  rows: readonly ChannelRow[],
  nodes: readonly NodeRow[],
  listed: ListedByChannel,
): readonly SumCheck[] {
  const byTeller = new Map(nodes.map((node) => [`${node.nodeId}.${node.source}`, node]));
  return rows.flatMap((row) => {
    const teller = `${row.nodeId}.${row.source}`;
    return [
      ...totalsExplainBalance(row),
      ...listsExplainTotals(row, byTeller.get(teller), listed.get(`${teller}.${row.channelId}`)),
      ...resolutionsExplainBalance(row),
    ];
  });
}

/**
 * Payments as the rows sum them, and forwards each once: where a list was read again by a newer release,
 * the rows have its forwards twice.
 */
export function listedByChannel(
  nodes: readonly NodeRow[],
  names: ShortIds,
  forwardsOf: (node: NodeRow) => readonly ForwardView[],
): ListedByChannel {
  const sums = new Map<string, ListedSums>();
  for (const node of nodes.filter(({ lists }) => lists.length > 0)) {
    const { nodeId, source } = node;
    const add = (channelId: string | undefined, sent: bigint, received: bigint, at: string) => {
      if (channelId === undefined) return;
      const key = `${nodeId}.${source}.${channelId}`;
      const known = sums.get(key) ?? { sentMsat: 0n, receivedMsat: 0n, lastAt: at };
      known.sentMsat += sent;
      known.receivedMsat += received;
      if (at > known.lastAt) known.lastAt = at;
      sums.set(key, known);
    };
    for (const { channelId, shortChannelId, sentMsat, receivedMsat, lastAt } of node.payments) {
      const called = channelId ?? names.channelOf(nodeId, shortChannelId)?.channelId;
      add(called, sentMsat, receivedMsat, lastAt);
    }
    for (const forward of forwardsOf(node)) {
      if (forward.outcome !== 'forwarded') continue;
      add(forward.incomingChannelId, 0n, forward.amountInMsat ?? 0n, forward.at);
      add(forward.outgoingChannelId, forward.amountOutMsat ?? 0n, 0n, forward.at);
    }
  }
  return sums;
}

const WHAT_TO_DO: Readonly<Record<SumRule, string>> = {
  'totals-explain-balance':
    'compare the channel with a copy of the node’s database: either its totals or its balance is wrong',
  'lists-explain-totals':
    'import the whole lists (lncli listpayments --include_incomplete, listinvoices from index 0, fwdinghistory --start_time 0); what was deleted there stays unexplained',
  'resolutions-explain-balance':
    'compare the closing transaction and its sweeps with the chain: "channel-ledger history" lists them',
};

export function sumProblems(checks: readonly SumCheck[]): readonly ProblemView[] {
  return checks
    .filter(({ isKept }) => !isKept)
    .map(({ rule, row, detail }) => {
      const at = row.balanceAt ?? row.close?.closedAt ?? row.lastEventAt ?? '';
      return {
        kind: 'unexplained',
        rule,
        subject: row.fundingOutpoint ?? row.channelId,
        channelId: row.channelId,
        nodeId: row.nodeId,
        count: 1,
        firstAt: at,
        lastAt: at,
        detail,
        whatToDo: WHAT_TO_DO[rule],
      };
    });
}

/** Opening balance + received − sent is the gross local balance and what we have in flight. */
function totalsExplainBalance(row: ChannelRow): readonly SumCheck[] {
  const { statedTotals, localBalanceMsat, local, balanceAt = '', htlcs } = row;
  const { openingLocalMsat, sentMsat, receivedMsat } = statedTotals ?? {};
  // A commitment that is newer than the totals has moved on from them.
  if (localBalanceMsat === undefined || (local !== undefined && local.at >= balanceAt)) return [];
  if (openingLocalMsat === undefined || sentMsat === undefined || receivedMsat === undefined) {
    return [];
  }
  const inFlight = htlcs.filter(({ direction }) => direction === 'offered');
  const inFlightMsat = inFlight.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
  const heldMsat = localBalanceMsat + inFlightMsat;
  const explainedMsat = openingLocalMsat + receivedMsat - sentMsat;
  const roundings = row.precision === 'msat' ? 0n : BigInt(1 + inFlight.length);
  return [
    {
      rule: 'totals-explain-balance',
      row,
      isKept: isWithin(heldMsat, explainedMsat, roundings * SAT_PRECISION_MSAT),
      detail:
        `${row.source}: opening ${openingLocalMsat} + received ${receivedMsat} − sent ${sentMsat} = ` +
        `${explainedMsat} msat, and the local balance is ${heldMsat} msat`,
    },
  ];
}

/**
 * Where a source's lists were read: what they tell of a channel against its totals, in whole satoshi. Lists
 * that were read later than the totals may tell more than these; those no later may not.
 */
function listsExplainTotals(
  row: ChannelRow,
  node: NodeRow | undefined,
  listed: ListedSums | undefined,
): readonly SumCheck[] {
  if (node === undefined) return [];
  const isRead = (name: string) => node.lists.some(({ list }) => list === name);
  const { sentMsat, receivedMsat } = row.statedTotals ?? {};
  const isLater = listed !== undefined && listed.lastAt > (row.balanceAt ?? '');
  const sums = [
    ['sent', sentMsat, listed?.sentMsat, 'payments'],
    ['received', receivedMsat, listed?.receivedMsat, 'invoices'],
  ] as const;
  return sums.flatMap(([what, totalMsat, listedMsat = 0n, list]): readonly SumCheck[] => {
    if (totalMsat === undefined) return [];
    const [totalSat, listedSat] = [totalMsat / SAT_PRECISION_MSAT, listedMsat / SAT_PRECISION_MSAT];
    const shortSat = totalSat - listedSat;
    // What a list has too much is seen whichever lists were read; what lacks may stand in another.
    if (shortSat >= 0n ? !isRead(list) : isLater) return [];
    return [
      {
        rule: 'lists-explain-totals',
        row,
        isKept: shortSat === 0n,
        detail:
          `${row.source}: the lists explain ${listedSat} of ${totalSat} sat ${what}` +
          (shortSat > 0n ? `: ${shortSat} sat are in none of them` : '') +
          (shortSat < 0n ? `: ${-shortSat} sat more than the channel ever moved` : ''),
      },
    ];
  });
}

/**
 * lnd states of a force close what is its own at once (settled) and what it waits for (time-locked); the
 * claims that it reports must make them up. Only what we timed out of the HTLCs we offered is in it.
 */
function resolutionsExplainBalance(row: ChannelRow): readonly SumCheck[] {
  const { close, source } = row;
  if (close === undefined || !source.startsWith('lnd-')) return [];
  const claimed = close.outputs.filter(({ outcome }) => outcome !== undefined);
  const own = claimed.find(({ what }) => what === 'to-local');
  const { settledBalanceSat, timeLockedBalanceSat } = close;
  const checks: SumCheck[] = [];
  if (own !== undefined && settledBalanceSat !== undefined) {
    const isKept = own.valueSat === settledBalanceSat;
    const detail = `${source}: settled balance ${settledBalanceSat} sat, and the own output that was claimed is ${own.valueSat} sat`;
    checks.push({ rule: 'resolutions-explain-balance', row, isKept, detail });
  }
  const ended = claimed.filter(({ stage }) => stage === 'last');
  const isPlain = ended.every(isOwnOrTimedOut);
  const isChecked = close.kind === 'local-force' && ended.length > 0 && isPlain;
  if (isChecked && timeLockedBalanceSat !== undefined) {
    const sum = ended
      .filter(({ what }) => !what.startsWith('anchor'))
      .reduce((s, o) => s + o.valueSat, 0n);
    const isKept = sum === timeLockedBalanceSat;
    const detail = `${source}: time-locked balance ${timeLockedBalanceSat} sat, and its claims make up ${sum} sat`;
    checks.push({ rule: 'resolutions-explain-balance', row, isKept, detail });
  }
  return checks;
}

function isOwnOrTimedOut({ what, outcome }: OutputRow): boolean {
  if (what === 'htlc-offered') return outcome === 'timed-out';
  return what === 'to-local' || what.startsWith('anchor');
}
