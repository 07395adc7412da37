/**
 * What is recorded of a stream, for facts that are placed among it: its logical order, where its ids are,
 * and at some places the state there. The events stay in the store, however many there are.
 */
import { isSame } from '../schema/same.ts';
import { timeNsOf } from '../schema/time.ts';
import { type LocalStore, NO_STREAM } from '../store/event-store.ts';
import type { AnyAggregate } from './aggregates.ts';
import { happenedAtOf } from './event-times.ts';
import { IdIndex } from './id-index.ts';
import {
  ALL_AT_ONCE,
  countHappened,
  emptyOrder,
  eventsInOrder,
  type LogicalOrder,
  withNewer,
} from './logical-order.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';

/** The state is kept about so often; in a long stream at so many places at most. */
const EVENTS_BETWEEN_MARKS = 256;
const MARKS = 64;

export class RecordedStream {
  readonly #store: LocalStore;
  readonly #stream: string;
  readonly #aggregate: AnyAggregate;
  #order: LogicalOrder = emptyOrder();
  readonly #ids = new IdIndex();
  /** By the revision of the event that follows: the state before it. */
  readonly #marks = new Map<number, unknown>();
  #endState: unknown;

  constructor(store: LocalStore, stream: string, aggregate: AnyAggregate) {
    this.#store = store;
    this.#stream = stream;
    this.#aggregate = aggregate;
    this.#endState = aggregate.initial;
  }

  get length(): number {
    return this.#order.revisions.length;
  }

  /** The state that all of it makes up. */
  get endState(): unknown {
    return this.#endState;
  }

  /** Takes in what was written since; gives itself back. */
  refresh(): this {
    const from = this.length;
    const newest = this.#store.streamHead(this.#stream)?.revision ?? NO_STREAM;
    if (newest < from) return this;
    const timesNs = new BigInt64Array(newest + 1 - from);
    const range = { fromRevision: from, toRevision: newest };
    for (const { revision, id, metadata } of this.#store.streamEvents(this.#stream, range)) {
      timesNs[revision - from] = timeNsOf(happenedAtOf(metadata));
      this.#ids.add(id, revision);
    }
    const { order, first, last } = withNewer(this.#order, timesNs);
    this.#order = order;
    this.#foldFrom(first, last);
    return this;
  }

  /** How many events have happened by then: the place of a fact of that time. */
  placeAt(timeNs: bigint): number {
    return countHappened(this.#order, { timeNs, revision: ALL_AT_ONCE });
  }

  /** When the event at a place happened. */
  timeNsAt(place: number): bigint | undefined {
    return this.#order.timesNs.at(place);
  }

  /** The events from a place on, in logical order. */
  *from(place: number): Generator<LedgerEvent> {
    const stored = eventsInOrder(this.#store, this.#stream, this.#order, place);
    for (const event of stored) yield decodeEvent(event);
  }

  /** Every event of that id, in logical order: what a block confirms again is there twice. */
  withId(id: string): readonly LedgerEvent[] {
    return [...this.#ids.revisionsOf(id)]
      .flatMap((revision) => {
        const range = { fromRevision: revision, toRevision: revision };
        return Array.from(this.#store.streamEvents(this.#stream, range), decodeEvent);
      })
      .filter((event) => event.id === id)
      .sort((a, b) => {
        const [left, right] = [a.metadata.happenedAt, b.metadata.happenedAt];
        return left < right ? -1 : left > right ? 1 : a.revision - b.revision;
      });
  }

  /** The state that the events before a place make up. */
  stateBefore(place: number): unknown {
    if (place >= this.length) return this.#endState;
    let at = this.#markedBefore(place);
    let state = this.#stateAtMark(at);
    for (const { fact } of this.from(at)) {
      if (at++ === place) break;
      if (fact !== undefined) state = this.#aggregate.evolve(state, fact);
    }
    return state;
  }

  /** True where it is known that the state before a place is this one: what follows is as recorded. */
  isMarkedAs(place: number, state: unknown): boolean {
    const revision = this.#order.revisions[place];
    return revision !== undefined && this.#marks.has(revision)
      ? isSame(this.#marks.get(revision), state)
      : false;
  }

  /** The states from the first new place on; behind the last one until they are as they were. */
  #foldFrom(first: number, last: number): void {
    const between = Math.max(EVENTS_BETWEEN_MARKS, Math.ceil(this.length / MARKS));
    let place = this.#markedBefore(first);
    let state = this.#stateAtMark(place);
    let marked = place;
    for (const { revision, fact } of this.from(place)) {
      if (place > last && this.isMarkedAs(place, state)) return;
      if (this.#marks.has(revision) || place - marked >= between) {
        this.#marks.set(revision, state);
        marked = place;
      }
      if (fact !== undefined) state = this.#aggregate.evolve(state, fact);
      place++;
    }
    this.#endState = state;
  }

  /** The last place up to this one whose state is kept. */
  #markedBefore(place: number): number {
    let marked = place;
    while (marked > 0 && !this.#marks.has(this.#order.revisions[marked] ?? NO_STREAM)) marked--;
    return marked;
  }

  #stateAtMark(place: number): unknown {
    return place === 0
      ? this.#aggregate.initial
      : this.#marks.get(this.#order.revisions[place] ?? NO_STREAM);
  }
}
