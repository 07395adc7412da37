/**
 * The words that sources have for a close, and what they mean. Only words that say a cause are here:
 * "a commitment was broadcast" says that it closed, which is not why.
 */
import type { Side } from './fields.ts';

/** `htlc`: an HTLC's deadline, and the HTLCs in flight must tell whose. */
export type StatedCause =
  | 'user'
  | 'offered-htlc-expired'
  | 'received-htlc-near-deadline'
  | 'peer-error'
  | 'own-error'
  | 'feerate'
  | 'data-loss'
  | 'revoked-state'
  | 'htlc';

export interface Reason {
  readonly cause?: StatedCause;
  /** In words of everyday, for a reader who does not know the source. */
  readonly plain: string;
  /** Whose commitment the source says was seen on chain. */
  readonly commitmentOf?: Side;
}

/** LDK's ClosureReason (rust-lightning, lightning/src/events/mod.rs). */
const OF_LDK: Readonly<Record<string, Reason>> = {
  CounterpartyForceClosed: {
    cause: 'peer-error',
    plain: 'the peer sent an error and gave the channel up',
  },
  HolderForceClosed: { cause: 'user', plain: 'this node was told to force-close' },
  LegacyCooperativeClosure: { cause: 'user', plain: 'both ends agreed to close' },
  CounterpartyInitiatedCooperativeClosure: {
    cause: 'user',
    plain: 'the peer asked for a cooperative close',
  },
  LocallyInitiatedCooperativeClosure: {
    cause: 'user',
    plain: 'this node was told to close cooperatively',
  },
  CommitmentTxConfirmed: {
    plain: 'a commitment transaction of the peer was seen in a block',
    commitmentOf: 'remote',
  },
  FundingTimedOut: { plain: 'the funding transaction did not confirm in time' },
  ProcessingError: {
    cause: 'own-error',
    plain: 'this node met something that it could not process, and sent an error',
  },
  OutdatedChannelManager: {
    cause: 'data-loss',
    plain: 'this node was started with a state older than its channel monitors',
  },
  CounterpartyCoopClosedUnfundedChannel: {
    cause: 'user',
    plain: 'the peer closed before the channel was funded',
  },
  HTLCsTimedOut: { cause: 'htlc', plain: 'an HTLC came to its deadline' },
  PeerFeerateTooLow: {
    cause: 'feerate',
    plain: "the peer's feerate was below what this node demands",
  },
};

/** Core Lightning's `state_change` causes (lightningd/channel.h); its message tells more. */
const OF_CLN: Readonly<Record<string, Reason>> = {
  user: { cause: 'user', plain: 'this node was told to close' },
  remote: { plain: 'the peer began it' },
  local: { plain: 'this node began it by itself' },
  protocol: { cause: 'own-error', plain: 'the protocol was broken, and this node gave up' },
  onchain: { plain: 'a transaction that closes it was seen on chain' },
};

/** lightningd/closing_control.c: `close` had a time limit, and the peer did not answer in it. */
export const CLOSE_TIMEOUT = 'Forcibly closed by `close` command timeout';

const TIMED_OUT: Reason = {
  cause: 'user',
  plain: 'this node was told to close, by force if the peer would not answer in time',
};

type Pattern = readonly [pattern: RegExp, reason: Reason];

