/**
 * Decides a batch: each observation on its stream's state, as it will be once what was decided before
 * it is stored. What it comes to is appended in parts, each while the next is decided.
 */
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import type { AppendOptions, LocalStore } from '../store/event-store.ts';
import {
  type Appended,
  type Decided,
  isUnfit,
  type LateOutcome,
  misfit,
  type Outcome,
  type Part,
  type Unfit,
} from './decided.ts';
import { HeldStreams } from './held-streams.ts';
import type { InFlight } from './in-flight.ts';
import type { Keyring } from './keyring.ts';
import { placeLate } from './late.ts';
import { PART, partSize } from './part-size.ts';
import { onNodeStream, quarantined } from './quarantine.ts';
import type { StreamWriter } from './stream-writer.ts';
import { nodeStream, streamOf } from './streams.ts';
import { ToldBefore } from './told-before.ts';
import type { Turn } from './turns.ts';

/**
 * Begins to append what was decided; its streams are in flight when it returns. The turn hears where some
 * of it is not stored, at the moment when the states are forgotten.
 */
type BeginAppend = (
  decided: readonly Decided[],
  options: AppendOptions,
  turn: DecidingTurn,
) => Appended;

/** What deciding needs of its turn. */
export type DecidingTurn = Pick<Turn, 'batch' | 'begin' | 'end' | 'lose'>;

interface Batch {
  readonly observations: readonly Observation[];
  readonly unfit: Unfit;
  /** Places of each stream's observations, once they are asked for. */
  byStream: ReadonlyMap<string, readonly number[]> | undefined;
}

/** Late ones of a batch that its stream's state holds already, and that are not on their way yet. */
interface Placed {
  readonly batch: Batch;
  /** Whose state holds them. */
  readonly writer: StreamWriter;
  /** By place in the batch: one may stand there twice. */
  readonly outcomes: Map<number, LateOutcome>;
}

interface DecidedPart {
  readonly decided: readonly Decided[];
  /** The stream that has to be stored before the next one is decided. */
  readonly waitsFor?: string;
  /** The next one is in a state that it cannot be in: its stream is read again. */
  readonly isSpoilt?: boolean;
}

export class BatchDecider {
  readonly #keyring: Keyring;
  readonly #inFlight: InFlight;
  readonly #append: BeginAppend;
  readonly #held: HeldStreams;
  readonly #placed = new Map<string, Placed>();
  readonly #toldBefore: ToldBefore;

  constructor(options: {
    readonly store: LocalStore;
    readonly keyring: Keyring;
    readonly inFlight: InFlight;
    readonly append: BeginAppend;
  }) {
    this.#keyring = options.keyring;
    this.#inFlight = options.inFlight;
    this.#append = options.append;
    this.#held = new HeldStreams(options);
    this.#toldBefore = new ToldBefore(options.store);
  }

  /** Forgets what is held of a stream, so that it is read again. */
  forget(stream: string): void {
    this.#held.forget(stream);
    this.#placed.delete(stream);
  }

  /** A recording is over: what would have made its next attempt shorter is let go. */
  release(): void {
    this.#toldBefore.release();
  }

