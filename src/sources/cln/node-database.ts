/** `lightningd.sqlite3` as a whole: whose it is, its channels one after the other, and what the node did. */
import { chainOfHash } from '../../lightning/chain-hash.ts';
import type { ChannelId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { reasonOf, spendsOf } from './chain-tables.ts';
import { type ChannelRecord, channelRecord, channelRows } from './channel-record.ts';
import { ChannelStory } from './channels.ts';
import type { ForeignDatabase } from './database.ts';
import { forwards } from './forwards.ts';
import { joinForwards } from './htlcs.ts';
import { channelMoves, countOtherMoves } from './moves.ts';
import { payments, receipts } from './payments.ts';
import type { Row } from './row.ts';
import type { Teller } from './teller.ts';

export interface NodeName {
  readonly nodeId: string | undefined;
  readonly chain: string | undefined;
}

/** What `vars` says, which it does from schema 226 (v23.05) on. */
export function nameOf(database: ForeignDatabase): NodeName {
  const blobOf = (name: string, length: number) => {
    if (!database.hasColumn('vars', 'blobval')) return undefined;
    const sql = 'SELECT blobval FROM main.vars WHERE name = ?';
    return database.lookUp((row) => row.hex('blobval', length), sql, name);
  };
  const genesis = blobOf('genesis_hash', 32);
  return {
    nodeId: blobOf('node_id', 33),
    chain: genesis === undefined ? undefined : chainOfHash(genesis),
  };
}

/** States before a funding is signed: nothing of them may ever come to be. */
const UNFUNDED = new Set([1, 11, 14]);

export async function* nodeRecords(
  database: ForeignDatabase,
  teller: Teller,
  tally: Tally,
): AsyncGenerator<Observation> {
  const channels = readChannels(database, tally);
  const byDbid = new Map(channels.map(({ dbid, channelId }) => [dbid, channelId]));
  joinForwards(database, channels);
  const spends = spendsOf(database, channels, tally);
  const earliestNs = earliest(database, teller);
  const channelOf = (dbid: bigint) => byDbid.get(dbid);
  for (const channel of channels) {
    const story = new ChannelStory(
      { database, teller, tally, spends, channelOf, earliestNs },
      channel,
    );
    yield* byTime([story.observations(), channelMoves(database, channel, { teller, tally })]);
  }
  const reader = { teller, tally, channelOf: namedBy(channels), earliestNs };
  yield* byTime([
    forwards(database, reader),
    payments(database, reader),
    receipts(database, reader),
  ]);
  countOtherMoves(database, tally);
  countUnread(database, tally);
  sayWhatIsMissing(tally);
}

function readChannels(database: ForeignDatabase, tally: Tally): readonly ChannelRecord[] {
  const channels: ChannelRecord[] = [];
  let nth = 0;
  for (const row of channelRows(database)) {
    nth++;
    try {
      if (UNFUNDED.has(Number(row.integer('state') ?? 0n))) {
        tally.unread('channels without a funding', 'nothing was committed to yet');
        continue;
      }
      channels.push(channelRecord(row));
      tally.read('channels');
    } catch (cause) {
      tally.bad(`${database.file} channels, record ${nth}`, reasonOf(cause));
    }
  }
  return channels;
}

function namedBy(channels: readonly ChannelRecord[]): (scid: bigint) => ChannelId | undefined {
  const byName = new Map(
    channels.flatMap(({ names, channelId }) => names.map((name) => [name, channelId] as const)),
  );
  return (scid) => byName.get(scid);
}

/** The first time the record has at all: what came before it has none. */
function earliest(database: ForeignDatabase, teller: Teller): bigint {
  const times: bigint[] = [];
  for (const [table, column] of [
    ['channel_state_changes', 'timestamp'],
    ['channel_htlcs', 'received_time'],
  ] as const) {
    if (!database.hasColumn(table, column)) continue;
    const sql = `SELECT min(${column}) AS least FROM main.${table} WHERE ${column} > 0`;
    const read = (row: Row) => teller.timeNs(column, row.integer('least'));
    const least = database.lookUp(read, sql);
    if (least !== undefined) times.push(least);
  }
  return times.sort((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
}

/** Several series, each in the order of its times, as one. */
function* byTime<O extends Observation>(series: readonly Generator<O>[]): Generator<O, void> {
  const heads = series.map((source) => ({ source, next: source.next() }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done === true) continue;
      const atNs = head.next.value.happenedAtNs;
      const isFirst =
        first === undefined || first.next.done === true || atNs < first.next.value.happenedAtNs;
      if (isFirst) first = head;
    }
    if (first === undefined || first.next.done === true) return;
    yield first.next.value;
    first.next = first.source.next();
  }
}

const UNREAD: readonly (readonly [table: string, why: string])[] = [
  ['channel_funding_inflights', 'splices and replacements of a funding that is not locked in yet'],
  ['channeltxs', 'what is watched on chain after a close'],
  ['penalty_bases', 'what a penalty would spend'],
  ['local_anchors', 'what a fee would be raised by'],
  ['outputs', "they are the wallet's, outside of a channel ledger"],
  ['our_outputs', "they are the wallet's, outside of a channel ledger"],
];

function countUnread(database: ForeignDatabase, tally: Tally): void {
  for (const [table, why] of UNREAD) {
    const count = database.countOf(table);
    if (count > 0) tally.unread(table, why, count);
  }
}

function sayWhatIsMissing(tally: Tally): void {
  const sentences = [
    'when a channel was opened: it is known from when it was ready',
    'commitments before the newest of each end, and their signatures',
    'fee policies: the channel_update of a policy, and so its time, is in the gossip store',
    'when an HTLC that this node offered was added, and when any was gone: the times are bounds',
    'HTLCs of closed channels, and often what the peer had revealed: lightningd deletes them',
    'whether a forward was claimed on chain',
    "block times and the claims of a force close's outputs: see the bookkeeper's database",
  ];
  for (const sentence of sentences) tally.cannotTell(sentence);
}
