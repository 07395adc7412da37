/**
 * Facts that belong before what a stream knows: told again by an import, or told late. Whether a fact
 * is known is asked of the whole stream, whether it fits of the state at its place, and what was
 * recorded before must still hold after it (DESIGN §4, logical order).
 */
import type { Observation } from '../observation/observation.ts';
import type { Draft, Fact, Violation } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import { timeNsOf } from '../schema/time.ts';
import { misfitOf } from './decided.ts';
import { mayRepeat } from './repeatable.ts';
import { eventTypeOf, restates } from './same-fact.ts';
import type { LedgerEvent } from './stored-event.ts';
import { isPlaced, isTimed, type StreamWriter } from './stream-writer.ts';
import { eventTables } from './streams.ts';

/** What became of one late observation. */
export type LateOutcome =
  | { readonly kind: 'known' }
  | { readonly kind: 'recorded'; readonly drafts: readonly Draft[] }
  | { readonly kind: 'refused'; readonly violation: Violation };

interface Late {
  readonly observation: Observation;
  readonly index: number;
  readonly atNs: bigint;
}

/** The late facts before one recorded event, by that event's index: they stand or fall together. */
type Slots = ReadonlyMap<number, readonly Late[]>;

/**
 * Places the observations among what is recorded of the stream, all of it in logical order. The writer's state
 * becomes that of the whole stream with what was accepted. The outcomes are in the observations' order.
 */
export function placeLate(
  recorded: readonly LedgerEvent[],
  writer: StreamWriter,
  observations: readonly Observation[],
): readonly LateOutcome[] {
  const slots = slotsOf(recorded, observations);
  const refused = new Map<number, Violation>();
  /** Recorded events that break a rule without any late fact. */
  const excused = new Set<number>();
  for (;;) {
    const pass = new LatePass(writer, recorded, { slots, refused, excused });
    const broken = pass.run();
    if (broken === undefined) {
      writer.state = pass.state;
      return pass.outcomes;
    }
    if (isBrokenAlone(writer, recorded, broken.index)) {
      excused.add(broken.index);
      continue;
    }
    const breaks = (count: number) => {
      const others = new Map(refused);
      for (const slot of pass.accepted.slice(count)) others.set(slot, broken.violation);
      const until = { slots, refused: others, excused, end: broken.index + 1 };
      return new LatePass(writer, recorded, until).run() !== undefined;
    };
    const culprit = pass.accepted[fewestThatBreak(pass.accepted.length, breaks) - 1];
    if (culprit === undefined) excused.add(broken.index);
    else refused.set(culprit, broken.violation);
  }
}

