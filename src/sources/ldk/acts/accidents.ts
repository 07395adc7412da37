/** Acts in which the line breaks or a node stops while payments are on their way. */
import type { Act } from './stage.ts';

export const accidentActs: readonly Act[] = [
  {
    title: 'losing the connection with updates in flight',
    async play(stage) {
      const { network, alice, bob } = stage;
      // Sent, and lost before a byte arrives: sent again with the same id after the reconnect.
      stage.pay({ from: alice, to: bob, over: 'alice-bob', amountMsat: 13_000_000n });
      network.processEvents();
      await stage.quiet('nothing arrived', 'mid-update');
      network.disconnect(alice, bob);
      await network.connect(alice, bob);

      // The HTLC arrives, its commitment_signed does not: bob forgets it.
      stage.pay({ from: alice, to: bob, over: 'alice-bob', amountMsat: 14_000_000n });
      network.processEvents();
      network.link(alice, bob).deliver(1);
      network.disconnect(alice, bob);
      await network.connect(alice, bob);

      // Both ends speak at once, and both answers are lost.
      stage.pay({ from: alice, to: bob, over: 'alice-bob', amountMsat: 15_000_000n });
      stage.pay({ from: bob, to: alice, over: 'alice-bob', amountMsat: 16_000_000n });
      await network.round();
      await stage.quiet('answers on the way', 'mid-update');
      network.processEvents();
      network.disconnect(alice, bob);
      await stage.quiet('disconnected', 'mid-update');
      await network.connect(alice, bob);
    },
  },
  {
    title: 'restarting bob with an HTLC in flight',
    async play(stage) {
      const { network, alice, bob, carol } = stage;
      network.reactions.setMode(carol, 'hold');
      stage.pay({ from: alice, to: carol, over: 'alice-bob', amountMsat: 33_000_000n });
      stage.pay({ from: bob, to: carol, over: 'bob-carol', amountMsat: 34_000_000n });
      await network.settle();
      await stage.quiet('carol holds two payments');
      const identity = network.stopNode('bob');
      await network.mine(2);
      // carol claims while bob is down: he must learn the preimage when he is back.
      network.reactions.setMode(carol, 'claim');
      network.reactions.claimHeld(carol);
      await network.settle();
      const restarted = network.restartNode(identity);
      await stage.quiet('bob is back', 'mid-update');
      await network.connect(alice, restarted);
      await network.connect(restarted, carol);
    },
  },
  {
    title: 'paying on',
    async play(stage) {
      await stage.traffic(0.5, ['alice-bob', 'bob-carol', 'carol-alice']);
    },
  },
];
