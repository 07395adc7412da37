/** One replay of what is recorded of a stream, with facts that are told late in their places. */
import type { Observation } from '../observation/observation.ts';
import type { Draft, Fact, Violation } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import { timeNsOf } from '../schema/time.ts';
import { type LateOutcome, misfitOf } from './decided.ts';
import type { RecordedStream } from './recorded-stream.ts';
import { mayRepeat } from './repeatable.ts';
import { eventTypeOf, restates } from './same-fact.ts';
import type { LedgerEvent } from './stored-event.ts';
import { isPlaced, type StreamWriter } from './stream-writer.ts';
import { eventTables } from './streams.ts';

export interface Late {
  readonly observation: Observation;
  readonly index: number;
  readonly atNs: bigint;
}

/** The late facts before one recorded event, by that event's index: they stand or fall together. */
export type Slots = ReadonlyMap<number, readonly Late[]>;

interface PassOptions {
  readonly slots: Slots;
  readonly refused: ReadonlyMap<number, Violation>;
  readonly excused: ReadonlySet<number>;
  /** Stops before this recorded event. */
  readonly end?: number;
}

/**
 * A replay of the stream with the late facts in their places: from the first of them to where the state is
 * what it was without them, since from there on everything is as it was.
 */
export class LatePass {
  readonly outcomes: LateOutcome[] = [];
  /** Slots some fact of which is in the state, first to last. */
  readonly accepted: number[] = [];
  state: unknown;
  readonly #writer: StreamWriter;
  readonly #recorded: RecordedStream;
  readonly #options: PassOptions;
  /** Facts that are placed, by the ids of their events. */
  readonly #placed = new Map<string, Fact>();
  #pending: { readonly late: Late; readonly ids: readonly string[] }[] = [];

  constructor(writer: StreamWriter, recorded: RecordedStream, options: PassOptions) {
    this.#writer = writer;
    this.#recorded = recorded;
    this.#options = options;
    this.state = recorded.endState;
  }

  /** The first recorded event that breaks a rule after facts told late for a while before it. */
  run(): { readonly index: number; readonly violation: Violation } | undefined {
    const { slots, end = this.#recorded.length + 1 } = this.#options;
    const places = [...slots.keys()];
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    this.state = this.#recorded.stateBefore(first);
    const events = this.#recorded.from(first);
    for (let index = first; index < end; index++) {
      if (index > last && this.#isAsRecorded(index)) {
        events.return(undefined);
        this.state = this.#recorded.endState;
        return undefined;
      }
      const before = this.state;
      for (const late of slots.get(index) ?? []) this.#placeIfFit(late, index);
      const violation = this.#replay(index, events.next().value, before);
      if (violation !== undefined) return { index, violation };
    }
    return undefined;
  }

  #isAsRecorded(index: number): boolean {
    return this.accepted.length === 0 || this.#recorded.isMarkedAs(index, this.state);
  }

  #replay(index: number, event: LedgerEvent | undefined, before: unknown): Violation | undefined {
    const fact = event?.fact;
    if (fact !== undefined && !this.#options.excused.has(index)) {
      const broken = this.#pending.length > 0 ? this.#violation(event) : undefined;
      if (broken !== undefined) this.#refusePending(broken, before);
      if (this.accepted.length > 0) {
        const violation = this.#violation(event);
        if (violation !== undefined) return violation;
      }
    }
    if (this.#pending.length > 0) this.accepted.push(index);
    this.#pending = [];
    if (fact !== undefined) this.state = this.#writer.aggregate.evolve(this.state, fact);
    return undefined;
  }

