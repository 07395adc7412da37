/**
 * Only what the ledger itself could have written: each event passes its schema and, in the state of its
 * stream, the invariants; digest and id are those of its bytes. What is refused is refused whole.
 * Facts told late hold together with others of the same recording, which need not come in the same
 * append nor in their own order: from the first late one on, a stream is judged as a whole again, and
 * until all of it holds it takes what is well formed; `verify` names what stays broken.
 */

import { aggregates } from '../ledger/aggregates.ts';
import { mayRepeat } from '../ledger/repeatable.ts';
import { decodeEvent, type LedgerFact } from '../ledger/stored-event.ts';
import { parseStream, type StreamName } from '../ledger/streams.ts';
import { logicalEvents } from '../ledger/verify/logical-events.ts';
import {
  type LocalStore,
  NO_STREAM,
  type StoredEvent,
  type StreamHead,
} from '../store/event-store.ts';
import type { Admission, ProposedEvent, StreamTip } from './admission.ts';
import { digestsOf } from './appender.ts';
import { type JudgedEvent, judgedEvent } from './event-form.ts';
import { invalidArgument } from './failures.ts';
import { wireEvent } from './recorded-event.ts';
import { cutMetadata, wireId } from './wire-form.ts';

/** Each holds a state and the ids of its stream. */
const KEPT_TIPS = 500;

/** What a stream's events so far say about the next one. */
interface StreamState {
  readonly name: StreamName;
  readonly state: unknown;
  readonly happenedAt: string;
  readonly recordedAt: string;
  readonly ids: Set<string>;
  /** What does not hold since facts were told late: others that are still to come may mend it. */
  readonly unsettled: string | undefined;
}

interface Newest {
  recordedAt: string;
  happenedAt: string;
}

/** One fact at its place in the logical order. */
interface Placed {
  readonly fact: LedgerFact | undefined;
  readonly happenedAt: string;
  readonly revision: number;
}

export class LedgerAdmission implements Admission {
  readonly keptTips = KEPT_TIPS;
  readonly #store: LocalStore;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  tipOf(stream: string, head: StreamHead | undefined): StreamTip {
    const name = parseStream(stream);
    if (name === undefined)
      throw invalidArgument(`${JSON.stringify(stream)} is no stream of a ledger`);
    const revision = head?.revision ?? NO_STREAM;
    const ids = new Set<string>();
    const newest: Newest = { recordedAt: '', happenedAt: '' };
    const { state, broken } = folded(
      name,
      initialOf(name),
      this.#stored(stream, head?.position ?? 0, { ids, newest }),
    );
    // What a ledger holds in order was judged one by one when it was written.
    const unsettled = this.#store.isOutOfOrder(stream) ? broken : undefined;
    const known: StreamState = { name, state, ...newest, ids, unsettled };
    return { revision, digest: head?.digest, state: known };
  }

  /** A late event is judged among all of its stream: they must be in the store. */
  canFollow(tip: StreamTip, events: readonly ProposedEvent[]): boolean {
    const { happenedAt, unsettled } = stateOf(tip);
    if (unsettled !== undefined) return false;
    return events.every(({ metadata }) => (happenedAtIn(metadata) ?? '') >= happenedAt);
  }

  admit(stream: string, tip: StreamTip, proposed: readonly ProposedEvent[]) {
    const before = stateOf(tip);
    const judged = proposed.map((event) => saying(event, () => judge(stream, before.name, event)));
    const events = judged.map(({ event }) => event);
    const digests = digestsOf(stream, tip, events);
    proposed.forEach((event, index) => {
      saying(event, () => assertSealed(event, digests[index]));
    });
    const state = this.#follow(stream, tip, judged);
    const digest = digests.at(-1);
    return { events, tip: { revision: tip.revision + events.length, digest, state } };
  }

  isSame(stored: StoredEvent, event: ProposedEvent | undefined): boolean {
    if (event === undefined || stored.type !== event.type || stored.data !== event.data)
      return false;
    const { id, metadata } = wireEvent(stored);
    return id === event.id && metadata === event.metadata;
  }

  #follow(stream: string, tip: StreamTip, judged: readonly JudgedEvent[]): StreamState {
    const before = stateOf(tip);
    const { name, ids } = before;
    const added = addedIds(name, ids, judged);
    let { recordedAt, happenedAt } = before;
    let isLate = false;
    for (const { metadata, event } of judged) {
      if (metadata.recordedAt < recordedAt) {
        throw refusal(event, `it was recorded before the event that it follows (${recordedAt})`);
      }
      recordedAt = metadata.recordedAt;
      if (metadata.happenedAt < happenedAt) isLate = true;
      else happenedAt = metadata.happenedAt;
    }
    const placed = judged.map(({ fact, metadata }, index): Placed => {
      return { fact, happenedAt: metadata.happenedAt, revision: tip.revision + 1 + index };
    });
    if (!isLate && before.unsettled === undefined) {
      const { state, broken } = folded(name, before.state, placed);
      if (broken !== undefined) throw invalidArgument(broken);
      for (const id of added) ids.add(id);
      return { name, state, happenedAt, recordedAt, ids, unsettled: undefined };
    }
    const whole = this.#withStored(stream, placed);
    const { state, broken } = folded(name, initialOf(name), whole);
    for (const id of added) ids.add(id);
    return { name, state, happenedAt, recordedAt, ids, unsettled: broken };
  }

  /** The stream in logical order; on the way its ids and newest times are taken down. */
  *#stored(
    stream: string,
    toPosition: number,
    { ids, newest }: { readonly ids: Set<string>; readonly newest: Newest },
  ): Generator<Placed> {
    for (const stored of logicalEvents(this.#store, stream, toPosition)) {
      const { fact, metadata, id, revision } = decodeEvent(stored);
      const { recordedAt, happenedAt } = metadata;
      ids.add(id);
      newest.happenedAt = happenedAt;
      if (recordedAt > newest.recordedAt) newest.recordedAt = recordedAt;
      yield { fact, happenedAt, revision };
    }
  }

  /** The whole stream in logical order, the late events at their places. */
  #withStored(stream: string, placed: readonly Placed[]): readonly Placed[] {
    const all = [...placed];
    for (const event of this.#store.streamEvents(stream)) {
      const { fact, metadata, revision } = decodeEvent(event);
      all.push({ fact, happenedAt: metadata.happenedAt, revision });
    }
    return all.sort(byPlace);
  }
}

