/** `verify` with signatures, on a ledger that holds a commitment of BOLT 3 appendix C. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact, CommitmentSeen } from '../../src/channel/observations.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { channelIdOfOutpoint, Txid } from '../../src/lightning/ids.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { bodyBytes } from '../../src/lightning/transaction-bytes.ts';
import { appendixC } from '../lightning/appendix-c.ts';
import { hex, present } from '../lightning/fixtures.ts';
import {
  compact,
  context,
  fundingOutpoint,
  published,
  seen,
  storeOf,
  told,
  unsigned,
  unsignedSeen,
  vector,
} from './published-commitment.ts';
import { keyringOf } from './recording.ts';
import { tally } from './verifying.ts';

const proved = suite('a commitment');
const closed = suite('a close');

async function provedOf(changes: Partial<CommitmentSeen>, about: object = {}) {
  const data = { ...seen, ...changes };
  const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data }], about });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  return { report, channel: present(report.channels?.[0]) };
}

const flipped = (signature: string) => (signature[0] === 'f' ? '0' : 'f') + signature.slice(1);
const noSignatures = { commitments: 0, htlcs: 0, closes: 0 };

proved('is rebuilt and its signatures and those of its HTLCs are found valid', async () => {
  const { report, channel } = await provedOf({});
  assert.equal(report.broken, []);
  assert.equal(channel, {
    stream: channel.stream,
    nodeId: channel.nodeId,
    channelId: channelIdOfOutpoint(fundingOutpoint),
    source: 'lnd-db',
    fundingOutpoint,
    channelType: 'static_remotekey',
    states: 1,
    rebuilt: 1,
    checkedAsStored: 0,
    valid: { commitments: 1, htlcs: 5, closes: 0 },
    bad: noSignatures,
    notCheckable: [],
    closes: { known: 0, checkedAsStored: 0 },
  });
  assert.equal(tally(report, 'commitment-is-as-told'), { checked: 1, broken: 0 });
});

proved('is not looked at unless signatures are asked for', async () => {
  const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data: seen }] });
  const report = await verifyLedger({ store, keyring: keyringOf(store) });
  assert.is(report.channels, undefined);
  assert.is(
    report.rules.some(({ rule }) => rule === 'commitment-signatures'),
    false,
  );
});

proved('with another signature is bad, and the place is named', async () => {
  const commitment = flipped(present(told.commitment));
  const { report, channel } = await provedOf({ signatures: { ...told, commitment } });
  assert.not(report.isSound);
  assert.equal(channel.bad, { commitments: 1, htlcs: 0, closes: 0 });
  assert.equal(report.broken, [
    {
      rule: 'commitment-signatures',
      where: `${channel.stream} revision 6 (position 7)`,
      detail: 'local commitment 42: its signature is not that of the other end',
    },
  ]);
});

proved('with the signature of another HTLC is bad for that HTLC', async () => {
  const [first = '', second = '', ...rest] = told.htlcs;
  const htlcs = [second, first, ...rest];
  const { report, channel } = await provedOf({ signatures: { ...told, htlcs } });
  assert.equal(channel.valid, { commitments: 1, htlcs: 3, closes: 0 });
  assert.equal(channel.bad, { commitments: 0, htlcs: 2, closes: 0 });
  assert.equal(
    report.broken.map(({ rule }) => rule),
    ['htlc-signatures', 'htlc-signatures'],
  );
});

proved('needs a signature for each HTLC output', async () => {
  const htlcs = told.htlcs.slice(1);
  const { report } = await provedOf({ signatures: { ...told, htlcs } });
  const detail = 'local commitment 42: it has 5 HTLC outputs and 4 signatures for them';
  assert.equal(
    report.broken.map((place) => place.detail),
    [detail],
  );
});

proved('that is told under another txid is not as told', async () => {
  const txid = Txid('ab'.repeat(32));
  const { report } = await provedOf({ txid });
  assert.equal(tally(report, 'commitment-is-as-told'), { checked: 1, broken: 1 });
});

proved('of a type not known here is never bad, whatever is told of it', async () => {
  const commitment = flipped(present(told.commitment));
  const wrong = { signatures: { ...told, commitment }, rawTransaction: unsigned };
  for (const [about, why] of [
    [{ channelType: 'taproot' }, 'type: taproot'],
    [{ channelType: 'unknown' }, 'type: unknown'],
    [{ leaseExpiryHeight: 800_000 }, 'type: leased'],
  ] as const) {
    const { report, channel } = await provedOf(wrong, about);
    assert.ok(report.isSound);
    assert.equal(channel.notCheckable, [{ why, count: 1 }]);
    assert.equal([channel.states, channel.rebuilt, channel.checkedAsStored], [1, 0, 0]);
  }
  const scheme = 'musig2-partial';
  const { channel } = await provedOf({ ...wrong, signatures: { ...told, scheme } });
  assert.equal(channel.notCheckable, [{ why: 'type: musig2', count: 1 }]);
});

proved('without what it is built from says what is missing', async () => {
  const { csvDelayBlocks: _, ...undelayed } = context.remote;
  const { htlcBasepoint: __, ...keyless } = context.remote;
  const { dustLimitSat: ___, ...dustless } = context.local;
  const { fundingPubkey: ____, ...fundless } = context.local;
  const { perCommitmentPoint: _____, ...pointless } = seen;
  const hashless = seen.htlcs.map(({ paymentHash: _, ...rest }) => rest);
  const cases: readonly (readonly [CommitmentSeen, object, string])[] = [
    [seen, { remote: undelayed }, 'the delay is not known'],
    [seen, { remote: keyless }, 'the base points are not known'],
    [seen, { local: dustless }, 'the dust limit is not known'],
    [seen, { local: fundless }, 'the funding keys are not known'],
    [pointless, {}, 'its point is not known'],
    [{ ...seen, htlcs: hashless }, {}, 'a payment hash: the source did not tell it'],
  ];
  for (const [data, about, why] of cases) {
    const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data }], about });
    const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
    assert.equal(report.channels?.[0]?.notCheckable, [{ why, count: 1 }]);
    assert.ok(report.isSound);
  }
  const { txid: _______, ...nothing } = unsignedSeen;
  const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data: nothing }] });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  const why = 'neither a signature nor a txid of it was told';
  assert.equal(report.channels?.[0]?.notCheckable, [{ why, count: 1 }]);
});

proved(
  'without its point is checked as it is stored, and its HTLCs are not checkable',
  async () => {
    const { perCommitmentPoint: _, ...pointless } = seen;
    const data = { ...pointless, rawTransaction: unsigned };
    const facts: readonly ChannelFact[] = [{ type: 'CommitmentSeen', data }];
    const store = await storeOf({ facts });
    const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
    const channel = present(report.channels?.[0]);
    assert.equal([channel.states, channel.rebuilt, channel.checkedAsStored], [1, 0, 1]);
    assert.equal(channel.valid, { commitments: 1, htlcs: 0, closes: 0 });
    assert.equal(report.broken, []);
  },
);

proved(
  'stored otherwise than its events give it is checked as stored, and the difference said',
  async () => {
    const other = present(appendixC.vectors[2]);
    const stored = parseTransaction(hex(other.commit_tx));
    const { report, channel } = await provedOf({
      txid: stored.txid,
      rawTransaction: bytesToHex(bodyBytes(stored)),
      signatures: { scheme: 'ecdsa', commitment: compact(other.remote_signature), htlcs: [] },
    });
    assert.equal([channel.rebuilt, channel.checkedAsStored], [0, 1]);
    assert.equal(channel.valid.commitments, 1);
    assert.match(report.broken[0]?.detail ?? '', /another transaction than the one that is stored/);
  },
);

proved('whose stored transaction is no transaction says so, and is rebuilt', async () => {
  const { report, channel } = await provedOf({ rawTransaction: '0200' });
  assert.is(channel.rebuilt, 1);
  assert.match(report.broken[0]?.detail ?? '', /^local commitment 42: it is stored unreadable: /);
});

proved('whose payment hashes are sealed and whose key is gone is not checkable', async () => {
  const store = await storeOf({ facts: [{ type: 'CommitmentSeen', data: seen }] });
  const keyring = new Keyring({
    table: store.keys,
    ledgerKey: undefined,
    seed: 'seed',
    nowNs: () => 0n,
  });
  const report = await verifyLedger({ store, keyring, signatures: true });
  const channel = present(report.channels?.[0]);
  assert.equal(channel.notCheckable, [{ why: 'a payment hash: no key', count: 1 }]);
  assert.is(channel.rebuilt, 0);
});

proved('after a gap is rebuilt from the hashes sealed beside its HTLCs', async () => {
  const { htlcs: _, ...rest } = seen;
  const before: CommitmentSeen = { ...rest, number: 30, htlcs: [], stated: { localSat: 1n } };
  const store = await storeOf({
    facts: [
      {
        type: 'CommitmentSeen',
        data: { ...before, stated: { localSat: 7_000_000n, remoteSat: 3_000_000n } },
      },
      { type: 'CommitmentSeen', data: seen },
    ],
  });
  const events = [...store.streamEvents(present(store.streamNames('channel-')[0]))];
  const last = JSON.parse(present(events.at(-1)).data);
  assert.is(last.unknownHtlcs.length, 5);
  assert.type(last.sealed.box, 'string');
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  const channel = present(report.channels?.[0]);
  assert.equal(channel.valid, { commitments: 1, htlcs: 5, closes: 0 });
});

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

async function closeOf(fact: ChannelFact) {
  const store = await storeOf({ facts: [fact] });
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
    [unpriced, /^$/],
  ];
  for (const [wrong, detail] of cases) {
    const { report } = await closeOf({ type: 'ChannelClosed', data: wrong, secret });
    const found = report.broken.filter(({ rule }) => rule === 'close-is-as-told');
    assert.match(found[0]?.detail ?? '', detail);
  }
});

proved.run();
closed.run();
