/**
 * Both ends' newest commitments as Core Lightning keeps them: numbers, feerates, HTLCs by their states,
 * one balance that both follow from, and of our own commitment the transaction with the peer's signature.
 */
import type { ChannelEventData } from '../../channel/events.ts';
import type { Side } from '../../channel/fields.ts';
import type { CommitmentSeen, HtlcSeen } from '../../channel/observations.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import { looksLikeCommitment } from '../../lightning/closing.ts';
import type { Transaction } from '../../lightning/transaction.ts';
import { reasonOf } from './chain-tables.ts';
import type { ChannelRecord } from './channel-record.ts';
import { commitmentNumber, scriptsOf } from './closing.ts';
import type { ForeignDatabase } from './database.ts';
import type { HtlcRecord } from './htlcs.ts';
import { must, present } from './row.ts';

/** What is not gone from both commitments. */
export type PendingHtlc = Pick<
  HtlcRecord,
  | 'id'
  | 'direction'
  | 'amountMsat'
  | 'cltvExpiry'
  | 'paymentHash'
  | 'forwardOf'
  | 'phase'
  | 'outcome'
>;

const isIn = ({ phase }: PendingHtlc, side: Side) =>
  side === 'local' ? phase.isInLocal : phase.isInRemote;

/**
 * Gross balances of a side's commitment. `our_msat` changes when an HTLC is gone from both (lightning:
 * `remove_htlc_in` and `remove_htlc_out` in lightningd/peer_htlcs.c); what is only on its way is counted here.
 */
export function balancesOf(
  { ourMsat, capacitySat }: Pick<ChannelRecord, 'ourMsat' | 'capacitySat'>,
  pending: readonly PendingHtlc[],
  side: Side,
): { readonly localBalanceMsat: bigint; readonly remoteBalanceMsat: bigint } {
  let localBalanceMsat = ourMsat;
  let heldMsat = 0n;
  for (const htlc of pending) {
    const isHeld = isIn(htlc, side);
    if (isHeld) heldMsat += htlc.amountMsat;
    const isPaid = htlc.phase.isRemoving && !isHeld && htlc.outcome === 'settled';
    if (htlc.direction === 'offered' && (isHeld || isPaid)) localBalanceMsat -= htlc.amountMsat;
    if (htlc.direction === 'received' && isPaid) localBalanceMsat += htlc.amountMsat;
  }
  const remoteBalanceMsat = capacitySat * 1000n - localBalanceMsat - heldMsat;
  return { localBalanceMsat, remoteBalanceMsat };
}

export function htlcsOf(pending: readonly PendingHtlc[], side: Side): HtlcSeen[] {
  return pending
    .filter((htlc) => isIn(htlc, side))
    .map(({ id, direction, amountMsat, cltvExpiry, paymentHash, forwardOf }) => {
      return present({ id, direction, amountMsat, cltvExpiry, paymentHash, forwardOf } as const);
    }) as HtlcSeen[];
}

/** Our own, with what the peer signed of it where the channel still keeps that. */
export function localCommitment(
  database: ForeignDatabase,
  channel: ChannelRecord,
  pending: readonly PendingHtlc[],
): CommitmentSeen {
  const { outpoint, localNumber, lastSig } = channel;
  const htlcs = htlcsOf(pending, 'local');
  const transaction = keptCommitment(channel);
  const signatures = {
    scheme: 'ecdsa',
    ...(lastSig !== undefined && { commitment: lastSig }),
    htlcs: htlcSignatures(database, channel),
  } as const;
  return {
    side: 'local',
    number: localNumber,
    fundingOutpoint: outpoint,
    ...present({ feeratePerKw: feerateOf(database, channel, 'local') }),
    htlcs,
    removed: [],
    balances: balancesOf(channel, pending, 'local'),
    ...(transaction !== undefined && {
      ...statedBy(channel, transaction, htlcs),
      txid: transaction.txid,
      signatures,
    }),
  };
}

export function remoteCommitment(
  database: ForeignDatabase,
  channel: ChannelRecord,
  pending: readonly PendingHtlc[],
  lastRevoked: number | undefined,
): CommitmentSeen {
  const { outpoint, remoteNumber, remotePoints } = channel;
  // The point of the commitment in force came with the revocation before it, the next one's with it.
  const isInForce = remoteNumber === (lastRevoked ?? -1) + 1;
  const isAhead = remoteNumber === (lastRevoked ?? -1) + 2;
  const point = isInForce ? remotePoints.current : isAhead ? remotePoints.next : undefined;
  return {
    side: 'remote',
    number: remoteNumber,
    fundingOutpoint: outpoint,
    ...present({ feeratePerKw: feerateOf(database, channel, 'remote') }),
    htlcs: htlcsOf(pending, 'remote'),
    removed: [],
    balances: balancesOf(channel, pending, 'remote'),
    ...present({ perCommitmentPoint: point }),
  };
}

