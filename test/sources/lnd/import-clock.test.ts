/** Where a time is placed depends on the records alone: never on when they are imported. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timeText } from '../../../src/schema/time.ts';
import {
  emptyLedger,
  fileOf,
  type ImportOptions,
  importInto,
  NOW_NS,
  observationsOf,
} from './importing.ts';
import { newer, shownBy } from './state.ts';

const nodeId = String(newer.information.identity_pubkey);
const testnet = { nodeId, chain: 'testnet' };
const mainnet = { nodeId, chain: 'bitcoin' };
const YEAR_NS = 31_536_000_000_000_000n;
const { payments, invoices, channels, closedChannels, information } = newer;
const json = (part: object) => fileOf('part.json', JSON.stringify(part));

/** What lncli prints, a command a file, and no getinfo with any. */
const parts = [
  json({ channels }),
  json({ channels: closedChannels }),
  json({ payments, invoices }),
  json({ lists: newer.allLightningTransactions }),
];

async function shownAfter(imports: readonly (readonly string[])[], clocks: readonly bigint[]) {
  const ledger = await emptyLedger();
  const added: number[] = [];
  for (const [nth, paths] of imports.entries()) {
    const options = { ...testnet, nowNs: clocks[nth] ?? NOW_NS };
    const { events, quarantined } = await importInto(ledger, paths, options);
    assert.is(quarantined, 0);
    added.push(events);
  }
  assert.ok((await ledger.verify()).isSound);
  // What is placed may have happened until it was told, and that is a year later here.
  const shown = shownBy(ledger, ['notAfter']);
  await ledger.close();
  return { shown, added };
}

test('parts without getinfo, imported again at later clocks, add nothing and keep their dates', async () => {
  const once = parts.map((path) => [path]);
  const twice = [...once, ...once];
  const clocks = twice.map((_, nth) => NOW_NS + YEAR_NS * BigInt(nth));
  const now = await shownAfter(once, []);
  const later = await shownAfter(twice, clocks);
  assert.equal(later.added.slice(parts.length), [0, 0, 0, 0]);
  assert.ok(later.shown === now.shown, 'every date is where it was');
  const all = await shownAfter([parts, parts], clocks.slice(1));
  assert.is(all.added[1], 0);
});

const [open] = channels;
assert.ok(open);
/** In block 925,000: nothing that everybody knows of the chain is later than block 840,000. */
const unknownId = String(925_000n << 40n);

const opened = (num_updates: string, sentSat: bigint) => {
  const local_balance = String(BigInt(open.local_balance) - sentSat);
  const remote_balance = String(BigInt(open.remote_balance) + sentSat);
  const total_satoshis_sent = String(BigInt(open.total_satoshis_sent) + sentSat);
  const moved = { local_balance, remote_balance, total_satoshis_sent };
  return json({ channels: [{ ...open, ...moved, chan_id: unknownId, num_updates }] });
};

async function balanceAfter(paths: readonly string[]): Promise<bigint | undefined> {
  const ledger = await emptyLedger();
  for (const path of paths) await importInto(ledger, [path], mainnet);
  const [channel] = ledger.channels();
  await ledger.close();
  return channel?.localBalanceMsat;
}

test('of two undated answers the one after more updates of the channel is the newer, in any order', async () => {
  const [before, after] = [opened('188', 0n), opened('190', 1_000n)];
  assert.is(await balanceAfter([before, after]), 8_767_000n);
  assert.is(await balanceAfter([after, before]), 8_767_000n);
  assert.is(await balanceAfter([after, before, after, before]), 8_767_000n);
});

/** Block 840,000 has this time; each height after it stands a microsecond further. */
const BLOCK_840_000_NS = 1_713_571_767_000_000_000n;
const PLACED_NS = BLOCK_840_000_NS + 85_000n * 1_000n;

async function timesOf(paths: readonly string[], options: ImportOptions) {
  const { told } = await observationsOf(paths, options);
  return told.map(({ fact, happenedAtNs, timeBasis, notBeforeNs, notAfterNs }) => [
    fact.type,
    happenedAtNs,
    timeBasis,
    notBeforeNs,
    notAfterNs,
  ]);
}

