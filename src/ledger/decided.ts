/** What deciding a batch of observations comes to, before anything of it is stored. */
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import type { AppendRequest } from '../store/event-store.ts';
import type { LateOutcome } from './late.ts';

export interface Decided {
  readonly observation: Observation;
  readonly request: AppendRequest | undefined;
  readonly isQuarantined: boolean;
  /** Without a request: whether what it was found known by gets stored; undefined where it is. */
  readonly isStored?: Promise<boolean> | undefined;
}

export interface DecidedBatch {
  readonly decided: readonly Decided[];
  readonly rest: readonly Observation[];
  /** What `rest` has to wait for, beside the appends of `decided`. */
  readonly until?: Promise<unknown> | undefined;
}

export type Outcome =
  | LateOutcome
  | { readonly kind: 'late' }
  /** Comes after all that is recorded; `state` is the stream's once it is written. */
  | { readonly kind: 'next'; readonly drafts: readonly Draft[]; readonly state: unknown };

/** Observations of a batch that no store could keep, found when they were to be written. */
export type Unfit = Map<Observation, Violation>;

/** The rule an observation breaks that cannot be written as an event, noted for its batch. */
export function misfit(unfit: Unfit, observation: Observation, cause: unknown): Violation {
  if (!(cause instanceof SchemaError)) throw cause;
  const violation = { rule: 'fits-schema', detail: cause.message };
  unfit.set(observation, violation);
  return violation;
}