/** How many of the first slots it takes to break what follows, where all together do; by halving. */
function fewestThatBreak(count: number, breaks: (count: number) => boolean): number {
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (breaks(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** True when the recorded event breaks a rule without any fact told late. */
function isBrokenAlone(
  { aggregate }: StreamWriter,
  recorded: readonly LedgerEvent[],
  index: number,
): boolean {
  const facts = recorded.slice(0, index + 1).flatMap(({ fact }) => fact ?? []);
  const last = facts.pop();
  const state = facts.reduce<unknown>(aggregate.evolve, aggregate.initial);
  return last !== undefined && aggregate.check(state, last) !== undefined;
}

function slotsOf(recorded: readonly LedgerEvent[], observations: readonly Observation[]): Slots {
  const newest = recorded.at(-1);
  const late = observations
    .map((observation, index) => ({ observation, index, atNs: placeOf(observation, newest) }))
    .sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : a.index - b.index));
  const slots = new Map<number, Late[]>();
  let slot = 0;
  for (const one of late) {
    while (slot < recorded.length && one.atNs >= happenedAtNs(recorded[slot])) slot++;
    const beside = slots.get(slot);
    if (beside === undefined) slots.set(slot, [one]);
    else beside.push(one);
  }
  return slots;
}

function happenedAtNs(event: LedgerEvent | undefined): bigint {
  return event === undefined ? 0n : timeNsOf(event.metadata.happenedAt);
}

/**
 * A live recorder has no better time than its clock: such a fact comes after everything known, what
 * another process wrote meanwhile included.
 */
function placeOf(observation: Observation, newest: LedgerEvent | undefined): bigint {
  if (isTimed(observation)) return observation.happenedAtNs;
  return newest === undefined ? 0n : happenedAtNs(newest) + 1n;
}

interface PassOptions {
  readonly slots: Slots;
  readonly refused: ReadonlyMap<number, Violation>;
  readonly excused: ReadonlySet<number>;
  /** Stops before this recorded event. */
  readonly end?: number;
}

/** One replay of the stream with the late facts in their places. */
class LatePass {
  readonly outcomes: LateOutcome[] = [];
  /** Slots some fact of which is in the state, first to last. */
  readonly accepted: number[] = [];
  state: unknown;
  readonly #writer: StreamWriter;
  readonly #recorded: readonly LedgerEvent[];
  readonly #options: PassOptions;
  readonly #known = new Map<string, Fact>();
  #pending: { readonly late: Late; readonly ids: readonly string[] }[] = [];

  constructor(writer: StreamWriter, recorded: readonly LedgerEvent[], options: PassOptions) {
    this.#writer = writer;
    this.#recorded = recorded;
    this.#options = options;
    this.state = writer.aggregate.initial;
    for (const { id, fact } of recorded) if (fact !== undefined) this.#known.set(id, fact);
  }

  /** The first recorded event that breaks a rule after facts told late for a while before it. */
  run(): { readonly index: number; readonly violation: Violation } | undefined {
    const { slots, end = this.#recorded.length + 1 } = this.#options;
    for (let index = 0; index < end; index++) {
      const before = this.state;
      for (const late of slots.get(index) ?? []) this.#placeIfFit(late, index);
      const violation = this.#replay(index, before);
      if (violation !== undefined) return { index, violation };
    }
    return undefined;
  }

  #replay(index: number, before: unknown): Violation | undefined {
    const fact = this.#recorded[index]?.fact;
    if (fact !== undefined && !this.#options.excused.has(index)) {
      const broken = this.#pending.length > 0 ? this.#violation(index) : undefined;
      if (broken !== undefined) this.#refusePending(broken, before);
      if (this.accepted.length > 0) {
        const violation = this.#violation(index);
        if (violation !== undefined) return violation;
      }
    }
    if (this.#pending.length > 0) this.accepted.push(index);
    this.#pending = [];
    if (fact !== undefined) this.state = this.#writer.aggregate.evolve(this.state, fact);
    return undefined;
  }

  #violation(index: number): Violation | undefined {
    const event = this.#recorded[index];
    const broken = event?.fact && this.#writer.aggregate.check(this.state, event.fact);
    if (event === undefined || broken === undefined) return undefined;
    const { type, metadata } = event;
    const detail = `${type} recorded for ${metadata.happenedAt} would no longer fit: ${broken.detail}`;
    return { rule: broken.rule, detail };
  }

  #refusePending(violation: Violation, before: unknown): void {
    for (const { late, ids } of this.#pending) {
      this.outcomes[late.index] = { kind: 'refused', violation };
      for (const id of ids) this.#known.delete(id);
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
      const addedAs = (htlc: object) => this.#known.get(this.#writer.idOf('HtlcAdded', htlc, ''));
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
    const isThere = (event: LedgerEvent) =>
      event.id === id && (happenedAtNs(event) === atNs || isPlaced(event.metadata));
    if (this.#recorded.some(isThere)) return undefined;
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
    for (const [nth, id] of ids.entries()) this.#known.set(id, drafts[nth] as Draft);
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
      type !== 'ChannelAdopted' && this.#known.has(this.#writer.idOf(type, data, observationKey));
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
    return this.#known.get(this.#writer.idOf(type, observation.fact.data, observation.key));
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
