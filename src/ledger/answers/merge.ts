/**
 * The rows of one channel, one by each teller, and what the network was told of it, as one view
 * (DESIGN §9). Pure. The rows are put in a fixed order first, so that the order in which they come
 * (the order of imports) cannot matter.
 */
import {
  type ChannelRow,
  ChannelRow as ChannelRowSchema,
} from '../../../projections/channel-row.ts';
import { orderingOf } from '../../schema/ordered.ts';
import type { ChannelView } from '../view-types.ts';
import { type ForwardedOver, lifetimeOf } from './lifetime.ts';
import { mergeBalance, tellerOfBalance } from './merge-balance.ts';
import { mergeClose } from './merge-close.ts';
import { isBetween, mergePolicy, type PublicPolicies } from './merge-policy.ts';
import { bestTimeAs } from './merge-times.ts';
import {
  compareAmounts,
  compareText,
  firstOf,
  greatest,
  groupedBy,
  inSourceOrder,
  present,
} from './tellers.ts';

export interface MergeInput {
  /** At least one; all of the same channel of the same recording node, each by another teller. */
  readonly rows: readonly ChannelRow[];
  readonly gossip?: PublicPolicies | undefined;
  readonly peerAlias?: string | undefined;
  /** What was forwarded over this channel, by the node's forward events. */
  readonly forwarded?: ForwardedOver | undefined;
}

export function mergeChannel(input: MergeInput): ChannelView {
  const tellers = inSourceOrder(input.rows);
  const [first] = tellers;
  if (first === undefined) throw new Error('a channel is merged from at least one row');
  const { nodeId, channelId } = first;
  const identity = mergeIdentity(tellers);
  const { gossip } = input;
  const published = gossip && isBetween(gossip, nodeId, identity.peerId) ? gossip : undefined;
  const close = mergeClose(tellers);
  const onIt = onFunding(tellers, identity.fundingOutpoint);
  const balance = mergeBalance(onIt, {
    status: identity.status,
    ...(close?.kind && { closeKind: close.kind }),
  });
  const totals = mergeTotals(tellers, onIt);
  return inOrder({
    nodeId,
    channelId,
    ...identity,
    ...(published !== undefined && { isAnnounced: true }),
    ...balance,
    ...present({
      localPolicy: mergePolicy(tellers, 'local', published),
      remotePolicy: mergePolicy(tellers, 'remote', published),
    }),
    ...totals,
    lifetime: lifetimeOf(
      { ...totals, ...present({ balanceAt: balance.balanceAt }) },
      input.forwarded,
    ),
    gaps: mergeGaps(tellers),
    ...(close && { close }),
    ...lastEvent(tellers),
    eventCount: tellers.reduce((sum, row) => sum + newsCount(row), 0),
    sources: tellers.map((row) => row.source).sort(compareText),
    ...present({ peerAlias: input.peerAlias }),
    forwardedInMsat: input.forwarded?.inMsat ?? 0n,
    forwardedInCount: input.forwarded?.inCount ?? 0,
    ...(input.forwarded?.isInAtLeast && { isForwardedInAtLeast: true }),
  });
}

/** Who is at the other end, and what the channel is called: what stands beside it goes by them. */
export function mergeNames(
  rows: readonly Readonly<ChannelRow>[],
): Pick<ChannelView, 'nodeId' | 'channelId' | 'peerId' | 'shortChannelId'> {
  const tellers = inSourceOrder(rows);
  const [first] = tellers;
  if (first === undefined) throw new Error('a channel is merged from at least one row');
  const { nodeId, channelId } = first;
  if (tellers.length === 1) {
    const { peerId, shortChannelId } = first;
    return { nodeId, channelId, ...present({ peerId, shortChannelId }) };
  }
  const told = firstHand(tellers);
  const peerId = firstOf(told, (row) => row.peerId);
  const onIt = onFunding(told, newestFunding(told)?.fundingOutpoint);
  return { nodeId, channelId, ...present({ peerId, shortChannelId: nameOf(onIt, told) }) };
}