/** The states here are this file's own: the appender hands back the tip it was given. */
function stateOf({ state }: StreamTip): StreamState {
  return state as StreamState;
}

function judge(stream: string, name: StreamName, event: ProposedEvent): JudgedEvent {
  const cut = cutMetadata(event.metadata);
  if (cut === undefined) throw new Error('its metadata does not end with $id and digest');
  const { type, data } = event;
  return judgedEvent(stream, name, { id: cut.id, type, data, metadata: cut.metadata });
}

function assertSealed({ id, metadata }: ProposedEvent, digest: Uint8Array | undefined): void {
  const claimed = cutMetadata(metadata)?.digest;
  if (digest === undefined || claimed === undefined || Buffer.compare(claimed, digest) !== 0) {
    throw new Error('its digest does not fit its bytes and the event before it');
  }
  if (id !== wireId(digest)) throw new Error('its UUID is not that of its digest');
}

/** In a channel every fact is told once, except those that a reorganisation may bring back. */
function addedIds(
  { category }: StreamName,
  known: ReadonlySet<string>,
  judged: readonly JudgedEvent[],
): ReadonlySet<string> {
  const added = new Set<string>();
  for (const { event } of judged) {
    const isTwice = known.has(event.id) || added.has(event.id);
    if (isTwice && category === 'channel' && !mayRepeat.has(event.type)) {
      throw refusal(event, 'its stream holds that fact already');
    }
    added.add(event.id);
  }
  return added;
}

interface Folded {
  readonly state: unknown;
  /** The first rule that is broken, in a sentence. */
  readonly broken: string | undefined;
}

function folded(name: StreamName, from: unknown, placed: Iterable<Placed>): Folded {
  const { check, evolve } = aggregates[name.category];
  let state = from;
  let broken: string | undefined;
  for (const { fact } of placed) {
    if (fact === undefined) continue;
    const violation = broken === undefined ? check(state, fact) : undefined;
    if (violation !== undefined) {
      broken = `${fact.type} breaks the rule ${violation.rule}: ${violation.detail}`;
    }
    state = evolve(state, fact);
  }
  return { state, broken };
}

function initialOf({ category }: StreamName): unknown {
  return aggregates[category].initial;
}

function byPlace(a: Placed, b: Placed): number {
  if (a.happenedAt !== b.happenedAt) return a.happenedAt < b.happenedAt ? -1 : 1;
  return a.revision - b.revision;
}

const HAPPENED_AT = '"happenedAt":"';
const TIME_LENGTH = '2026-03-14T15:09:26.535897932Z'.length;

/** Without parsing: it is judged properly when it is admitted. */
function happenedAtIn(metadata: string): string | undefined {
  const at = metadata.indexOf(HAPPENED_AT);
  if (at === -1) return undefined;
  return metadata.slice(at + HAPPENED_AT.length, at + HAPPENED_AT.length + TIME_LENGTH);
}

function refusal({ type, id }: Pick<ProposedEvent, 'type' | 'id'>, why: string) {
  return invalidArgument(`${type} ${id} is refused: ${why}`);
}

function saying<T>(event: ProposedEvent, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw refusal(event, cause instanceof Error ? cause.message : String(cause));
  }
}
