/** What `lightning-cli` prints, a file each: channels first, since the other lists name them by short ids. */
import { basename } from 'node:path';
import { type ChannelId, ShortChannelId, shortChannelIdToBigint } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { chainOfCurrency } from './bookkeeper.ts';
import { reasonOf } from './chain-tables.ts';
import { type ForwardRecord, forwardTold } from './forwards.ts';
import { htlcPhase, htlcStateOf } from './htlc-state.ts';
import {
  closedChannel,
  directionOf,
  type KnownChannel,
  knownChannel,
  shownChannel,
} from './json-channels.ts';
import { bookedEvent, bookedMove, type JsonBook } from './json-movements.ts';
import { jsonRecords, parseExactly } from './json-records.ts';
import { movementTold, OUTSIDE } from './movements.ts';
import { must, RecordError, type Row, rowOf } from './row.ts';
import type { Teller } from './teller.ts';

const CHANNEL_LISTS = new Set(['channels', 'closedchannels']);
const OTHER_LISTS = new Set(['forwards', 'htlcs', 'events', 'channelmoves', 'chainmoves']);

const EVERY_LIST = new Set([...CHANNEL_LISTS, ...OTHER_LISTS]);

const UNKNOWN_CHANNEL =
  'their channel is known by its short id alone: give "listpeerchannels" and "listclosedchannels" with them';

export class JsonRecords {
  readonly #paths: readonly string[];
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #byName = new Map<bigint, KnownChannel>();
  readonly #byId = new Map<ChannelId, KnownChannel>();

  constructor(
    paths: readonly string[],
    { tally, signal }: { readonly tally: Tally; readonly signal: AbortSignal },
  ) {
    this.#paths = paths;
    this.#tally = tally;
    this.#signal = signal;
  }