  /**
   * Decides from the front, and begins to append each part before it gives it out. Whatever one part
   * loses, the later ones lose on the same stream: they were decided on what it would have made. A part
   * ends where an observation must be placed in a stream that has events waiting in this batch or on their
   * way in another: the caller goes on once those are stored (`until`). Ends early where something could
   * not be written that its stream's state holds already: the rest is decided anew.
   */
  *decide(
    observations: readonly Observation[],
    unfit: Unfit,
    turn: DecidingTurn,
  ): Generator<Part, void, void> {
    const isAside = observations.length > PART;
    const batch: Batch = { observations, unfit, byStream: undefined };
    let end = 0;
    try {
      while (end < observations.length) {
        const size = isAside ? partSize(end, observations.length) : observations.length;
        const part = this.#decidePart(batch, end, size);
        end += part.decided.length;
        const options = { isAside, batch: turn.batch() };
        const appended = this.#append(part.decided, options, turn);
        const { waitsFor } = part;
        const until = waitsFor === undefined ? undefined : this.#inFlight.of(waitsFor);
        yield { ...appended, end, until };
        if (part.isSpoilt) return;
      }
    } finally {
      // The states hold what was placed of the rest already: it is all placed again.
      for (const [stream, placed] of this.#placed) if (placed.batch === batch) this.forget(stream);
    }
  }

  #decidePart(batch: Batch, from: number, size: number): DecidedPart {
    const { observations, unfit } = batch;
    const decided: Decided[] = [];
    const waiting = new Set<string>();
    for (let index = from; index < observations.length && decided.length < size; index++) {
      const observation = observations[index] as Observation;
      const stream = streamOf(observation);
      if (this.#held.isUnread(stream)) return { decided, waitsFor: stream };
      // Another batch's facts are in the state and may never be stored: that batch places its rest anew.
      const isAnothers = (this.#placed.get(stream)?.batch ?? batch) !== batch;
      if (isAnothers && this.#inFlight.of(stream) !== undefined) {
        return { decided, waitsFor: stream };
      }
      if (isAnothers) this.forget(stream);
      let outcome = this.#outcomeOf(stream, batch, index);
      // What is refused goes to another stream, whose append no lost race on this one would stop.
      const isRefused = outcome.kind === 'refused' && isElsewhere(stream, observation, unfit);
      if (outcome.kind === 'late' || isRefused) {
        const isBusy = waiting.has(stream) || this.#inFlight.of(stream) !== undefined;
        if (isBusy) return { decided, waitsFor: stream };
      }
      if (outcome.kind === 'refused' && this.#held.isUnread(nodeStreamOf(observation))) {
        return { decided, waitsFor: nodeStreamOf(observation) };
      }
      if (outcome.kind === 'late') {
        this.#placeAll(stream, batch, index);
        outcome = this.#outcomeOf(stream, batch, index);
      }
      const one = this.#settled(stream, observation, outcome, unfit);
      if (one === undefined) return { decided, isSpoilt: true };
      this.#tookPlaced(stream, index);
      decided.push(one);
      if (one.request !== undefined) waiting.add(one.request.stream);
    }
    return { decided };
  }

  /** Once one is late, the rest of its stream's batch goes the same way: one pass for all. */
  #placeAll(stream: string, batch: Batch, from: number): void {
    const { observations, unfit } = batch;
    batch.byStream ??= Map.groupBy(observations.keys(), (nth) =>
      streamOf(observations[nth] as Observation),
    );
    const late = (batch.byStream.get(stream) ?? []).filter((nth) => {
      return nth >= from && !isUnfit(unfit, observations[nth] as Observation);
    });
    const told = late.map((nth) => observations[nth] as Observation);
    const writer = this.#held.writer(stream);
    const placed = placeLate(this.#held.recorded(stream), writer, told);
    const outcomes = new Map(placed.map((outcome, place) => [late[place] as number, outcome]));
    this.#placed.set(stream, { batch, writer, outcomes });
  }

  #outcomeOf(stream: string, { observations, unfit }: Batch, nth: number): Outcome {
    const placed = this.#placed.get(stream);
    // Evicted meanwhile, or overtaken by another process: what it came to then may not hold now.
    const isStale =
      placed !== undefined &&
      (placed.writer !== this.#held.writer(stream) || this.#held.isBehind(stream));
    if (isStale) this.forget(stream);
    const outcome = isStale ? undefined : placed?.outcomes.get(nth);
    return outcome ?? this.#decideNow(stream, observations[nth] as Observation, unfit);
  }

  #tookPlaced(stream: string, nth: number): void {
    const outcomes = this.#placed.get(stream)?.outcomes;
    outcomes?.delete(nth);
    if (outcomes?.size === 0) this.#placed.delete(stream);
  }

  #decideNow(stream: string, observation: Observation, unfit: Unfit): Outcome {
    const violation = unfit.get(observation);
    if (violation !== undefined) return { kind: 'refused', violation };
    try {
      const outcome = this.#decideOn(this.#held.writer(stream), observation);
      const isAppended = outcome.kind === 'next' || outcome.kind === 'late';
      if (isAppended || !this.#held.isBehind(stream)) return outcome;
      // Another process wrote to the stream: what contradicts an old state, or is known in it, may be
      // new in the present one, and no append would tell.
      this.forget(stream);
      return this.#decideOn(this.#held.writer(stream), observation);
    } catch (cause) {
      return { kind: 'refused', violation: misfit(unfit, observation, cause) };
    }
  }

  #decideOn(writer: StreamWriter, observation: Observation): Outcome {
    if (writer.isLate(observation)) {
      return { kind: this.#toldBefore.has(writer, observation) ? 'known' : 'late' };
    }
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
    if (outcome.kind === 'known' || outcome.kind === 'late') {
      const isStored = this.#inFlight.of(stream);
      return { observation, request: undefined, isQuarantined: false, isStored };
    }
    const writer = this.#held.writer(stream);
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
    // Another process may have taken the same out of quarantine.
    if (this.#held.isBehind(stream)) this.forget(stream);
    const writer = this.#held.writer(stream);
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
}

/** Whether the quarantine of one that broke a rule goes to another stream than the one that refused it. */
function isElsewhere(stream: string, observation: Observation, unfit: Unfit): boolean {
  return !unfit.has(observation) && stream !== nodeStreamOf(observation);
}

/** Where what is wrong with an observation is recorded. */
export const nodeStreamOf = (one: Observation) => nodeStream(one.chain, one.nodeId, one.source);
