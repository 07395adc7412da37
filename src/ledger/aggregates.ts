/** The aggregate behind each stream category, behind one interface. */

import { decide } from '../channel/decide.ts';
import { evolve } from '../channel/evolve.ts';
import { check } from '../channel/invariants.ts';
import { newChannel } from '../channel/state.ts';
import { gossipAggregate } from '../gossip/gossip.ts';
import { nodeAggregate } from '../node/node.ts';
import type { Observation } from '../observation/observation.ts';
import { peerAggregate } from '../peer/peer.ts';
import type { Aggregate, Decision, Draft, Fact, Violation } from '../schema/aggregate.ts';
import type { Category } from './streams.ts';

/** An aggregate whose state and facts only itself understands; the ledger just carries them. */
export interface AnyAggregate {
  readonly initial: unknown;
  evolve(state: unknown, event: Fact): unknown;
  check(state: unknown, event: Fact): Violation | undefined;
  decide(state: unknown, observation: Observation): Decision<unknown, Draft>;
}

/**
 * The one place where types are given up: a stream's name says which aggregate its events belong to,
 * and the compiler cannot know that a state goes back to the aggregate it came from.
 */
function erased<S, E extends Fact, D extends Draft, O>(
  aggregate: Aggregate<S, E, D, O>,
): AnyAggregate {
  return {
    initial: aggregate.initial,
    evolve: (state, event) => aggregate.evolve(state as S, event as E),
    check: (state, event) => aggregate.check(state as S, event as E),
    decide: (state, observation) => aggregate.decide(state as S, observation as O),
  };
}

export const aggregates: Readonly<Record<Category, AnyAggregate>> = {
  channel: erased({ initial: newChannel, evolve, check, decide }),
  peer: erased(peerAggregate),
  node: erased(nodeAggregate),
  gossip: erased(gossipAggregate),
};
