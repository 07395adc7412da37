import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { PeerDraft } from '../../src/peer/events.ts';
import { type PeerState, peerAggregate } from '../../src/peer/peer.ts';

const peer = suite('a peer');

function given(facts: readonly PeerDraft[]) {
  const state = facts.reduce<PeerState>((before, fact) => {
    const decision = peerAggregate.decide(before, { fact });
    return decision.kind === 'events' ? decision.state : before;
  }, peerAggregate.initial);
  return (fact: PeerDraft) => {
    const decision = peerAggregate.decide(state, { fact });
    return decision.kind === 'events' ? decision.events : decision;
  };
}

const connected = (features: string): PeerDraft => {
  return { type: 'PeerConnected', data: { isInbound: false, features } };
};
const renamed = (alias: string): PeerDraft => ({ type: 'PeerRenamed', data: { alias } });

peer('connects as often as it does', () => {
  equal(given([connected('08')])(connected('08')), [connected('08')]);
});

peer('that comes back with other features changed them', () => {
  equal(given([connected('08')])(connected('0800')), [
    connected('0800'),
    { type: 'PeerFeaturesChanged', data: { features: '0800' } },
  ]);
});

peer('seen for the first time changed nothing', () => {
  equal(given([])(connected('08')), [connected('08')]);
});

peer('that says its name again is not renamed', () => {
  equal(given([renamed('alice')])(renamed('alice')), []);
  equal(given([renamed('alice')])(renamed('mallory')), [renamed('mallory')]);
});

peer('that says the same features again changed nothing', () => {
  const features: PeerDraft = { type: 'PeerFeaturesChanged', data: { features: '08' } };
  equal(given([connected('08')])(features), []);
});

peer.run();
