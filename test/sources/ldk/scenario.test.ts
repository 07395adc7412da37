import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import { parseChannelUpdate } from '../../../src/lightning/gossip.ts';
import type { Txid } from '../../../src/lightning/ids.ts';
import { splitOutpoint } from '../../../src/lightning/ids.ts';
import { parseTransaction } from '../../../src/lightning/transaction.ts';
import type { LdkEvent } from '../../../src/sources/ldk/ldk-events.ts';
import type { QuietPoint } from '../../../src/sources/ldk/plot.ts';
import { runScenario } from '../../../src/sources/ldk/scenario.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { tapRecordToJson } from '../../../src/sources/ldk/taps.ts';
import type { WireMessage, WireMessageType } from '../../../src/sources/ldk/wire-messages.ts';
import { ofKind } from './fixtures.ts';

const PAYMENTS = 60;
const records: TapRecord[] = [];
const quietPoints: QuietPoint[] = [];
const { network, payments } = await runScenario({
  seed: 'the plot',
  payments: PAYMENTS,
  sink: (record) => records.push(record),
  onQuiet: (point) => {
    quietPoints.push(point);
  },
});

const id = (name: string) => network.node(name).id;
const of = (name: string) => records.filter(({ node }) => node === id(name));

function events<Type extends LdkEvent['type']>(name: string, type: Type) {
  return ofKind(of(name), 'ldk-event')
    .map(({ event }) => event)
    .filter((event): event is Extract<LdkEvent, { readonly type: Type }> => event.type === type);
}

type MessageOf<Type extends WireMessageType> = WireMessage & { readonly type: Type };

function messages<Type extends WireMessageType>(
  name: string,
  way: 'message-in' | 'message-out',
  type: Type,
) {
  return ofKind(of(name), way)
    .map(({ message }) => message)
    .filter((message): message is MessageOf<Type> => message.type === type);
}

const broadcasts = (name: string) =>
  ofKind(of(name), 'broadcast').map(({ transaction }) => parseTransaction(hexToBytes(transaction)));

const confirmed = new Set<Txid>(
  ofKind(of('alice'), 'block').flatMap(({ transactions }) =>
    transactions.map((raw) => parseTransaction(hexToBytes(raw)).txid),
  ),
);

/** Confirmed transactions of a node that spend one of these outputs. */
const spenders = (name: string, txid: Txid) =>
  broadcasts(name).filter(
    (transaction) =>
      confirmed.has(transaction.txid) &&
      transaction.inputs.some(({ outpoint }) => splitOutpoint(outpoint).txid === txid),
  );

test('every tap tells what it can and nothing is undecoded', () => {
  assert.is(ofKind(records, 'undecoded').length, 0);
  const others = ofKind(records, 'ldk-event').filter(({ event }) => event.type === 'Other');
  assert.equal(others, []);
});

test('two announced channels and an unannounced one open, and stay open', () => {
  const announcements = ofKind(of('bob'), 'gossip').filter(
    ({ message }) => message === 'channel_announcement',
  );
  assert.is(new Set(announcements.map(({ raw }) => raw)).size, 2);
  const open = network.nodes.flatMap((node) => node.channels());
  assert.is(new Set(open.map(({ channelId }) => channelId)).size, 3);
  assert.is(open.filter(({ isAnnounced }) => isAnnounced).length, 4);
  assert.ok(open.every(({ isUsable }) => isUsable));
});

test('bob refuses a channel below his minimum and says so', () => {
  const [refusal] = messages('bob', 'message-out', 'error');
  assert.match(refusal?.text ?? '', /20000.*less than the user specified limit \(100000\)/);
  assert.is(messages('alice', 'message-in', 'error')[0]?.text, refusal?.text);
});

