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

const apart = suite('a close whose transaction the source keeps apart');

type Closed = Extract<ChannelFact, { type: 'ChannelClosed' }>;

const kept = (
  purpose: 'cooperative-close' | 'commitment',
  raw: string,
  more = {},
): ChannelFact => ({
  type: 'TransactionKept',
  data: { txid: published.txid, purpose, fundingOutpoint, ...more },
  secret: { raw },
});
const agreed: ChannelFact = kept('cooperative-close', unsigned, {
  signatures: { scheme: 'ecdsa', commitment: compact(vector.remote_signature), htlcs: [] },
});

async function verifiedOf(...facts: readonly ChannelFact[]) {
  const store = await storeOf({ facts });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  const ruleOf = (name: string) => {
    const { checked, broken, notCheckable } = present(
      report.rules.find(({ rule }) => rule === name),
    );
    return { checked, broken, notCheckable };
  };
  return {
    closes: report.channels?.[0]?.closes,
    valid: report.channels?.[0]?.valid.closes,
    signed: ruleOf('close-signatures'),
    told: ruleOf('close-is-as-told'),
    details: report.broken.map(({ detail }) => detail),
  };
}

const unsaid = [{ why: 'the source told no closing transaction', count: 1 }];

apart('is one that is told, whichever comes first', async () => {
  for (const facts of [
    [agreed, CLOSE],
    [CLOSE, agreed],
  ]) {
    const { closes, valid, signed, told, details } = await verifiedOf(...facts);
    assert.equal([closes, valid], [{ known: 1, checkedAsStored: 1 }, 1]);
    assert.equal(signed, { checked: 1, broken: 0, notCheckable: [] });
    assert.equal(told, { checked: 2, broken: 0, notCheckable: [] });
    assert.equal(details, []);
  }
});

apart('is held to it, output by output', async () => {
  const [first, ...rest] = CLOSE.data.outputs;
  const outputs = [{ ...present(first), valueSat: 1n }, ...rest];
  const { feeSat: _, ...unpriced } = CLOSE.data;
  const wrong: Closed = { ...CLOSE, data: { ...unpriced, outputs } };
  for (const facts of [
    [agreed, wrong],
    [wrong, agreed],
  ]) {
    const { signed, told, details } = await verifiedOf(...facts);
    assert.equal(signed, { checked: 1, broken: 0, notCheckable: [] });
    assert.equal([told.checked, told.broken], [2, 1]);
    assert.equal(details, ['output 0 of the closing transaction differs']);
  }
});

apart('is told by no other transaction', async () => {
  const { feeSat: _, ...data } = CLOSE.data;
  const other: Closed = { ...CLOSE, data: { ...data, closingTxid: Txid('ab'.repeat(32)) } };
  for (const facts of [[other], [agreed, other], [other, agreed]]) {
    const { signed, told } = await verifiedOf(...facts);
    assert.equal(signed.notCheckable, unsaid);
    assert.is(told.checked, facts.length - 1);
  }
});

apart('by a commitment is proved there, and by its witness where it names none', async () => {
  const named = kept('commitment', unsigned, { side: 'local', commitmentNumber: 42 });
  const ofState = await verifiedOf({ type: 'CommitmentSeen', data: seen }, named, CLOSE);
  assert.equal([ofState.closes?.known, ofState.signed.notCheckable], [0, []]);
  assert.equal(ofState.told, { checked: 1, broken: 0, notCheckable: [] });
  for (const facts of [
    [kept('commitment', vector.commit_tx), CLOSE],
    [CLOSE, kept('commitment', vector.commit_tx)],
  ]) {
    const { closes, valid, signed, told } = await verifiedOf(...facts);
    assert.equal([closes, valid], [{ known: 1, checkedAsStored: 1 }, 2]);
    assert.equal([signed.checked, signed.notCheckable, told.checked], [2, [], 1]);
  }
});

apart.run();
