/** Acts in which nodes meet and channels open, or are refused. */
import { announceNode, openChannel } from '../channel-actions.ts';
import type { Act } from './stage.ts';

/** Below this bob refuses a channel. */
const BOB_MIN_FUNDING_SAT = 100_000n;
const TOO_SMALL_SAT = 20_000n;
/** Each is a coin of the wallet, and a coin funds one channel until its change confirms. */
const COINS_PER_NODE = 3;
/** BOLT 7: a channel may be announced from its sixth confirmation on. */
const ANNOUNCEMENT_DEPTH = 6;

export const openingActs: readonly Act[] = [
  {
    title: 'starting alice, bob and carol',
    async play({ network, options }) {
      const anchors = options.anchors ?? false;
      network.addNode('alice', { anchors });
      network.addNode('bob', { anchors, minFundingSat: BOB_MIN_FUNDING_SAT });
      network.addNode('carol', { anchors });
      for (const node of network.nodes) {
        await network.mine(COINS_PER_NODE, node.identity.wallet.script);
      }
    },
  },
  {
    title: 'connecting them',
    async play({ network, alice, bob, carol }) {
      await network.connect(alice, bob);
      await network.connect(bob, carol);
      await network.connect(carol, alice);
    },
  },
  {
    title: 'refusing a channel that is too small',
    async play({ network, alice, bob }) {
      openChannel({
        from: alice,
        to: bob,
        capacitySat: TOO_SMALL_SAT,
        pushSat: 0n,
        isAnnounced: true,
      });
      await network.settle();
    },
  },
  {
    title: 'opening three channels',
    async play(stage) {
      const { network, alice, bob, carol } = stage;
      stage.open('alice-bob', { from: alice, to: bob, pushSat: 600_000n, isAnnounced: true });
      stage.open('bob-carol', { from: bob, to: carol, pushSat: 700_000n, isAnnounced: true });
      stage.open('carol-alice', { from: carol, to: alice, pushSat: 400_000n, isAnnounced: false });
      await network.settle();
      await stage.quiet('funding broadcast');
      await network.mine(ANNOUNCEMENT_DEPTH);
      for (const node of network.nodes) announceNode(node);
      await network.settle();
    },
  },
];
