/** What every aggregate offers the ledger: a pure fold, pure decisions, and rules with names. */

export interface Violation {
  /** The broken rule's name, as `problems` and `verify` print it. */
  readonly rule: string;
  /** What was expected and what was found; numbers and public ids only, no secret. */
  readonly detail: string;
}

export interface Fact {
  readonly type: string;
  readonly data: object;
}

/** A fact about to be written; its secrets travel beside it. */
export interface Draft extends Fact {
  readonly secret?: object;
}

export type Decision<State, D extends Draft> =
  | { readonly kind: 'events'; readonly events: readonly D[]; readonly state: State }
  /** The fact belongs before what the state knows: the whole stream must be asked. */
  | { readonly kind: 'past' }
  | { readonly kind: 'refused'; readonly violation: Violation };

export interface Aggregate<State, E extends Fact, D extends Draft, Observed> {
  readonly initial: State;
  readonly evolve: (state: State, event: E) => State;
  readonly check: (state: State, event: E) => Violation | undefined;
  readonly decide: (state: State, observed: Observed) => Decision<State, D>;
}
