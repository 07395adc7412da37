/**
 * Observations in, events out: each is decided on its stream's state, sealed, and appended with the
 * revision it was decided on. Who loses a race reads again and decides again.
 */
import { LRUCache } from 'lru-cache';
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import {
  type AppendResult,
  type LocalStore,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from '../store/event-store.ts';
import { type Decided, type DecidedBatch, misfit, type Outcome, type Unfit } from './decided.ts';
import { InFlight } from './in-flight.ts';
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

export class Recorder {
  readonly #store: LocalStore;
  readonly #keyring: Keyring;
  readonly #onRecorded: RecorderOptions['onRecorded'];
  readonly #inFlight = new InFlight();
  readonly #writers = new LRUCache<string, StreamWriter>({ max: HOT_STREAMS });

  constructor(options: RecorderOptions) {
    this.#store = options.store;
    this.#keyring = options.keyring;
    this.#onRecorded = options.onRecorded;
  }

  /** Records a batch: one append per observation, all of them in one commit where possible. */
  async record(observations: readonly Observation[]): Promise<RecordReport> {
    const linked = observations.map((observation) => withLinks(this.#keyring, observation));
    try {
      return await this.#record(linked);
    } catch (cause) {
      // Their states may hold what was decided and never written.
      for (const observation of linked) {
        this.forget(streamOf(observation));
        this.forget(nodeStreamOf(observation));
      }
      throw cause;
    }
  }

  async #record(observations: readonly Observation[]): Promise<RecordReport> {
    let todo = observations;
    const unfit: Unfit = new Map();
    const report = { observations: todo.length, events: 0, known: 0, quarantined: 0 };
    for (let attempt = 0; todo.length > 0; attempt++) {
      if (attempt === MAX_ATTEMPTS) {
        throw new StoreError(
          'another process keeps writing to the same streams: stop one of the two',
        );
      }
      const { decided, rest, until } = this.#decideAll(todo, unfit);
      const appending = decided.filter((d) => d.request !== undefined);
      const results = await this.#append(appending);
      const lost = this.#settle(appending, results, report);
      const lostStreams = new Set([...lost].map(streamOf));
      for (const { observation, request, isQuarantined, isStored } of decided) {
        if (request !== undefined) continue;
        const isLost = lostStreams.has(streamOf(observation)) || (await isStored) === false;
        if (isLost) lost.add(observation);
        else if (isQuarantined) report.quarantined++;
        else report.known++;
      }
      await until;
      const again = decided.flatMap((d) => (lost.has(d.observation) ? d.observation : []));
      todo = [...again, ...rest];
      if (lost.size === 0) attempt = -1;
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
    const done = this.#store.appendMany(requests);
    const streams = requests.map(({ stream }) => stream);
    // Where it fails, what was written is not known: the states must be read again.
    this.#inFlight.follow(streams, done, (stream) => this.forget(stream));
    return await done;
  }

  /** Takes what was appended into the report; gives back what has to be decided again. */
  #settle(
    appending: readonly Decided[],
    results: readonly AppendResult[],
    report: { events: number; quarantined: number },
  ): Set<Observation> {
    const recorded: Recorded[] = [];
    const lost = new Set<Observation>();
    for (const [nth, { observation, request, isQuarantined }] of appending.entries()) {
      const result = results[nth];
      if (request === undefined || result === undefined) continue;
      const { stream, events } = request;
      if (!result.ok) {
        this.forget(streamOf(observation));
        lost.add(observation);
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
   * in this batch or on their way in another: those are appended first, `rest` comes after.
   */
  #decideAll(observations: readonly Observation[], unfit: Unfit): DecidedBatch {
    const decided: Decided[] = [];
    const waiting = new Set<string>();
    const placed = new Map<Observation, LateOutcome>();
    for (const [index, observation] of observations.entries()) {
      const stream = streamOf(observation);
      const until = this.#inFlight.of(stream);
      const outcome = placed.get(observation) ?? this.#decideNow(stream, observation, unfit);
      const isBusy = waiting.has(stream) || until !== undefined;
      // What is refused goes to another stream, whose append no lost race on this one would stop.
      const isRefused = outcome.kind === 'refused' && !unfit.has(observation);
      if (isBusy && (outcome.kind === 'late' || isRefused)) {
        return this.#stop({ decided, rest: observations.slice(index), until }, placed);
      }
      if (outcome.kind === 'late') this.#placeAll(stream, observations.slice(index), placed, unfit);
      const one = this.#settled(stream, observation, placed.get(observation) ?? outcome, unfit);
      if (one === undefined)
        return this.#stop({ decided, rest: observations.slice(index) }, placed);
      decided.push(one);
      if (one.request !== undefined) waiting.add(one.request.stream);
    }
    return { decided, rest: [] };
  }

  /** The states of the rest hold what was placed of it already: it is all placed again. */
  #stop(batch: DecidedBatch, placed: ReadonlyMap<Observation, unknown>): DecidedBatch {
    for (const one of batch.rest) if (placed.has(one)) this.forget(streamOf(one));
    return batch;
  }

  /** Once one is late, the rest of its stream's batch goes the same way: one pass for all. */
  #placeAll(
    stream: string,
    rest: readonly Observation[],
    placed: Map<Observation, LateOutcome>,
    unfit: Unfit,
  ): void {
    const late = rest.filter((other) => streamOf(other) === stream && !unfit.has(other));
    const outcomes = placeLate(this.#store, this.#writer(stream), late);
    for (const [nth, other] of late.entries()) {
      const outcome = outcomes[nth];
      if (outcome !== undefined) placed.set(other, outcome);
    }
  }

  #decideNow(stream: string, observation: Observation, unfit: Unfit): Outcome {
    const violation = unfit.get(observation);
    if (violation !== undefined) return { kind: 'refused', violation };
    try {
      const outcome = this.#decideOn(this.#writer(stream), observation);
      if (outcome.kind !== 'refused' || !this.#isBehind(stream)) return outcome;
      // Another process wrote to the stream: what contradicts an old state may fit the present one.
      this.forget(stream);
      return this.#decideOn(this.#writer(stream), observation);
    } catch (cause) {
      return { kind: 'refused', violation: misfit(unfit, observation, cause) };
    }
  }

  #isBehind(stream: string): boolean {
    const { revision } = this.#writer(stream);
    return (this.#store.streamHead(stream)?.revision ?? NO_STREAM) > revision;
  }

  #decideOn(writer: StreamWriter, observation: Observation): Outcome {
    if (writer.isLate(observation)) return { kind: 'late' };
    const decision = writer.aggregate.decide(writer.state, observation);
    if (decision.kind === 'past') return { kind: 'late' };
    if (decision.kind === 'refused') return decision;
    const { events, state } = decision;
    return events.length === 0 ? { kind: 'known' } : { kind: 'next', drafts: events, state };
  }

  /** Undefined where it can neither be kept nor taken out of the state alone: see `unfit`. */
  #settled(
    stream: string,
    observation: Observation,
    outcome: Outcome,
    unfit: Unfit,
  ): Decided | undefined {
    if (outcome.kind === 'refused') return this.#quarantine(observation, outcome.violation);
    const isStored = this.#inFlight.of(stream);
    if (outcome.kind === 'known' || outcome.kind === 'late') {
      return { observation, request: undefined, isQuarantined: false, isStored };
    }
    const writer = this.#writer(stream);
    try {
      const made = this.#request(writer, observation, outcome.drafts, false);
      if (outcome.kind === 'next') writer.state = outcome.state;
      return made;
    } catch (cause) {
      const violation = misfit(unfit, observation, cause);
      return outcome.kind === 'next' ? this.#quarantine(observation, violation) : undefined;
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
    const stream = nodeStreamOf(observation);
    const writer = this.#writer(stream);
    const onNode = onNodeStream(observation, draft);
    const decision = writer.aggregate.decide(writer.state, onNode);
    if (decision.kind !== 'events' || decision.events.length === 0) {
      const isStored = this.#inFlight.of(stream);
      return { observation, request: undefined, isQuarantined: true, isStored };
    }
    const { request } = this.#request(writer, onNode, decision.events, true);
    writer.state = decision.state;
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

function nodeStreamOf({ chain, nodeId, source }: Observation): string {
  return nodeStream(chain, nodeId, source);
}
