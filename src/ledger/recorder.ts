/**
 * Observations in, events out: each is decided on its stream's state, sealed, and appended with the
 * revision it was decided on. Who loses a race reads again and decides again.
 */
import { LRUCache } from 'lru-cache';
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import {
  type AppendRequest,
  type AppendResult,
  type LocalStore,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { type LateOutcome, placeLate } from './late.ts';
import { withLinks } from './links.ts';
import { onNodeStream, quarantined } from './quarantine.ts';
import { StreamWriter } from './stream-writer.ts';
import { nodeStream, streamOf } from './streams.ts';

export interface RecordReport {
  readonly observations: number;
  readonly events: number;
  /** Observations that said nothing new. */
  readonly known: number;
  /** Observations that broke a rule, those that were in quarantine already among them. */
  readonly quarantined: number;
}

/** A batch's events of one stream, as they lie in the store now. */
export interface Recorded {
  readonly stream: string;
  readonly firstRevision: number;
  readonly events: readonly NewEvent[];
  /** Position of the last one. */
  readonly position: number;
}

export interface RecorderOptions {
  readonly store: LocalStore;
  readonly keyring: Keyring;
  /** Told of what was appended, in order, before `record` answers. */
  readonly onRecorded: (recorded: readonly Recorded[]) => void;
}

/** Streams whose state is kept ready; the others are read again when they are written to. */
const HOT_STREAMS = 20_000;
/** A stream that loses this many races in a row is written to by something that never pauses. */
const MAX_ATTEMPTS = 32;

interface Decided {
  readonly observation: Observation;
  readonly request: AppendRequest | undefined;
  readonly isQuarantined: boolean;
}

export class Recorder {
  readonly #store: LocalStore;
  readonly #keyring: Keyring;
  readonly #onRecorded: RecorderOptions['onRecorded'];
  readonly #writers = new LRUCache<string, StreamWriter>({ max: HOT_STREAMS });

  constructor(options: RecorderOptions) {
    this.#store = options.store;
    this.#keyring = options.keyring;
    this.#onRecorded = options.onRecorded;
  }

  /** Records a batch: one append per observation, all of them in one commit where possible. */
  async record(observations: readonly Observation[]): Promise<RecordReport> {
    let todo = observations.map((observation) => withLinks(this.#keyring, observation));
    const report = { observations: todo.length, events: 0, known: 0, quarantined: 0 };
    for (let attempt = 0; todo.length > 0; attempt++) {
      if (attempt === MAX_ATTEMPTS) {
        throw new StoreError(
          'another process keeps writing to the same streams: stop one of the two',
        );
      }
      const { decided, rest } = this.#decideAll(todo);
      const appending = decided.filter((d) => d.request !== undefined);
      const results = await this.#append(appending);
      const lost = this.#settle(appending, results, report);
      for (const { request, isQuarantined } of decided) {
        if (request !== undefined) continue;
        if (isQuarantined) report.quarantined++;
        else report.known++;
      }
      todo = [...lost, ...rest];
      if (lost.length === 0) attempt = -1;
    }
    return report;
  }

  /** Forgets what is held of a stream, so that it is read again. */
  forget(stream: string): void {
    this.#writers.delete(stream);
  }

  async #append(appending: readonly Decided[]): Promise<readonly AppendResult[]> {
    const requests = appending.flatMap(({ request }) => (request === undefined ? [] : [request]));
    if (requests.length === 0) return [];
    try {
      return await this.#store.appendMany(requests);
    } catch (cause) {
      // What was written is not known now: the states must be read again before the next attempt.
      for (const { stream } of requests) this.forget(stream);
      throw cause;
    }
  }

  /** Takes what was appended into the report; gives back what has to be decided again. */
  #settle(
    appending: readonly Decided[],
    results: readonly AppendResult[],
    report: { events: number; quarantined: number },
  ): Observation[] {
    const recorded: Recorded[] = [];
    const lost: Observation[] = [];
    for (const [nth, { observation, request, isQuarantined }] of appending.entries()) {
      const result = results[nth];
      if (request === undefined || result === undefined) continue;
      const { stream, events } = request;
      if (!result.ok) {
        this.forget(stream);
        this.forget(streamOf(observation));
        lost.push(observation);
        continue;
      }
      report.events += events.length;
      if (isQuarantined) report.quarantined++;
      const firstRevision = result.lastRevision - events.length + 1;
      recorded.push({ stream, firstRevision, events, position: result.position });
    }
    if (recorded.length > 0) this.#onRecorded(recorded);
    return lost;
  }

  /**
   * Decides from the front until an observation must be placed in a stream that has events waiting
   * in this batch: those are appended first, `rest` comes after.
   */
  #decideAll(observations: readonly Observation[]): {
    readonly decided: readonly Decided[];
    readonly rest: readonly Observation[];
  } {
    const decided: Decided[] = [];
    const waiting = new Set<string>();
    const placed = new Map<Observation, LateOutcome>();
    const add = (one: Decided) => {
      decided.push(one);
      if (one.request !== undefined) waiting.add(one.request.stream);
    };
    const until = (index: number) => {
      const rest = observations.slice(index);
      // The states of their streams have them already, and they are not recorded yet.
      for (const one of rest) if (placed.has(one)) this.forget(streamOf(one));
      return { decided, rest };
    };
    for (const [index, observation] of observations.entries()) {
      const stream = streamOf(observation);
      const outcome = placed.get(observation) ?? this.#decideNow(stream, observation);
      const writer = this.#writer(stream);
      // What is refused goes to another stream, whose append no lost race on this one would stop.
      if (outcome.kind === 'refused' && waiting.has(stream)) return until(index);
      if (outcome.kind !== 'late') {
        add(this.#settled(writer, observation, outcome));
        continue;
      }
      if (waiting.has(stream)) return until(index);
      // Once one is late, the rest of its stream's batch goes the same way: one pass for all.
      const late = observations.slice(index).filter((other) => streamOf(other) === stream);
      for (const [nth, result] of placeLate(this.#store, writer, late).entries()) {
        const other = late[nth];
        if (other !== undefined) placed.set(other, result);
      }
      const own = placed.get(observation);
      if (own !== undefined) add(this.#settled(writer, observation, own));
    }
    return { decided, rest: [] };
  }

  #decideNow(stream: string, observation: Observation): LateOutcome | { kind: 'late' } {
    const outcome = this.#decideOn(this.#writer(stream), observation);
    if (outcome.kind !== 'refused' || !this.#isBehind(stream)) return outcome;
    // Another process wrote to the stream: what contradicts an old state may fit the present one.
    this.forget(stream);
    return this.#decideOn(this.#writer(stream), observation);
  }

  #isBehind(stream: string): boolean {
    const { revision } = this.#writer(stream);
    return (this.#store.streamHead(stream)?.revision ?? NO_STREAM) > revision;
  }

  #decideOn(writer: StreamWriter, observation: Observation): LateOutcome | { kind: 'late' } {
    if (writer.isLate(observation)) return { kind: 'late' };
    const decision = writer.aggregate.decide(writer.state, observation);
    if (decision.kind === 'past') return { kind: 'late' };
    if (decision.kind === 'refused') return decision;
    writer.state = decision.state;
    return decision.events.length === 0
      ? { kind: 'known' }
      : { kind: 'recorded', drafts: decision.events };
  }

  #settled(writer: StreamWriter, observation: Observation, outcome: LateOutcome): Decided {
    switch (outcome.kind) {
      case 'known':
        return { observation, request: undefined, isQuarantined: false };
      case 'refused':
        return this.#quarantine(observation, outcome.violation);
      case 'recorded':
        return this.#request(writer, observation, outcome.drafts, false);
    }
  }

  #request(
    writer: StreamWriter,
    observation: Observation,
    drafts: readonly Draft[],
    isQuarantined: boolean,
  ): Decided {
    const expectedRevision = writer.revision;
    const events = writer.write(drafts, observation);
    return {
      observation,
      request: { stream: writer.stream, events, expectedRevision },
      isQuarantined,
    };
  }

  #quarantine(observation: Observation, violation: Violation): Decided {
    const draft = quarantined(this.#keyring, observation, violation);
    const { chain, nodeId, source } = observation;
    const writer = this.#writer(nodeStream(chain, nodeId, source));
    const onNode = onNodeStream(observation, draft);
    const decision = writer.aggregate.decide(writer.state, onNode);
    if (decision.kind !== 'events' || decision.events.length === 0) {
      return { observation, request: undefined, isQuarantined: true };
    }
    writer.state = decision.state;
    const { request } = this.#request(writer, onNode, decision.events, true);
    return { observation, request, isQuarantined: true };
  }

  #writer(stream: string): StreamWriter {
    const held = this.#writers.get(stream);
    if (held !== undefined) return held;
    const writer = new StreamWriter(stream, this.#keyring).load(this.#store);
    this.#writers.set(stream, writer);
    return writer;
  }
}
