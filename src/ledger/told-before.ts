/**
 * Whether a late observation says what its stream has already, looked up where it would stand: a record
 * that is imported again would otherwise have each batch placed in a replay of the whole stream.
 */
import { LRUCache } from 'lru-cache';
import type { Observation } from '../observation/observation.ts';
import type { Fact } from '../schema/aggregate.ts';
import type { LocalStore } from '../store/event-store.ts';
import { mayRepeat, mayReturn } from './repeatable.ts';
import { eventTypeOf, restates } from './same-fact.ts';
import { decodeEvent } from './stored-event.ts';
import { isTimed, type StreamWriter } from './stream-writer.ts';

/** Events of a stream that are read at once: what follows is mostly asked for next. */
const WINDOW = 64;
/** Several events may share the time that is looked for. */
const BEFORE = 8;
const WINDOWS = 128;

interface Window {
  readonly facts: ReadonlyMap<string, Fact>;
  /** First revision behind it. */
  readonly end: number;
}

export class ToldBefore {
  readonly #store: LocalStore;
  readonly #windows = new LRUCache<string, Window>({ max: WINDOWS });

  constructor(store: LocalStore) {
    this.#store = store;
  }

  /**
   * True only for what the whole stream would call known too. False says nothing: a fact may be at another
   * time, in a stream whose times are out of order, or of a kind whose place matters.
   */
  has(writer: StreamWriter, observation: Observation): boolean {
    const { fact, key, happenedAtNs } = observation;
    const type = eventTypeOf(fact.type);
    const isPlain = fact.type === type && !mayRepeat.has(type) && !mayReturn.has(type);
    if (!isPlain || !isTimed(observation)) return false;
    const { stream } = writer;
    const id = writer.idOf(type, fact.data, key);
    const held = this.#windows.get(stream);
    const known =
      held?.facts.get(id) ??
      (held && this.#read(stream, held.end).get(id)) ??
      this.#read(stream, this.#store.revisionHappenedBy(stream, happenedAtNs) - BEFORE).get(id);
    return known !== undefined && restates(observation, known, () => undefined);
  }

  release(): void {
    this.#windows.clear();
  }

  #read(stream: string, from: number): ReadonlyMap<string, Fact> {
    const range = { fromRevision: Math.max(0, from), toRevision: Math.max(0, from) + WINDOW - 1 };
    const facts = new Map<string, Fact>();
    for (const stored of this.#store.streamEvents(stream, range)) {
      const { id, fact } = decodeEvent(stored);
      if (fact !== undefined) facts.set(id, fact);
    }
    this.#windows.set(stream, { facts, end: range.toRevision + 1 });
    return facts;
  }
}
