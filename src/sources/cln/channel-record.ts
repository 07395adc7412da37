/**
 * A row of `channels` with what belongs to it, of any schema from the first with `funding_tx_id` on: what
 * a schema does not have is unknown. (lightning: wallet/migrations.c, `wallet_stmt2channel` in wallet.c.)
 */
import type { Side, Terms } from '../../channel/fields.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import { channelTypeOf } from '../../lightning/features.ts';
import {
  ChannelId,
  channelIdOfOutpoint,
  NodeId,
  type Outpoint,
  outpointOf,
  ShortChannelId,
  txidOfBytes,
} from '../../lightning/ids.ts';
import { type KeptTransaction, keptTransaction } from './bitcoin.ts';
import type { ForeignDatabase } from './database.ts';
import { must, present, RecordError, type Row } from './row.ts';
import type { Subject } from './teller.ts';

/** `enum channel_state` (lightningd/channel_state.h). */
export const CHANNEL_STATE = {
  normal: 3,
  shuttingDown: 4,
  closingSigs: 5,
  closingComplete: 6,
  awaitingUnilateral: 7,
  spendSeen: 8,
  onChain: 9,
  closed: 10,
} as const;

export interface Counted {
  readonly msat: bigint;
  readonly count: number;
}

export interface ChannelRecord extends Subject {
  readonly dbid: bigint;
  readonly state: number;
  readonly outpoint: Outpoint;
  readonly capacitySat: bigint;
  readonly opener: Side;
  readonly type: ChannelType;
  readonly local: Terms;
  readonly remote: Terms;
  readonly shortChannelId: ShortChannelId | undefined;
  /** Every name the channel's forwards may call it by, as 64-bit integers. */
  readonly names: readonly bigint[];
  readonly localAlias: ShortChannelId | undefined;
  readonly remoteAlias: ShortChannelId | undefined;
  /** Our side of the balance at the opening, where the schema has what we put in. */
  readonly openingMsat: bigint | undefined;
  /** `our_msat`: HTLCs count as their payer's until they are gone from both commitments. */
  readonly ourMsat: bigint;
  readonly localNumber: number;
  readonly remoteNumber: number;
  readonly nextOfferedId: number | undefined;
  readonly closer: Side | undefined;
  readonly shutdownScripts: { readonly local?: string; readonly remote?: string };
  readonly sent: Counted;
  readonly received: Counted;
  readonly lastTx: KeptTransaction | undefined;
  readonly lastSig: string | undefined;
  readonly shachainId: bigint | undefined;
  /** Of the peer's commitment that is not given up, and of the one after it. */
  readonly remotePoints: { readonly current?: string; readonly next?: string };
}

const COLUMNS = [
  ...['id', 'state', 'funder', 'channel_flags', 'scid', 'short_channel_id', 'full_channel_id'],
  ...['funding_tx_id', 'funding_tx_outnum', 'funding_satoshi', 'push_msatoshi', 'msatoshi_local'],
  ...['our_funding_satoshi', 'lease_expiry'],
  ...['next_index_local', 'next_index_remote', 'next_htlc_id', 'channel_type', 'old_scids'],
  ...['option_anchor_outputs', 'option_static_remotekey', 'local_static_remotekey_start'],
  ...['fundingkey_remote', 'funding_pubkey_local', 'closer', 'last_tx', 'last_sig'],
  ...['revocation_basepoint_remote', 'payment_basepoint_remote', 'htlc_basepoint_remote'],
  ...['delayed_payment_basepoint_remote', 'revocation_basepoint_local', 'payment_basepoint_local'],
  ...['htlc_basepoint_local', 'delayed_payment_basepoint_local', 'alias_local', 'alias_remote'],
  ...['shutdown_scriptpubkey_local', 'shutdown_scriptpubkey_remote', 'shachain_remote_id'],
  ...['out_msatoshi_fulfilled', 'out_payments_fulfilled', 'per_commit_remote'],
  ...['in_msatoshi_fulfilled', 'in_payments_fulfilled', 'old_per_commit_remote'],
] as const;

const CONFIG = [
  ...['dust_limit_satoshis', 'max_htlc_value_in_flight_msat', 'channel_reserve_satoshis'],
  ...['htlc_minimum_msat', 'to_self_delay', 'max_accepted_htlcs'],
] as const;

