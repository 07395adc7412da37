/**
 * Facts that belong before what a stream knows: told again by an import, or told late. Whether a fact
 * is known is asked of the whole stream, whether it fits of the state at its place, and what was
 * recorded before must still hold after it (DESIGN §4, logical order).
 */
import type { ChannelFact } from '../channel/observations.ts';
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import type { EventTable } from '../schema/event-definition.ts';
import { isSame } from '../schema/same.ts';
import { timeNsOf } from '../schema/time.ts';
import type { LocalStore } from '../store/event-store.ts';
import { eventId } from './envelope.ts';
import type { LedgerEvent } from './stored-event.ts';
import { isTimed, logicalOrder, type StreamWriter } from './stream-writer.ts';
import { eventTables } from './streams.ts';

/** What became of one late observation. */
export type LateOutcome =
  | { readonly kind: 'known' }
  | { readonly kind: 'recorded'; readonly drafts: readonly Draft[] }
  | { readonly kind: 'refused'; readonly violation: Violation };

interface Placed {
  readonly observation: Observation;
  readonly index: number;
  readonly atNs: bigint;
}

/**
 * Places the observations in the stream's logical order, all in one pass. The writer's state becomes
 * that of the whole stream with what was accepted. The outcomes are in the order of `observations`.
 */
export function placeLate(
  store: LocalStore,
  writer: StreamWriter,
  observations: readonly Observation[],
): readonly LateOutcome[] {
  return new LatePass(store, writer).run(observations);
}

class LatePass {
  readonly #writer: StreamWriter;
  readonly #recorded: readonly LedgerEvent[];
  readonly #byId: ReadonlyMap<string, LedgerEvent>;
  readonly #outcomes: LateOutcome[] = [];
  #state: unknown;
  /** The late facts since the last recorded one: they stand or fall together. */
  #pending: Placed[] = [];
  #stateBeforePending: unknown;

  constructor(store: LocalStore, writer: StreamWriter) {
    this.#writer = writer;
    this.#recorded = logicalOrder(store, writer.stream);
    this.#byId = new Map(this.#recorded.map((event) => [event.id, event]));
    this.#state = writer.aggregate.initial;
    this.#stateBeforePending = this.#state;
  }

