/**
 * Sums that a source states and that its own records must make up: a channel's lifetime totals explain its
 * balance, the lists of payments explain the totals, and what was claimed on chain explains the balances of
 * a close. A sum that is short says how complete the record is.
 */
import type { ChannelRow, OutputRow } from '../../../projections/channel-row.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import type { ProblemView } from '../view-types.ts';
import { closeCost } from './close-cost.ts';
import { type ListedByChannel, type ListedSums, listedKey } from './listed-sums.ts';
import { isWithin, SAT_PRECISION_MSAT } from './merge-balance.ts';
import { present } from './tellers.ts';

export const sumRules = [
  'totals-explain-balance',
  'lists-explain-totals',
  'claims-explain-settled-balance',
  'claims-explain-time-locked-balance',
  'close-explains-balance',
] as const;
export type SumRule = (typeof sumRules)[number];

/** One sum that could be made, and whether it comes out. */
export interface SumCheck {
  readonly rule: SumRule;
  readonly row: ChannelRow;
  readonly isKept: boolean;
  /** The record lacks what would make it up: nothing in it contradicts the sum. */
  readonly isShort?: boolean;
  /** Both sides of it, for people. */
  readonly detail: string;
}

/** A sum that a source states and that cannot be made from what is recorded. */
export interface SumNotMade {
  readonly rule: SumRule;
  readonly row: ChannelRow;
  readonly whyNot: string;
}

export type SumUse = SumCheck | SumNotMade;

/** Every sum that these rows allow to be made. */
export function sumChecks(
  rows: readonly ChannelRow[],
  nodes: readonly NodeRow[],
  listed: ListedByChannel,
): readonly SumCheck[] {
  return sumUses(rows, nodes, listed).flatMap((use) => ('isKept' in use ? use : []));
}

/** Every sum that is stated in these rows, made or not. */
export function sumUses(
  rows: readonly ChannelRow[],
  nodes: readonly NodeRow[],
  listed: ListedByChannel,
): readonly SumUse[] {
  const byTeller = new Map(nodes.map((node) => [`${node.nodeId}.${node.source}`, node]));
  return rows.flatMap((row) => {
    const node = byTeller.get(`${row.nodeId}.${row.source}`);
    return [
      ...totalsExplainBalance(row),
      ...listsExplainTotals(row, node, listed.get(listedKey(row, row.channelId))),
      ...claimsExplainSettled(row),
      ...claimsExplainTimeLocked(row),
      ...closeExplainsBalance(row),
    ];
  });
}

const COMPARE_CLAIMS =
  'compare the closing transaction and its sweeps with the chain: "channel-ledger history" lists them';
const WHAT_TO_DO: Readonly<Record<SumRule, string>> = {
  'totals-explain-balance':
    'compare the channel with a copy of the node’s database: either its totals or its balance is wrong',
  'lists-explain-totals':
    'import the whole lists (lncli listpayments --include_incomplete, listinvoices from index 0, fwdinghistory --start_time 0); what was deleted there stays unexplained',
  'claims-explain-settled-balance': COMPARE_CLAIMS,
  'claims-explain-time-locked-balance': COMPARE_CLAIMS,
  'close-explains-balance':
    'compare the closing transaction with the last balance: either it paid us something else, or balances moved before it in a way that nobody told',
};

export function sumProblems(checks: readonly SumCheck[]): readonly ProblemView[] {
  return checks
    .filter(({ isKept }) => !isKept)
    .map(({ rule, row, detail }) => {
      const { at = '', bounds } = statedAt(row);
      return {
        kind: 'unexplained',
        rule,
        subject: row.fundingOutpoint ?? row.channelId,
        channelId: row.channelId,
        nodeId: row.nodeId,
        count: 1,
        firstAt: at,
        lastAt: at,
        ...present({ firstAtBounds: bounds, lastAtBounds: bounds }),
        detail,
        whatToDo: WHAT_TO_DO[rule],
      };
    });
}

/** When the source stated its sums, as well as that is known. */
function statedAt({ balanceAt, balanceAtBounds, close, ...row }: ChannelRow) {
  if (balanceAt !== undefined) return { at: balanceAt, bounds: balanceAtBounds };
  if (close?.closedAt !== undefined) return { at: close.closedAt, bounds: close.closedAtBounds };
  return { at: row.lastEventAt, bounds: row.lastEventAtBounds };
}

