/** What deciding a batch of observations comes to, before anything of it is stored. */
import type { Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import type { AppendRequest, AppendResult } from '../store/event-store.ts';
import { observationText } from './observation-json.ts';

/** What became of one late observation. */
export type LateOutcome =
  | { readonly kind: 'known' }
  | { readonly kind: 'recorded'; readonly drafts: readonly Draft[] }
  | { readonly kind: 'refused'; readonly violation: Violation };

export interface Decided {
  readonly observation: Observation;
  readonly request: AppendRequest | undefined;
  readonly isQuarantined: boolean;
  /** Without a request: whether what it was found known by gets stored; undefined where it is. */
  readonly isStored?: Promise<boolean> | undefined;
}

/** Observations of a batch on their way into the store. */
export interface Appended {
  readonly decided: readonly Decided[];
  /** Those that became events. */
  readonly appending: readonly Decided[];
  readonly stored: Promise<readonly AppendResult[]>;
}

/** So many of a batch from its beginning: the part ends before `end`. */
export interface Part extends Appended {
  readonly end: number;
  /** What has to be stored before the next part is decided: false where it was lost. */
  readonly until: Promise<boolean> | undefined;
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
  const violation = misfitOf(observation, cause);
  unfit.set(observation, violation);
  return violation;
}

/** Whether no store could keep it, asked before it is decided together with others; noted like a misfit. */
export function isUnfit(unfit: Unfit, observation: Observation): boolean {
  if (unfit.has(observation)) return true;
  const problem = schemaProblem(observation);
  if (problem !== undefined) misfit(unfit, observation, problem);
  return problem !== undefined;
}

/**
 * The same for one that is not written to where it was decided. What fits its schema and fails all the
 * same fails for a mistake of ours, which is thrown on.
 */
export function misfitOf(observation: Observation, cause: unknown): Violation {
  const problem = cause instanceof SchemaError ? cause : schemaProblem(observation);
  if (problem === undefined) throw cause;
  return { rule: 'fits-schema', detail: problem.message };
}

/** Looked for only once deciding failed: a check before it would cost each observation its time. */
function schemaProblem(observation: Observation): SchemaError | undefined {
  try {
    observationText(observation);
    return undefined;
  } catch (cause) {
    return cause instanceof SchemaError ? cause : undefined;
  }
}
