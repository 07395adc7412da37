/**
 * From a whole commitment to the facts in it: which HTLCs came, which went and how, and the balances
 * that follow. What was missed in between becomes a gap; what contradicts is refused.
 */

import type { Violation } from '../schema/aggregate.ts';
import { isSame } from '../schema/same.ts';
import {
  type Balances,
  balancesAsStated,
  balancesFromStated,
  deriveBalances,
  type StatedSat,
  statedOf,
} from './balances.ts';
import type { ChannelDecision, Decided } from './decided.ts';
import type { ChannelDraft } from './events.ts';
import { addRemovals, directions, heldBy, isKnown } from './htlc-removals.ts';
import { findHtlc } from './htlcs.ts';
import { heldTwice } from './invariants.ts';
import type { CommitmentSeen, HtlcSeen } from './observations.ts';
import { violates } from './rules.ts';
import {
  activeFunding,
  type ChannelState,
  type FundingState,
  fundingOf,
  type HtlcState,
} from './state.ts';

export function decideCommitment(decided: Decided, seen: CommitmentSeen): ChannelDecision {
  const funding = fundingOf(decided.state, seen.fundingOutpoint);
  if (funding === undefined) {
    if (isOfSplicedFunding(decided.state, seen)) return { kind: 'past' };
    const detail = `no funding ${seen.fundingOutpoint}`;
    return decided.result({ rule: 'funding-known', detail });
  }
  const held = heldBy(seen.htlcs);
  const twice = heldTwice(held);
  if (twice !== undefined) return decided.result(twice);
  const previous = funding[seen.side];
  const isPast =
    previous !== undefined &&
    (previous.isImplied ? seen.number < previous.number : seen.number <= previous.number);
  const arrivals = arrivingHtlcs(decided.state, seen);
  if (arrivals.restated !== undefined) return decided.result(arrivals.restated);
  if (isPast) return { kind: 'past' };
  if (arrivals.known.some(({ id, direction }) => id < (decided.state.nextHtlcId[direction] ?? 0))) {
    const detail = 'the commitment holds an HTLC that was settled or failed before';
    return decided.result({ rule: 'settle-needs-htlc', detail });
  }
  const gap = gapBefore(decided.state, funding, seen, arrivals.isJump);
  const isMissingPart = gap !== undefined || decided.state.isSuspended[seen.side];
  const steps: ChannelDraft[] = gap === undefined ? [] : [gap];
  if (!isMissingPart) steps.push(...arrivals.known.map(htlcAdded));
  for (const step of steps) {
    const violation = decided.add(step);
    if (violation !== undefined) return decided.result(violation);
  }
  const violation = addRemovals(decided, funding, seen, held);
  if (violation !== undefined) return decided.result(violation);
  const unknown = isMissingPart ? arrivals.known : [];
  return decided.result(addCommitment(decided, { seen, held, unknown, isMissingPart }));
}

/** The funding that was opened is gone after a splice: told again, its commitments may be known. */
function isOfSplicedFunding(state: ChannelState, seen: CommitmentSeen): boolean {
  if (state.opening?.fundingOutpoint !== seen.fundingOutpoint) return false;
  const newest = activeFunding(state)?.[seen.side]?.number;
  return newest !== undefined && seen.number <= newest;
}

interface Arrivals {
  /** HTLCs the state does not have, in id order. */
  readonly known: readonly HtlcSeen[];
  /** True when ids were skipped: HTLCs between were never seen. */
  readonly isJump: boolean;
  /** The first HTLC that is held, and was told otherwise. */
  readonly restated?: Violation;
}

function arrivingHtlcs(state: ChannelState, seen: CommitmentSeen): Arrivals {
  const known: HtlcSeen[] = [];
  for (const htlc of seen.htlcs) {
    const held = findHtlc(state.htlcs, htlc.direction, htlc.id);
    if (held === undefined) known.push(htlc);
    else if (isOtherwise(held, htlc)) {
      return { known: [], isJump: false, restated: restated(held, htlc) };
    }
  }
  if (known.length === 0) return { known, isJump: false };
  if (known.length > 1) known.sort((a, b) => a.id - b.id);
  const isJump = directions.some((direction) => {
    const ids = known.filter((htlc) => htlc.direction === direction).map((htlc) => htlc.id);
    const first = state.nextHtlcId[direction] ?? ids[0];
    return ids.some((id, nth) => first !== undefined && id !== first + nth);
  });
  return { known, isJump };
}

/** Payment hashes are not compared: their links are keyed, by another key in each recorder of a cluster. */
function isOtherwise(held: HtlcState, told: HtlcSeen): boolean {
  return held.amountMsat !== told.amountMsat || held.cltvExpiry !== told.cltvExpiry;
}

function restated(held: HtlcState, told: HtlcSeen): Violation {
  const name = `${told.direction} HTLC ${told.id}`;
  const of = (what: string, before: bigint | number, now: bigint | number) =>
    violates('fact-restated', `${name} was told with ${what} ${before}, and now with ${now}`);
  if (held.amountMsat !== told.amountMsat) return of('msat', held.amountMsat, told.amountMsat);
  return of('expiry', held.cltvExpiry, told.cltvExpiry);
}

