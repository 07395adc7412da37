/** What is told again, looked up where it would stand: known where it is the same, refused where it is not. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { temporaryDirectory } from '../store/sample-events.ts';

const nodeId = NodeId(`02${'11'.repeat(32)}`);
const START_NS = 1_773_500_400_000_000_000n;
const COUNT = 300;

function paid(nth: number, amountMsat = BigInt(1000 * (nth + 1))): Observation {
  return {
    about: 'node',
    chain: 'regtest',
    nodeId,
    source: 'lnd-rpc',
    happenedAtNs: START_NS + BigInt(nth) * 1_000_000_000n,
    recordedAtNs: START_NS + 10_000_000_000_000n,
    timeBasis: 'source',
    evidence: `invoice/${nth}`,
    key: `invoice/${nth}`,
    fact: { type: 'PaymentReceived', data: { amountMsat } },
  };
}

const all = Array.from({ length: COUNT }, (_, nth) => paid(nth));
const mixed = (key: string) => hash('sha256', key, 'hex');
const shuffled = all.toSorted((a, b) => (mixed(a.key) < mixed(b.key) ? -1 : 1));

for (const [name, first] of [
  ['in the order of time', all],
  ['out of the order of time', shuffled],
] as const) {
  test(`recorded ${name}, told again in either order: all of it is known`, async () => {
    const ledger = await openLedger(join(temporaryDirectory(), 'ledger.db'), { create: true });
    assert.is((await ledger.record(first, { isInOrder: true })).events, COUNT);
    for (const again of [all, shuffled]) {
      const report = await ledger.record(again, { isInOrder: true });
      assert.equal(report, { observations: COUNT, events: 0, known: COUNT, quarantined: 0 });
    }
    await ledger.close();
  });
}

test('one that is told again with another value is in quarantine, and what is new among them is added', async () => {
  const ledger = await openLedger(join(temporaryDirectory(), 'ledger.db'), { create: true });
  await ledger.record(
    all.filter((_, nth) => nth !== 150),
    { isInOrder: true },
  );
  const again = all.with(20, paid(20, 5n));
  const report = await ledger.record(again, { isInOrder: true });
  assert.equal(report, { observations: COUNT, events: 2, known: COUNT - 2, quarantined: 1 });
  assert.equal(
    ledger.problems().map(({ rule }) => rule),
    ['fact-restated'],
  );
  await ledger.close();
});

test.run();
