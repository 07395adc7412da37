/** Acts of ordinary life: payments of every kind, fee policies, a moving fee market. */
import { setFees } from '../channel-actions.ts';
import type { Act } from './stage.ts';

/** Below every dust limit: such an HTLC has no output in a commitment transaction. */
const DUST_MSAT = 123_456n;
const RAISED_FEERATE_PER_KW = 1_000;
const USUAL_FEERATE_PER_KW = 253;

export const payingActs: readonly Act[] = [
  {
    title: 'paying in both directions',
    async play(stage) {
      const { alice, bob, carol } = stage;
      await stage.payAndSettle({ from: alice, to: bob, amountMsat: 50_000_000n });
      await stage.quiet('alice paid bob');
      await stage.payAndSettle({ from: bob, to: alice, amountMsat: 10_000_001n });
      await stage.payAndSettle({ from: carol, to: bob, amountMsat: 20_000_999n });
      await stage.payAndSettle({ from: alice, to: carol, amountMsat: 7_654_321n });
      await stage.payAndSettle({ from: carol, to: alice, amountMsat: DUST_MSAT });
    },
  },
  {
    title: 'paying through bob',
    async play(stage) {
      const { network, alice, carol } = stage;
      const aliceToCarol = { from: alice, to: carol, over: 'alice-bob' } as const;
      await stage.payAndSettle({ ...aliceToCarol, amountMsat: 25_000_000n });
      await stage.payAndSettle({ ...aliceToCarol, amountMsat: DUST_MSAT });
      // Two forwards that look the same in every field.
      stage.pay({ ...aliceToCarol, amountMsat: 11_000_000n });
      stage.pay({ ...aliceToCarol, amountMsat: 11_000_000n });
      await network.settle();
      const carolToAlice = { from: carol, to: alice, over: 'bob-carol' } as const;
      await stage.payAndSettle({ ...carolToAlice, amountMsat: 15_000_500n });
    },
  },
  {
    title: 'changing fee policies',
    async play(stage) {
      const { network, alice, bob, carol } = stage;
      const change = async (node: typeof bob, base: number, ppm: number, name: ChannelOfPolicy) => {
        const fees = { feeBaseMsat: base, feeProportionalMillionths: ppm };
        setFees(node, stage.channel(node, name), fees);
        await network.settle();
      };
      await change(bob, 2_500, 1_234, 'bob-carol');
      // A second change in the same block: its timestamp must be the next second's.
      await change(bob, 777, 1_234, 'bob-carol');
      await network.mine(1);
      await change(alice, 1_500, 50, 'alice-bob');
      await change(bob, 900, 300, 'alice-bob');
      await change(carol, 0, 100, 'bob-carol');
      await change(carol, 1_000, 10, 'carol-alice');
      const amountMsat = 12_345_678n;
      await stage.payAndSettle({ from: alice, to: carol, over: 'alice-bob', amountMsat });
    },
  },
  {
    title: 'failing payments',
    async play(stage) {
      const { network, alice, bob, carol } = stage;
      const wrong = { amountMsat: 9_000_000n, hasWrongSecret: true };
      await stage.payAndSettle({ from: alice, to: bob, ...wrong });
      await stage.payAndSettle({ from: alice, to: carol, over: 'alice-bob', ...wrong });
      network.reactions.setMode(carol, 'reject');
      const toCarol = { from: alice, to: carol, over: 'alice-bob' } as const;
      await stage.payAndSettle({ ...toCarol, amountMsat: 8_000_000n });
      network.reactions.setMode(carol, 'claim');
      // More than bob has towards carol: it fails at bob.
      await stage.payAndSettle({ ...toCarol, amountMsat: 1_050_000_000n });
      // More than there is at all: it does not even start.
      await stage.payAndSettle({
        from: bob,
        to: carol,
        amountMsat: 5_000_000_000n,
        mayLackRoute: true,
      });
    },
  },
  {
    title: 'paying in parallel',
    async play(stage) {
      await stage.traffic(0.5, ['alice-bob', 'bob-carol', 'carol-alice']);
    },
  },
  {
    title: 'raising the commitment feerate',
    async play(stage) {
      const { network, alice, bob } = stage;
      for (const feeratePerKw of [RAISED_FEERATE_PER_KW, USUAL_FEERATE_PER_KW]) {
        network.feeMarket.set(feeratePerKw);
        for (const node of network.nodes) node.manager.timer_tick_occurred();
        await network.settle();
        await stage.payAndSettle({ from: bob, to: alice, amountMsat: 6_000_000n });
      }
    },
  },
];

type ChannelOfPolicy = 'alice-bob' | 'bob-carol' | 'carol-alice';
