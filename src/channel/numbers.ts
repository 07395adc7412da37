/** Commitment numbers: what one can be, and what follows what. */
import type { Violation } from '../schema/aggregate.ts';
import type { Side } from './fields.ts';
import { violates } from './rules.ts';
import { activeFunding, type ChannelState, type FundingState } from './state.ts';

/** BOLT 3, Commitment Transaction: 48 bits, of which the locktime and the sequence hold 24 each. */
const MAX_COMMITMENT_NUMBER = 2 ** 48 - 1;

/**
 * A commitment takes a round trip and a write to disk at both ends. Even one every 10 ms makes no more
 * than this in the sixteen months of a recorder that was off; and a garbled number is mostly larger.
 */
const MAX_JUMP = 2 ** 32;

/** Whether a side's commitment can have this number after that one; undefined: none is known. */
export function isPlausibleNumber(number: number, previous: number | undefined): boolean {
  return number <= MAX_COMMITMENT_NUMBER && number - (previous ?? number) <= MAX_JUMP;
}

/** A commitment comes after the side's newest, unless a gap hides what was between. */
export function checkNumber(
  state: ChannelState,
  funding: FundingState,
  { side, number }: { readonly side: Side; readonly number: number },
): Violation | undefined {
  const previous = funding[side];
  const jump = checkJump(side, number, previous?.number);
  if (jump !== undefined || previous === undefined || state.isSuspended[side]) return jump;
  const isNext = number === previous.number + 1;
  const isRecordOfImplied = previous.isImplied && number === previous.number;
  return isNext || isRecordOfImplied
    ? undefined
    : violates(
        'commitment-number-follows',
        `${side} commitment ${number} after ${previous.number}`,
      );
}

/** What is given up is the side's commitment before the newest. */
export function checkRevoked(
  state: ChannelState,
  { side, number }: { readonly side: Side; readonly number: number },
): Violation | undefined {
  const newest = activeFunding(state)?.[side]?.number;
  const jump = checkJump(side, number, newest ?? state.lastRevoked[side]);
  if (jump !== undefined) return jump;
  if (newest !== undefined && !state.isSuspended[side] && number !== newest - 1) {
    const detail = `${side} commitment ${number} is given up while ${newest} is the newest`;
    return violates('revoked-is-previous', detail);
  }
  return undefined;
}

/**
 * A number that cannot be, or not yet. One believed by mistake could never be taken back: all true ones
 * after it would be past.
 */
function checkJump(
  side: Side,
  number: number,
  previous: number | undefined,
): Violation | undefined {
  if (isPlausibleNumber(number, previous)) return undefined;
  const why =
    number > MAX_COMMITMENT_NUMBER
      ? 'a commitment number has 48 bits (BOLT 3)'
      : `more than ${MAX_JUMP} after ${previous}`;
  return violates('commitment-number-follows', `${side} commitment ${number}: ${why}`);
}