function gapBefore(
  state: ChannelState,
  funding: FundingState,
  { side, number }: CommitmentSeen,
  isJump: boolean,
): ChannelDraft | undefined {
  const previous = funding[side];
  if (state.isSuspended[side]) return undefined;
  if (previous !== undefined && number > previous.number + 1) {
    const [first, last] = [previous.number + 1, number - 1];
    const span = first === last ? `${first} was` : `${first} to ${last} were`;
    const why = `${side} commitment ${span} not seen`;
    const lastKnown = previous.number;
    return {
      type: 'RecordingGap',
      data: { what: 'commitments', side, lastKnown, firstKnown: number, why },
    };
  }
  if (!isJump) return undefined;
  const why = `${side} commitment ${number} holds HTLCs whose predecessors were not seen`;
  return { type: 'RecordingGap', data: { what: 'commitments', side, firstKnown: number, why } };
}

function htlcAdded(htlc: HtlcSeen): ChannelDraft {
  const { paymentHash, ...data } = htlc;
  if (paymentHash === undefined) return { type: 'HtlcAdded', data };
  return { type: 'HtlcAdded', data, secret: { paymentHash } };
}

interface NextCommitment {
  readonly seen: CommitmentSeen;
  readonly held: ReturnType<typeof heldBy>;
  /** HTLCs that are told in full with it. */
  readonly unknown: readonly HtlcSeen[];
  readonly isMissingPart: boolean;
}

function addCommitment(
  decided: Decided,
  { seen, held, unknown, isMissingPart }: NextCommitment,
): Violation | undefined {
  const { htlcs: _htlcs, removed: _removed, balances: _balances, ...told } = seen;
  const inFull = ({ paymentHash: _, ...htlc }: HtlcSeen) => htlc;
  const fresh = unknown.map(inFull);
  const state: ChannelState =
    unknown.length === 0
      ? decided.state
      : { ...decided.state, htlcs: [...decided.state.htlcs, ...fresh] };
  const inFullToo = isMissingPart
    ? [...unknown, ...droppedElsewhere(decided.state, seen)]
    : unknown;
  const balances = nextBalances(state, seen, held, isMissingPart);
  if (balances === undefined) {
    const which = `${seen.side} commitment ${seen.number}`;
    const detail = `${which}: no exact base and nothing stated to start from`;
    return { rule: 'balance-moves-by-htlcs', detail };
  }
  const otherwise = toldOtherwise(seen, balances);
  if (otherwise !== undefined) return otherwise;
  const { offered, received } = held;
  const data = { ...told, ...balances, offered, received };
  if (inFullToo.length === 0) return decided.add({ type: 'CommitmentUpdated', data });
  const paymentHashes = hashesOf(inFullToo);
  return decided.add({
    type: 'CommitmentUpdated',
    data: { ...data, unknownHtlcs: inFullToo.map(inFull) },
    ...(paymentHashes.length > 0 && { secret: { paymentHashes } }),
  });
}

function hashesOf(htlcs: readonly HtlcSeen[]) {
  return htlcs.flatMap(({ id, direction, paymentHash }) =>
    paymentHash === undefined ? [] : [{ id, direction, paymentHash }],
  );
}

/** What the source counts itself is compared with what follows from the commitment before. */
function toldOtherwise(
  { side, number, balances: told }: CommitmentSeen,
  { localBalanceMsat, remoteBalanceMsat }: Balances,
): Violation | undefined {
  if (told === undefined || isSame(told, { localBalanceMsat, remoteBalanceMsat })) return undefined;
  return violates(
    'stated-equals-derived',
    `${side} commitment ${number}: stated local ${told.localBalanceMsat} msat and remote ` +
      `${told.remoteBalanceMsat} msat, derived ${localBalanceMsat} and ${remoteBalanceMsat}`,
  );
}

/**
 * HTLCs that every commitment known dropped, and this one after a gap still holds: the rows have
 * forgotten them.
 */
function droppedElsewhere(state: ChannelState, { htlcs }: CommitmentSeen): readonly HtlcSeen[] {
  return htlcs.filter((htlc) => isKnown(state, htlc) && !isHeld(state, htlc));
}

function isHeld({ fundings }: ChannelState, { direction, id }: HtlcSeen): boolean {
  return fundings.some(({ local, remote }) => {
    return local?.[direction].includes(id) || remote?.[direction].includes(id);
  });
}

function nextBalances(
  state: ChannelState,
  seen: CommitmentSeen,
  held: ReturnType<typeof heldBy>,
  isMissingPart: boolean,
) {
  const funding = fundingOf(state, seen.fundingOutpoint);
  if (funding === undefined) return undefined;
  const { side, feeratePerKw, stated, balances: exact } = seen;
  const shape = { side, held, ...(feeratePerKw !== undefined && { feeratePerKw }) };
  const derived = deriveBalances(state, funding, side, held);
  if (derived !== undefined) {
    // Without a gap a difference is a contradiction, which the check of the event will name.
    const hasOwnBase = funding[side]?.isExact === true && !isMissingPart;
    const isAsTold = exact === undefined || isSame(exact, derived);
    if (
      hasOwnBase ||
      (isAsTold && isExplained(stated, stated && statedOf(state, shape, derived)))
    ) {
      return { ...derived, precision: 'msat' as const };
    }
  }
  if (exact !== undefined) return { ...exact, precision: 'msat' as const };
  const rebuilt =
    stated &&
    (balancesFromStated(state, funding, shape, stated) ??
      balancesAsStated(state, funding, shape, stated));
  return rebuilt && { ...rebuilt, precision: 'sat' as const };
}

function isExplained(stated: StatedSat | undefined, expected: StatedSat | undefined): boolean {
  if (stated === undefined || expected === undefined) return true;
  return expected.localSat === stated.localSat && expected.remoteSat === stated.remoteSat;
}
