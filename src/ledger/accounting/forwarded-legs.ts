/** Which HTLCs are those of forwards that the node told: each forward has two, and may name one of them. */
import { htlcName } from '../answers/forwards.ts';
import { groupedBy } from '../answers/tellers.ts';
import type { ForwardView } from '../view-types.ts';
import { isOfBooks } from './booked.ts';
import type { Leg } from './channel-facts.ts';
import type { AccountingFacts } from './facts.ts';

/** Where a list tells amounts in whole satoshi, they are less than this off. */
const ROUNDING_MSAT = 1000n;

export interface Forwarded {
  readonly legs: ReadonlySet<Leg>;
  /** None of whose HTLCs is among the legs by its id. */
  readonly unplaced: readonly ForwardView[];
}

/** By their names, by what each says it forwards, or as the other HTLC of one that is named. */
export function forwardedLegs(
  facts: Pick<AccountingFacts, 'legs' | 'forwards' | 'forwardedHtlcs'>,
): Forwarded {
  const { legs, forwards, forwardedHtlcs } = facts;
  if (forwardedHtlcs.size === 0) return { legs: new Set(), unplaced: forwards };
  const byName = new Map<string, Leg>();
  for (const leg of legs) {
    const [own, incoming] = namesOf(leg);
    const isKnown = forwardedHtlcs.has(own) || (incoming && forwardedHtlcs.has(incoming));
    if (isKnown) byName.set(own, leg);
  }
  const forwarded = new Set(byName.values());
  const paired = new Set<Leg>();
  for (const [leg, came] of toldPairs(forwarded, legs)) {
    forwarded.add(came);
    paired.add(leg).add(came);
  }
  const unplaced: ForwardView[] = [];
  const lonely: Lonely[] = [];
  for (const forward of forwards) {
    const [came, went] = [
      byName.get(nameIn(forward, 'received')),
      byName.get(nameIn(forward, 'offered')),
    ];
    const leg = came ?? went;
    if (came !== undefined && went !== undefined) paired.add(came).add(went);
    else if (leg === undefined) unplaced.push(forward);
    else if (isFoundByHash(leg)) lonely.push({ leg, forward });
  }
  for (const other of othersOf(lonely, { legs, forwarded, paired })) forwarded.add(other);
  return { legs: forwarded, unplaced };
}

/** Its own, and that of the HTLC it forwards. */
function namesOf(leg: Leg): readonly [string, string | undefined] {
  const { nodeId, channelId, direction, id, forwardOf } = leg;
  const incoming = forwardOf && htlcName(nodeId, forwardOf.channelId, 'received', forwardOf.htlcId);
  return [htlcName(nodeId, channelId, direction, id), incoming];
}

/** Those that say which HTLC they forward, each with that one, whoever names it. */
function* toldPairs(
  forwarded: ReadonlySet<Leg>,
  legs: readonly Leg[],
): Generator<readonly [Leg, Leg]> {
  const goingOut = new Map<string, Leg>();
  for (const leg of forwarded) {
    const [, incoming] = namesOf(leg);
    if (incoming !== undefined) goingOut.set(incoming, leg);
  }
  if (goingOut.size === 0) return;
  for (const leg of legs) {
    const went = goingOut.get(namesOf(leg)[0]);
    if (went !== undefined) yield [went, leg];
  }
}

/** Of its HTLC that came in or went out; no leg goes by it where that is not told. */
function nameIn(forward: ForwardView, direction: Leg['direction']): string {
  const isIncoming = direction === 'received';
  const channelId = isIncoming ? forward.incomingChannelId : forward.outgoingChannelId;
  const id = isIncoming ? forward.incomingHtlcId : forward.outgoingHtlcId;
  return channelId === undefined || id === undefined
    ? ''
    : htlcName(forward.nodeId, channelId, direction, id);
}

/** An HTLC of a forward the other one of which is not known by its id. */
interface Lonely {
  readonly leg: Leg;
  readonly forward: ForwardView;
}

function isFoundByHash({ paymentLink, forwardOf }: Leg): boolean {
  return paymentLink !== undefined && forwardOf === undefined;
}

/** The other HTLC of each, of the same payment hash: one that another teller names, where there is one. */
function* othersOf(
  lonely: readonly Lonely[],
  {
    legs,
    forwarded,
    paired,
  }: Pick<AccountingFacts, 'legs'> & {
    readonly forwarded: ReadonlySet<Leg>;
    readonly paired: Set<Leg>;
  },
): Generator<Leg> {
  const links = new Set(lonely.map(({ leg }) => linkOf(leg)));
  // Each is its own forward's.
  const named = new Set(lonely.map(({ leg }) => leg));
  const alike = groupedBy(
    legs.filter((leg) => leg.paymentLink !== undefined && links.has(linkOf(leg))),
    linkOf,
  );
  for (const { leg, forward } of lonely) {
    if (paired.has(leg)) continue;
    const may = (alike.get(linkOf(leg)) ?? []).filter(
      (other) => !paired.has(other) && !named.has(other) && isOther(other, leg, forward),
    );
    const other = may.find((one) => forwarded.has(one)) ?? may[0];
    if (other === undefined) continue;
    paired.add(leg);
    paired.add(other);
    yield other;
  }
}

/** Of one payment hash at one node; of those without a hash there is but one such name. */
export const linkOf = ({ nodeId, paymentLink }: Leg): string => `${nodeId} ${paymentLink}`;

/** By its id, channel and amount, as far as they are told: a node's own books know no ids. */
export function isOther(other: Leg, leg: Leg, forward: ForwardView): boolean {
  if (other.direction === leg.direction) return false;
  const isIncoming = other.direction === 'received';
  const channelId = isIncoming ? forward.incomingChannelId : forward.outgoingChannelId;
  if (channelId !== undefined && channelId !== other.channelId) return false;
  const id = isIncoming ? forward.incomingHtlcId : forward.outgoingHtlcId;
  if (id !== undefined && id !== other.id && !isOfBooks(other)) return false;
  const { amountInMsat, amountOutMsat, feeMsat } = forward;
  const told = isIncoming ? amountInMsat : amountOutMsat;
  const byFee = feeMsat && (isIncoming ? leg.amountMsat + feeMsat : leg.amountMsat - feeMsat);
  const amountMsat = told ?? byFee;
  if (amountMsat === undefined) return true;
  const difference = other.amountMsat - amountMsat;
  return difference < ROUNDING_MSAT && -difference < ROUNDING_MSAT;
}
