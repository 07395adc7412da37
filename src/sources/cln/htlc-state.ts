/**
 * `channel_htlcs.hstate` (lightning: common/htlc_state.h, and the flags of each state in htlc_state.c).
 * The numbers are stored and never change their meaning.
 */

/** Where an HTLC stands between its first commitment and the last revocation. */
export interface HtlcPhase {
  readonly isInLocal: boolean;
  readonly isInRemote: boolean;
  /** Some commitment held it that is given up by now, or still stands. */
  readonly isRemoving: boolean;
  /** In neither commitment, and never will be again. */
  readonly isFinal: boolean;
}

const NAMES = [
  'SENT_ADD_HTLC',
  'SENT_ADD_COMMIT',
  'RCVD_ADD_REVOCATION',
  'RCVD_ADD_ACK_COMMIT',
  'SENT_ADD_ACK_REVOCATION',
  'RCVD_REMOVE_HTLC',
  'RCVD_REMOVE_COMMIT',
  'SENT_REMOVE_REVOCATION',
  'SENT_REMOVE_ACK_COMMIT',
  'RCVD_REMOVE_ACK_REVOCATION',
  'RCVD_ADD_HTLC',
  'RCVD_ADD_COMMIT',
  'SENT_ADD_REVOCATION',
  'SENT_ADD_ACK_COMMIT',
  'RCVD_ADD_ACK_REVOCATION',
  'SENT_REMOVE_HTLC',
  'SENT_REMOVE_COMMIT',
  'RCVD_REMOVE_REVOCATION',
  'RCVD_REMOVE_ACK_COMMIT',
  'SENT_REMOVE_ACK_REVOCATION',
] as const;

/** HTLC_LOCAL_F_COMMITTED and HTLC_REMOTE_F_COMMITTED: an offered one is in the peer's commitment first. */
const IN_FIRST = [1, 2, 3, 4, 5, 6, 7];
const IN_SECOND = [3, 4, 5];
const FIRST_REMOVING = 5;
const FINAL = 9;

/** Undefined for a number that is no state. */
export function htlcPhase(state: number): HtlcPhase | undefined {
  if (NAMES[state] === undefined) return undefined;
  const isOffered = state < 10;
  const step = state % 10;
  const [isInFirst, isInSecond] = [IN_FIRST.includes(step), IN_SECOND.includes(step)];
  return {
    isInLocal: isOffered ? isInSecond : isInFirst,
    isInRemote: isOffered ? isInFirst : isInSecond,
    isRemoving: step >= FIRST_REMOVING,
    isFinal: step === FINAL,
  };
}

/** As `listhtlcs` spells it. */
export function htlcStateOf(name: string): number | undefined {
  const state = NAMES.findIndex((known) => known === name);
  return state < 0 ? undefined : state;
}
