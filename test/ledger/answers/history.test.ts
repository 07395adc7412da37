import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { balances } from '../../../src/ledger/answers/balances.ts';
import {
  type HistoryContext,
  type HistoryQuery,
  history,
} from '../../../src/ledger/answers/history.ts';
import { Outpoint } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofChannel, ofNode, opened, tell, updated } from './given.ts';
import { at, bob, channelId, fundingOutpoint } from './rows.ts';

const added = {
  type: 'HtlcAdded',
  data: { id: 0, direction: 'offered', amountMsat: 5_000n, cltvExpiry: 500 },
  secret: { paymentHash: 'ab'.repeat(32) },
} as const;
const htlcHeld = updated('local', 1, 599_995_000n, { offered: [0] }, 400_000_000n);

const ledger = await given(
  tell(ofChannel(), 0, opened()),
  tell(ofChannel('lnd-db'), 1, opened()),
  tell(ofChannel(), 2, added),
  tell(ofChannel(), 3, htlcHeld),
  tell(ofChannel('lnd-db'), 3, htlcHeld),
);

const lines = (query: HistoryQuery = {}) => {
  return (c: HistoryContext) =>
    [...history(c, channelId, query)].map((entry) => {
      return [entry.at, entry.stream.split('.').at(-1), entry.type];
    });
};

test('all tellers in logical order; of one moment, by source', () => {
  ledger.when(lines()).then([
    [at(0), 'ldk', 'ChannelOpened'],
    [at(1), 'lnd-db', 'ChannelOpened'],
    [at(2), 'ldk', 'HtlcAdded'],
    [at(3), 'ldk', 'CommitmentUpdated'],
    [at(3), 'lnd-db', 'CommitmentUpdated'],
  ]);
});

test('by type, span, source and moment', () => {
  ledger.when(lines({ types: ['HtlcAdded'] })).then([[at(2), 'ldk', 'HtlcAdded']]);
  ledger
    .when(lines({ fromNs: timeNsOf(at(1)), toNs: timeNsOf(at(3)), source: 'lnd-db' }))
    .then([[at(1), 'lnd-db', 'ChannelOpened']]);
  ledger.when(lines({ source: 'ldk', at: { kind: 'revision', revision: 1 } })).then([
    [at(0), 'ldk', 'ChannelOpened'],
    [at(2), 'ldk', 'HtlcAdded'],
  ]);
});

test('between two moments, both of them in it', () => {
  const [opening, commitment] = [
    [at(0), 'ldk', 'ChannelOpened'],
    [at(3), 'ldk', 'CommitmentUpdated'],
  ];
  const htlc = [at(2), 'ldk', 'HtlcAdded'];
  const ldk = { source: 'ldk' } as const;
  const revision = (count: number) => ({ kind: 'revision', revision: count }) as const;
  const number = (count: number) => ({ kind: 'commitment', side: 'local', number: count }) as const;
  ledger.when(lines({ ...ldk, from: revision(1) })).then([htlc, commitment]);
  ledger.when(lines({ ...ldk, to: revision(1) })).then([opening, htlc]);
  ledger.when(lines({ ...ldk, from: number(1) })).then([commitment]);
  ledger.when(lines({ ...ldk, from: number(0), to: number(0) })).then([opening]);
  ledger.when(lines({ ...ldk, from: { kind: 'position', position: 3 } })).then([htlc, commitment]);
  ledger.when(lines({ from: revision(1) })).thenRefused('wrong', /one teller's count/);
  ledger.when(lines({ to: number(9) })).thenRefused('unknown', /no local commitment 9/);
});

test('between two heights: what happened while the node knew of those blocks', async () => {
  const block = (height: number) =>
    ({ type: 'BestBlockChanged', data: { height, blockHash: '55'.repeat(32) } }) as const;
  const told = await given(
    tell(ofNode(), 0, block(27)),
    tell(ofChannel(), 1, opened()),
    tell(ofNode(), 2, block(28)),
    tell(ofChannel(), 3, added),
    tell(ofNode(), 4, block(29)),
    tell(ofChannel(), 5, htlcHeld),
  );
  const height = (count: number) => ({ kind: 'height', height: count }) as const;
  told.when(lines({ from: height(28), to: height(28) })).then([[at(3), 'ldk', 'HtlcAdded']]);
  told.when(lines({ from: height(29) })).then([[at(5), 'ldk', 'CommitmentUpdated']]);
  told.when(lines({ to: height(27) })).then([[at(1), 'ldk', 'ChannelOpened']]);
});

test('each event with its fields, its opened secrets and what it changed', () => {
  const [, entry] = [...history(ledger.context, channelId, { source: 'ldk' })];
  is(entry?.recordedAt, at(2));
  is(entry?.position, 3);
  equal(entry?.data, { id: 0, direction: 'offered', amountMsat: 5_000n, cltvExpiry: 500 });
  equal(entry?.sealed, { state: 'open', fields: { paymentHash: 'ab'.repeat(32) } });
  equal(entry?.changes, [
    { field: 'status', from: 'pending', to: 'open' },
    { field: 'htlcs.offered/0.id', to: 0 },
    { field: 'htlcs.offered/0.direction', to: 'offered' },
    { field: 'htlcs.offered/0.amountMsat', to: 5_000n },
    { field: 'htlcs.offered/0.cltvExpiry', to: 500 },
  ]);
});

test('changes are the same whether or not the events before are shown', () => {
  const alone = [...history(ledger.context, channelId, { types: ['CommitmentUpdated'] })];
  const all = [...history(ledger.context, channelId)].filter((e) => e.type === 'CommitmentUpdated');
  equal(alone, all);
  equal(alone[0]?.changes, [
    { field: 'local.number', from: 0, to: 1 },
    { field: 'local.localBalanceMsat', from: 600_000_000n, to: 599_995_000n },
    { field: 'local.offered', to: [0] },
    { field: 'localBalanceMsat', from: 600_000_000n, to: 599_995_000n },
    { field: 'local.feeratePerKw', from: 253 },
  ]);
});

test('a late fact stands where it happened, and the changes after it start from there', async () => {
  const late = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 5, updated('local', 2, 300_000_000n)),
    tell(ofChannel(), 3, updated('local', 1, 400_000_000n), 9),
  );
  const balance = (query: HistoryQuery) =>
    [...history(late.context, channelId, query)].map(({ revision, changes }) => [
      revision,
      changes.find(({ field }) => field === 'localBalanceMsat')?.from,
    ]);
  equal(balance({}), [
    [0, undefined],
    [2, 600_000_000n],
    [1, 400_000_000n],
  ]);
  equal(balance({ knownAtNs: timeNsOf(at(8)) }), [
    [0, undefined],
    [1, 600_000_000n],
  ]);
});