test('a height above all that are dated stands at its lower bound, and was no later than it was read', async () => {
  const force = closedChannels.find(
    (one) => (one as { close_type?: string }).close_type === 'COOPERATIVE_CLOSE',
  ) as object;
  const path = json({ channels: [{ ...force, close_height: 925_000 }] });
  const early = BLOCK_840_000_NS + 1_000_000_000n;
  for (const nowNs of [early, NOW_NS, NOW_NS + YEAR_NS]) {
    assert.equal(await timesOf([path], { ...mainnet, nowNs }), [
      ['ChannelClosed', PLACED_NS, 'interpolated', BLOCK_840_000_NS, nowNs],
      ['ChannelFullyResolved', PLACED_NS + 1n, 'interpolated', BLOCK_840_000_NS, nowNs],
    ]);
  }
  const transactions = [
    { tx_hash: '11'.repeat(32), block_height: 925_000, time_stamp: '1750000000' },
  ];
  const [block, close] = await timesOf([path, json({ transactions })], mainnet);
  const dated = [1_750_000_000_000_000_000n, 'source', undefined, undefined];
  assert.equal(block, ['BlockDated', ...dated]);
  assert.equal(close, ['ChannelClosed', ...dated]);
});

test('an answer is no older than the newest that it tells, and more is not said of when it was given', async () => {
  const forward = {
    timestamp: '1620000100',
    timestamp_ns: '1620000100000000000',
    chan_id_in: open.chan_id,
    chan_id_out: newer.channels[1]?.chan_id,
    amt_in_msat: '1001000',
    amt_out_msat: '1000000',
    fee_msat: '1000',
  };
  const path = json({ channels: [open], forwarding_events: [forward] });
  const seen = (await timesOf([path], mainnet)).filter(([type]) => type === 'BalanceSeen');
  const given = 1_620_000_100_000_000_000n;
  const updates = BigInt((open as { num_updates?: string }).num_updates ?? 0);
  assert.equal(seen, [['BalanceSeen', given + updates, 'interpolated', given, NOW_NS]]);
});

const pendings = {
  pending_force_closing_channels: [
    {
      channel: {
        remote_node_pub: open.remote_pubkey,
        channel_point: open.channel_point,
        capacity: open.capacity,
      },
    },
  ],
};

test('a channel that is closing has no date without getinfo, so it is asked for', async () => {
  const undated = await observationsOf([json(pendings)], testnet);
  assert.equal(undated.told, []);
  assert.equal(undated.tally.unread, [
    {
      kind: 'pending channels',
      why: 'no time is told with them: import them with getinfo',
      count: 1,
    },
  ]);
  assert.ok(
    undated.tally.cannotTell.some((sentence) => sentence.includes('together with getinfo')),
  );
  const dated = await observationsOf([json({ ...pendings, information })], testnet);
  const headerNs = BigInt(String(information.best_header_timestamp)) * 1_000_000_000n;
  const started = dated.told.filter(({ fact }) => fact.type === 'CloseStarted');
  assert.equal(
    started.map(({ happenedAtNs }) => timeText(happenedAtNs)),
    [timeText(headerNs)],
  );
});

test('what a clock ahead of this one dates is told once its time has come, and once', async () => {
  const forward = {
    chan_id_in: open.chan_id,
    chan_id_out: unknownId,
    amt_in_msat: '1001000',
    amt_out_msat: '1000000',
    fee_msat: '1000',
  };
  const [before, after] = [NOW_NS - 1n, NOW_NS + 10_000_000_000n];
  const forwarding_events = [before, after].map((ns) => ({ ...forward, timestamp_ns: `${ns}` }));
  const path = json({ forwarding_events, last_offset_index: 2 });
  const ledger = await emptyLedger();
  const told: unknown[] = [];
  for (const nowNs of [NOW_NS, NOW_NS, after, after + 1n, NOW_NS]) {
    const { events, tally } = await importInto(ledger, [path], { ...mainnet, nowNs });
    const ahead = tally.unread.filter(({ kind }) => kind === 'facts').map(({ count }) => count);
    told.push([events, ...ahead, ledger.forwards().map(({ at }) => at)]);
  }
  const [first, second] = [timeText(before), timeText(after)];
  assert.equal(told.slice(0, 2), [
    [2, 1, [first]],
    [0, 1, [first]],
  ]);
  // With it the answer is known to be given then: the list's stretch is told as of that moment.
  assert.equal(told.slice(2), [
    [2, [first, second]],
    [0, [first, second]],
    [0, 1, [first, second]],
  ]);
  await ledger.close();
});

test.run();