function nameOf(onIt: readonly ChannelRow[], told: readonly ChannelRow[]) {
  return firstOf(onIt, (row) => row.shortChannelId) ?? firstOf(told, (row) => row.shortChannelId);
}

const parts = Object.entries(ChannelRowSchema.properties).flatMap(([field, schema]) => {
  const order = orderingOf(schema);
  return order === undefined ? [] : [[field, order] as const];
});

/** The view's own fields have one order already; what it takes from rows gets the schema's. */
function inOrder(view: ChannelView): ChannelView {
  let ordered = view;
  for (const [field, order] of parts) {
    const part: unknown = Reflect.get(view, field);
    const put = order(part);
    if (put !== part) ordered = { ...ordered, [field]: put };
  }
  return ordered;
}

/** How far a channel's life has come: not having heard of a close is no contradiction to it. */
const STATUSES = ['unknown', 'pending', 'open', 'closing', 'closed', 'resolved'] as const;

/** Who was there from the beginning knows more of it than who came later, whenever he spoke. */
function firstHand(tellers: readonly ChannelRow[]): ChannelRow[] {
  return [...tellers].sort(
    (a, b) =>
      Number(a.isAdopted) - Number(b.isAdopted) ||
      compareText(b.lastEventAt ?? '', a.lastEventAt ?? ''),
  );
}

function mergeIdentity(tellers: readonly ChannelRow[]) {
  const told = firstHand(tellers);
  const funding = newestFunding(told);
  const onIt = onFunding(told, funding?.fundingOutpoint);
  const status = greatest(
    told.map((row) => row.status),
    (a, b) => STATUSES.indexOf(a) - STATUSES.indexOf(b),
  );
  return {
    ...present({ peerId: firstOf(told, (row) => row.peerId) }),
    status: status ?? 'unknown',
    isAdopted: told.every((row) => row.isAdopted),
    isPurged: told.some((row) => row.isPurged),
    ...present({ fundingOutpoint: funding?.fundingOutpoint }),
    outpoints: unique([...onIt, ...told].flatMap((row) => row.outpoints)),
    ...present({ shortChannelId: nameOf(onIt, told) }),
    shortChannelIds: unique([...onIt, ...told].flatMap((row) => row.shortChannelIds)),
    ...present({
      capacitySat: firstOf(onIt, (row) => row.capacitySat),
      opener: firstOf(told, (row) => row.opener),
    }),
    channelType: told.find((row) => row.channelType !== 'unknown')?.channelType ?? 'unknown',
    ...present({ isPrivate: firstOf(told, (row) => row.isPrivate) }),
    ...present({ isAnnounced: areAnnounced(told) }),
    localTerms: mergeFields(told.map((row) => row.localTerms)),
    remoteTerms: mergeFields(told.map((row) => row.remoteTerms)),
    ...bestTimeAs(
      'openedAt',
      told.map((row) => ({ at: row.openedAt, bounds: row.openedAtBounds })),
    ),
    ...bestTimeAs(
      'readyAt',
      told.map((row) => ({ at: row.readyAt, bounds: row.readyAtBounds })),
    ),
    ...present({
      confirmedHeight:
        firstOf(onIt, (row) => row.confirmedHeight) ?? firstOf(told, (row) => row.confirmedHeight),
      fundingFeeSat: firstOf(told, (row) => row.fundingFeeSat),
    }),
    candidates: funding?.candidates ?? [],
  };
}

/** Heard by one, it was; that it was not is known to who would have heard it. */
function areAnnounced(told: readonly ChannelRow[]): boolean | undefined {
  if (told.some((row) => row.isAnnounced === true)) return true;
  return firstOf(told, (row) => row.isAnnounced);
}

/** Copies of one record, in whichever order they come, leave as many events that say something. */
const newsCount = ({ eventCount, repeatCount = 0 }: ChannelRow): number => eventCount - repeatCount;

