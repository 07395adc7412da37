/** Sums that a source states, against what its own records make up. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelRow, OutputRow } from '../../../projections/channel-row.ts';
import { nodeProjection } from '../../../projections/node.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import { type ListedByChannel, listedByChannel } from '../../../src/ledger/answers/listed-sums.ts';
import {
  type SumUse,
  sumChecks,
  sumProblems,
  sumUses,
} from '../../../src/ledger/answers/stated-sums.ts';
import { outpointOf, ShortChannelId, Txid } from '../../../src/lightning/ids.ts';
import { alice, at, channelId, channelRow, commitment } from './rows.ts';

/** Opened by us with 1,000,000 sat; 300 went out, 50 came in. */
function teller(changes: Partial<ChannelRow> = {}): ChannelRow {
  return channelRow({
    source: 'lnd-rpc',
    localBalanceMsat: 999_750_000n,
    remoteBalanceMsat: 250_000n,
    precision: 'sat',
    balanceAt: at(10),
    statedTotalsAt: at(10),
    statedTotals: { sentMsat: 300_000n, receivedMsat: 50_000n, openingLocalMsat: 1_000_000_000n },
    ...changes,
  });
}

function node(changes: Partial<NodeRow> = {}): NodeRow {
  const none = nodeProjection.initial({
    stream: '',
    nodeId: alice,
    source: 'lnd-rpc',
    subjectId: '',
  });
  return { ...none, ...changes };
}

const nothingListed: ListedByChannel = new Map();
const shown = (
  rows: readonly ChannelRow[],
  nodes: readonly NodeRow[] = [],
  listed = nothingListed,
) => sumChecks(rows, nodes, listed).map(({ rule, isKept, detail }) => [rule, isKept, detail]);

test('totals explain a balance within a satoshi, and not beyond it', () => {
  const kept = (localBalanceMsat: bigint) =>
    sumChecks([teller({ localBalanceMsat })], [], nothingListed).map(({ isKept }) => isKept);
  assert.equal(kept(999_750_000n), [true]);
  assert.equal(kept(999_749_000n), [true]);
  assert.equal(kept(999_751_000n), [true]);
  assert.equal(kept(999_748_000n), [false]);
  assert.equal(kept(999_752_000n), [false]);
});

test('what we have in flight is still ours for the totals', () => {
  const htlc = { id: 1, direction: 'offered', amountMsat: 10_000n, cltvExpiry: 5 } as const;
  const row = teller({ localBalanceMsat: 999_740_000n, htlcs: [htlc] });
  assert.equal(
    sumChecks([row], [], nothingListed).map(({ isKept }) => isKept),
    [true],
  );
});

test('what the peer’s commitment alone holds is in our balance yet', () => {
  const htlc = { id: 1, direction: 'offered', amountMsat: 10_000n, cltvExpiry: 5 } as const;
  const local = commitment(3, { localBalanceMsat: 999_750_000n, at: at(10) });
  const row = teller({ precision: 'msat', local, htlcs: [htlc] });
  const kept = (one: ChannelRow) => sumChecks([one], [], nothingListed).map(({ isKept }) => isKept);
  assert.equal(kept(row), [true]);
  assert.equal(kept({ ...row, local: { ...local, offered: [1] } }), [false]);
});

test('while an HTLC is being removed nothing is compared: the totals may have it already', () => {
  const htlc = { id: 1, direction: 'offered', amountMsat: 10_000n, cltvExpiry: 5 } as const;
  const row = teller({ htlcs: [{ ...htlc, outcome: 'settled' }] });
  const [use] = sumUses([row], [], nothingListed);
  assert.match(use !== undefined && 'whyNot' in use ? use.whyNot : '', 'just being removed');
});

test('without totals, or with a commitment newer than they are, nothing is compared', () => {
  const { statedTotals: _, ...untold } = teller();
  assert.equal(shown([untold]), []);
  const local = {
    number: 9,
    localBalanceMsat: 1n,
    remoteBalanceMsat: 2n,
    precision: 'msat',
    offered: [],
    received: [],
    at: at(11),
  } as const;
  assert.equal(shown([teller({ local: { ...local, offered: [], received: [] } })]), []);
});

test('totals of another moment than the balance explain nothing of it', () => {
  const rows = [teller({ statedTotalsAt: at(9) })];
  assert.equal(shown(rows), []);
  assert.equal(reasons(sumUses(rows, [], nothingListed)), [
    ['totals-explain-balance', 'its balance was not told together with its totals'],
    ['lists-explain-totals', 'no list of payments was read'],
    ['lists-explain-totals', 'no list of invoices was read'],
  ]);
});

const reasons = (uses: readonly SumUse[]) =>
  uses.flatMap((use) => ('whyNot' in use ? [[use.rule, use.whyNot]] : []));

function listedOf(read: NodeRow) {
  const names = {
    channelOf: (_: string, id: string | undefined) =>
      id === '800000x1x0' ? { channelId } : undefined,
    peerOf: () => undefined,
  };
  return listedByChannel([read], names);
}

/** Out of this channel; nothing of it came in here. */
const forwarded = (outMsat: bigint, minute: number) => ({
  channelId,
  inMsat: 0n,
  inCount: 0,
  outMsat,
  outCount: 1,
  feeMsat: 0n,
  failedCount: 0,
  lastAt: at(minute),
});