  #violation(event: LedgerEvent | undefined): Violation | undefined {
    const broken = event?.fact && this.#writer.aggregate.check(this.state, event.fact);
    if (event === undefined || broken === undefined) return undefined;
    const { type, metadata } = event;
    const detail = `${type} recorded for ${metadata.happenedAt} would no longer fit: ${broken.detail}`;
    return { rule: broken.rule, detail };
  }

  #refusePending(violation: Violation, before: unknown): void {
    for (const { late, ids } of this.#pending) {
      this.outcomes[late.index] = { kind: 'refused', violation };
      for (const id of ids) this.#placed.delete(id);
    }
    this.#pending = [];
    this.state = before;
  }

  #placeIfFit(late: Late, slot: number): void {
    const before = this.state;
    try {
      assertKnownType(this.#writer, late.observation);
      this.#place(late, slot);
    } catch (cause) {
      this.state = before;
      const violation = misfitOf(late.observation, cause);
      this.outcomes[late.index] = { kind: 'refused', violation };
    }
  }

  #place(late: Late, slot: number): void {
    const { observation, index } = late;
    const known = this.#knownAs(observation);
    const refusal = this.#options.refused.get(slot);
    const again =
      known !== undefined && refusal === undefined ? this.#decideAgain(late) : undefined;
    if (again !== undefined) {
      this.outcomes[index] = again;
    } else if (known !== undefined) {
      const addedAs = (htlc: object) => this.#factOf(this.#writer.idOf('HtlcAdded', htlc, ''));
      this.outcomes[index] = restates(observation, known, addedAs)
        ? { kind: 'known' }
        : restated(`${known.type} was recorded before with other values`);
    } else if (refusal !== undefined) {
      this.outcomes[index] = { kind: 'refused', violation: refusal };
    } else {
      this.outcomes[index] = this.#decide(late);
    }
  }

  /** What a block that comes back confirms again, if the stream lacks it at its time and place. */
  #decideAgain(late: Late): LateOutcome | undefined {
    const { observation, atNs } = late;
    const type = eventTypeOf(observation.fact.type);
    if (!mayRepeat.has(type) || isPlaced(observation)) return undefined;
    const id = this.#writer.idOf(type, observation.fact.data, observation.key);
    const isThere = ({ metadata }: LedgerEvent) =>
      timeNsOf(metadata.happenedAt) === atNs || isPlaced(metadata);
    if (this.#recorded.withId(id).some(isThere)) return undefined;
    const before = this.state;
    const outcome = this.#decide(late, { isAgain: true });
    if (outcome.kind === 'recorded') return outcome;
    this.state = before;
    return undefined;
  }

  #decide(late: Late, { isAgain = false } = {}): LateOutcome {
    const { observation } = late;
    const decision = this.#writer.aggregate.decide(this.state, observation);
    if (decision.kind === 'refused') return decision;
    if (decision.kind === 'past') {
      // BOLT 7: a policy older than one that is known is to be ignored.
      return observation.fact.type.endsWith('FeePolicyChanged')
        ? { kind: 'known' }
        : restated('the state at its place has moved on from this fact');
    }
    const drafts = isAgain
      ? decision.events
      : this.#withoutRecorded(decision.events, observation.key);
    if (drafts.length === 0) return { kind: 'known' };
    const { evolve } = this.#writer.aggregate;
    this.state = drafts.reduce((state, draft) => evolve(state, draft), this.state);
    const ids = drafts.map((draft) => this.#writer.idOf(draft.type, draft.data, observation.key));
    for (const [nth, id] of ids.entries()) this.#placed.set(id, drafts[nth] as Draft);
    this.#pending.push({ late, ids });
    return { kind: 'recorded', drafts };
  }

  /**
   * An HTLC's coming or going may stand in the stream already, recorded with the other side's
   * commitment. It is not said twice: a commitment that holds such an HTLC tells it in full.
   */
  #withoutRecorded(drafts: readonly Draft[], observationKey: string): readonly Draft[] {
    // An adoption is decided on only where what is told needs one before itself.
    const isRecorded = ({ type, data }: Draft) =>
      type !== 'ChannelAdopted' &&
      this.#factOf(this.#writer.idOf(type, data, observationKey)) !== undefined;
    const fresh = drafts.filter((draft) => !isRecorded(draft));
    if (fresh.length === drafts.length) return drafts;
    const told = drafts.filter((draft) => draft.type === 'HtlcAdded' && isRecorded(draft));
    return fresh.map((draft) => {
      if (draft.type !== 'CommitmentUpdated' || told.length === 0) return draft;
      return { ...draft, data: { ...draft.data, unknownHtlcs: told.map(({ data }) => data) } };
    });
  }

  /** The fact of the same name, if the stream has it anywhere or was just told it. */
  #knownAs(observation: Observation): Fact | undefined {
    const type = eventTypeOf(observation.fact.type);
    return this.#factOf(this.#writer.idOf(type, observation.fact.data, observation.key));
  }

  #factOf(id: string): Fact | undefined {
    const recorded = () => this.#recorded.withId(id).findLast(({ fact }) => fact !== undefined);
    return this.#placed.get(id) ?? recorded()?.fact;
  }
}

/** Nothing evolves by a type that is not ours, so it must not get as far as the state. */
function assertKnownType({ name }: StreamWriter, { fact }: Observation): void {
  const type = eventTypeOf(fact.type);
  if (Object.hasOwn(eventTables[name.category], type)) return;
  throw new SchemaError(`type: "${fact.type}" is no observation about a ${name.category}`);
}

const restated = (detail: string): LateOutcome => {
  return { kind: 'refused', violation: { rule: 'fact-restated', detail } };
};
