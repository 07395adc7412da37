import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { GossipDraft } from '../../src/gossip/events.ts';
import { type GossipState, gossipAggregate } from '../../src/gossip/gossip.ts';
import { NodeId, ShortChannelId } from '../../src/lightning/ids.ts';

const gossip = suite('gossip of a channel');
const shortChannelId = ShortChannelId('7x1x0');

function given(facts: readonly GossipDraft[]) {
  const state = facts.reduce<GossipState>((before, fact) => {
    const decision = gossipAggregate.decide(before, { fact });
    return decision.kind === 'events' ? decision.state : before;
  }, gossipAggregate.initial);
  return (fact: GossipDraft) => {
    const decision = gossipAggregate.decide(state, { fact });
    return decision.kind === 'events' ? decision.events : decision;
  };
}

const policy = (timestamp: number, feeBaseMsat = 1000n, direction = 0): GossipDraft => ({
  type: 'PublicFeePolicyChanged',
  data: {
    shortChannelId,
    direction,
    feeBaseMsat,
    feeProportionalMillionths: 1,
    cltvExpiryDeltaBlocks: 40,
    htlcMinimumMsat: 1n,
    isDisabled: false,
    timestamp,
    raw: '0102',
  },
});
const announced = (raw: string, lastDigit = 'a'): GossipDraft => ({
  type: 'PublicChannelAnnounced',
  data: {
    shortChannelId,
    nodeId1: NodeId(`02${'1'.repeat(63)}${lastDigit}`),
    nodeId2: NodeId(`03${'2'.repeat(64)}`),
    raw,
  },
});
const restated = (type: string) => ({
  kind: 'refused',
  violation: { rule: 'fact-restated', detail: `${type} was told before with other values` },
});

gossip('tells a policy that changed', () => {
  equal(given([policy(1)])(policy(2, 999n)), [policy(2, 999n)]);
});

gossip('tells no policy that is only repeated with a later timestamp', () => {
  equal(given([policy(1)])(policy(2)), []);
});

gossip('keeps the two directions apart', () => {
  equal(given([policy(5)])(policy(1, 1000n, 1)), [policy(1, 1000n, 1)]);
});

gossip('asks the whole stream about an older policy', () => {
  equal(given([policy(5)])(policy(4, 7n)), { kind: 'past' });
});

gossip('refuses two policies of one timestamp', () => {
  equal(given([policy(5)])(policy(5, 7n)), restated('PublicFeePolicyChanged'));
});

gossip('is announced once, whoever passes it on', () => {
  equal(given([announced('01')])(announced('02')), []);
  equal(given([announced('01')])(announced('02', 'b')), restated('PublicChannelAnnounced'));
});

gossip('sees a channel closed once', () => {
  const closed: GossipDraft = { type: 'PublicChannelClosed', data: { shortChannelId, height: 9 } };
  equal(given([closed])(closed), []);
});

gossip.run();