/** Messages of Core Lightning (lightningd/htlc_end.c, peer_htlcs.c, peer_control.c) and of lnd's log. */
const MESSAGES: readonly Pattern[] = [
  // "channeld: received ERROR …" (peer_control.c): what follows are the words of whoever sent it.
  [/^\S+: received ERROR\b/, { cause: 'peer-error', plain: 'the peer sent an error' }],
  [
    /^\S+: sent ERROR Awaiting unilateral close\b/,
    { cause: 'data-loss', plain: 'one end has lost the newest state' },
  ],
  [
    /^\S+: sent ERROR\b/,
    { cause: 'own-error', plain: 'this node met something wrong, and sent an error' },
  ],
  [
    /^offered htlc .* hit deadline/i,
    { cause: 'offered-htlc-expired', plain: 'an HTLC that this node offered ran out' },
  ],
  [
    /^fulfilled htlc .* hit deadline/i,
    {
      cause: 'received-htlc-near-deadline',
      plain: 'an HTLC whose preimage is known came near its deadline',
    },
  ],
  [
    /^outgoing HTLC of \d+ msat that expires/,
    { cause: 'offered-htlc-expired', plain: 'an HTLC that this node offered ran out' },
  ],
  [
    /^incoming HTLC of \d+ msat that expires/,
    {
      cause: 'received-htlc-near-deadline',
      plain: 'an HTLC whose preimage is known came near its deadline',
    },
  ],
  [
    /^(?:\S+: )?(?:data.?loss|(?:the )?(?:peer|we) (?:has|have)? ?(?:fallen behind|lost (?:state|data)))/i,
    { cause: 'data-loss', plain: 'one end has lost the newest state' },
  ],
  [
    /^(?:received (?:an )?error|(?:the )?peer sent (?:an |us an )?error)/i,
    { cause: 'peer-error', plain: 'the peer sent an error' },
  ],
  [
    /^(?:\S+: )?(?:feerate|update_fee)\b/i,
    { cause: 'feerate', plain: 'the two ends did not agree about the feerate' },
  ],
];

/** What LDK's ProcessingError says in its message (lightning/src/ln/channel.rs). */
const LDK_ERRORS: readonly Pattern[] = [
  [
    /^Peer attempted to reestablish channel with a very old/,
    { cause: 'data-loss', plain: 'the peer came back with a state much older than its last' },
  ],
  [
    /^Peer's feerate much too low/,
    { cause: 'feerate', plain: "the peer's feerate was below what this node demands" },
  ],
];

/** A word of one of the tables: not of somebody's own. */
export function isReasonWord(reason: string): boolean {
  return Object.hasOwn(OF_LDK, reason) || Object.hasOwn(OF_CLN, reason);
}

/** What a source's words say; undefined for words that are not known here. */
export function reasonOf(reason: string, sourceReason: string | undefined): Reason | undefined {
  const ofLdk = Object.hasOwn(OF_LDK, reason) ? OF_LDK[reason] : undefined;
  const said = sourceReason ?? '';
  if (ofLdk !== undefined) {
    const error = reason === 'ProcessingError' ? matching(LDK_ERRORS, said) : undefined;
    return error ?? ofLdk;
  }
  // A message is the source's own word about a cause that it only classes.
  const message = matching(MESSAGES, said);
  const ofCln = Object.hasOwn(OF_CLN, reason) ? OF_CLN[reason] : undefined;
  if (ofCln?.cause === 'user') return said === CLOSE_TIMEOUT ? TIMED_OUT : ofCln;
  return message ?? ofCln;
}

/** Words that name no fault, and yet say that one end gave up without the other. */
const ONE_SIDED: ReadonlySet<string> = new Set([
  // LDK's.
  'HolderForceClosed',
  'CommitmentTxConfirmed',
  // Core Lightning's: both come with channel_fail_permanent (lightningd/channel.c).
  'local',
  'protocol',
  // As the readers of lnd's log and of its database put what stands there.
  'force close',
  'went to chain for an HTLC',
  'a commitment was broadcast',
]);

/** The source says that it was no close by agreement. False: it does not say. */
export function saysForced(reason: string, sourceReason: string | undefined): boolean {
  const cause = reasonOf(reason, sourceReason)?.cause;
  if (ONE_SIDED.has(reason) || (cause !== undefined && cause !== 'user')) return true;
  return reason === 'user' && sourceReason === CLOSE_TIMEOUT;
}

/** The source says that somebody wanted it closed, and nothing of force. */
export function saysAgreed(reason: string, sourceReason: string | undefined): boolean {
  const isWanted = reasonOf(reason, sourceReason)?.cause === 'user';
  return isWanted && !saysForced(reason, sourceReason);
}

function matching(patterns: readonly Pattern[], said: string): Reason | undefined {
  return patterns.find(([pattern]) => pattern.test(said))?.[1];
}
