/** Forwards and failed forwards, each once whoever told it, and their sums. */
import { forwardName, isWholeSecond, secondOf } from '../../../projections/newest-forwards.ts';
import type { Direction } from '../../channel/fields.ts';
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import type { Query } from '../query.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ForwardSum, ForwardView } from '../view-types.ts';
import type { AnswerContext } from './context.ts';
import { type AmountSums, addIncoming, addOutgoing, noAmounts } from './forward-amounts.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { type ShortIds, shortIdsOf } from './short-ids.ts';
import { type Span, spanOf } from './span.ts';
import { compareSources, compareText, groupedBy, present } from './tellers.ts';
import { windowOf } from './window.ts';

export type ForwardQuery = Query & Span;

interface Told {
  readonly source: string;
  readonly view: ForwardView;
}

/** Oldest first. */
export function forwards(context: AnswerContext, query: ForwardQuery = {}): readonly ForwardView[] {
  return eachOnce(forwardsTold(context, query)).sort(compareForwards);
}

/**
 * The forwards, and all HTLCs that any teller of them names: where two tellers have one forward each by
 * another of its HTLCs, either is known as forwarded.
 */
export function forwardsWithHtlcs(
  context: AnswerContext,
  query: ForwardQuery = {},
): { readonly forwards: readonly ForwardView[]; readonly htlcs: ReadonlySet<string> } {
  const told = forwardsTold(context, query);
  const htlcs = htlcsOf(told.map(({ view }) => view));
  return { forwards: eachOnce(told).sort(compareForwards), htlcs };
}

/** As far as they name them. */
export function htlcsOf(views: readonly ForwardView[]): ReadonlySet<string> {
  const htlcs = new Set<string>();
  for (const view of views) {
    const { nodeId, outcome, incomingHtlcId, outgoingHtlcId } = view;
    if (outcome !== 'forwarded') continue;
    const { incomingChannelId: from, outgoingChannelId: to } = view;
    if (from !== undefined && incomingHtlcId !== undefined) {
      htlcs.add(htlcName(nodeId, from, 'received', incomingHtlcId));
    }
    if (to !== undefined && outgoingHtlcId !== undefined) {
      htlcs.add(htlcName(nodeId, to, 'offered', outgoingHtlcId));
    }
  }
  return htlcs;
}

/** An HTLC of a recording node's channel, as `forwardsWithHtlcs` names it. */
export function htlcName(
  nodeId: string,
  channelId: string,
  direction: Direction,
  id: number,
): string {
  return `${nodeId} ${channelId} ${direction} ${id}`;
}

function forwardsTold(context: AnswerContext, query: ForwardQuery): readonly Told[] {
  const isInWindow = windowOf(context.store, asked(context, withoutChannelMoment(query)));
  const isInSpan = spanOf(context.store, query);
  const names = shortIdsOf(context);
  const told: Told[] = [];
  for (const stored of context.store.markedEvents(['PaymentForwarded', 'ForwardFailed'])) {
    const name = parseStream(stored.stream);
    if (name === undefined || !isInWindow(stored)) continue;
    const view = forwardView(decodeEvent(stored), name.nodeId, names);
    if (view !== undefined && isInSpan(stored, view.at)) told.push({ source: name.source, view });
  }
  return told;
}

function forwardView(
  { fact, metadata, id }: LedgerEvent,
  nodeId: string,
  names: ShortIds,
): ForwardView | undefined {
  if (fact?.type !== 'PaymentForwarded' && fact?.type !== 'ForwardFailed') return undefined;
  const { incomingHtlcId, outgoingHtlcId, amountInMsat, amountOutMsat } = fact.data;
  const { incomingShortChannelId: shortIn, outgoingShortChannelId: shortOut } = fact.data;
  const [incoming, outgoing] = [
    names.channelOf(nodeId, shortIn),
    names.channelOf(nodeId, shortOut),
  ];
  const incomingChannelId = fact.data.incomingChannelId ?? incoming?.channelId;
  const outgoingChannelId = fact.data.outgoingChannelId ?? outgoing?.channelId;
  const peerOf = (channelId: string | undefined) => channelId && names.peerOf(nodeId, channelId);
  const isForwarded = fact.type === 'PaymentForwarded';
  return {
    nodeId,
    at: metadata.happenedAt,
    ...present({ atBounds: timeBoundsIn(metadata) }),
    outcome: isForwarded ? 'forwarded' : 'failed',
    ...present({
      incomingChannelId,
      incomingShortChannelId: incoming === undefined ? shortIn : undefined,
      incomingHtlcId,
      outgoingChannelId,
      outgoingShortChannelId: outgoing === undefined ? shortOut : undefined,
      outgoingHtlcId,
      incomingPeerId: fact.data.incomingPeerId ?? peerOf(incomingChannelId),
      outgoingPeerId: fact.data.outgoingPeerId ?? peerOf(outgoingChannelId),
      amountInMsat,
      amountOutMsat,
      feeMsat: isForwarded
        ? (fact.data.feeMsat ?? difference(amountInMsat, amountOutMsat))
        : undefined,
      reason: isForwarded ? undefined : fact.data.reason,
    }),
    eventId: id,
  };
}

