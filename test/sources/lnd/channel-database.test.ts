/** Two real channel.db files. The figures are those of an independent reader of the same files. */
import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelView } from '../../../src/ledger/view-types.ts';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import {
  verifyChannelAnnouncement,
  verifyChannelUpdate,
} from '../../../src/lightning/gossip-signatures.ts';
import { NodeId } from '../../../src/lightning/ids.ts';
import { channelTypeOfBits } from '../../../src/sources/lnd/database/channel-facts.ts';
import {
  emptyLedger,
  fileOf,
  importInto,
  observationsOf,
  realBytes,
  realFile,
} from './importing.ts';

const open = realFile('chantools-open-channels.channel.db');
const closed = realFile('closed-channels.channel.db');

function openLine(view: ChannelView): unknown[] {
  return [
    view.fundingOutpoint?.slice(0, 8),
    view.shortChannelId,
    view.opener,
    view.channelType,
    view.capacitySat,
    view.localBalanceMsat,
    view.remoteBalanceMsat,
    view.precision,
    view.local?.number,
    view.remote?.number,
    view.confirmedHeight,
  ];
}

function closedLine(view: ChannelView): unknown[] {
  const { fundingOutpoint, close, local, localBalanceMsat, remoteBalanceMsat, statedTotals } = view;
  return [
    fundingOutpoint?.slice(0, 8),
    close?.closingTxid?.slice(0, 8),
    close?.height,
    close?.kind,
    close?.initiator,
    close?.settledBalanceSat,
    close?.timeLockedBalanceSat,
    close?.feeSat,
    local?.number,
    localBalanceMsat,
    remoteBalanceMsat,
    statedTotals?.sentMsat,
    statedTotals?.receivedMsat,
  ];
}

test('the open channels are there with both last commitments', async () => {
  const ledger = await emptyLedger();
  const { tally, quarantined } = await importInto(ledger, [open]);
  assert.equal(tally.read, {
    'open channels': 4,
    commitments: 8,
    'channel announcements': 6,
    'channel updates': 12,
  });
  assert.equal([quarantined, tally.bad.count, tally.unread], [0, 0, []]);
  const views = [...ledger.channels()].sort((a, b) =>
    String(a.fundingOutpoint) < String(b.fundingOutpoint) ? -1 : 1,
  );
  const shown = views.map(openLine);
  // Gross: the opener's 15,990,950,000 msat (14,990,950,000) and the fee of 9,050 sat are the capacity.
  assert.equal(shown, [
    [
      '10279f62',
      '125x2x0',
      'local',
      'static_remotekey',
      16_000_000n,
      16_000_000_000n,
      0n,
      'msat',
      0,
      0,
      125,
    ],
    [
      '9e7004cc',
      '125x3x0',
      'remote',
      'static_remotekey',
      15_000_000n,
      0n,
      15_000_000_000n,
      'msat',
      0,
      0,
      125,
    ],
    [
      'a30980d0',
      '131x1x0',
      'local',
      'static_remotekey',
      16_000_000n,
      16_000_000_000n,
      0n,
      'msat',
      0,
      0,
      131,
    ],
    [
      'd130aa87',
      '125x1x0',
      'remote',
      'static_remotekey',
      15_000_000n,
      0n,
      15_000_000_000n,
      'msat',
      0,
      0,
      125,
    ],
  ]);
  assert.ok(views.every(({ localPolicy, remotePolicy }) => localPolicy && remotePolicy));
  assert.equal(ledger.problems(), []);
  assert.ok((await ledger.verify()).isSound);
  await ledger.close();
});

test('every signature of the graph holds for the messages put together again', async () => {
  const { told } = await observationsOf([open]);
  const keys = new Map<string, readonly [string, string]>();
  let announcements = 0;
  let updates = 0;
  for (const { fact } of told) {
    if (fact.type !== 'PublicChannelAnnounced') continue;
    assert.equal(verifyChannelAnnouncement(hexToBytes(fact.data.raw)).bad, []);
    keys.set(fact.data.shortChannelId, [fact.data.nodeId1, fact.data.nodeId2]);
    announcements++;
  }
  for (const { fact } of told) {
    if (fact.type !== 'PublicFeePolicyChanged') continue;
    const signer = keys.get(fact.data.shortChannelId)?.[fact.data.direction];
    assert.ok(verifyChannelUpdate(hexToBytes(fact.data.raw), NodeId(signer)));
    updates++;
  }
  assert.equal([announcements, updates], [6, 12]);
});

test('a stored commitment travels whole, with its point and what the peer signed', async () => {
  const { told } = await observationsOf([open]);
  const seen = told.flatMap(({ fact }) => (fact.type === 'CommitmentSeen' ? [fact.data] : []));
  const local = seen.filter(({ side }) => side === 'local');
  assert.is(local.length, 4);
  for (const { rawTransaction, signatures, txid, perCommitmentPoint } of local) {
    assert.ok(rawTransaction && txid && perCommitmentPoint);
    assert.is(signatures?.commitment?.length, 128);
  }
  assert.ok(seen.filter(({ side }) => side === 'remote').every(({ signatures }) => !signatures));
});