test('lists are held against the totals where they were read, forwards with them', () => {
  const list = {
    list: 'payments',
    stretches: [],
    isWindow: false,
    firstAt: at(1),
    lastAt: at(1),
  } as const;
  const payment = { sentMsat: 199_999n, sentCount: 2, receivedMsat: 0n, receivedCount: 0 };
  const payments = [{ channelId, ...payment, lastAt: at(2) }];
  const rows = [teller()];
  const lists = [{ ...list, stretches: [] }];
  const read = node({ lists, payments, forwards: [forwarded(50_000n, 3)] });
  const [, sent, ...more] = shown(rows, [read], listedOf(read));
  assert.equal(sent, [
    'lists-explain-totals',
    false,
    'lnd-rpc: the lists explain 249 of 300 sat sent: 51 sat are in none of them',
  ]);
  assert.equal(more, [], 'invoices were not read');
  assert.equal(shown(rows, [node({ payments })]).length, 1, 'no list was read');
  const other = node({ lists, payments: [], source: 'lnd-db' });
  assert.equal(
    shown(rows, [other], listedOf(read)).length,
    1,
    'another teller’s lists say nothing of these totals',
  );
});

test('lists that tell more than was ever moved are said, unless they were read later than the totals', () => {
  const lists = [
    { list: 'payments', stretches: [], isWindow: false, firstAt: at(1), lastAt: at(1) } as const,
  ].map((one) => ({ ...one, stretches: [] }));
  const sums = (msat: bigint, minute: number) => {
    const read = node({ lists, forwards: [forwarded(msat, minute)] });
    const [, sent] = shown([teller()], [read], listedOf(read));
    return sent;
  };
  assert.equal(sums(301_000n, 10), [
    'lists-explain-totals',
    false,
    'lnd-rpc: the lists explain 301 of 300 sat sent: 1 sat more than the channel ever moved',
  ]);
  assert.equal(sums(300_999n, 10)?.[1], true, 'the totals are in whole satoshi');
  assert.is(sums(301_000n, 11), undefined, 'it may have been forwarded after the totals were told');
  const read = node({ lists, forwards: [forwarded(301_000n, 11)] });
  assert.equal(reasons(sumUses([teller()], [read], listedOf(read))), [
    ['lists-explain-totals', 'the lists tell of what came after the totals'],
    ['lists-explain-totals', 'no list of invoices was read'],
  ]);
});

test('lists name a channel by a short id: it is looked up, and counted with what names it in full', () => {
  const payment = { sentMsat: 100_000n, sentCount: 1, receivedMsat: 0n, receivedCount: 0 };
  const payments = [
    { channelId, ...payment, lastAt: at(2) },
    { shortChannelId: ShortChannelId('800000x1x0'), ...payment, lastAt: at(4) },
    { shortChannelId: ShortChannelId('800000x2x0'), ...payment, lastAt: at(9) },
  ];
  const read = node({
    lists: [{ list: 'payments', stretches: [], isWindow: false, firstAt: at(1), lastAt: at(1) }],
    payments,
  });
  assert.equal(
    [...listedOf(read)],
    [[`${alice}.lnd-rpc.${channelId}`, { sentMsat: 200_000n, receivedMsat: 0n, lastAt: at(4) }]],
  );
});

const closingTxid = Txid('c1'.repeat(32));
const sweepTxid = Txid('5e'.repeat(32));
const output = (index: number, changes: Partial<OutputRow>): OutputRow => ({
  outpoint: outpointOf(closingTxid, index),
  what: 'to-local',
  valueSat: 75_418n,
  outcome: 'claimed',
  stage: 'last',
  ...changes,
});
/** As a real local force close of 200,000 sat had it: the balance and one HTLC that timed out. */
const outputs = [
  output(0, {}),
  output(1, {
    what: 'htlc-offered',
    valueSat: 124_355n,
    outcome: 'timed-out',
    stage: 'first',
    sweepTxid,
  }),
  output(0, {
    outpoint: outpointOf(sweepTxid, 0),
    what: 'htlc-offered',
    valueSat: 124_188n,
    outcome: 'timed-out',
  }),
  output(2, { what: 'anchor-local', valueSat: 330n }),
];
const closed = (settled: bigint, locked: bigint, all: readonly OutputRow[] = outputs) =>
  channelRow({
    source: 'lnd-rpc',
    close: {
      kind: 'local-force',
      closingTxid,
      settledBalanceSat: settled,
      timeLockedBalanceSat: locked,
      outputs: [...all],
    },
  });

test('the claims of a force close make up both its balances, first stages and anchors aside', () => {
  assert.equal(shown([closed(75_418n, 199_606n)]), [
    [
      'claims-explain-settled-balance',
      true,
      'lnd-rpc: settled balance 75418 sat, and the own output that was claimed is 75418 sat',
    ],
    [
      'claims-explain-time-locked-balance',
      true,
      'lnd-rpc: time-locked balance 199606 sat, and its claims make up 199606 sat',
    ],
  ]);
  assert.equal(
    shown([closed(75_419n, 199_605n)]).map(([, isKept]) => isKept),
    [false, false],
  );
});

test('where the peer claimed an HTLC, the time-locked balance cannot be made up', () => {
  const lost = output(3, { what: 'htlc-offered', valueSat: 1_339n, outcome: 'lost' });
  assert.equal(shown([closed(75_418n, 199_606n, [...outputs, lost])]).length, 1);
});

test('a difference is one line of the problems, with both figures', () => {
  const found = sumProblems(sumChecks([closed(75_419n, 199_606n), teller()], [], nothingListed));
  assert.equal(
    found.map(({ kind, rule, channelId: of, detail }) => [kind, rule, of, detail]),
    [
      [
        'unexplained',
        'claims-explain-settled-balance',
        channelId,
        'lnd-rpc: settled balance 75419 sat, and the own output that was claimed is 75418 sat',
      ],
    ],
  );
});

test.run();