  run(observations: readonly Observation[]): readonly LateOutcome[] {
    const placed = observations
      .map((observation, index) => ({
        observation,
        index,
        atNs: placeOf(observation, this.#writer),
      }))
      .sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : a.index - b.index));
    let next = 0;
    for (const event of this.#recorded) {
      const atNs = timeNsOf(event.metadata.happenedAt);
      for (; next < placed.length; next++) {
        const candidate = placed[next];
        if (candidate === undefined || candidate.atNs >= atNs) break;
        this.#place(candidate);
      }
      this.#replay(event);
    }
    for (const candidate of placed.slice(next)) this.#place(candidate);
    this.#writer.state = this.#state;
    return this.#outcomes;
  }

  #replay(event: LedgerEvent): void {
    const { aggregate } = this.#writer;
    if (event.fact === undefined) return;
    const broken = this.#pending.length > 0 ? aggregate.check(this.#state, event.fact) : undefined;
    if (broken !== undefined) {
      const detail = `${event.type} recorded for ${event.metadata.happenedAt} would no longer fit: ${broken.detail}`;
      const violation = { rule: broken.rule, detail };
      for (const { index } of this.#pending) this.#outcomes[index] = { kind: 'refused', violation };
      this.#state = this.#stateBeforePending;
    }
    this.#pending = [];
    this.#state = aggregate.evolve(this.#state, event.fact);
    this.#stateBeforePending = this.#state;
  }

  #place(placed: Placed): void {
    const { observation, index } = placed;
    const known = this.#knownAs(observation);
    if (known !== undefined) {
      this.#outcomes[index] = restates(observation, known)
        ? { kind: 'known' }
        : restated(`${known.type} was recorded before with other values`);
      return;
    }
    const decision = this.#writer.aggregate.decide(this.#state, observation);
    if (decision.kind === 'past') {
      // BOLT 7: a policy older than one that is known is to be ignored.
      this.#outcomes[index] = observation.fact.type.endsWith('FeePolicyChanged')
        ? { kind: 'known' }
        : restated('the state at its place has moved on from this fact');
    } else if (decision.kind === 'refused') {
      this.#outcomes[index] = decision;
    } else if (decision.events.length === 0) {
      this.#outcomes[index] = { kind: 'known' };
    } else {
      const drafts = this.#withoutRecorded(decision.events, observation.key);
      this.#outcomes[index] = { kind: 'recorded', drafts };
      const { evolve } = this.#writer.aggregate;
      this.#state = drafts.reduce((state, draft) => evolve(state, draft), this.#state);
      this.#pending.push(placed);
    }
  }

  /**
   * An HTLC's coming or going may stand in the stream already, recorded with the other side's
   * commitment. It is not said twice: a commitment that holds such an HTLC tells it in full.
   */
  #withoutRecorded(drafts: readonly Draft[], observationKey: string): readonly Draft[] {
    const isRecorded = ({ type, data }: Draft) =>
      this.#byId.has(this.#idOf(type, data, observationKey));
    const fresh = drafts.filter((draft) => !isRecorded(draft));
    if (fresh.length === drafts.length) return drafts;
    const told = drafts.filter((draft) => draft.type === 'HtlcAdded' && isRecorded(draft));
    return fresh.map((draft) => {
      if (draft.type !== 'CommitmentUpdated' || told.length === 0) return draft;
      return { ...draft, data: { ...draft.data, unknownHtlcs: told.map(({ data }) => data) } };
    });
  }

  #idOf(type: string, data: object, observationKey: string): string {
    const { stream, name } = this.#writer;
    const table: EventTable = eventTables[name.category];
    return eventId(stream, type, table[type]?.factKey(data, observationKey) ?? '');
  }

  /** The recorded event of the same name, if the stream has it anywhere. */
  #knownAs(observation: Observation): LedgerEvent | undefined {
    const type = eventTypeOf(observation.fact.type);
    return this.#byId.get(this.#idOf(type, observation.fact.data, observation.key));
  }
}

const restated = (detail: string): LateOutcome => {
  return { kind: 'refused', violation: { rule: 'fact-restated', detail } };
};

function placeOf(observation: Observation, writer: StreamWriter): bigint {
  return isTimed(observation) ? observation.happenedAtNs : writer.lastHappenedAtNs + 1n;
}

/** The event an observation mainly becomes. */
function eventTypeOf(type: Observation['fact']['type']): string {
  if (type === 'CommitmentSeen') return 'CommitmentUpdated';
  return type === 'BalanceSeen' ? 'BalanceObserved' : type;
}

/** What an observation says of itself, beside what `decide` works out. */
const workedOut = new Set(['htlcs', 'removed', 'signatures']);

/** True when everything the observation states is what the recorded event states. */
function restates({ fact }: Observation, event: LedgerEvent): boolean {
  if (event.fact === undefined) return false;
  const recorded = new Map<string, unknown>(Object.entries(event.fact.data));
  const isStated = Object.entries(fact.data).every(([field, value]) => {
    return workedOut.has(field) || value === undefined || isSame(value, recorded.get(field));
  });
  return isStated && holdsSameHtlcs(fact, recorded);
}

function holdsSameHtlcs(
  fact: Observation['fact'],
  recorded: ReadonlyMap<string, unknown>,
): boolean {
  if (fact.type !== 'CommitmentSeen') return true;
  const { htlcs } = (fact as Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>).data;
  return (['offered', 'received'] as const).every((direction) => {
    const ids = htlcs.filter((htlc) => htlc.direction === direction).map((htlc) => htlc.id);
    return isSame(
      ids.sort((a, b) => a - b),
      recorded.get(direction),
    );
  });
}
