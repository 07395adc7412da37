/** A forward told with less first and with more later is counted once, and as what is known of it. */
import { test } from 'uvu';
import { equal } from 'uvu/assert';
import { addForward, type ForwardAmounts } from '../../projections/newest-forwards.ts';
import { nodeProjection } from '../../projections/node.ts';

const second = '2026-03-14T15:09:26.000000000Z';
const instant = '2026-03-14T15:09:26.535000000Z';
const none = { msat: 0n, untold: 0 };
const untold = { msat: 0n, untold: 1 };

const row = () =>
  nodeProjection.initial({
    stream: 'node-regtest.02.mine',
    nodeId: '02',
    subjectId: '02',
    source: 'mine',
  });
const telling = (at: string, hasHtlc: boolean, amounts: Partial<ForwardAmounts>) => ({
  ...{ name: 'a,b,7', at, hasHtlc },
  ...{ inMsat: undefined, outMsat: undefined, feeMsat: undefined, ...amounts },
});

test('what is not told is counted until a better telling has it', () => {
  const node = row();
  const added = (...told: Parameters<typeof telling>) => addForward(node, telling(...told));
  equal(added(second, false, { inMsat: 7_010n }), {
    ...{ count: 1, in: { msat: 7_010n, untold: 0 }, out: untold, fee: untold },
  });
  equal(added(instant, false, { inMsat: 7_010n, outMsat: 7_000n }), {
    ...{ count: 0, in: none, out: { msat: 7_000n, untold: -1 }, fee: none },
  });
  equal(added(instant, true, { inMsat: 7_010n, feeMsat: 10n }), {
    ...{ count: 0, in: none, out: none, fee: { msat: 10n, untold: -1 } },
  });
  const { newestForwards } = node;
  equal(newestForwards, [
    {
      ...{ name: 'a,b,7', at: instant, bySecond: true, byInstant: true, byHtlc: true },
      ...{ inMsat: 7_010n, outMsat: 7_000n, feeMsat: 10n },
    },
  ]);
});

test('a lesser telling of what is known adds nothing', () => {
  const node = row();
  const whole = { inMsat: 7_010n, outMsat: 7_000n, feeMsat: 10n };
  addForward(node, telling(instant, true, whole));
  equal(addForward(node, telling(instant, false, { inMsat: 7_010n })), {
    ...{ count: 0, in: none, out: none, fee: none },
  });
});

test.run();