test('the balance over time: a point for each local commitment, in logical order', async () => {
  const late = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 1, updated('remote', 1, 500_000_000n)),
    tell(ofChannel(), 5, updated('local', 2, 300_000_000n)),
    tell(ofChannel(), 3, updated('local', 1, 400_000_000n), 9),
  );
  const capacity = { capacitySat: 1_000_000n };
  const points = [
    { at: at(0), ...capacity, localBalanceMsat: 600_000_000n, remoteBalanceMsat: 400_000_000n },
    { at: at(3), ...capacity, localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n },
    { at: at(5), ...capacity, localBalanceMsat: 300_000_000n, remoteBalanceMsat: 700_000_000n },
  ];
  late.when((c) => balances(c, channelId)).then(points);
  late
    .when((c) => balances(c, channelId, { at: { kind: 'time', timeNs: timeNsOf(at(3)) } }))
    .then(points.slice(0, 2));
  late
    .when((c) => balances(c, channelId, { knownAtNs: timeNsOf(at(8)) }))
    .then([...points.slice(0, 1), ...points.slice(2)]);
});

test('a capacity that the teller of the balance does not know is taken from one who does', async () => {
  const two = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel('lnd-db'), 4, {
      type: 'BalanceObserved',
      data: {
        localBalanceMsat: 700_000_000n,
        remoteBalanceMsat: 300_000_000n,
        precision: 'msat',
        htlcs: [],
        unexplainedMsat: 0n,
      },
    }),
  );
  two
    .when((c) => balances(c, channelId))
    .then([
      {
        at: at(4),
        localBalanceMsat: 700_000_000n,
        remoteBalanceMsat: 300_000_000n,
        capacitySat: 1_000_000n,
      },
    ]);
});

test('an adopted channel begins with what the adoption told', async () => {
  const adopted = await given(
    tell(ofChannel(), 1, {
      type: 'ChannelAdopted',
      data: {
        channelId,
        fundingOutpoint,
        peerId: bob,
        capacitySat: 1_000_000n,
        local: {},
        remote: {},
        htlcs: [],
        localCommitment: {
          number: 7,
          localBalanceMsat: 250_000_000n,
          remoteBalanceMsat: 750_000_000n,
          precision: 'sat',
          offered: [],
          received: [],
        },
        why: 'met it open',
      },
    }),
    tell(ofChannel(), 2, updated('local', 8, 260_000_000n)),
  );
  adopted
    .when((c) => balances(c, channelId).map((p) => [p.at, p.localBalanceMsat]))
    .then([
      [at(1), 250_000_000n],
      [at(2), 260_000_000n],
    ]);
});

test("a pending splice's commitments are not yet the channel's balance", async () => {
  const splice = Outpoint(`${'44'.repeat(32)}:0`);
  const spliced = { fundingOutpoint: splice, capacitySat: 1_500_000n } as const;
  const balance = { localBalanceMsat: 1_100_000_000n, remoteBalanceMsat: 400_000_000n } as const;
  const ofSplice = updated('local', 1, 1_090_000_000n, {}, 410_000_000n);
  const ledgerOfSplice = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 1, {
      type: 'FundingCandidateAdded',
      data: { ...spliced, ...balance, kind: 'splice' },
    }),
    tell(ofChannel(), 2, updated('local', 1, 590_000_000n)),
    tell(ofChannel(), 2, {
      ...ofSplice,
      data: { ...ofSplice.data, fundingOutpoint: splice },
    } as typeof ofSplice),
    tell(ofChannel(), 3, {
      type: 'FundingReplaced',
      data: {
        ...spliced,
        previousOutpoint: fundingOutpoint,
        localBalanceMsat: 1_090_000_000n,
        remoteBalanceMsat: 410_000_000n,
      },
    }),
  );
  ledgerOfSplice
    .when((c) => balances(c, channelId).map((p) => [p.at, p.capacitySat, p.localBalanceMsat]))
    .then([
      [at(0), 1_000_000n, 600_000_000n],
      [at(2), 1_000_000n, 590_000_000n],
      [at(3), 1_500_000n, 1_090_000_000n],
    ]);
});

test.run();
