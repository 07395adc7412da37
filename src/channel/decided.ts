/** What deciding gives: events that were checked one by one, or the rule one of them breaks. */
import type { Decision, Violation } from '../schema/aggregate.ts';
import type { ChannelDraft } from './events.ts';
import { evolve } from './evolve.ts';
import { check } from './invariants.ts';
import type { ChannelState } from './state.ts';

export type ChannelDecision = Decision<ChannelState, ChannelDraft>;

/** Collects events, each checked against the state the ones before it made. */
export class Decided {
  readonly events: ChannelDraft[] = [];
  state: ChannelState;

  constructor(state: ChannelState) {
    this.state = state;
  }

  /** Adds one event, or says which rule it breaks. */
  add(event: ChannelDraft): Violation | undefined {
    const violation = check(this.state, event);
    if (violation !== undefined) return violation;
    this.state = evolve(this.state, event);
    this.events.push(event);
    return undefined;
  }

  result(violation: Violation | undefined): ChannelDecision {
    return violation === undefined
      ? { kind: 'events', events: this.events, state: this.state }
      : { kind: 'refused', violation };
  }
}
