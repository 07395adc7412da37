/** Closes that two LDK nodes are brought to make, each for another cause, and the ledger that saw them. */
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import { pay } from '../../../src/sources/ldk/payments.ts';
import { LdkTranslator } from '../../../src/sources/ldk/translate/translator.ts';
import { type Pair, pairWithChannel } from '../../sources/ldk/fixtures.ts';

/** What its nodes told, recorded. */
export async function ledgerOf({ records }: Pair): Promise<Ledger> {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'why' });
  for (const node of new Set(records.map((record) => record.node))) {
    const translator = new LdkTranslator('regtest');
    const own = records.filter((record) => record.node === node);
    await ledger.recordBatch(own.flatMap((record) => translator.translate(record)));
  }
  return ledger;
}

/** bob never answers for it, and alice waits until it has run out. */
export async function offeredExpired(): Promise<Pair> {
  const pair = await pairWithChannel('offered expired');
  const { network, alice, bob } = pair;
  network.reactions.setMode(bob, 'hold');
  pay({ from: alice, to: bob, amountMsat: 21_000_000n, avoid: [] });
  await network.settle();
  network.disconnect(alice, bob);
  await network.mine(260);
  return pair;
}

/** bob knows the preimage and cannot tell alice. */
export async function receivedNearDeadline(): Promise<Pair> {
  const pair = await pairWithChannel('received near its deadline');
  const { network, alice, bob } = pair;
  network.reactions.setMode(bob, 'hold');
  pay({ from: alice, to: bob, amountMsat: 21_000_000n, avoid: [] });
  await network.settle();
  network.disconnect(alice, bob);
  network.reactions.claimHeld(bob);
  await network.settle();
  await network.mine(260);
  return pair;
}

/** LDK looks at the lowest feerate of a day of blocks (FEERATE_TRACKING_BLOCKS). */
const DAY_BLOCKS = 144;

/** Feerates rise and stay, and alice, who pays for the commitments, is not there to follow. */
export async function feerateTooLow(): Promise<Pair> {
  const pair = await pairWithChannel('feerate too low');
  const { network, alice, bob } = pair;
  network.disconnect(alice, bob);
  network.feeMarket.feeratePerKw = (target) => (target.startsWith('MinAllowed') ? 2_000 : 5_000);
  await network.mine(DAY_BLOCKS + 10);
  return pair;
}

/** alice is started with a channel manager of four payments ago; her monitors know better. */
export async function stateLost(): Promise<Pair> {
  const pair = await pairWithChannel('state lost');
  const { network, alice, bob } = pair;
  const { manager } = alice.identity.disk;
  for (let payment = 0; payment < 4; payment += 1) {
    pay({ from: alice, to: bob, amountMsat: 21_000_000n, avoid: [] });
    await network.settle();
  }
  const identity = network.stopNode('alice');
  identity.disk.manager = manager;
  network.restartNode(identity);
  await network.settle();
  await network.mine(7);
  return pair;
}

/** alice is told to pay another feerate by bob, who has no say in it (BOLT 2, update_fee). */
export async function ownError(): Promise<Pair> {
  const pair = await pairWithChannel('own error');
  const { network, alice, bob } = pair;
  const [channel] = alice.channels();
  if (channel === undefined) throw new Error('alice has no channel');
  const { ldk } = network.binding;
  const id = ldk.ChannelId.constructor_new(hexToBytes(channel.channelId));
  const message = ldk.UpdateFee.constructor_new(id, 500);
  alice.manager.as_ChannelMessageHandler().handle_update_fee(bob.idBytes, message);
  await network.settle();
  await network.mine(7);
  return pair;
}
