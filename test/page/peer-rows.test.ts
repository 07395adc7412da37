/** The net of a peer is what came in less what went out: where either is short, it is no number. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonDocument } from '../../src/cli/json.ts';
import type { Flow, Peer } from '../../src/page/api/json.ts';
import { netSum, peerLines } from '../../src/page/peers/peer-rows.ts';
import { alice, bob, carol, peers } from '../cli/views.ts';

const told: readonly Peer[] = JSON.parse(jsonDocument(peers));
const flow = (day: string, changes: Partial<Flow>): Flow => ({
  ...{ nodeId: alice, day, incoming: carol, outgoing: carol, forwardedCount: 1, failedCount: 0 },
  ...{ amountInMsat: '0', amountOutMsat: '0', feeMsat: '0' },
  ...changes,
});
const sum = {
  ...{ nodeId: alice, by: bob, forwardedCount: 1, failedCount: 0 },
  ...{ amountInMsat: '0', amountOutMsat: '0', feeMsat: '0' },
};

function net(...flows: readonly Flow[]) {
  const [line] = peerLines({ peers: told, sums: [sum], flows, channels: undefined });
  return line && [netSum(line), line.netMsat.map(({ msat }) => msat)];
}

test('what came in less what went out, day by day', () => {
  const first = flow('2026-03-14', { incoming: bob, amountInMsat: '7000' });
  const second = flow('2026-03-15', { outgoing: bob, amountOutMsat: '2000' });
  assert.equal(net(first, second), [5_000n, [7_000n, -2_000n]]);
});

test('a day on which one of its forwards is not told is unknown, and so is the sum', () => {
  const first = flow('2026-03-14', { incoming: bob, amountInMsat: '7000' });
  const short = { amountOutMsat: '2000', isAmountOutAtLeast: true };
  const out = flow('2026-03-15', { outgoing: bob, ...short });
  assert.equal(net(first, out), [undefined, [7_000n, undefined]]);
  const came = { amountInMsat: '2000', isAmountInAtLeast: true };
  assert.equal(net(first, flow('2026-03-15', { incoming: bob, ...came })), [
    undefined,
    [7_000n, undefined],
  ]);
  // Of another peer it says nothing.
  assert.equal(net(first, flow('2026-03-15', short)), [7_000n, [7_000n, 0n]]);
});

test.run();
