/** `listpeerchannels` and `listclosedchannels`: channels as they were when somebody asked. */
import type { Side } from '../../channel/fields.ts';
import type { ChannelContext, ChannelFact } from '../../channel/observations.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import { channelTypeOf } from '../../lightning/features.ts';
import {
  ChannelId,
  NodeId,
  type Outpoint,
  outpointOf,
  ShortChannelId,
  Txid,
} from '../../lightning/ids.ts';
import type { ChannelObservation } from '../../observation/observation.ts';
import { balancesOf, htlcsOf, type PendingHtlc } from './commitments.ts';
import { htlcPhase, htlcStateOf } from './htlc-state.ts';
import { must, present, RecordError, type Row } from './row.ts';
import { causedBy, isCause, milestones, readyChange, type StateChange } from './state-changes.ts';
import type { Subject, Teller } from './teller.ts';

/** A channel that the lists beside it may name by its short ids. */
export interface KnownChannel extends Subject {
  readonly names: readonly ShortChannelId[];
  /** Nothing happened in it before; undefined where the list tells no time of it. */
  readonly startNs: bigint | undefined;
  readonly outpoint: Outpoint;
  readonly aliases: { readonly localAlias?: ShortChannelId; readonly remoteAlias?: ShortChannelId };
}

const STATES: Readonly<Record<string, number>> = {
  OPENINGD: 0,
  DUALOPEND_OPEN_INIT: 1,
  CHANNELD_AWAITING_LOCKIN: 2,
  CHANNELD_NORMAL: 3,
  CHANNELD_SHUTTING_DOWN: 4,
  CLOSINGD_SIGEXCHANGE: 5,
  CLOSINGD_COMPLETE: 6,
  AWAITING_UNILATERAL: 7,
  FUNDING_SPEND_SEEN: 8,
  ONCHAIN: 9,
  CLOSED: 10,
  DUALOPEND_OPEN_COMMITTED: 11,
  DUALOPEND_AWAITING_LOCKIN: 12,
  CHANNELD_AWAITING_SPLICE: 13,
  DUALOPEND_OPEN_COMMIT_READY: 14,
};

/** Undefined for one that has no funding yet. Throws an Error that names the field. */
export function knownChannel(row: Row, teller: Teller): KnownChannel | undefined {
  const txid = row.text('funding_txid');
  const channelId = row.text('channel_id');
  if (txid === undefined || channelId === undefined) return undefined;
  const outpoint = outpointOf(Txid(txid), must('funding_outnum', row.count('funding_outnum')));
  const alias = row.object('alias');
  const aliases = present({
    localAlias: shortId(alias, 'local'),
    remoteAlias: shortId(alias, 'remote'),
  });
  const shortChannelId = shortId(row, 'short_channel_id');
  const changes = changesOf(row, teller);
  const start = readyChange(changes)?.atNs ?? changes[0]?.atNs ?? lastSeenNs(row, teller);
  return {
    channelId: ChannelId(channelId),
    context: contextOf(row, outpoint, shortChannelId),
    names: [shortChannelId, aliases.localAlias].filter((name) => name !== undefined),
    startNs: start,
    outpoint,
    aliases,
  };
}

function contextOf(
  row: Row,
  fundingOutpoint: Outpoint,
  shortChannelId: ShortChannelId | undefined,
): ChannelContext {
  const capacityMsat = row.msat('total_msat');
  const peerId = row.text('peer_id');
  const dustMsat = row.msat('dust_limit_msat');
  return present({
    peerId: peerId === undefined ? undefined : NodeId(peerId, 'peer_id'),
    fundingOutpoint,
    capacitySat: capacityMsat === undefined ? undefined : capacityMsat / 1000n,
    opener: sideOf(row, 'opener'),
    channelType: typeOf(row.object('channel_type')),
    isPrivate: row.truth('private'),
    shortChannelId,
    local: dustMsat === undefined ? undefined : { dustLimitSat: dustMsat / 1000n },
  } as const);
}

/** An open or closing channel: what its state changes say, and its balance as it was shown. */
export function* shownChannel(
  row: Row,
  known: KnownChannel,
  teller: Teller,
): Generator<ChannelObservation> {
  const changes = changesOf(row, teller);
  const place = `listpeerchannels/${known.channelId}`;
  const { localAlias, remoteAlias } = known.aliases;
  const named = { outpoint: known.outpoint, localAlias, remoteAlias, shutdownScripts: {} };
  for (const { fact, placed } of milestones(named, changes)) {
    yield teller.channel(known, fact, { place, placed });
  }
  const last = changes.at(-1)?.atNs ?? known.startNs;
  const seen = lastSeenNs(row, teller) ?? last;
  const latest = last === undefined || (seen !== undefined && seen > last) ? seen : last;
  const placed = teller.since(latest, known.context.shortChannelId);
  const balance = balanceOf(row, known);
  if (balance !== undefined) {
    const { fact, key } = balance;
    yield teller.channel(known, fact, { place: `${place} ${key}`, placed });
  }
}