/** Rows of all channels, the oldest first; `channelRecord` reads one. */
export function channelRows(database: ForeignDatabase): Generator<Row> {
  const config = (side: string) => database.select('channel_configs', side, CONFIG, `${side}_`);
  return database.rows(
    `SELECT ${database.select('channels', 'c', COLUMNS)}, p.node_id AS node_id,
       ${config('ours')}, ${config('theirs')}
     FROM main.channels c
     LEFT JOIN main.peers p ON p.id = c.peer_id
     LEFT JOIN main.channel_configs ours ON ours.id = c.channel_config_local
     LEFT JOIN main.channel_configs theirs ON theirs.id = c.channel_config_remote
     ORDER BY c.id`,
  );
}

/** Throws an Error that names the field where the row is no channel with a funding. */
export function channelRecord(row: Row): ChannelRecord {
  const txid = txidOfBytes(must('funding_tx_id', row.bytes('funding_tx_id', 32)));
  const outpoint = outpointOf(txid, must('funding_tx_outnum', row.count('funding_tx_outnum')));
  const fullId = row.hex('full_channel_id', 32);
  const capacitySat = must('funding_satoshi', row.amount('funding_satoshi'));
  const pushMsat = row.amount('push_msatoshi');
  const opener = row.count('funder') === 0 ? 'local' : 'remote';
  const nodeId = row.hex('node_id', 33);
  const local = termsOf(row, 'local');
  const remote = termsOf(row, 'remote');
  const type = typeOf(row);
  const shortChannelId = shortIdOf(row);
  const flags = row.count('channel_flags');
  const lastTx = row.bytes('last_tx');
  return {
    channelId: fullId === undefined ? channelIdOfOutpoint(outpoint) : ChannelId(fullId),
    context: present({
      peerId: nodeId === undefined ? undefined : NodeId(nodeId, 'node_id'),
      fundingOutpoint: outpoint,
      capacitySat,
      opener,
      pushMsat,
      channelType: type,
      // BOLT 2, open_channel: the lowest bit of channel_flags is announce_channel.
      isPrivate: flags === undefined ? undefined : (flags & 1) === 0,
      shortChannelId,
      local,
      remote,
    } as const),
    dbid: must('id', row.integer('id')),
    state: must('state', row.count('state')),
    outpoint,
    capacitySat,
    opener,
    type,
    local,
    remote,
    shortChannelId,
    names: namesOf(row, shortChannelId),
    localAlias: aliasOf(row, 'alias_local'),
    remoteAlias: aliasOf(row, 'alias_remote'),
    openingMsat: openingOf(row, opener),
    ourMsat: must('msatoshi_local', row.amount('msatoshi_local')),
    localNumber: numberOf(row, 'next_index_local'),
    remoteNumber: numberOf(row, 'next_index_remote'),
    nextOfferedId: row.count('next_htlc_id'),
    closer: sideOf(row.count('closer')),
    shutdownScripts: present({
      local: row.hex('shutdown_scriptpubkey_local'),
      remote: row.hex('shutdown_scriptpubkey_remote'),
    }),
    sent: countedOf(row, 'out'),
    received: countedOf(row, 'in'),
    lastTx: lastTx === undefined || lastTx.length === 0 ? undefined : keptTransaction(lastTx),
    lastSig: row.hex('last_sig'),
    shachainId: row.integer('shachain_remote_id'),
    remotePoints: present({
      current: row.hex('old_per_commit_remote', 33),
      next: row.hex('per_commit_remote', 33),
    }),
  };
}

/** What we put in less what we gave away; a lease moves balances at the opening too, a splice later. */
function openingOf(row: Row, opener: Side): bigint | undefined {
  const ourSat = row.amount('our_funding_satoshi');
  const pushMsat = row.amount('push_msatoshi');
  const isMoved = (row.count('lease_expiry') ?? 0) > 0 || (row.bytes('old_scids')?.length ?? 0) > 0;
  if (ourSat === undefined || pushMsat === undefined || isMoved) return undefined;
  const openingMsat = ourSat * 1000n + (opener === 'local' ? -pushMsat : pushMsat);
  return openingMsat < 0n ? undefined : openingMsat;
}

