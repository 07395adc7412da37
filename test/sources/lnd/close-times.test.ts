/** A close of which only the height is told, and what dates its block: told in any order, and as of any knowledge. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ChannelId, NodeId, Outpoint, Txid } from '../../../src/lightning/ids.ts';
import type { ChannelObservation } from '../../../src/observation/observation.ts';
import { emptyLedger, fileOf, importInto, NOW_NS } from './importing.ts';

const nodeId = NodeId(`02${'11'.repeat(32)}`);
const peerId = NodeId(`03${'22'.repeat(32)}`);
const ofNode = { nodeId, chain: 'bitcoin', nowNs: NOW_NS };
const json = (answers: object) => fileOf('answers.json', JSON.stringify(answers));

const close = (byte: string, close_height: number, close_type: string) => ({
  channel_point: `${byte.repeat(32)}:0`,
  chan_id: String((800_000n << 40n) | BigInt(close_height)),
  closing_tx_hash: `ff${byte.repeat(31)}`,
  remote_pubkey: peerId,
  capacity: '200000',
  close_height,
  settled_balance: '150000',
  time_locked_balance: '0',
  close_type,
});
const claim = {
  resolution_type: 'COMMIT',
  outcome: 'CLAIMED',
  outpoint: { txid_str: `ff${'bb'.repeat(31)}`, output_index: 1 },
  amount_sat: '150000',
  sweep_txid: '99'.repeat(32),
};
const closes = json({
  channels: [
    close('aa', 810_000, 'COOPERATIVE_CLOSE'),
    { ...close('bb', 820_000, 'LOCAL_FORCE_CLOSE'), resolutions: [claim] },
  ],
});

/** Of both closes: when, between which bounds, and when the second's output was claimed. */
async function shownAfter(...imports: readonly (readonly string[])[]) {
  const ledger = await emptyLedger();
  for (const paths of imports) {
    assert.is((await importInto(ledger, paths, ofNode)).quarantined, 0);
  }
  const views = ledger.closed();
  const shown = views.map(({ close, lastEventAt }) => [
    close.closedAt,
    close.closedAtBounds,
    close.resolvedAt,
    close.outputs.map(({ at }) => at),
    lastEventAt,
  ]);
  const whole = JSON.stringify(views, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  await ledger.close();
  return { shown, whole };
}

async function inAnyOrder(dating: string) {
  const together = await shownAfter([closes, dating]);
  assert.is((await shownAfter([closes], [dating])).whole, together.whole);
  assert.is((await shownAfter([dating], [closes])).whole, together.whole);
  return together.shown;
}

test('a header that a list of transactions tells dates the close, whichever came first', async () => {
  const transactions = [
    { tx_hash: '01'.repeat(32), block_height: 810_000, time_stamp: '1696000000' },
    { tx_hash: '02'.repeat(32), block_height: 820_000, time_stamp: '1702000000' },
  ];
  assert.equal(await inAnyOrder(json({ transactions })), [
    [
      '2023-09-29T15:06:40.000000000Z',
      undefined,
      '2023-09-29T15:06:40.000000000Z',
      [],
      '2023-09-29T15:06:40.000000001Z',
    ],
    [
      '2023-12-08T01:46:40.000000000Z',
      undefined,
      undefined,
      ['2023-12-08T01:46:40.000000001Z'],
      '2023-12-08T01:46:40.000000001Z',
    ],
  ]);
});

test('moments at which other blocks were the newest bound it', async () => {
  // The next halving block, 840,000, has the time 1713571767.
  const htlc = { state: 'SETTLED', chan_id: '1', htlc_index: '0', amt_msat: '1000' };
  const accepted = { ...htlc, accept_height: 815_000, accept_time: '1700000000' };
  const invoice = {
    r_hash: Buffer.alloc(32, 7).toString('base64'),
    state: 'SETTLED',
    add_index: '1',
    creation_date: '1699999999',
    settle_date: '1700000001',
    amt_paid_msat: '1000',
    htlcs: [{ ...accepted, resolve_time: '1700000001' }],
  };
  const [first, second] = await inAnyOrder(json({ invoices: [invoice] }));
  // 630,000 had 1589225023; the line from there to 815,000 at 1700000000: 180/185 of it.
  assert.equal(first?.slice(0, 2), [
    '2023-10-11T06:34:41.702702702Z',
    { notBefore: '2020-05-11T19:23:43.000000000Z', notAfter: '2023-11-14T22:13:20.000000000Z' },
  ]);
  // A fifth of the line from there to 840,000.
  assert.equal(second?.slice(0, 2), [
    '2023-12-16T08:12:33.400000000Z',
    { notBefore: '2023-11-14T22:13:20.000000000Z', notAfter: '2024-04-20T00:09:27.000000000Z' },
  ]);
});

test('the newest block that getinfo names dates a close in it', async () => {
  const information = {
    identity_pubkey: nodeId,
    block_height: 820_000,
    block_hash: 'cd'.repeat(32),
    best_header_timestamp: '1702000000',
  };
  const shown = await inAnyOrder(json(information));
  assert.equal(shown[1]?.slice(0, 2), ['2023-12-08T01:46:40.000000000Z', undefined]);
});

test('a transaction that was read in its block dates what others closed there, once it is known', async () => {
  const ledger = await emptyLedger();
  await importInto(ledger, [closes], ofNode);
  const fundingOutpoint = Outpoint(`${'cc'.repeat(32)}:0`);
  const read: ChannelObservation = {
    about: 'channel',
    chain: 'bitcoin',
    nodeId,
    source: 'chain',
    happenedAtNs: 1_702_000_000_000_000_000n,
    timeBasis: 'source',
    blockHeight: 820_000,
    recordedAtNs: NOW_NS + 1_000n,
    evidence: 'a transaction',
    key: 'read',
    channelId: ChannelId('cc'.repeat(32)),
    context: { peerId, fundingOutpoint, capacitySat: 200_000n },
    fact: {
      type: 'ChannelClosed',
      data: {
        fundingOutpoint,
        closingTxid: Txid('dd'.repeat(32)),
        height: 820_000,
        kind: 'cooperative',
        initiator: 'unknown',
        outputs: [],
      },
    },
  };
  assert.is((await ledger.record([read])).quarantined, 0);
  const closedAt = (knownAtNs?: bigint) =>
    ledger.channel(`${'bb'.repeat(32)}:0`, knownAtNs === undefined ? {} : { knownAtNs }).close
      ?.closedAt;
  assert.is(closedAt(), '2023-12-08T01:46:40.000000000Z');
  // Before, it stood on the line between the halving blocks: 190/210 of it.
  assert.is(closedAt(NOW_NS), '2023-12-04T22:33:39.952380952Z');
  await ledger.close();
});

test.run();