function balanceOf(
  row: Row,
  { context: { capacitySat } }: KnownChannel,
): { readonly fact: ChannelFact; readonly key: string } | undefined {
  const ourMsat = row.msat('to_us_msat');
  if (ourMsat === undefined || capacitySat === undefined) return undefined;
  const pending = row.list('htlcs').map(pendingHtlc);
  // Whether one that is being removed was paid is not told, and so not whose it is.
  if (pending.some(({ phase }) => phase.isRemoving && !phase.isInLocal)) return undefined;
  const totals = present({
    sentMsat: row.msat('out_fulfilled_msat'),
    receivedMsat: row.msat('in_fulfilled_msat'),
  });
  const data = {
    ...balancesOf({ ourMsat, capacitySat }, pending, 'local'),
    precision: 'msat',
    htlcs: htlcsOf(pending, 'local'),
    totals,
  } as const;
  const ids = pending.map(({ direction, id }) => `${direction === 'offered' ? '' : '-'}${id}`);
  const key = ['balance', ourMsat, totals.sentMsat, totals.receivedMsat, ...ids].join('/');
  return { fact: { type: 'BalanceSeen', data }, key };
}

function pendingHtlc(row: Row): PendingHtlc {
  const phase = htlcPhase(htlcStateOf(must('state', row.text('state'))) ?? -1);
  if (phase === undefined) throw new RecordError('"state" expected the name of an HTLC state');
  return {
    id: must('id', row.count('id')),
    direction: directionOf(row),
    amountMsat: must('amount_msat', row.msat('amount_msat') ?? row.msat('msatoshi')),
    cltvExpiry: must('expiry', row.count('expiry')),
    paymentHash: row.hexText('payment_hash', 32),
    forwardOf: undefined,
    outcome: undefined,
    phase,
  };
}

export function directionOf(row: Row): PendingHtlc['direction'] {
  const direction = row.text('direction');
  if (direction === 'out') return 'offered';
  if (direction === 'in') return 'received';
  throw new RecordError('"direction" expected "in" or "out"');
}

/** A closed one: that it is closed and by whom, and what was ours. Whose the rest of it was is not told. */
export function* closedChannel(
  row: Row,
  known: KnownChannel,
  teller: Teller,
): Generator<ChannelObservation> {
  const placed = teller.since(
    lastSeenNs(row, teller) ?? known.startNs,
    known.context.shortChannelId,
  );
  const heard = { place: `listclosedchannels/${known.channelId}`, placed };
  const told = (fact: ChannelFact) => teller.channel(known, fact, heard);
  const cause = row.text('close_cause');
  const why = 'Core Lightning deletes the HTLCs of a closed channel';
  yield told({ type: 'RecordingGap', data: { what: 'htlcs', why } });
  if (isCause(cause)) {
    yield told({ type: 'CloseStarted', data: { by: causedBy(cause), reason: cause } });
  }
  const data = {
    fundingOutpoint: known.outpoint,
    kind: 'unknown',
    initiator: sideOf(row, 'closer') ?? 'unknown',
    ...present({ finalLocalBalanceMsat: row.msat('final_to_us_msat') }),
  } as const;
  yield told({ type: 'ChannelClosed', data: { ...data, outputs: [] } });
  yield told({ type: 'ChannelFullyResolved', data: { isTimeUntold: true } });
}

function changesOf(row: Row, teller: Teller): readonly StateChange[] {
  return row.list('state_changes').map((change) => {
    const cause = change.text('cause');
    if (!isCause(cause)) throw new RecordError('"cause" expected a cause of a state change');
    const at = must('timestamp', change.text('timestamp'));
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(at) ? Date.parse(at) : Number.NaN;
    if (!Number.isSafeInteger(ms)) throw new RecordError('"timestamp" expected a time in UTC');
    return {
      atNs: must('timestamp', teller.timeNs('timestamp', BigInt(ms) * 1_000_000n)),
      from: STATES[change.text('old_state') ?? ''] ?? 0,
      to: STATES[change.text('new_state') ?? ''] ?? 0,
      cause,
      message: (change.text('message') ?? '').slice(0, 1_000),
    };
  });
}

function lastSeenNs(row: Row, teller: Teller): bigint | undefined {
  const ns = teller.timeNs('last_stable_connection', row.secondsNs('last_stable_connection'));
  return ns === 0n ? undefined : ns;
}

function shortId(row: Row | undefined, name: string): ShortChannelId | undefined {
  const text = row?.text(name);
  return text === undefined ? undefined : ShortChannelId(text, name);
}

function sideOf(row: Row, name: string): Side | undefined {
  const side = row.text(name);
  return side === 'local' || side === 'remote' ? side : undefined;
}

/** The bits are those of BOLT 9, which stand in bytes elsewhere. */
function typeOf(type: Row | undefined): ChannelType | undefined {
  if (type === undefined) return undefined;
  const bytes = new Uint8Array(32);
  for (const bit of type.items('bits')) {
    if (typeof bit !== 'number' || !Number.isInteger(bit) || bit < 0 || bit > 255) return 'unknown';
    const at = bytes.length - 1 - (bit >> 3);
    bytes[at] = (bytes[at] ?? 0) | (1 << (bit & 7));
  }
  return channelTypeOf(bytes);
}
