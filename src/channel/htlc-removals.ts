/** How the HTLCs ended that a commitment no longer holds: told, or deduced from what was stated. */
import type { Violation } from '../schema/aggregate.ts';
import { isSame } from '../schema/same.ts';
import { deriveBalances, statedOf } from './balances.ts';
import type { Decided } from './decided.ts';
import type { ChannelDraft } from './events.ts';
import type { Direction } from './fields.ts';
import { fateUnknown } from './gaps.ts';
import { findHtlc, type HeldHtlcs, hasId } from './htlcs.ts';
import type { CommitmentSeen, HtlcRemoved, HtlcSeen } from './observations.ts';
import { violates } from './rules.ts';
import type { ChannelState, FundingState, HtlcState } from './state.ts';

export const directions = ['offered', 'received'] as const;

/** HTLCs that this side's previous commitment held and the new one does not. */
export function addRemovals(
  decided: Decided,
  funding: FundingState,
  seen: CommitmentSeen,
  held: HeldHtlcs,
): Violation | undefined {
  const { htlcs, isSuspended } = decided.state;
  const before = funding[seen.side];
  const gone: HtlcState[] = [];
  for (const direction of directions) {
    for (const id of before?.[direction] ?? []) {
      const htlc = hasId(held[direction], id) ? undefined : findHtlc(htlcs, direction, id);
      if (htlc !== undefined && htlc.outcome === undefined) gone.push(htlc);
    }
  }
  if (isSuspended[seen.side]) gone.push(...goneInGap(htlcs, seen, gone));
  if (gone.length === 0) return undefined;
  const told = new Map(seen.removed.map((removed) => [keyOf(removed), removed]));
  if (told.size < seen.removed.length) {
    const restated = foldRepeats(told, seen.removed);
    if (restated !== undefined) return restated;
  }
  const untold = gone.filter((htlc) => !told.has(keyOf(htlc)));
  const deduced = new Map<string, HtlcRemoved>();
  for (const removed of deducedOutcomes(decided.state, funding, seen, untold, told)) {
    deduced.set(keyOf(removed), removed);
  }
  for (const htlc of gone) {
    const event = endOf(htlc, told.get(keyOf(htlc)), deduced.get(keyOf(htlc)));
    const violation = decided.add(event);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** What is said twice in the same words is said once; its preimage is sealed, and not compared. */
function foldRepeats(
  told: Map<string, HtlcRemoved>,
  removed: readonly HtlcRemoved[],
): Violation | undefined {
  told.clear();
  for (const one of removed) {
    const { preimage: _, ...end } = one;
    const { preimage: _before, ...before } = told.get(keyOf(one)) ?? one;
    if (!isSame(end, before)) {
      const { direction, id } = one;
      return violates('fact-restated', `${direction} HTLC ${id} is told to have ended in two ways`);
    }
    told.set(keyOf(one), { ...one, ...told.get(keyOf(one)) });
  }
  return undefined;
}

/** HTLCs that a commitment in the gap held, which this one is told to have dropped. */
function goneInGap(
  known: readonly HtlcState[],
  { htlcs, removed }: CommitmentSeen,
  gone: readonly HtlcState[],
): readonly HtlcState[] {
  const held = new Set([...htlcs, ...gone].map(keyOf));
  return removed.flatMap((told) => {
    const { direction, id } = told;
    const htlc = held.has(keyOf(told)) ? undefined : findHtlc(known, direction, id);
    held.add(keyOf(told));
    return htlc !== undefined && htlc.outcome === undefined ? [htlc] : [];
  });
}

export const keyOf = (htlc: { readonly direction: Direction; readonly id: number }) =>
  `${htlc.direction}/${htlc.id}`;

function endOf(
  htlc: HtlcState,
  told: HtlcRemoved | undefined,
  deduced: HtlcRemoved | undefined,
): ChannelDraft {
  if (told !== undefined) return removal(htlc, told, {});
  return deduced === undefined ? fateUnknown(htlc) : removal(htlc, deduced, { isDeduced: true });
}

function removal(
  htlc: HtlcState,
  removed: HtlcRemoved,
  basis: { readonly isDeduced?: true },
): ChannelDraft {
  const { id, direction, amountMsat } = htlc;
  const { outcome, preimage, failureCode, failedAt, reason } = removed;
  if (outcome === 'settled') {
    const data = { id, direction, amountMsat, isOnChain: false, ...basis };
    return {
      type: 'HtlcSettled',
      data,
      ...(preimage !== undefined && { secret: { preimage } }),
    };
  }
  return {
    type: 'HtlcFailed',
    data: {
      id,
      direction,
      amountMsat,
      isOnChain: false,
      ...basis,
      ...(failureCode !== undefined && { failureCode }),
      ...(failedAt !== undefined && { failedAt }),
      ...(reason !== undefined && { reason }),
    },
  };
}

/** At most this many HTLCs of unknown fate are tried in every combination. */
const MAX_DEDUCED = 10;

/** The one combination of fates that explains what was stated, if there is exactly one. */
function deducedOutcomes(
  state: ChannelState,
  funding: FundingState,
  seen: CommitmentSeen,
  untold: readonly HtlcState[],
  told: ReadonlyMap<string, HtlcRemoved>,
): readonly HtlcRemoved[] {
  if (untold.length === 0 || untold.length > MAX_DEDUCED || seen.stated === undefined) return [];
  const held = heldBy(seen.htlcs);
  const arriving = seen.htlcs.filter((htlc) => !isKnown(state, htlc));
  const fitting: HtlcRemoved[][] = [];
  for (let fates = 0; fates < 2 ** untold.length; fates++) {
    const guess = untold.map(({ id, direction }, nth): HtlcRemoved => {
      return { id, direction, outcome: (fates >> nth) & 1 ? 'settled' : 'failed' };
    });
    const outcomes = new Map([...told.values(), ...guess].map((r) => [keyOf(r), r.outcome]));
    const htlcs = [...state.htlcs, ...arriving].map((htlc: HtlcState) => {
      const outcome = htlc.outcome ?? outcomes.get(keyOf(htlc));
      return outcome === undefined ? htlc : { ...htlc, outcome };
    });
    const imagined: ChannelState = {
      ...state,
      htlcs,
      isSuspended: { local: false, remote: false },
    };
    const balances = deriveBalances(imagined, funding, seen.side, held);
    const { side, feeratePerKw } = seen;
    const shape = { side, held, ...(feeratePerKw !== undefined && { feeratePerKw }) };
    const expected = balances && statedOf(imagined, shape, balances);
    const isFitting =
      expected?.localSat === seen.stated.localSat && expected?.remoteSat === seen.stated.remoteSat;
    if (expected !== undefined && isFitting) fitting.push(guess);
  }
  return fitting.length === 1 ? (fitting[0] ?? []) : [];
}

export function isKnown({ htlcs }: ChannelState, { direction, id }: HtlcSeen): boolean {
  return findHtlc(htlcs, direction, id) !== undefined;
}

/** The ids of the HTLCs, in order. */
export function heldBy(htlcs: readonly HtlcSeen[]) {
  const held: Record<Direction, number[]> = { offered: [], received: [] };
  for (const { direction, id } of htlcs) held[direction].push(id);
  if (held.offered.length > 1) held.offered.sort((a, b) => a - b);
  if (held.received.length > 1) held.received.sort((a, b) => a - b);
  return held;
}
