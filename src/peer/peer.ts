/** One peer as one source tells it: what is known already, and what is worth an event. */
import type { Aggregate, Decision } from '../schema/aggregate.ts';
import type { PeerDraft, PeerEvent } from './events.ts';

export interface PeerState {
  readonly features?: string;
  readonly alias?: string;
}

export const peerAggregate: Aggregate<
  PeerState,
  PeerEvent,
  PeerDraft,
  { readonly fact: PeerDraft }
> = { initial: {}, evolve, check: () => undefined, decide };

function evolve(state: PeerState, event: PeerEvent): PeerState {
  switch (event.type) {
    case 'PeerConnected':
    case 'PeerFeaturesChanged': {
      const { features } = event.data;
      return features === undefined ? state : { ...state, features };
    }
    case 'PeerRenamed':
      return { ...state, alias: event.data.alias };
    case 'PeerDisconnected':
    case 'PeerMessage':
    case 'ChannelOpenRefused':
      return state;
  }
}

function decide(
  state: PeerState,
  { fact }: { readonly fact: PeerDraft },
): Decision<PeerState, PeerDraft> {
  const events = isKnown(state, fact) ? [] : withFeatures(state, fact);
  return { kind: 'events', events, state: events.reduce(evolve, state) };
}

function isKnown(state: PeerState, fact: PeerDraft): boolean {
  if (fact.type === 'PeerRenamed') return state.alias === fact.data.alias;
  if (fact.type === 'PeerFeaturesChanged') return state.features === fact.data.features;
  return false;
}

/** A reconnect with other features than the last time is a change of its own. */
function withFeatures(state: PeerState, fact: PeerDraft): readonly PeerDraft[] {
  const features = fact.type === 'PeerConnected' ? fact.data.features : undefined;
  const isChange =
    features !== undefined && state.features !== undefined && features !== state.features;
  return isChange ? [fact, { type: 'PeerFeaturesChanged', data: { features } }] : [fact];
}
