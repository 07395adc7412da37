/** Commitments after a gap: what the other side, and what came before, say of the hidden ones. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { commitment, htlc, opened, stateAfter } from './given.ts';

const across = suite('across a gap, from the other side');
const hidden = suite('an HTLC that a hidden commitment may hold');

const gapOf = (side: 'local' | 'remote', lastKnown: number, firstKnown: number): ChannelFact => ({
  type: 'RecordingGap',
  data: { what: 'commitments', side, lastKnown, firstKnown, why: 'the recorder was off' },
});

/** The balances of a local commitment 3 that still holds what the remote one dropped. */
function stillHeld(direction: 'offered' | 'received', outcome: 'settled' | 'failed') {
  const held = { htlcs: [htlc(direction, 0, 50_000_000n)] };
  const state = stateAfter([
    opened,
    commitment('remote', 1, held),
    commitment('local', 1, held),
    commitment('remote', 2, { removed: [{ id: 0, direction, outcome }] }),
    commitment('local', 3, held),
  ]);
  const { remote, local } = state.fundings[0] ?? {};
  return [remote, local].map((side) => [side?.localBalanceMsat, side?.remoteBalanceMsat]);
}

across('an outcome is taken back: who offered the HTLC has paid for it, not who got it', () => {
  equal(stillHeld('offered', 'settled'), [
    [750_000_000n, 250_000_000n],
    [750_000_000n, 200_000_000n],
  ]);
  equal(stillHeld('received', 'settled'), [
    [850_000_000n, 150_000_000n],
    [800_000_000n, 150_000_000n],
  ]);
});

across("a failure is taken back: the amount is still its offerer's to lose", () => {
  equal(stillHeld('offered', 'failed'), [
    [800_000_000n, 200_000_000n],
    [750_000_000n, 200_000_000n],
  ]);
  equal(stillHeld('received', 'failed'), [
    [800_000_000n, 200_000_000n],
    [800_000_000n, 150_000_000n],
  ]);
});

for (const [side, other] of [
  ['local', 'remote'],
  ['remote', 'local'],
] as const) {
  hidden(`of the ${side} side is not forgotten when the ${other} side drops it`, () => {
    const held = { htlcs: [htlc('offered', 0, 50_000_000n)] };
    const before = [
      opened,
      gapOf(side, 0, 9),
      commitment(other, 1, held),
      commitment(other, 2, { removed: [{ id: 0, direction: 'offered', outcome: 'settled' }] }),
    ] as const;
    equal(
      stateAfter(before).htlcs.map(({ id, outcome }) => [id, outcome]),
      [[0, 'settled']],
    );
    const after = stateAfter([...before, commitment(side, 9, held)]);
    equal(after.fundings[0]?.[side]?.offered, [0]);
    // The gap is over: it is forgotten with the last commitment that holds it.
    equal(stateAfter([...before, commitment(side, 9)]).htlcs, []);
  });
}

across.run();
hidden.run();