function termsOf(row: Row, side: Side): Terms {
  const config = side === 'local' ? 'ours' : 'theirs';
  const maxInFlight = row.unsigned(`${config}_max_htlc_value_in_flight_msat`);
  return present({
    dustLimitSat: row.amount(`${config}_dust_limit_satoshis`),
    channelReserveSat: row.amount(`${config}_channel_reserve_satoshis`),
    // All bits set means that there is no limit.
    maxInFlightMsat: maxInFlight === 2n ** 64n - 1n ? undefined : smallOf(maxInFlight),
    htlcMinimumMsat: row.amount(`${config}_htlc_minimum_msat`),
    maxAcceptedHtlcs: row.count(`${config}_max_accepted_htlcs`),
    csvDelayBlocks: row.count(`${config}_to_self_delay`),
    fundingPubkey: row.hex(side === 'local' ? 'funding_pubkey_local' : 'fundingkey_remote', 33),
    revocationBasepoint: row.hex(`revocation_basepoint_${side}`, 33),
    paymentBasepoint: row.hex(`payment_basepoint_${side}`, 33),
    delayedPaymentBasepoint: row.hex(`delayed_payment_basepoint_${side}`, 33),
    htlcBasepoint: row.hex(`htlc_basepoint_${side}`, 33),
  });
}

/** More than all bitcoin there are is no limit either. */
function smallOf(msat: bigint | undefined): bigint | undefined {
  return msat !== undefined && msat < 10n ** 19n ? msat : undefined;
}

/** `local_static_remotekey_start` of a channel that never had it: the greatest number there is. */
const NEVER = 0x7fff_ffff_ffff_ffffn;

/** Schemas before `channel_type` tell it by options, one for each. */
function typeOf(row: Row): ChannelType {
  const features = row.bytes('channel_type');
  if (features !== undefined) return channelTypeOf(features);
  if (row.flag('option_anchor_outputs')) return 'anchors';
  const start = row.unsigned('local_static_remotekey_start');
  if (start === undefined)
    return row.flag('option_static_remotekey') ? 'static_remotekey' : 'legacy';
  if (start === 0n) return 'static_remotekey';
  // In between it was upgraded, and its commitments are of two kinds.
  return start >= NEVER ? 'legacy' : 'unknown';
}

function shortIdOf(row: Row): ShortChannelId | undefined {
  const scid = row.unsigned('scid');
  const name = scid === undefined || scid === 0n ? row.text('short_channel_id') : scid;
  return name === undefined ? undefined : ShortChannelId(name, 'short_channel_id');
}

function aliasOf(row: Row, column: string): ShortChannelId | undefined {
  const alias = row.unsigned(column);
  return alias === undefined || alias === 0n ? undefined : ShortChannelId(alias, column);
}

function namesOf(row: Row, shortChannelId: ShortChannelId | undefined): readonly bigint[] {
  const names: bigint[] = [];
  if (shortChannelId !== undefined) {
    const [block = 0n, tx = 0n, output = 0n] = shortChannelId.split('x').map(BigInt);
    names.push((block << 40n) | (tx << 16n) | output);
  }
  const alias = row.unsigned('alias_local');
  if (alias !== undefined && alias !== 0n) names.push(alias);
  // After a splice: the ids before it, big-endian one after the other.
  const old = row.bytes('old_scids') ?? new Uint8Array();
  for (let at = 0; at + 8 <= old.length; at += 8) {
    names.push(BigInt(`0x${bytesToHex(old.subarray(at, at + 8))}`));
  }
  return names;
}

function numberOf(row: Row, column: string): number {
  const next = must(column, row.count(column));
  if (next === 0) throw new RecordError(`"${column}" expected a number from 1 on`);
  return next - 1;
}

function sideOf(value: number | undefined): Side | undefined {
  return value === 0 ? 'local' : value === 1 ? 'remote' : undefined;
}

function countedOf(row: Row, direction: 'in' | 'out'): Counted {
  return {
    msat: row.amount(`${direction}_msatoshi_fulfilled`) ?? 0n,
    count: row.count(`${direction}_payments_fulfilled`) ?? 0,
  };
}