function difference(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

/**
 * The incoming HTLC names a forward, so that two tellers of it can be told from two forwards. Where a
 * source does not know it, equal forwards are counted: whoever tells most of them is right.
 */
function eachOnce(told: readonly Told[]): ForwardView[] {
  const sorted = withoutLesser(told).sort(
    (a, b) => compareSources(a.source, b.source) || compareForwards(a.view, b.view),
  );
  const named = groupedBy(sorted.filter(isNamed), ({ view }) =>
    [view.nodeId, view.outcome, incomingOf(view), view.incomingHtlcId].join(),
  );
  const once = [...named.values()].flatMap(([first]) => first?.view ?? []);
  const unnamed = sorted.filter((one) => !isNamed(one));
  if (unnamed.length === 0) return once;
  const namedAlike = groupedBy(once, alike);
  const toldAlike = groupedBy(sorted, ({ view }) => alike(view));
  for (const group of groupedBy(unnamed, ({ view }) => alike(view)).keys()) {
    once.push(...beyondNamed(toldAlike.get(group) ?? [], namedAlike.get(group)?.length ?? 0));
  }
  return once;
}

const isNamed = ({ view }: Told): boolean => view.incomingHtlcId !== undefined;
const incomingOf = (view: ForwardView) => view.incomingChannelId ?? view.incomingShortChannelId;
const outgoingOf = (view: ForwardView) => view.outgoingChannelId ?? view.outgoingShortChannelId;

function alike(view: ForwardView): string {
  const { nodeId, outcome, amountInMsat } = view;
  const name = forwardName(incomingOf(view), outgoingOf(view), amountInMsat);
  return [nodeId, outcome, name].join();
}

/** Without what a source told with less of it, as the rows count it: see `newest-forwards.ts`. */
function withoutLesser(told: readonly Told[]): Told[] {
  const groups = groupedBy(told, ({ source, view }) => `${source} ${alike(view)}`);
  return [...groups.values()].flatMap((group) => {
    const unnamed = group.filter((one) => !isNamed(one));
    const timed = unnamed.filter((one) => !isInSeconds(one));
    const exact = group.filter(isNamed);
    exact.push(...beyond(timed, exact, ({ view }) => view.at));
    return [
      ...exact,
      ...beyond(unnamed.filter(isInSeconds), exact, ({ view }) => secondOf(view.at)),
    ];
  });
}

const isInSeconds = ({ view }: Told): boolean => isWholeSecond(view.at);

/** Those that are more than what is known of their moment. */
function beyond(
  told: readonly Told[],
  known: readonly Told[],
  momentOf: (one: Told) => string,
): readonly Told[] {
  const moments = groupedBy(known, momentOf);
  return told.filter((one) => moments.get(momentOf(one))?.pop() === undefined);
}

/** Of the teller of most, the forwards that are more than those known by their HTLC. */
function beyondNamed(told: readonly Told[], namedCount: number): readonly ForwardView[] {
  let beyond: readonly ForwardView[] = [];
  for (const ofOne of groupedBy(told, ({ source }) => source).values()) {
    const extra = ofOne.length - namedCount;
    if (extra <= beyond.length) continue;
    // Those that others name are this teller's earliest.
    beyond = ofOne
      .map(({ view }) => view)
      .filter((view) => view.incomingHtlcId === undefined)
      .slice(-extra);
  }
  return beyond;
}

/** By what the forwards say, not by where they lie in the store: imports may come in any order. */
function compareForwards(a: ForwardView, b: ForwardView): number {
  return (
    compareText(a.at, b.at) ||
    compareText(incomingOf(a) ?? '', incomingOf(b) ?? '') ||
    (a.incomingHtlcId ?? -1) - (b.incomingHtlcId ?? -1) ||
    compareText(a.eventId, b.eventId)
  );
}

export type ForwardGrouping = 'day' | 'channel' | 'peer';

/** What a sum is filed under where the source did not say which channel or peer it was. */
export const UNKNOWN_GROUP = 'unknown';

interface Sum extends AmountSums {
  by: string;
  forwardedCount: number;
  forwardedInCount: number;
  failedCount: number;
}

/**
 * Sums by the day (UTC), or by channel or peer: there, what came in counts where it came in, and what
 * went out, its fee and its failure count where it went out (a fee is earned by the outgoing policy).
 * So every column adds up to the whole.
 */
export function forwardSums(
  context: AnswerContext,
  by: ForwardGrouping,
  query: ForwardQuery = {},
): readonly ForwardSum[] {
  const sums = new Map<string, Sum>();
  for (const forward of forwards(context, query)) {
    const outgoing = sumIn(sums, groupOf(forward, by, 'outgoing'));
    if (forward.outcome === 'failed') {
      outgoing.failedCount += 1;
      continue;
    }
    const incoming = sumIn(sums, groupOf(forward, by, 'incoming'));
    incoming.forwardedInCount += 1;
    addIncoming(incoming, forward);
    outgoing.forwardedCount += 1;
    addOutgoing(outgoing, forward);
  }
  return [...sums.values()].sort((a, b) => compareText(a.by, b.by));
}

function groupOf(forward: ForwardView, by: ForwardGrouping, end: 'incoming' | 'outgoing'): string {
  if (by === 'day') return forward.at.slice(0, '2026-03-14'.length);
  return (by === 'channel' ? forward[`${end}ChannelId`] : forward[`${end}PeerId`]) ?? UNKNOWN_GROUP;
}

function sumIn(sums: Map<string, Sum>, by: string): Sum {
  const known = sums.get(by);
  if (known !== undefined) return known;
  const sum: Sum = {
    by,
    forwardedCount: 0,
    forwardedInCount: 0,
    failedCount: 0,
    ...noAmounts(),
  };
  sums.set(by, sum);
  return sum;
}
