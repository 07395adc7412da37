import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ChannelId } from '../../src/lightning/ids.ts';
import type { NodeDraft } from '../../src/node/events.ts';
import { type NodeState, nodeAggregate } from '../../src/node/node.ts';

const node = suite('a node');

function given(facts: readonly NodeDraft[]) {
  const state = facts.reduce<NodeState>((before, fact) => {
    const decision = nodeAggregate.decide(before, { fact });
    return decision.kind === 'events' ? decision.state : before;
  }, nodeAggregate.initial);
  return (fact: NodeDraft) => {
    const decision = nodeAggregate.decide(state, { fact });
    return decision.kind === 'events' ? decision.events : decision;
  };
}

const block = (height: number, byte: string): NodeDraft => {
  return { type: 'BestBlockChanged', data: { height, blockHash: byte.repeat(32) } };
};
const forward = (incomingHtlcId?: number): NodeDraft => ({
  type: 'PaymentForwarded',
  data: {
    incomingChannelId: ChannelId('11'.repeat(32)),
    ...(incomingHtlcId !== undefined && { incomingHtlcId }),
    amountOutMsat: 1000n,
    feeMsat: 1n,
    isClaimedOnChain: false,
  },
});
const feerate = (feeratePerKw: number): NodeDraft => {
  return { type: 'FeerateEstimated', data: { target: 'sweep', feeratePerKw } };
};

node('is handed a block once, however many listeners it has', () => {
  equal(given([block(1, 'aa')])(block(1, 'aa')), []);
  equal(given([block(1, 'aa')])(block(2, 'bb')), [block(2, 'bb')]);
});

node('that goes back to an earlier block after a reorganisation says so', () => {
  equal(given([block(1, 'aa'), block(2, 'bb')])(block(1, 'aa')), [block(1, 'aa')]);
});

node('tells a feerate when it changes', () => {
  equal(given([feerate(253)])(feerate(253)), []);
  equal(given([feerate(253)])(feerate(254)), [feerate(254)]);
});

node('knows a forward told again by its incoming HTLC', () => {
  equal(given([forward(7)])(forward(7)), []);
  equal(given([forward(7)])(forward(8)), [forward(8)]);
});

node('counts equal forwards without ids as several', () => {
  equal(given([forward()])(forward()), [forward()]);
});

node('knows a payment told again by its link', () => {
  const sent: NodeDraft = { type: 'PaymentSent', data: { paymentLink: 'ab'.repeat(16) } };
  equal(given([sent])(sent), []);
});

node('keeps an observation in quarantine once, and lets it out once', () => {
  const observationId = 'cd'.repeat(16);
  const kept: NodeDraft = {
    type: 'ObservationQuarantined',
    data: {
      observationId,
      about: 'channel-x',
      type: 'CommitmentSeen',
      rule: 'funding-known',
      detail: 'no funding',
      happenedAt: '2026-01-01T00:00:00.000000000Z',
    },
  };
  const released: NodeDraft = {
    type: 'QuarantineReleased',
    data: { observationId, outcome: 'recorded' },
  };
  equal(given([kept])(kept), []);
  equal(given([kept])(released), [released]);
  equal(given([kept, released])(released), []);
  equal(given([kept, released])(kept), [kept]);
});

node.run();