/** `last_tx` is the closing transaction once one is agreed on. */
function keptCommitment(channel: ChannelRecord): Transaction | undefined {
  const transaction = channel.lastTx?.transaction;
  if (transaction === undefined || !looksLikeCommitment(transaction)) return undefined;
  const number = commitmentNumber(channel, transaction);
  return number === undefined || number === channel.localNumber ? transaction : undefined;
}

/** The transaction's outputs that are neither anchors nor HTLCs, where there is one way to read them. */
function statedBy(
  channel: ChannelRecord,
  { outputs }: Transaction,
  htlcs: readonly HtlcSeen[],
): Pick<CommitmentSeen, 'stated'> {
  const scripts = scriptsOf(channel);
  // Before static_remotekey the peer's output is known by its length alone, as is nothing else.
  if (![...scripts.values()].includes('to-remote')) return {};
  let remoteSat = 0n;
  const rest: bigint[] = [];
  for (const { valueSat, script } of outputs) {
    const what = scripts.get(bytesToHex(script));
    if (what === 'to-remote') remoteSat += valueSat;
    else if (what === undefined) rest.push(valueSat);
  }
  for (const { amountMsat } of htlcs) {
    const at = rest.indexOf(amountMsat / 1000n);
    if (at >= 0) rest.splice(at, 1);
  }
  const [localSat = 0n, ...others] = rest;
  return others.length > 0 ? {} : { stated: { localSat, remoteSat } };
}

/** In the order of their outputs; those of a splice that is not locked in have a transaction of their own. */
function htlcSignatures(database: ForeignDatabase, { dbid }: ChannelRecord): string[] {
  if (!database.has('htlc_sigs')) return [];
  const isOfFunding = database.hasColumn('htlc_sigs', 'inflight_tx_id')
    ? ' AND inflight_tx_id IS NULL'
    : '';
  const sql = `SELECT signature FROM main.htlc_sigs WHERE channelid = ?${isOfFunding} ORDER BY rowid`;
  try {
    return [...database.rows(sql, dbid)].map((row) => must('signature', row.hex('signature', 64)));
  } catch (cause) {
    // They belong to the outputs by their order: with one missing none can be placed.
    reasonOf(cause);
    return [];
  }
}

const isSignature = (hex: string) => hex.length === 128;

/** HTLC states in which a change by the opener is in a side's commitment, the newest change first. */
const FEE_IN_FIRST = [1, 2, 3, 4];
const FEE_IN_SECOND = [3, 4];

/** `channel_feerates` holds each fee update by its state, as if it were an HTLC of the opener's. */
function feerateOf(
  database: ForeignDatabase,
  { dbid, opener }: ChannelRecord,
  side: Side,
): number | undefined {
  if (!database.has('channel_feerates')) return undefined;
  const isFirst = (opener === 'local') === (side === 'remote');
  const states = (isFirst ? FEE_IN_FIRST : FEE_IN_SECOND).map((step) => {
    return opener === 'local' ? step : step + 10;
  });
  return database.lookUp(
    (row) => row.count('feerate_per_kw'),
    `SELECT feerate_per_kw FROM main.channel_feerates
     WHERE channel_id = ? AND hstate IN (${states.join(', ')}) ORDER BY hstate LIMIT 1`,
    dbid,
  );
}

/** What the channel keeps last of a transaction that spends its funding, and what the peer signed of it. */
export function keptTransactionOf(
  channel: ChannelRecord,
): { readonly data: ChannelEventData<'TransactionKept'>; readonly raw: string } | undefined {
  const { lastTx, lastSig, outpoint } = channel;
  const spends = lastTx?.transaction.inputs.some((input) => input.outpoint === outpoint);
  if (lastTx === undefined || spends !== true) return undefined;
  const { transaction, raw } = lastTx;
  const isCommitment = looksLikeCommitment(transaction);
  const number = isCommitment ? commitmentNumber(channel, transaction) : undefined;
  return {
    data: {
      txid: transaction.txid,
      purpose: isCommitment ? 'commitment' : 'cooperative-close',
      fundingOutpoint: outpoint,
      ...(isCommitment && { side: 'local' as const }),
      ...(number !== undefined && { commitmentNumber: number }),
      ...(lastSig !== undefined &&
        isSignature(lastSig) && {
          signatures: { scheme: 'ecdsa' as const, commitment: lastSig, htlcs: [] },
        }),
    },
    raw,
  };
}
