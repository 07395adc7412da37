/** Which commitment was broadcast, how that is known, and whether it was revoked before. */

import { reasonOf } from '../../channel/close-reasons.ts';
import type { ChannelEventData } from '../../channel/events.ts';
import type { Side } from '../../channel/fields.ts';
import { publisherOf } from '../output-fates.ts';
import { type CaseEventOf, type ClosingCase, ofType } from './case.ts';

type Closing = Pick<ClosingCase, 'closed' | 'events'>;

/** The recorded commitment whose transaction closed the channel. */
export function commitmentOnChain({
  closed,
  events,
}: Closing): CaseEventOf<'CommitmentUpdated'> | undefined {
  const txid = closed?.fact.data.closingTxid;
  if (txid === undefined) return undefined;
  return ofType(events, 'CommitmentUpdated').find(({ fact }) => fact.data.txid === txid);
}

/** Somebody has read the closing transaction, or it is a recorded one; a label alone is a word. */
export function isSeenOnChain(closing: Closing): boolean {
  const data = closing.closed?.fact.data;
  if (data?.closingTxid === undefined) return false;
  return data.outputs.length > 0 || commitmentOnChain(closing) !== undefined;
}

/** Somebody saw the claim in a block; a summary of a node names the transaction and has not kept it. */
export function isClaimSeen(data: ChannelEventData<'OutputResolved'>): boolean {
  return data.sweepTxid !== undefined && data.height !== undefined;
}

/**
 * Whose commitment the closing transaction is: by the recorded one that has its id, which no label outweighs.
 * Undefined for a negotiated close, or where it is not told.
 */
export function broadcastSide(closing: Closing): Side | undefined {
  const onChain = commitmentOnChain(closing)?.fact.data.side;
  if (onChain !== undefined) return onChain;
  const data = closing.closed?.fact.data;
  if (data?.kind === 'local-force') return 'local';
  if (data?.kind === 'remote-force') return 'remote';
  if (data?.kind !== 'breach') return undefined;
  return data.initiator === 'local' || data.initiator === 'remote' ? data.initiator : undefined;
}

/** Who put a revoked commitment on chain. Who gave the channel up can be the other end, which saw it there. */
export function cheaterOf(closing: Closing): Side | undefined {
  const data = closing.closed?.fact.data;
  return data && publisherOf(data, commitmentOnChain(closing)?.fact.data.side);
}

export function broadcastNumber(closing: Closing): number | undefined {
  const onChain = commitmentOnChain(closing)?.fact.data.number;
  return onChain ?? closing.closed?.fact.data.commitmentNumber;
}

/** The revocation of the commitment that was broadcast. */
export function revocationOfBroadcast(
  closing: Closing,
): CaseEventOf<'CommitmentRevoked'> | undefined {
  const side = broadcastSide(closing);
  const number = broadcastNumber(closing);
  if (side === undefined || number === undefined) return undefined;
  return ofType(closing.events, 'CommitmentRevoked').find(({ fact: { data } }) => {
    return data.side === side && data.number === number;
  });
}

/**
 * Said after a source's word that the closing transaction itself contradicts: LDK takes an old commitment of
 * its own node for the peer's.
 */
export function contradiction(
  closing: Closing,
  { fact: { data } }: CaseEventOf<'CloseStarted'>,
): string {
  const said = reasonOf(data.reason, data.sourceReason)?.commitmentOf;
  const side = isSeenOnChain(closing) ? broadcastSide(closing) : undefined;
  if (said === undefined || side === undefined || said === side) return '';
  const whose = side === 'local' ? "this node's" : "the peer's";
  return `, which the transaction contradicts: the commitment is ${whose}`;
}

/** Said after a label of the close that the recorded commitment with the closing transaction's id contradicts. */
export function labelContradiction(closing: Closing): string {
  const data = closing.closed?.fact.data;
  const onChain = commitmentOnChain(closing)?.fact.data;
  if (data === undefined || onChain === undefined) return '';
  const { side, number } = onChain;
  const saysSide =
    data.kind === 'breach' || data.kind === 'unknown' || data.kind === `${side}-force`;
  const saysNumber = data.commitmentNumber === undefined || data.commitmentNumber === number;
  if (saysSide && saysNumber) return '';
  const whose = side === 'local' ? "this node's" : "the peer's";
  return `, which the transaction contradicts: the commitment is ${whose} number ${number}`;
}

/** By its label, or because its revocation is recorded, whatever the source calls it. */
export function isRevoked(closing: Closing): boolean {
  const isBreach = closing.closed?.fact.data.kind === 'breach';
  return isBreach || revocationOfBroadcast(closing) !== undefined;
}

/** This node may take all outputs of a revoked commitment of the peer's. */
export function mayPunish(closing: Closing): boolean {
  return isRevoked(closing) && broadcastSide(closing) !== 'local';
}

/** What a recorded secret says of the commitment it was revealed for. */
export type SecretProof =
  /** The secret gives the commitment's own point: whoever has it can take all of its outputs. */
  | { readonly state: 'proven'; readonly point: CaseEventOf<'CommitmentUpdated' | 'ChannelOpened'> }
  | { readonly state: 'wrong'; readonly point: CaseEventOf<'CommitmentUpdated' | 'ChannelOpened'> }
  /** The ledger's key is not there, or was destroyed. */
  | { readonly state: 'sealed' }
  | { readonly state: 'no-point' };

interface PointOfBroadcast {
  readonly event: CaseEventOf<'CommitmentUpdated' | 'ChannelOpened'>;
  /** 33 bytes, hexadecimal. */
  readonly point: string;
}

/** The per-commitment point of the commitment that was broadcast, as it was told when it was made. */
export function pointOfBroadcast(closing: Closing): PointOfBroadcast | undefined {
  const side = broadcastSide(closing);
  const number = broadcastNumber(closing);
  if (side === undefined || number === undefined) return undefined;
  for (const event of ofType(closing.events, 'CommitmentUpdated')) {
    const { side: whose, number: which, perCommitmentPoint: point } = event.fact.data;
    if (whose === side && which === number && point !== undefined) return { event, point };
  }
  // BOLT 2, open_channel: `first_per_commitment_point` is that of commitment 0.
  const [opened] = number === 0 ? ofType(closing.events, 'ChannelOpened') : [];
  const point = opened?.fact.data[side].firstPerCommitmentPoint;
  return opened === undefined || point === undefined ? undefined : { event: opened, point };
}
