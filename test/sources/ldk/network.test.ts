import * as secp256k1 from '@noble/secp256k1';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import { setFees } from '../../../src/sources/ldk/channel-actions.ts';
import { pay } from '../../../src/sources/ldk/payments.ts';
import { ofKind, pairWithChannel } from './fixtures.ts';

const heard = (records: Parameters<typeof ofKind>[0], node: string) =>
  records.filter((record) => record.node === node);

test('the counterparty learns of an offered HTLC before its id is on the wire', async () => {
  const { network, alice, bob, records } = await pairWithChannel('order');
  records.length = 0;
  pay({ from: alice, to: bob, amountMsat: 9_000_000n });
  await network.settle();
  const told = heard(records, alice.id).flatMap((record) => {
    if (record.kind === 'message-out') return [record.message.type];
    if (record.kind === 'persist-update') return record.update.steps.map(({ step }) => step);
    return [];
  });
  assert.equal(told.slice(0, 3), [
    'counterparty-commitment',
    'update_add_htlc',
    'commitment_signed',
  ]);
});

test('each secret the counterparty reveals belongs to the point of that number', async () => {
  const { network, alice, bob, records } = await pairWithChannel('secrets');
  for (let i = 0; i < 5; i++) {
    pay({ from: i % 2 === 0 ? alice : bob, to: i % 2 === 0 ? bob : alice, amountMsat: 6_000_000n });
    await network.settle();
  }
  let checked = 0;
  for (const node of [alice, bob]) {
    const points = new Map<number, string>();
    for (const { counterpartyCommitment } of ofKind(heard(records, node.id), 'persist-new')) {
      assert.ok(counterpartyCommitment);
      points.set(counterpartyCommitment.number, counterpartyCommitment.perCommitmentPoint);
    }
    for (const { update } of ofKind(heard(records, node.id), 'persist-update')) {
      for (const step of update.steps) {
        if (step.step === 'counterparty-commitment')
          points.set(step.number, step.perCommitmentPoint);
        if (step.step !== 'commitment-secret') continue;
        const point = secp256k1.getPublicKey(hexToBytes(step.secret), true);
        assert.is(points.get(step.number), bytesToHex(point));
        checked += 1;
      }
    }
  }
  assert.ok(checked >= 18);
});

test('a node comes back from its bytes alone, and its records go on counting', async () => {
  const { network, alice, bob, records } = await pairWithChannel('restart');
  network.reactions.setMode(bob, 'hold');
  pay({ from: alice, to: bob, amountMsat: 30_000_000n });
  await network.settle();
  const identity = network.stopNode('bob');
  await network.mine(2);
  const restarted = network.restartNode(identity);
  assert.is(restarted.id, bob.id);
  assert.equal(
    restarted.channels().map(({ received }) => received.map(({ id }) => id)),
    [[0n]],
  );
  await network.connect(alice, restarted);
  network.reactions.claimHeld(restarted);
  await network.settle();
  const seqs = heard(records, bob.id).map(({ seq }) => seq);
  assert.equal(seqs, [...seqs.keys()]);
  assert.equal(
    ofKind(heard(records, bob.id), 'node-started').map(({ isRestart }) => isRestart),
    [false, true],
  );
  const blocks = ofKind(heard(records, bob.id), 'block').map(({ height }) => height);
  assert.equal(
    blocks,
    blocks.map((_height, index) => index + 1),
    'also those it missed',
  );
  assert.equal(
    alice.channels().map(({ offered }) => offered.length),
    [0],
  );
});

test('a reorganisation of the funding leaves the channel open', async () => {
  const { network, alice, bob, records } = await pairWithChannel('reorganisation');
  network.chain.disconnectTip();
  network.chain.disconnectTip();
  await network.settle();
  await network.mine(3);
  assert.is(ofKind(heard(records, alice.id), 'block-disconnected').length, 2);
  pay({ from: alice, to: bob, amountMsat: 9_000_000n });
  await network.settle();
  assert.equal(
    bob
      .channels()
      .map(({ isUsable, outboundCapacityMsat }) => ({ isUsable, outboundCapacityMsat })),
    [{ isUsable: true, outboundCapacityMsat: 399_000_000n }],
  );
});

test('new fees are signed and broadcast at once', async () => {
  const { network, alice, records } = await pairWithChannel('fees');
  const [channel] = alice.channels();
  assert.ok(channel);
  records.length = 0;
  setFees(alice, channel, { feeBaseMsat: 4_321, feeProportionalMillionths: 77 });
  await network.settle();
  const own = ofKind(heard(records, alice.id), 'gossip').filter(({ from }) => from === null);
  assert.equal(
    own.map(({ message, isAccepted }) => ({ message, isAccepted })),
    [{ message: 'channel_update', isAccepted: true }],
  );
});

test('records of a node rise in number and in time', async () => {
  const { alice, records } = await pairWithChannel('rising');
  const own = heard(records, alice.id);
  own.forEach((record, index) => {
    assert.is(record.seq, index);
    const previous = own[index - 1];
    assert.ok(previous === undefined || previous.at < record.at);
  });
});

test.run();