  /** As the bookkeeper's events name it, where they are among the lists. */
  async chain(): Promise<string | undefined> {
    for (const path of this.#paths) {
      const chain = chainOfCurrency(await this.#currencyOf(path));
      if (chain !== undefined) return chain;
    }
    return undefined;
  }

  /** Of its first record: a file has one list. One that cannot be read is named when it is told. */
  async #currencyOf(path: string): Promise<string | undefined> {
    try {
      for await (const { list, text } of jsonRecords(path, EVERY_LIST, this.#signal)) {
        return list === 'events' ? rowOf(parseExactly(text)).text('currency') : undefined;
      }
      return undefined;
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      return undefined;
    }
  }

  async *observations(teller: Teller): AsyncGenerator<Observation> {
    yield* this.#each(CHANNEL_LISTS, (list, row) => this.#channel(list, row, teller));
    const book: JsonBook = { subjectOf: (id) => this.#byId.get(id), repeats: new Map() };
    yield* this.#each(OTHER_LISTS, (list, row) => this.#other(list, row, teller, book));
    for (const sentence of CANNOT_TELL) this.#tally.cannotTell(sentence);
  }

  async *#each(
    lists: ReadonlySet<string>,
    tell: (list: string, row: Row) => Iterable<Observation>,
  ): AsyncGenerator<Observation> {
    for (const path of this.#paths) {
      let nth = 0;
      for await (const { list, text, byte } of jsonRecords(path, lists, this.#signal)) {
        nth++;
        let told: readonly Observation[];
        try {
          // Whole or not at all: a record that goes wrong in its middle says nothing.
          told = [...tell(list, rowOf(parseExactly(text)))];
        } catch (cause) {
          const isJson = !(cause instanceof SyntaxError);
          const reason = isJson ? reasonOf(cause) : 'it is no JSON';
          this.#tally.bad(`${basename(path)} ${list}, record ${nth}, byte ${byte}`, reason);
          continue;
        }
        this.#tally.read(list);
        yield* told;
      }
    }
  }

  *#channel(list: string, row: Row, teller: Teller): Generator<Observation> {
    const known = knownChannel(row, teller);
    if (known === undefined) {
      this.#tally.unread('channels without a funding', 'nothing was committed to yet');
      return;
    }
    for (const name of known.names) this.#byName.set(shortChannelIdToBigint(name), known);
    this.#byId.set(known.channelId, known);
    yield* list === 'channels'
      ? shownChannel(row, known, teller)
      : closedChannel(row, known, teller);
    if (row.object('updates') !== undefined) {
      this.#tally.unread('fee policies', 'the time of their channel_update is in the gossip store');
    }
  }

  *#other(list: string, row: Row, teller: Teller, book: JsonBook): Generator<Observation> {
    switch (list) {
      case 'forwards': {
        // By short ids, as the list has them: with the lists of channels beside it or without, it says the same.
        const reader = { teller, tally: this.#tally, channelOf: () => undefined, earliestNs: 0n };
        const told = forwardTold(forwardOf(row, teller), 'listforwards', reader);
        if (told !== undefined) yield told;
        return;
      }
      case 'htlcs':
        yield* this.#htlc(row, teller);
        return;
      default: {
        const booked = list === 'events' ? bookedEvent(row, book) : bookedMove(list, row, book);
        if (booked === undefined) {
          this.#tally.unread(`${list} of no channel`, OUTSIDE);
          return;
        }
        teller.secondsOf('timestamp', booked.seconds);
        yield movementTold(teller, booked);
      }
    }
  }

  /** Neither when it was nor how it ended is told: only that it was, and that it is gone. */
  *#htlc(row: Row, teller: Teller): Generator<Observation> {
    const name = ShortChannelId(row.text('short_channel_id'), 'short_channel_id');
    const channel = this.#byName.get(shortChannelIdToBigint(name));
    if (channel === undefined) {
      this.#tally.unread('htlcs', UNKNOWN_CHANNEL);
      return;
    }
    const phase = htlcPhase(htlcStateOf(must('state', row.text('state'))) ?? -1);
    if (phase === undefined) throw new RecordError('"state" expected the name of an HTLC state');
    const id = must('id', row.count('id'));
    const direction = directionOf(row);
    const data = {
      id,
      direction,
      amountMsat: must('amount_msat', row.msat('amount_msat')),
      cltvExpiry: must('expiry', row.count('expiry')),
    };
    const paymentHash = row.hexText('payment_hash', 32);
    const isInBoth = phase.isInLocal && phase.isInRemote;
    if (!isInBoth && !phase.isRemoving) return;
    const place = `listhtlcs/${name}/${direction}/${id}`;
    const heard = { place, placed: teller.since(channel.startNs, channel.context.shortChannelId) };
    const secret = paymentHash === undefined ? {} : { secret: { paymentHash } };
    yield teller.channel(channel, { type: 'HtlcAdded', data, ...secret }, heard);
    if (isInBoth) return;
    const side = direction === 'offered' ? 'local' : 'remote';
    const why = `${direction} HTLC ${id} is gone, and whether it was paid is not known`;
    const gap = { what: 'htlcs', side, lastKnown: id, why } as const;
    yield teller.channel(channel, { type: 'RecordingGap', data: gap }, heard);
  }
}

const FORWARD_STATES = ['offered', 'settled', 'failed', 'local_failed'] as const;

function forwardOf(row: Row, teller: Teller): ForwardRecord {
  const status = FORWARD_STATES.find((state) => state === row.text('status'));
  if (status === undefined) throw new RecordError('"status" expected the state of a forward');
  const out = row.text('out_channel');
  return {
    status,
    inScid: shortChannelIdToBigint(ShortChannelId(row.text('in_channel'), 'in_channel')),
    outScid:
      out === undefined ? undefined : shortChannelIdToBigint(ShortChannelId(out, 'out_channel')),
    inHtlcId: row.count('in_htlc_id'),
    outHtlcId: row.count('out_htlc_id'),
    amountInMsat: row.msat('in_msat'),
    amountOutMsat: row.msat('out_msat'),
    failureCode: row.count('failcode'),
    reason: row.text('failreason'),
    receivedNs: teller.timeNs('received_time', row.secondsNs('received_time')),
    resolvedNs: teller.timeNs('resolved_time', row.secondsNs('resolved_time')),
  };
}

const CANNOT_TELL = [
  'when a list was printed: a balance is placed at the last time that its channel names',
  'when an HTLC was added and how it ended: "listhtlcs" has neither',
  'how a closed channel was closed, and whose its last balance was',
  'commitments, their numbers and signatures: the database has the newest ones',
  'whether a forward was claimed on chain',
];