test('payments go both ways, through bob, and some fail', () => {
  assert.is(payments, PAYMENTS);
  for (const name of ['alice', 'bob', 'carol']) {
    assert.ok(events(name, 'PaymentSent').length > 0, `${name} sent`);
    assert.ok(events(name, 'PaymentClaimed').length > 0, `${name} was paid`);
  }
  const forwards = events('bob', 'PaymentForwarded').map((event) =>
    JSON.stringify(event, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
  assert.ok(new Set(forwards).size < forwards.length, 'two forwards that are alike');
  const reasons = new Set(events('alice', 'PaymentFailed').map(({ reason }) => reason));
  assert.equal([...reasons].sort(), ['RecipientRejected', 'RetriesExhausted']);
  const places = new Set(events('bob', 'HTLCHandlingFailed').map(({ destination }) => destination));
  assert.equal([...places].sort(), ['FailedPayment', 'NextHopChannel']);
});

test('payments run in parallel', () => {
  const pending = quietPoints
    .flatMap(({ nodes }) => nodes)
    .flatMap(({ channels }) => channels.map(({ offered }) => offered.length));
  assert.ok(Math.max(...pending) >= 2);
});

test('both ends of a channel change their fees', () => {
  const updates = ofKind(of('bob'), 'gossip')
    .filter(({ message, isAccepted }) => message === 'channel_update' && isAccepted)
    .map(({ raw }) => parseChannelUpdate(hexToBytes(raw)));
  const policies = new Set(
    updates.map(({ shortChannelId, direction, feeBaseMsat }) => {
      return `${shortChannelId}/${direction}/${feeBaseMsat}`;
    }),
  );
  const ends = new Set(
    updates.map(({ shortChannelId, direction }) => `${shortChannelId}/${direction}`),
  );
  assert.is(ends.size, 4);
  assert.ok(policies.size >= 9, `${[...policies]}`);
});

test('the commitment feerate goes up and down again', () => {
  const feerates = messages('alice', 'message-out', 'update_fee').map((fee) => fee.feeratePerKw);
  assert.ok(feerates.includes(1_000) && feerates.includes(253));
});

test('after a lost connection an HTLC is offered again with the same id', () => {
  const offered = messages('alice', 'message-out', 'update_add_htlc').map(
    ({ channelId, htlcId }) => `${channelId}/${htlcId}`,
  );
  assert.ok(offered.length - new Set(offered).size >= 2);
  const received = messages('bob', 'message-in', 'update_add_htlc').map(
    ({ channelId, htlcId }) => `${channelId}/${htlcId}`,
  );
  assert.ok(received.length > new Set(received).size, 'bob had it, forgot it, and was told again');
  assert.ok(messages('bob', 'message-in', 'channel_reestablish').length >= 4);
});

test('bob restarts with HTLCs in flight and they settle', () => {
  assert.equal(
    ofKind(of('bob'), 'node-started').map(({ isRestart }) => isRestart),
    [false, true],
  );
  const before = quietPoints.find(({ label }) => label === 'carol holds two payments');
  assert.is(before?.state, 'in-flight');
  const back = quietPoints.find(({ label }) => label === 'bob is back');
  const bobs = back?.nodes.find(({ name }) => name === 'bob')?.channels ?? [];
  assert.is(bobs.flatMap(({ offered }) => offered).length, 2);
  const seqs = of('bob').map(({ seq }) => seq);
  assert.equal(seqs, [...seqs.keys()]);
});

test('a channel is closed in agreement', () => {
  const closed = (name: string) => events(name, 'ChannelClosed').map(({ reason }) => reason.name);
  assert.ok(closed('bob').includes('LocallyInitiatedCooperativeClosure'));
  assert.ok(closed('alice').includes('CounterpartyInitiatedCooperativeClosure'));
  assert.ok(messages('bob', 'message-out', 'shutdown').length === 1);
});

test('a force close is claimed on chain: by preimage, by timeout, after the time lock', () => {
  const closed = events('bob', 'ChannelClosed').find(
    ({ reason }) => reason.name === 'HolderForceClosed',
  );
  assert.ok(closed?.fundingOutpoint);
  const { txid: fundingTxid } = splitOutpoint(closed.fundingOutpoint);
  const [commitment] = spenders('bob', fundingTxid);
  assert.ok(commitment, 'the commitment is in a block');
  assert.ok(spenders('carol', commitment.txid).length >= 2, 'preimage claim and sweep');
  const bobs = spenders('bob', commitment.txid);
  const timeout = bobs.find(({ locktime }) => locktime > 0 && locktime < 500_000_000);
  assert.ok(timeout, 'an HTLC-timeout');
  assert.ok(
    bobs.some(({ inputs }) => inputs.some(({ sequence }) => sequence === 144)),
    'a sweep behind the relative lock',
  );
  assert.ok(spenders('bob', timeout.txid).length === 1, 'the second stage is swept');
});

test('every spendable output is swept, and the sweep confirms', () => {
  for (const name of ['alice', 'bob', 'carol']) {
    const swept = new Set(
      broadcasts(name)
        .filter(({ txid }) => confirmed.has(txid))
        .flatMap(({ inputs }) => inputs.map(({ outpoint }) => outpoint)),
    );
    const spendable = events(name, 'SpendableOutputs').flatMap(({ outputs }) => outputs);
    assert.ok(spendable.length > 0);
    assert.ok(
      spendable.every(({ outpoint }) => swept.has(outpoint)),
      name,
    );
  }
});

test('a revoked commitment is punished', () => {
  const carols = ofKind(of('carol'), 'persist-update').flatMap(({ update, channelId }) =>
    update.steps.flatMap((step) =>
      step.step === 'holder-commitment' ? [{ ...step.commitment, channelId }] : [],
    ),
  );
  const betrayal = carols.find(
    ({ txid, number, channelId }) =>
      confirmed.has(txid) &&
      carols.some((later) => later.channelId === channelId && later.number > number),
  );
  assert.ok(betrayal, 'an older commitment of carol is in a block');
  assert.ok(broadcasts('carol').some(({ txid }) => txid === betrayal.txid));
  const secrets = ofKind(of('alice'), 'persist-update')
    .filter(({ channelId }) => channelId === betrayal.channelId)
    .flatMap(({ update }) => update.steps)
    .filter((step) => step.step === 'commitment-secret');
  assert.ok(
    secrets.some(({ number }) => number === betrayal.number),
    'alice held its secret',
  );
  const taken = spenders('alice', betrayal.txid).flatMap(({ inputs }) =>
    inputs.map(({ outpoint }) => outpoint),
  );
  const outputs = parseTransaction(hexToBytes(betrayal.rawTransaction)).outputs.length;
  assert.is(new Set(taken).size, outputs, 'alice took every output');
  assert.equal(spenders('carol', betrayal.txid), []);
});

test('at settled quiet points both ends of each channel agree on the balance', () => {
  const settled = quietPoints.filter(({ state }) => state === 'settled');
  assert.ok(settled.length >= 12);
  for (const { nodes, label } of settled) {
    const byChannel = Map.groupBy(
      nodes.flatMap(({ channels }) => channels),
      ({ channelId }) => channelId,
    );
    for (const [one, other] of byChannel.values()) {
      if (one === undefined || other === undefined) continue;
      const inbound = other.inboundCapacityMsat;
      assert.is(one.outboundCapacityMsat, inbound, `${label}: ${one.channelId}`);
    }
  }
});

test('the same seed tells the same, byte for byte, whatever delays come between', async () => {
  const again: string[] = [];
  let steps = 0;
  await runScenario({
    seed: 'the plot',
    payments: PAYMENTS,
    sink: (record) => again.push(tapRecordToJson(record)),
    pause: async () => {
      steps += 1;
      if (Math.random() < 0.02) await wait(Math.random() * 3);
    },
  });
  assert.ok(steps > 1_000);
  assert.is(again.join('\n') === records.map(tapRecordToJson).join('\n'), true);
});

test('channels with anchors live through the same plot', async () => {
  const told: TapRecord[] = [];
  await runScenario({
    seed: 'anchors',
    payments: 10,
    anchors: true,
    sink: (record) => told.push(record),
  });
  const types = ofKind(told, 'message-out').flatMap(({ message }) =>
    message.type === 'accept_channel' ? [message.channelType] : [],
  );
  assert.equal([...new Set(types)], ['anchors_zero_fee_htlc_tx']);
  const names = new Set(ofKind(told, 'ldk-event').map(({ event }) => event.type));
  assert.ok(names.has('BumpTransaction') && names.has('SpendableOutputs'));
});

test.run();
