/**
 * Words that may stand in a redacted file: those that this program itself, or the source code of a node,
 * writes letter by letter. All others are somebody's own: a recorder of one's own may write what it likes
 * where a node writes a word of a table.
 */

import { CLOSE_TIMEOUT, isReasonWord } from '../../channel/close-reasons.ts';
import { isKnownSource } from '../answers/tellers.ts';
import { type Part, words } from './parts.ts';

/** LDK's ConfirmationTarget (rust-lightning, lightning/src/chain/chaininterface.rs). */
const LDK_TARGETS: ReadonlySet<string> = new Set([
  'MaximumFeeEstimate',
  'UrgentOnChainSweep',
  'MinAllowedAnchorChannelRemoteFee',
  'MinAllowedNonAnchorChannelRemoteFee',
  'AnchorChannelFee',
  'NonAnchorChannelFee',
  'ChannelCloseMinimum',
  'OutputSpendingFee',
]);

/** Core Lightning's own (lightningd/peer_control.c). */
const OF_NODES: ReadonlySet<string> = new Set([
  'User or plugin invoked close command',
  CLOSE_TIMEOUT,
]);

/**
 * Why something is a gap, as the ledger and its importers say it: only numbers differ. They are as long as a
 * channel counts in its life, and hold no short channel id or time.
 */
const OF_GAPS: readonly RegExp[] = [
  /^(?:local|remote) commitments? \d{1,8}(?: to \d{1,8})? (?:was|were) not seen$/,
  /^(?:local|remote) commitment \d{1,8} was given up before its successor was seen$/,
  /^(?:local|remote) commitment \d{1,8} holds HTLCs whose predecessors were not seen$/,
  /^(?:local|remote) revocations \d{1,8} to \d{1,8} were not seen$/,
  /^(?:offered|received) HTLCs \d{1,8} to \d{1,8} were not seen$/,
  /^(?:offered|received) HTLC \d{1,8} is gone, and whether it was paid is not known$/,
  /^its update log holds \d{1,8} of \d{1,8} (?:offered|received) HTLCs$/,
  /^its update log holds \d{1,8} changes, and commitment \d{1,8} is the newest$/,
  /^its first feerate is not in the update log$/,
  /^(?:OutputResolved|CloseUnconfirmed|ChannelFullyResolved) came before the closing transaction was seen$/,
  /^Core Lightning deletes the HTLCs of a closed channel(?:: what was paid is in its totals alone)?$/,
  /^Core Lightning deleted what the peer had revealed of the closed channel$/,
  /^Core Lightning keeps the newest commitment alone: (?:local|remote) ones before \d{1,8} are lost$/,
];

export function sourcePart(source: string): Part {
  return isKnownSource(source) ? source : words(source);
}

export function feerateTargetPart(target: string): Part {
  return LDK_TARGETS.has(target) ? target : words(target);
}

export function reasonPart(reason: string): Part {
  return isReasonWord(reason) ? reason : words(reason);
}

export function sourceReasonPart(said: string): Part {
  return OF_NODES.has(said) ? said : words(said);
}

export function gapPart(why: string): Part {
  return OF_GAPS.some((own) => own.test(why)) ? why : words(why);
}
