/**
 * Appends of clients. Each is checked against the state its stream will have when it is written: that
 * of the store, or that of the appends under way, so that a client need not wait between two of them.
 */
import { eventDigest } from '../store/digest.ts';
import {
  type AppendResult,
  type LocalStore,
  type NewEvent,
  NO_STREAM,
} from '../store/event-store.ts';
import type { Admission, ProposedEvent, StreamTip } from './admission.ts';
import { invalidArgument } from './failures.ts';

export type Expected = number | 'any' | 'stream-exists';

export interface ProposedAppend {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly ProposedEvent[];
}

export type Appended =
  | { readonly ok: true; readonly revision: number; readonly position: number }
  | { readonly ok: false; readonly actualRevision: number };

/** Appends of one stream that were sent to the store one upon the other. */
interface Chain {
  readonly batch: number;
  tip: StreamTip;
  pending: number;
  last: Promise<unknown>;
}

/** What one append may hold, as the real server has it; the ledger's own limit lies just below. */
export const MAX_CLIENT_APPEND_BYTES = 1_048_576;
/** How far back a repeated append without an expected revision is looked for. */
const REPEAT_WINDOW = 100;
/** Without an expected revision an append that lost a race is made again. */
const MAX_ATTEMPTS = 32;

export class Appender {
  readonly #store: LocalStore;
  readonly #admission: Admission;
  readonly #chains = new Map<string, Chain>();
  #batches = 0;

  constructor(store: LocalStore, admission: Admission) {
    this.#store = store;
    this.#admission = admission;
  }

  /** Throws a Failure or a StoreError where the events cannot be accepted. */
  async append(request: ProposedAppend): Promise<Appended> {
    const { stream, expected, events } = request;
    if (events.length === 0) throw invalidArgument('an append holds no events');
    if (typeof expected === 'number') return this.#appendAt(stream, expected, events);
    for (let attempt = 0; ; attempt++) {
      await this.#chains.get(stream)?.last;
      const revision = this.#store.streamHead(stream)?.revision ?? NO_STREAM;
      if (expected === 'stream-exists' && revision === NO_STREAM) {
        return { ok: false, actualRevision: revision };
      }
      const made = this.#alreadyMade(stream, revision, events);
      if (made !== undefined) return made;
      const result = await this.#appendAt(stream, revision, events);
      if (result.ok || attempt === MAX_ATTEMPTS) return result;
    }
  }

  async #appendAt(
    stream: string,
    expected: number,
    events: readonly ProposedEvent[],
  ): Promise<Appended> {
    for (;;) {
      const chain = this.#chains.get(stream);
      if (chain === undefined || chain.pending === 0) break;
      const isNext =
        chain.tip.revision === expected && this.#admission.canFollow(chain.tip, events);
      if (isNext) return this.#appendOn(chain, stream, events);
      // Whether it fits is known when those under way are made, or are not.
      await chain.last;
    }
    const head = this.#store.streamHead(stream);
    const revision = head?.revision ?? NO_STREAM;
    if (expected < revision) return this.#repeat(stream, expected, events, revision);
    if (expected > revision) return { ok: false, actualRevision: revision };
    const known = this.#chains.get(stream);
    const isCurrent =
      known?.tip.revision === revision &&
      Buffer.compare(known.tip.digest ?? NO_DIGEST, head?.digest ?? NO_DIGEST) === 0;
    const tip = isCurrent ? known.tip : this.#admission.tipOf(stream, head);
    const chain = { batch: ++this.#batches, tip, pending: 0, last: Promise.resolve() };
    return this.#appendOn(chain, stream, events);
  }

  /** Everything up to the store's call happens at once: nobody comes in between. */
  async #appendOn(
    chain: Chain,
    stream: string,
    events: readonly ProposedEvent[],
  ): Promise<Appended> {
    const expectedRevision = chain.tip.revision;
    const admitted = this.#admission.admit(stream, chain.tip, events);
    const requests = [{ stream, events: admitted.events, expectedRevision }];
    const writing = this.#store.appendMany(requests, { batch: chain.batch });
    this.#chains.delete(stream);
    this.#chains.set(stream, chain);
    chain.tip = admitted.tip;
    chain.pending++;
    chain.last = writing.catch(() => undefined);
    try {
      const [result] = await writing;
      if (result?.ok !== true) this.#drop(stream, chain);
      return appended(result);
    } catch (cause) {
      this.#drop(stream, chain);
      throw cause;
    } finally {
      chain.pending--;
      this.#trim();
    }
  }

  /** What is expected lies in the past: it is there already, or it conflicts. */
  async #repeat(
    stream: string,
    expectedRevision: number,
    events: readonly ProposedEvent[],
    actualRevision: number,
  ): Promise<Appended> {
    const range = {
      fromRevision: expectedRevision + 1,
      toRevision: expectedRevision + events.length,
    };
    const stored = [...this.#store.streamEvents(stream, range)];
    const isSame =
      stored.length === events.length &&
      stored.every((event, index) => this.#admission.isSame(event, events[index]));
    const last = stored.at(-1);
    if (!isSame || last === undefined) return { ok: false, actualRevision };
    return { ok: true, revision: last.revision, position: last.position };
  }

  /** Best effort, as with the real server: only the newest events are looked at. */
  #alreadyMade(
    stream: string,
    newest: number,
    events: readonly ProposedEvent[],
  ): Appended | undefined {
    const fromRevision = Math.max(0, newest - REPEAT_WINDOW - events.length);
    let matched = 0;
    for (const event of this.#store.streamEvents(stream, { fromRevision })) {
      if (!this.#admission.isSame(event, events[matched])) matched = 0;
      if (this.#admission.isSame(event, events[matched])) matched++;
      if (matched === events.length) {
        return { ok: true, revision: event.revision, position: event.position };
      }
    }
    return undefined;
  }

  /** What follows upon it in the store fails as well, by the number of its batch. */
  #drop(stream: string, chain: Chain): void {
    if (this.#chains.get(stream) === chain) this.#chains.delete(stream);
  }

  /** Tips hold states: the streams written to longest ago are read again when they are needed. */
  #trim(): void {
    if (this.#chains.size <= this.#admission.keptTips) return;
    for (const [stream, { pending }] of this.#chains) {
      if (pending > 0) continue;
      this.#chains.delete(stream);
      if (this.#chains.size <= this.#admission.keptTips) return;
    }
  }
}

const NO_DIGEST = new Uint8Array(0);

function appended(result: AppendResult | undefined): Appended {
  if (result === undefined) throw new Error('an append got no answer');
  if (!result.ok) return { ok: false, actualRevision: result.actualRevision };
  return { ok: true, revision: result.lastRevision, position: result.position };
}

/** The digests the events will have, one sealing the other. */
export function digestsOf(
  stream: string,
  { revision, digest }: Pick<StreamTip, 'revision' | 'digest'>,
  events: readonly NewEvent[],
): Uint8Array[] {
  let previous = digest;
  return events.map((event, index) => {
    previous = eventDigest({ ...event, stream, revision: revision + 1 + index }, previous);
    return previous;
  });
}
