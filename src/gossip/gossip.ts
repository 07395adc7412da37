/** One public channel as the network was told of it. The teller is the signer. */
import type { Aggregate, Decision, Violation } from '../schema/aggregate.ts';
import { isSame } from '../schema/same.ts';
import type { GossipDraft, GossipEvent } from './events.ts';

type Announcement = Extract<GossipEvent, { readonly type: 'PublicChannelAnnounced' }>['data'];
type Policy = Extract<GossipEvent, { readonly type: 'PublicFeePolicyChanged' }>['data'];

export interface GossipState {
  readonly announcement?: Announcement;
  /** By direction: 0 is signed by node 1. */
  readonly policies: Readonly<Record<number, Policy>>;
  readonly closedHeight?: number;
}

export interface GossipCommand {
  readonly fact: GossipDraft;
  /** Names the signature that its source found not to be its key's. */
  readonly badSignature?: string;
}

export const gossipAggregate: Aggregate<GossipState, GossipEvent, GossipDraft, GossipCommand> = {
  initial: { policies: {} },
  evolve,
  check,
  decide,
};

function evolve(state: GossipState, event: GossipEvent): GossipState {
  switch (event.type) {
    case 'PublicChannelAnnounced':
      return { ...state, announcement: event.data };
    case 'PublicFeePolicyChanged':
      return { ...state, policies: { ...state.policies, [event.data.direction]: event.data } };
    case 'PublicChannelClosed':
      return { ...state, closedHeight: event.data.height };
  }
}

function check(state: GossipState, event: GossipEvent): Violation | undefined {
  if (event.type !== 'PublicFeePolicyChanged') return undefined;
  const { direction, timestamp } = event.data;
  const last = state.policies[direction]?.timestamp;
  if (last === undefined || timestamp > last) return undefined;
  return { rule: 'policy-is-newer', detail: `timestamp ${timestamp} after ${last}` };
}

function decide(
  state: GossipState,
  { fact, badSignature }: GossipCommand,
): Decision<GossipState, GossipDraft> {
  // Checked where it was read: too slow for a decision, which is made while others wait.
  if (badSignature !== undefined) {
    const violation = { rule: 'signature-valid', detail: `${fact.type}: ${badSignature}` };
    return { kind: 'refused', violation };
  }
  const none: Decision<GossipState, GossipDraft> = { kind: 'events', events: [], state };
  const restated: Decision<GossipState, GossipDraft> = {
    kind: 'refused',
    violation: { rule: 'fact-restated', detail: `${fact.type} was told before with other values` },
  };
  switch (fact.type) {
    case 'PublicChannelAnnounced':
      if (state.announcement === undefined) break;
      return isSame(withoutRaw(state.announcement), withoutRaw(fact.data)) ? none : restated;
    case 'PublicFeePolicyChanged': {
      const last = state.policies[fact.data.direction];
      if (last === undefined) break;
      const { timestamp } = last;
      if (fact.data.timestamp < timestamp) return { kind: 'past' };
      // BOLT 7 lets a policy be repeated with a later timestamp: that is no change.
      if (isSame(withoutRaw({ ...fact.data, timestamp }), withoutRaw(last))) return none;
      if (fact.data.timestamp === timestamp) return restated;
      break;
    }
    case 'PublicChannelClosed':
      if (state.closedHeight !== undefined) return none;
  }
  return { kind: 'events', events: [fact], state: evolve(state, fact) };
}

/** Two copies of one statement may carry different signatures and capacities looked up elsewhere. */
function withoutRaw({ raw: _, ...stated }: Announcement | Policy): object {
  return { ...stated, capacitySat: undefined };
}