/** A channel's account as one source states it: its opening balance, its lifetime totals, its balance. */
export interface StatedAccount {
  readonly openingMsat: bigint;
  readonly receivedMsat: bigint;
  readonly sentMsat: bigint;
  /** Offered and not ended. */
  readonly inFlightMsat: bigint;
  readonly closingMsat: bigint;
  /** How far the sum may be off, because whole satoshi were told: 0 where they are exact. */
  readonly roundingMsat: bigint;
  /** When it was stated. */
  readonly at: string;
}

/** Undefined where the source states no totals; `whyNot` where they say nothing of its balance. */
export function statedAccount(
  row: ChannelRow,
): StatedAccount | { readonly whyNot: string } | undefined {
  const { statedTotals, statedTotalsAt, localBalanceMsat, local, balanceAt = '', htlcs } = row;
  if (statedTotals === undefined) return undefined;
  const { openingLocalMsat: openingMsat, sentMsat, receivedMsat } = statedTotals;
  if (openingMsat === undefined || sentMsat === undefined || receivedMsat === undefined) {
    return { whyNot: 'what the channel was opened with was not told' };
  }
  // A balance that is newer than the totals has moved on from them.
  const isOther = local !== undefined && local.localBalanceMsat !== localBalanceMsat;
  const hasMoved = local !== undefined && (local.at > balanceAt || isOther);
  if (localBalanceMsat === undefined || statedTotalsAt !== balanceAt || hasMoved) {
    return { whyNot: 'its balance was not told together with its totals' };
  }
  if (htlcs.some(({ outcome }) => outcome !== undefined)) {
    return { whyNot: 'an HTLC was just being removed, and may be in its totals or not yet' };
  }
  // What the peer's commitment alone holds is in our balance yet.
  const inFlight = htlcs.filter(({ direction, id }) => {
    return direction === 'offered' && (local === undefined || local.offered.includes(id));
  });
  const roundings = row.precision === 'msat' ? 0n : BigInt(1 + inFlight.length);
  return {
    openingMsat,
    receivedMsat,
    sentMsat,
    inFlightMsat: inFlight.reduce((sum, { amountMsat }) => sum + amountMsat, 0n),
    closingMsat: localBalanceMsat,
    roundingMsat: roundings * SAT_PRECISION_MSAT,
    at: balanceAt,
  };
}

/** Opening balance + received − sent is the gross local balance and what we have in flight. */
function totalsExplainBalance(row: ChannelRow): readonly SumUse[] {
  const rule = 'totals-explain-balance';
  const account = statedAccount(row);
  if (account === undefined) return [];
  if ('whyNot' in account) return [{ rule, row, whyNot: account.whyNot }];
  const { openingMsat, receivedMsat, sentMsat, inFlightMsat, closingMsat, roundingMsat } = account;
  const heldMsat = closingMsat + inFlightMsat;
  const explainedMsat = openingMsat + receivedMsat - sentMsat;
  return [
    {
      rule,
      row,
      isKept: isWithin(heldMsat, explainedMsat, roundingMsat),
      detail:
        `${row.source}: opening ${openingMsat} + received ${receivedMsat} − sent ${sentMsat} = ` +
        `${explainedMsat} msat, and the local balance is ${heldMsat} msat`,
    },
  ];
}

/**
 * Where a source's lists were read: what they tell of a channel against its totals, in whole satoshi. What
 * a list has too much is seen whichever lists were read, unless it may have come after the totals.
 */
