/** From monitor updates to commitments and revocations, with the ids that the messages have. */
import type { Side } from '../../../channel/fields.ts';
import type { CommitmentSeen, HtlcSeen } from '../../../channel/observations.ts';
import { bytesToHex, hexToBytes } from '../../../lightning/bytes.ts';
import { sha256 } from '../../../lightning/hashes.ts';
import type { ChannelId, ShortChannelId, Txid } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { MonitorHtlc, MonitorStep } from '../monitor-update.ts';
import type { ChannelBook } from './channel-book.ts';
import type { Told } from './header.ts';
import type { MatchedHtlc } from './htlc-ids.ts';

/** Where a forwarded HTLC came in: the channel behind a short channel id or alias. */
export type FindChannel = (shortChannelId: ShortChannelId) => ChannelBook | undefined;

/** What one step of a monitor update says; held back until the ids it needs are known. */
export function stepFacts(
  told: Told,
  book: ChannelBook,
  step: MonitorStep,
  find: FindChannel,
): Observation[] {
  switch (step.step) {
    case 'holder-commitment': {
      const { commitment } = step;
      const stated = {
        localSat: commitment.toBroadcasterSat,
        remoteSat: commitment.toCountersignatorySat,
      };
      return book.inOrder((canInfer) =>
        commitmentFact(told, book, find, canInfer, {
          side: 'local',
          number: commitment.number,
          txid: commitment.txid,
          feeratePerKw: commitment.feeratePerKw,
          perCommitmentPoint: commitment.perCommitmentPoint,
          stated,
          htlcs: step.htlcs,
          signatures: {
            scheme: 'ecdsa',
            commitment: commitment.counterpartySignature,
            htlcs: [...commitment.counterpartyHtlcSignatures],
          },
        }),
      );
    }
    case 'counterparty-commitment': {
      const { number, txid, feeratePerKw, perCommitmentPoint, htlcs } = step;
      const { toBroadcasterSat, toCountersignatorySat } = step;
      return book.inOrder((canInfer) =>
        commitmentFact(told, book, find, canInfer, {
          side: 'remote',
          number,
          txid,
          feeratePerKw,
          perCommitmentPoint,
          stated: { localSat: toCountersignatorySat, remoteSat: toBroadcasterSat },
          htlcs,
        }),
      );
    }
    case 'preimage':
      book.htlcs.learned(paymentHashOf(step.preimage), step.preimage);
      return [];
    case 'commitment-secret':
      return book.inOrder(() => [revoked(told, book, 'remote', step.number, step.secret)]);
    case 'force-closed':
    case 'shutdown-script':
    case 'unknown':
      return [];
  }
}

/** Our own revocation leaves with revoke_and_ack; the same one is sent again after a reconnect. */
export function ownRevocation(told: Told, book: ChannelBook, secret: string): Observation[] {
  if (secret === book.lastLocalSecret) return [];
  book.lastLocalSecret = secret;
  // Two may wait for the same message: each takes its number when its turn comes.
  return book.inOrder(() => {
    return [revoked(told, book, 'local', book.lastRevoked.local + 1, secret)];
  });
}

function revoked(
  told: Told,
  book: ChannelBook,
  side: Side,
  number: number,
  secret: string,
): Observation {
  book.lastRevoked[side] = Math.max(book.lastRevoked[side], number);
  return told.channel(book, {
    type: 'CommitmentRevoked',
    data: { side, number },
    secret: { secret },
  });
}

interface SeenInMonitor {
  readonly side: Side;
  readonly number: number;
  readonly txid: Txid;
  readonly feeratePerKw: number | null;
  readonly perCommitmentPoint: string;
  readonly stated: { readonly localSat: bigint | null; readonly remoteSat: bigint | null };
  readonly htlcs: readonly MonitorHtlc[];
  readonly signatures?: CommitmentSeen['signatures'];
}

function commitmentFact(
  told: Told,
  book: ChannelBook,
  find: FindChannel,
  canInfer: boolean,
  seen: SeenInMonitor,
): Observation[] | undefined {
  const { side, number, txid, feeratePerKw, stated, signatures, perCommitmentPoint } = seen;
  const matched = book.htlcs.match(side, seen.htlcs, canInfer);
  if (matched === undefined) return undefined;
  const removed = book.htlcs.hold(side, matched);
  remember(book, seen, matched);
  const { localSat, remoteSat } = stated;
  const htlcs = matched
    .map(({ known }) => htlcSeen(known, find))
    .sort((a, b) =>
      a.direction === b.direction ? a.id - b.id : a.direction < b.direction ? -1 : 1,
    );
  const data: CommitmentSeen = {
    side,
    number,
    fundingOutpoint: book.fundingOutpoint,
    ...(feeratePerKw !== null && { feeratePerKw }),
    htlcs,
    removed,
    ...(localSat !== null && remoteSat !== null && { stated: { localSat, remoteSat } }),
    txid,
    ...(signatures && { signatures }),
    perCommitmentPoint,
  };
  return [told.channel(book, { type: 'CommitmentSeen', data })];
}

/** So that this transaction is known again when it appears on chain. */
function remember(book: ChannelBook, seen: SeenInMonitor, matched: readonly MatchedHtlc[]): void {
  const { side, number, txid } = seen;
  const htlcOutputs = new Map<number, { direction: 'offered' | 'received'; id: number }>();
  for (const { known, monitor } of matched) {
    const { direction, id } = known;
    if (monitor.outputIndex !== null) htlcOutputs.set(monitor.outputIndex, { direction, id });
  }
  book.rememberCommitment(txid, { side, number, htlcOutputs });
}

function htlcSeen(known: MatchedHtlc['known'], find: FindChannel): HtlcSeen {
  const { id, direction, amountMsat, cltvExpiry, paymentHash, source } = known;
  const forwardOf = source?.kind === 'forwarded' ? origin(source, find) : undefined;
  return {
    id,
    direction,
    amountMsat,
    cltvExpiry,
    paymentHash,
    ...(forwardOf && { forwardOf }),
  };
}

function origin(
  source: { previousShortChannelId: ShortChannelId | null; previousHtlcId: bigint | null },
  find: FindChannel,
): { channelId: ChannelId; htlcId: number; amountMsat?: bigint } | undefined {
  const { previousShortChannelId, previousHtlcId } = source;
  if (previousShortChannelId === null || previousHtlcId === null) return undefined;
  const from = find(previousShortChannelId);
  if (from === undefined) return undefined;
  const htlcId = Number(previousHtlcId);
  const amountMsat = from.htlcs.get('received', htlcId)?.amountMsat;
  return { channelId: from.channelId, htlcId, ...(amountMsat !== undefined && { amountMsat }) };
}

function paymentHashOf(preimage: string): string {
  return bytesToHex(sha256(hexToBytes(preimage)));
}
