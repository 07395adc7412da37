/** A close that was told with its transaction: who signed it, and whether it is what was told of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { present } from '../lightning/fixtures.ts';
import {
  compact,
  flipped,
  fundingOutpoint,
  published,
  seen,
  storeOf,
  unsigned,
  vector,
} from './published-commitment.ts';
import { keyringOf } from './recording.ts';
import { tally } from './verifying.ts';

const closed = suite('a close');

const CLOSE = {
  type: 'ChannelClosed',
  data: {
    fundingOutpoint,
    closingTxid: published.txid,
    height: 700,
    blockHash: 'cd'.repeat(32),
    kind: 'local-force',
    initiator: 'local',
    outputs: published.outputs.map(({ valueSat }, index) => ({
      index,
      valueSat,
      what: 'unknown' as const,
    })),
    feeSat: 0n,
  },
} as const;

async function closeOf(fact: ChannelFact, about = {}) {
  const store = await storeOf({ facts: [fact], about });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  return { report, channel: present(report.channels?.[0]) };
}

closed('in a block has both signatures in its witness', async () => {
  const { report, channel } = await closeOf({
    ...CLOSE,
    secret: { rawTransaction: vector.commit_tx },
  });
  assert.equal(channel.closes, { known: 1, checkedAsStored: 1 });
  assert.equal(channel.valid, { commitments: 0, htlcs: 0, closes: 2 });
  assert.equal(report.broken, []);
});

closed('that is stored without a witness is held to the signature of the peer', async () => {
  const told = (peerSignature: string): ChannelFact => ({
    type: 'ChannelClosed',
    data: { ...CLOSE.data, peerSignature },
    secret: { rawTransaction: unsigned },
  });
  const right = await closeOf(told(compact(vector.remote_signature)));
  assert.equal(right.channel.valid.closes, 1);
  assert.ok(right.report.isSound);
  const wrong = await closeOf(told(flipped(compact(vector.remote_signature))));
  assert.equal(wrong.channel.bad.closes, 1);
  assert.not(wrong.report.isSound);
});

closed('of a channel whose type is not known is never bad', async () => {
  const fact = (peerSignature: string): ChannelFact => ({
    type: 'ChannelClosed',
    data: { ...CLOSE.data, peerSignature },
    secret: { rawTransaction: unsigned },
  });
  const about = { channelType: 'unknown' };
  const right = await closeOf(fact(compact(vector.remote_signature)), about);
  assert.equal([right.channel.valid.closes, right.channel.closes.checkedAsStored], [1, 1]);
  const wrong = await closeOf(fact(flipped(compact(vector.remote_signature))), about);
  assert.ok(wrong.report.isSound);
  assert.equal([wrong.channel.bad.closes, wrong.channel.closes.checkedAsStored], [0, 0]);
  const taproot = await closeOf(fact('00'.repeat(64)), { channelType: 'taproot' });
  assert.ok(taproot.report.isSound);
});

closed('by another commitment than the one it is said to be is found', async () => {
  const said = (closingTxid: Txid): ChannelFact => ({
    type: 'ChannelClosed',
    data: { ...CLOSE.data, commitmentNumber: 42, closingTxid },
  });
  for (const [txid, broken] of [
    [published.txid, 0],
    [Txid('ab'.repeat(32)), 1],
  ] as const) {
    const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data: seen }, said(txid)] });
    const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
    assert.equal(tally(report, 'close-is-its-commitment'), { checked: 1, broken });
  }
});

closed('that was broadcast is checked too, and once', async () => {
  const peerSignature = compact(vector.remote_signature);
  const secret = { rawTransaction: unsigned };
  const store = await storeOf({
    facts: [
      {
        type: 'TransactionBroadcast',
        data: { txid: published.txid, purpose: 'cooperative-close', by: 'both', peerSignature },
        secret,
      },
      { type: 'ChannelClosed', data: { ...CLOSE.data, peerSignature }, secret },
    ],
  });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  assert.equal(report.channels?.[0]?.closes, { known: 1, checkedAsStored: 1 });
  assert.is(report.channels?.[0]?.valid.closes, 1);
});

closed('whose txid, outputs or fee are others than in its transaction is not as told', async () => {
  const secret = { rawTransaction: vector.commit_tx };
  const { data } = CLOSE;
  const { feeSat: _, ...unpriced } = data;
  const [first, ...rest] = data.outputs;
  const cases: readonly (readonly [
    Extract<ChannelFact, { type: 'ChannelClosed' }>['data'],
    RegExp,
  ])[] = [
    [{ ...unpriced, closingTxid: Txid('ab'.repeat(32)) }, /transaction is [0-9a-f]{64}, not abab/],
    [{ ...unpriced, outputs: [{ ...present(first), valueSat: 1n }, ...rest] }, /output 0 of the/],
    // One output is called the fee: it adds up, and is not what the transaction pays.
    [{ ...data, outputs: rest, feeSat: present(first).valueSat }, /pays 0 sat of fee$/],
    [data, /^$/],
    [unpriced, /^$/],
  ];
  for (const [wrong, detail] of cases) {
    const { report } = await closeOf({ type: 'ChannelClosed', data: wrong, secret });
    const found = report.broken.filter(({ rule }) => rule === 'close-is-as-told');
    assert.match(found[0]?.detail ?? '', detail);
  }
});

closed.run();