/** The latest; of the same time, the one that is known best. */
function lastEvent(tellers: readonly ChannelRow[]) {
  const at = greatest(
    tellers.flatMap((row) => row.lastEventAt ?? []),
    compareText,
  );
  const told = tellers.filter((row) => row.lastEventAt === at);
  return bestTimeAs(
    'lastEventAt',
    told.map((row) => ({ at, bounds: row.lastEventAtBounds })),
  );
}

/** Whose funding is in force: not one that another teller already knows as replaced. */
function newestFunding(told: readonly ChannelRow[]): ChannelRow | undefined {
  const funded = told.filter((row) => row.fundingOutpoint !== undefined);
  // Newest first: what comes after the one in force was replaced by it, what comes before may come.
  const isReplaced = ({ fundingOutpoint }: ChannelRow) =>
    funded.some((other) => {
      const outpoints: readonly (string | undefined)[] = other.outpoints;
      return outpoints.indexOf(fundingOutpoint) > outpoints.indexOf(other.fundingOutpoint);
    });
  const newest = funded.filter((row) => !isReplaced(row));
  return greatest(newest.length === 0 ? funded : newest, (a, b) =>
    compareText(a.lastEventAt ?? '', b.lastEventAt ?? ''),
  );
}

/** Balances of a replaced funding are history: only those who speak of the present one count. */
function onFunding(
  tellers: readonly ChannelRow[],
  outpoint: string | undefined,
): readonly ChannelRow[] {
  return tellers.filter(
    (row) => row.fundingOutpoint === undefined || row.fundingOutpoint === outpoint,
  );
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/** Field by field, the first that has it. */
function mergeFields<T extends object>(all: readonly T[]): T {
  return Object.assign({}, ...all.toReversed());
}

/**
 * Lifetime sums are taken whole from one teller, so that they fit each other. Each is at most the
 * truth (a teller who stopped early, or began late, counts less), so the greatest is the nearest; where
 * whoever tells the balance counts as many payments, his fit the balance too.
 */
function mergeTotals(tellers: readonly ChannelRow[], onIt: readonly ChannelRow[]) {
  const settledMsat = ({ totals }: ChannelRow) => totals.sentMsat + totals.receivedMsat;
  const counted = greatest(
    tellers,
    (a, b) =>
      compareAmounts(settledMsat(a), settledMsat(b)) ||
      Number(b.totals.isAtLeast) - Number(a.totals.isAtLeast) ||
      newsCount(a) - newsCount(b),
  );
  const statedMsat = ({ statedTotals }: ChannelRow) =>
    (statedTotals?.sentMsat ?? 0n) + (statedTotals?.receivedMsat ?? 0n);
  const stated = greatest(
    tellers.filter((row) => row.statedTotals !== undefined),
    (a, b) => compareAmounts(statedMsat(a), statedMsat(b)),
  );
  if (counted === undefined) throw new Error('a channel is merged from at least one row');
  const shown = tellers.length > 1 ? tellerOfBalance(onIt) : undefined;
  const isShowns = shown !== undefined && isExactFor(shown) && payments(shown) >= payments(counted);
  const { totals } = isShowns ? shown : counted;
  const { statedTotals, statedTotalsAt } = stated ?? {};
  return { totals, ...present({ statedTotals, statedTotalsAt }) };
}

function isExactFor({ precision, isAdopted, totals }: ChannelRow): boolean {
  return precision === 'msat' && !isAdopted && !totals.isAtLeast;
}

const payments = ({ totals }: ChannelRow): number => totals.sentCount + totals.receivedCount;

/** Each teller's gaps are its own; the same one told twice is one. */
function mergeGaps(tellers: readonly ChannelRow[]): ChannelRow['gaps'] {
  const gaps = groupedBy(
    tellers.flatMap((row) => row.gaps),
    ({ what, side, lastKnown, firstKnown, at }) =>
      JSON.stringify([what, side, lastKnown, firstKnown, at]),
  );
  return [...gaps.values()].flatMap(([gap]) => gap ?? []).sort((a, b) => compareText(a.at, b.at));
}
