import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { ChannelId, NodeId } from '../../src/lightning/ids.ts';
import type { NodeDraft } from '../../src/node/events.ts';
import { emptyIdSet, hasId, withId, withoutId } from '../../src/node/id-set.ts';
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

node(
  'knows a forward of which one telling says where it was claimed and the other does not',
  () => {
    const told = forward(7);
    const { isClaimedOnChain: _, ...data } = told.data as Record<string, unknown>;
    const untold = { ...told, data } as NodeDraft;
    const onChain = { ...told, data: { ...told.data, isClaimedOnChain: true } } as NodeDraft;
    equal(given([told])(untold), []);
    equal(given([untold])(told), []);
    const detail = 'PaymentForwarded was recorded before with other values';
    equal(given([told])(onChain), {
      kind: 'refused',
      violation: { rule: 'fact-restated', detail },
    });
  },
);

node('counts equal forwards without ids as several', () => {
  equal(given([forward()])(forward()), [forward()]);
});

node('knows a payment told again by its link', () => {
  const sent: NodeDraft = { type: 'PaymentSent', data: { paymentLink: 'ab'.repeat(16) } };
  equal(given([sent])(sent), []);
});

node('refuses a payment or forward that is told again with other values', () => {
  const paymentLink = 'ab'.repeat(16);
  const otherwise = (type: string) => ({
    kind: 'refused',
    violation: { rule: 'fact-restated', detail: `${type} was recorded before with other values` },
  });
  const sent = (amountMsat: bigint): NodeDraft => {
    return { type: 'PaymentSent', data: { paymentLink, amountMsat } };
  };
  const received = (amountMsat: bigint): NodeDraft => {
    return { type: 'PaymentReceived', data: { paymentLink, amountMsat } };
  };
  equal(given([sent(5n)])(sent(5n)), []);
  equal(given([sent(5n)])(sent(6n)), otherwise('PaymentSent'));
  equal(given([received(5n)])(received(5n)), []);
  equal(given([received(5n)])(received(6n)), otherwise('PaymentReceived'));
  // The payment that was sent and the one that was received are two facts.
  equal(given([sent(5n)])(received(6n)), [received(6n)]);
  const cheaper = forward(7);
  const other = { ...cheaper, data: { ...cheaper.data, feeMsat: 2n } } as NodeDraft;
  equal(given([forward(7)])(other), otherwise('PaymentForwarded'));
});

node('whose source tells a payment otherwise has it in quarantine, whole', async () => {
  const ledger = await openLedger(':memory:');
  const told = (amountMsat: bigint, at: bigint) =>
    ({
      about: 'node',
      chain: 'regtest',
      nodeId: NodeId(`03${'bb'.repeat(32)}`),
      source: 'ldk',
      happenedAtNs: at,
      timeBasis: 'recorded',
      recordedAtNs: at,
      evidence: `event ${at}`,
      key: String(at),
      paymentHash: 'cd'.repeat(32),
      fact: { type: 'PaymentReceived', data: { amountMsat } },
    }) as const;
  const report = await ledger.recordBatch([told(5n, 1n), told(5n, 2n), told(6n, 3n)]);
  equal([report.events, report.known, report.quarantined], [2, 1, 1]);
  const [problem] = ledger.problems();
  equal(problem?.kind, 'quarantine');
  await ledger.close();
});

node('knows a payment that is delivered again with less', () => {
  const paymentLink = 'ab'.repeat(16);
  const sent: NodeDraft = {
    type: 'PaymentSent',
    data: { paymentLink, amountMsat: 5n, feeMsat: 1n },
  };
  equal(given([sent])({ type: 'PaymentSent', data: { paymentLink, feeMsat: 1n } }), []);
});

node('holds thousands in quarantine and lets each of them out once', () => {
  const ids = Array.from({ length: 3000 }, (_, nth) =>
    nth.toString(16).padStart(4, '0').padEnd(32, '0'),
  );
  const full = ids.reduce(withId, emptyIdSet);
  equal(
    ids.every((id) => hasId(full, id)),
    true,
  );
  equal(hasId(full, 'f'.repeat(32)), false);
  equal(withId(full, ids[0] ?? ''), full);
  const [first = '', ...others] = ids;
  const less = withoutId(full, first);
  equal([hasId(less, first), others.every((id) => hasId(less, id))], [false, true]);
  equal(ids.reduce(withoutId, full), emptyIdSet);
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
    data: { observationId, rule: 'funding-known', outcome: 'recorded' },
  };
  equal(given([kept])(kept), []);
  equal(given([kept])(released), [released]);
  equal(given([kept, released])(released), []);
  equal(given([kept, released])(kept), [kept]);
});

node.run();