test('the closed channels are there with their close, their last balance and their totals', async () => {
  const ledger = await emptyLedger();
  const { tally, quarantined } = await importInto(ledger, [closed]);
  assert.equal(tally.read, {
    'closed channels': 3,
    commitments: 6,
    invoices: 2,
    'sets of HTLCs of invoices': 1,
  });
  assert.is(quarantined, 0);
  const shown = [...ledger.closed()]
    .sort((a, b) => String(b.fundingOutpoint).localeCompare(String(a.fundingOutpoint)))
    .map(closedLine);
  assert.equal(shown, [
    [
      'e00f0b09',
      '18a77358',
      449,
      'cooperative',
      'remote',
      150_000n,
      0n,
      undefined,
      2,
      150_000_000n,
      50_000_000n,
      0n,
      150_000_000n,
    ],
    [
      '94bfe5a0',
      'cc344ec3',
      449,
      'cooperative',
      'remote',
      75_000n,
      0n,
      undefined,
      2,
      75_000_000n,
      80_000_000n,
      0n,
      75_000_000n,
    ],
    [
      '6c9f83aa',
      '63a409db',
      449,
      'cooperative',
      'remote',
      75_000n,
      0n,
      undefined,
      2,
      75_000_000n,
      80_000_000n,
      0n,
      75_000_000n,
    ],
  ]);
  assert.ok((await ledger.verify()).isSound);
  assert.equal(ledger.problems(), []);
  const again = await importInto(ledger, [closed], { nowNs: 1_790_000_000_000_000_000n });
  assert.equal([again.events, again.quarantined], [0, 0]);
  await ledger.close();
});

test('a close is placed behind the height that an invoice dates, with its bounds', async () => {
  const { told } = await observationsOf([closed]);
  const closes = told.filter(({ fact }) => fact.type === 'ChannelClosed');
  // HTLCs were accepted at height 448, the last at 17f39ff74fd6e5b0 (hex) nanoseconds at the latest.
  const acceptedNs = 0x17f39ff74fd6e5b0n;
  assert.is(closes.length, 3);
  for (const { timeBasis, notBeforeNs, blockHeight } of closes) {
    assert.equal([timeBasis, notBeforeNs, blockHeight], ['interpolated', acceptedNs, 449]);
  }
});

test('a payment to an invoice for many is told with the channels it came over', async () => {
  const { told } = await observationsOf([closed]);
  const received = told.flatMap(({ fact }) => (fact.type === 'PaymentReceived' ? [fact.data] : []));
  assert.equal(
    received.map(({ amountMsat, parts }) => [amountMsat, parts?.map((part) => part.amountMsat)]),
    [[300_000_000n, [75_000_000n, 150_000_000n, 75_000_000n]]],
  );
  assert.ok(
    received[0]?.parts?.every(({ shortChannelId, htlcId }) => shortChannelId && htlcId === 0),
  );
});

test('the newest secret that the peer revealed travels sealed only', async () => {
  const { told } = await observationsOf([closed]);
  const revoked = told.flatMap((one) => (one.fact.type === 'CommitmentRevoked' ? [one.fact] : []));
  assert.equal(
    revoked.map(({ data }) => data),
    Array(3).fill({ side: 'remote', number: 1 }),
  );
  for (const { secret } of revoked) {
    const hex = secret?.secret ?? '';
    assert.is(hex.length, 64);
    const plain = JSON.stringify(
      told.map(({ fact, key, evidence }) => [fact.data, key, evidence]),
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
    assert.not(plain.includes(hex));
  }
});

test('the database is read from a copy: nothing is left beside it, and it is not written to', async () => {
  const before = statSync(closed);
  await observationsOf([closed]);
  assert.equal(readdirSync(dirname(closed)), ['closed-channels.channel.db']);
  assert.is(statSync(closed).mtimeMs, before.mtimeMs);
});

test('whose the records are is held against what the person says', async () => {
  const other = `02${'11'.repeat(32)}`;
  await refused(
    observationsOf([closed], { nodeId: other }),
    /is of node 03a7ce3e.*--node says 021111/,
  );
  await refused(
    observationsOf([closed], { chain: 'bitcoin' }),
    /is of chain regtest, and --chain says/,
  );
  await refused(observationsOf([open, closed]), /import each node's records by themselves/);
});

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.match(error.message, message);
  assert.is(error.name, 'AskedError');
}

test('a type is named by the bits of which the scripts are known, and by no others', () => {
  for (const [bits, type] of [
    [0x0n, 'legacy'],
    [0x1n, 'unknown'],
    [0x2n, 'static_remotekey'],
    [0xan, 'anchors'],
    [0x2an, 'anchors_zero_fee_htlc_tx'],
    // Frozen, without confirmation, with aliases: the scripts are the same.
    [0x3ban, 'anchors_zero_fee_htlc_tx'],
    [0x6an, 'unknown'],
    [0x42an, 'taproot'],
    [0xc2an, 'taproot'],
    [0x2n | (1n << 20n), 'unknown'],
    [0x2an | (1n << 63n), 'unknown'],
  ] as const) {
    assert.is(channelTypeOfBits(bits), type, bits.toString(16));
  }
});

test('a leased channel is of no type that a proof rebuilds', async () => {
  const bytes = Buffer.from(realBytes('chantools-open-channels.channel.db'));
  const [key, LEASED] = ['chan-info-key', 0x6a];
  let leased = 0;
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    bytes[at + key.length] = LEASED;
    leased++;
  }
  assert.ok(leased > 0);
  const ledger = await emptyLedger();
  await importInto(ledger, [fileOf('channel.db', bytes)]);
  const channels = ledger.channels();
  assert.ok(channels.length > 0);
  assert.equal(new Set(channels.map(({ channelType }) => channelType)), new Set(['unknown']));
  await ledger.close();
});

test.run();
