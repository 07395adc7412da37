/** Acts in which channels end: in agreement, by force, and by betrayal. Three others stay open. */
import type { ChannelMonitor } from 'lightningdevkit';
import { closeCooperatively, forceClose } from '../channel-actions.ts';
import type { LdkNode } from '../node.ts';
import type { Act, Stage } from './stage.ts';

/** LDK's least `to_self_delay`, which both ends use, plus the sweep's own confirmation and LDK's six. */
const TIME_LOCK_BLOCKS = 144 + 8;
/** So that the HTLC that nobody claims times out soon; LDK puts at least 42 on the last hop. */
const SHORT_CLTV_DELTA = 50;
/** LDK believes a transaction for good after six confirmations. */
const SETTLED_DEPTH = 7;

export const closingActs: readonly Act[] = [
  {
    title: 'opening three channels that will close',
    async play(stage) {
      const { network, alice, bob, carol } = stage;
      stage.open('to-close', { from: bob, to: alice, pushSat: 200_000n, isAnnounced: false });
      stage.open('to-force-close', { from: bob, to: carol, pushSat: 250_000n, isAnnounced: false });
      stage.open('to-betray', { from: carol, to: alice, pushSat: 100_000n, isAnnounced: false });
      await network.settle();
      await network.mine(2);
      const amountMsat = 21_000_000n;
      stage.pay({ from: bob, to: alice, over: 'to-close', amountMsat });
      stage.pay({ from: carol, to: bob, over: 'to-force-close', amountMsat });
      stage.pay({ from: alice, to: carol, over: 'to-betray', amountMsat });
      await network.settle();
    },
  },
  {
    title: 'closing a channel cooperatively',
    async play(stage) {
      const { network, bob } = stage;
      closeCooperatively(bob, stage.channel(bob, 'to-close'));
      await network.settle();
      await stage.quiet('close negotiated');
      await network.mine(SETTLED_DEPTH);
    },
  },
  {
    title: 'force-closing a channel with HTLCs in it',
    async play(stage) {
      const { network, bob, carol } = stage;
      network.reactions.setMode(carol, 'hold');
      const held = { from: bob, to: carol, over: 'to-force-close' } as const;
      stage.pay({ ...held, amountMsat: 44_000_000n });
      await network.settle();
      // carol will never claim this one: bob gets it back when it times out.
      stage.pay({ ...held, amountMsat: 46_000_000n, maxCltvDelta: SHORT_CLTV_DELTA });
      await network.settle();
      await stage.quiet('two payments held');
      forceClose(bob, stage.channel(bob, 'to-force-close'), 'the demo closes this one by force');
      await network.settle();
      network.reactions.setMode(carol, 'claim');
      network.reactions.claimOldestHeld(carol);
      await network.settle();
      await network.mine(SETTLED_DEPTH);
    },
  },
  {
    title: 'broadcasting a revoked commitment',
    async play(stage) {
      const { network, carol, alice } = stage;
      const old = await monitorWithHtlc(stage);
      await stage.payAndSettle({
        from: carol,
        to: alice,
        over: 'to-betray',
        amountMsat: 300_000_000n,
      });
      await stage.quiet('before the betrayal');
      broadcastOldState(carol, old);
      await network.mine(SETTLED_DEPTH);
      await network.connectIfNeeded(carol, alice);
    },
  },
  {
    title: 'waiting for time locks and sweeping',
    async play({ network }) {
      await network.mine(SHORT_CLTV_DELTA + TIME_LOCK_BLOCKS);
    },
  },
  {
    title: 'paying over what is left',
    async play(stage) {
      await stage.traffic(1, ['alice-bob', 'bob-carol', 'carol-alice']);
    },
  },
];

/** carol's side of the channel as it was with an HTLC to alice in it, before it went on. */
async function monitorWithHtlc(stage: Stage): Promise<ChannelMonitor> {
  const { network, alice, carol } = stage;
  const { fundingOutpoint } = stage.channel(carol, 'to-betray');
  if (fundingOutpoint === null) throw new Error('the channel to betray has no funding');
  network.reactions.setMode(alice, 'hold');
  await stage.payAndSettle({ from: carol, to: alice, over: 'to-betray', amountMsat: 31_000_000n });
  const old = carol.readPersistedMonitor(fundingOutpoint);
  network.reactions.setMode(alice, 'claim');
  network.reactions.claimHeld(alice);
  await network.settle();
  return old;
}

/** The cheat uses the node's own broadcaster, so its tap hears it as it would hear any other. */
function broadcastOldState(cheat: LdkNode, old: ChannelMonitor): void {
  const { broadcaster, fees, logger } = cheat.services;
  old.broadcast_latest_holder_commitment_txn(broadcaster, fees, logger);
}