function listsExplainTotals(
  row: ChannelRow,
  node: NodeRow | undefined,
  listed: ListedSums | undefined,
): readonly SumUse[] {
  const rule = 'lists-explain-totals';
  const isRead = (name: string) => node?.lists.some(({ list }) => list === name) === true;
  const { statedTotals, statedTotalsAt = '' } = row;
  const sums = [
    ['sent', statedTotals?.sentMsat, listed?.sentMsat, 'payments'],
    ['received', statedTotals?.receivedMsat, listed?.receivedMsat, 'invoices'],
  ] as const;
  return sums.flatMap(([what, totalMsat, listedMsat = 0n, list]): readonly SumUse[] => {
    if (totalMsat === undefined) return [];
    const [totalSat, listedSat] = [totalMsat / SAT_PRECISION_MSAT, listedMsat / SAT_PRECISION_MSAT];
    const shortSat = totalSat - listedSat;
    if (shortSat >= 0n && !isRead(list)) {
      return [{ rule, row, whyNot: `no list of ${list} was read` }];
    }
    if (shortSat < 0n && listed !== undefined && listed.lastAt > statedTotalsAt) {
      return [{ rule, row, whyNot: 'the lists tell of what came after the totals' }];
    }
    const detail =
      `${row.source}: the lists explain ${listedSat} of ${totalSat} sat ${what}` +
      (shortSat > 0n ? `: ${shortSat} sat are in none of them` : '') +
      (shortSat < 0n ? `: ${-shortSat} sat more than the channel ever moved` : '');
    return [{ rule, row, isKept: shortSat === 0n, isShort: shortSat > 0n, detail }];
  });
}

const NO_CLAIM_TOLD = 'no claim of its outputs was told';

/** lnd states of a close what is its own at once (settled): the own output that it reports as claimed. */
function claimsExplainSettled(row: ChannelRow): readonly SumUse[] {
  const rule = 'claims-explain-settled-balance';
  const { source, close } = row;
  const { settledBalanceSat } = close ?? {};
  if (close === undefined || settledBalanceSat === undefined || !isLndForceClose(row)) return [];
  const own = close.outputs.find(({ what, outcome }) => what === 'to-local' && outcome);
  if (own === undefined) return [{ rule, row, whyNot: NO_CLAIM_TOLD }];
  const isKept = own.valueSat === settledBalanceSat;
  const detail = `${source}: settled balance ${settledBalanceSat} sat, and the own output that was claimed is ${own.valueSat} sat`;
  return [{ rule, row, isKept, detail }];
}

/**
 * And what it waits for (time-locked): the claims of its own force close make it up. Only what we timed out
 * of the HTLCs we offered is in it.
 */
function claimsExplainTimeLocked(row: ChannelRow): readonly SumUse[] {
  const rule = 'claims-explain-time-locked-balance';
  const { source, close } = row;
  const { timeLockedBalanceSat, kind, outputs = [] } = close ?? {};
  if (timeLockedBalanceSat === undefined || kind !== 'local-force' || !isLndForceClose(row)) {
    return [];
  }
  const ended = outputs.filter(({ stage }) => stage === 'last');
  if (ended.length === 0) return [{ rule, row, whyNot: NO_CLAIM_TOLD }];
  if (!ended.every(isOwnOrTimedOut)) {
    return [{ rule, row, whyNot: 'of its HTLCs not only those that timed out were claimed' }];
  }
  const claimed = ended.filter(({ what }) => !what.startsWith('anchor'));
  const sum = claimed.reduce((before, { valueSat }) => before + valueSat, 0n);
  const isKept = sum === timeLockedBalanceSat;
  const detail = `${source}: time-locked balance ${timeLockedBalanceSat} sat, and its claims make up ${sum} sat`;
  return [{ rule, row, isKept, detail }];
}

/** What was ours before a close is what its transaction paid us and what it cost us. */
function closeExplainsBalance(row: ChannelRow): readonly SumUse[] {
  const rule = 'close-explains-balance';
  const cost = closeCost(row);
  if (cost === undefined) return [];
  if ('whyNot' in cost) return [{ rule, row, whyNot: cost.whyNot }];
  const { lastMsat, cameMsat, costMsat, lostMsat, isExplained: isKept, isShort } = cost;
  if (!isKept && isShort) {
    return [{ rule, row, whyNot: 'its balance may have moved before the close' }];
  }
  const detail =
    `${row.source}: last balance ${lastMsat} − paid to us ${cameMsat} = ${costMsat} msat, which is no ` +
    `share of the ${lostMsat} msat that both ends lost by the close`;
  return [{ rule, row, isKept, detail }];
}

/** Others state of a close what they mean by it; where all agreed there is nothing to claim. */
function isLndForceClose({ source, close }: ChannelRow): boolean {
  return source.startsWith('lnd-') && close?.kind !== 'cooperative';
}

function isOwnOrTimedOut({ what, outcome }: OutputRow): boolean {
  if (what === 'htlc-offered') return outcome === 'timed-out';
  return what === 'to-local' || what.startsWith('anchor');
}
