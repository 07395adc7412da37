/** Batches in the order told: how large they are, how many at once, and what is said where one fails. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InOrder } from '../../src/ledger/in-order.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { StoreError } from '../../src/store/event-store.ts';

const nodeId = NodeId(`02${'11'.repeat(32)}`);

function renamed(nth: number): Observation {
  return {
    about: 'peer',
    chain: 'regtest',
    nodeId,
    peerId: nodeId,
    source: 'names',
    happenedAtNs: BigInt(nth),
    recordedAtNs: BigInt(nth),
    timeBasis: 'source',
    evidence: `name ${nth}`,
    key: `name-${nth}`,
    fact: { type: 'PeerRenamed', data: { alias: `bob ${nth}` } },
  };
}

interface Batch {
  readonly keys: readonly string[];
  readonly done: PromiseWithResolvers<void>;
}

/** A recorder whose batches end when the test says so; one in three observations was known. */
function recorder() {
  const batches: Batch[] = [];
  const begun: PromiseWithResolvers<void>[] = [];
  const inOrder = new InOrder(async (observations) => {
    const done = Promise.withResolvers<void>();
    batches.push({ keys: observations.map(({ key }) => key), done });
    begun[batches.length - 1]?.resolve();
    await done.promise;
    const known = observations.filter((_, nth) => nth % 3 === 0).length;
    const { length } = observations;
    return { observations: length, events: length - known, known, quarantined: 0 };
  });
  const hasBegun = (nth: number) => {
    const waiting = Promise.withResolvers<void>();
    begun[nth] = waiting;
    return batches.length > nth ? Promise.resolve() : waiting.promise;
  };
  return { inOrder, batches, hasBegun };
}

const keysFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, nth) => `name-${first + nth}`);

test('what is told at once is recorded in batches of 1,000 in its order, two of them under way', async () => {
  const { inOrder, batches } = recorder();
  let added = 0;
  const adding = (async () => {
    for (let nth = 0; nth < 3_500; nth++) {
      await inOrder.add(renamed(nth));
      added++;
    }
    return inOrder.finish();
  })();
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.is(batches.length, 2);
  assert.is(added, 1_999, 'the source waits for room');
  batches[0]?.done.resolve();
  while (batches.length < 3) await new Promise((resolve) => setImmediate(resolve));
  batches[1]?.done.resolve();
  while (batches.length < 4) await new Promise((resolve) => setImmediate(resolve));
  for (const { done } of batches) done.resolve();
  assert.equal(await adding, { observations: 3_500, events: 2_331, known: 1_169, quarantined: 0 });
  assert.equal(
    batches.map(({ keys }) => keys),
    [keysFrom(0, 1000), keysFrom(1000, 1000), keysFrom(2000, 1000), keysFrom(3000, 500)],
  );
});

test('a source that falls silent has what it told recorded', async () => {
  const { inOrder, batches, hasBegun } = recorder();
  const first = hasBegun(0);
  for (let nth = 0; nth < 3; nth++) await inOrder.add(renamed(nth));
  await first;
  assert.equal(batches[0]?.keys, keysFrom(0, 3));
  batches[0]?.done.resolve();
  assert.equal(await inOrder.finish(), { observations: 3, events: 2, known: 1, quarantined: 0 });
});

test('a batch that fails ends it with its own error and the count of what is not recorded', async () => {
  const { inOrder, batches } = recorder();
  const failed = Promise.withResolvers<void>();
  inOrder.onFailure = () => failed.resolve();
  const adding = (async () => {
    for (let nth = 0; nth < 2_500; nth++) {
      if (!(await inOrder.add(renamed(nth)))) return nth;
    }
    return undefined;
  })();
  while (batches.length < 2) await new Promise((resolve) => setImmediate(resolve));
  batches[0]?.done.reject(new StoreError('the disk is full'));
  await failed.promise;
  batches[1]?.done.reject(new StoreError('a batch given before this one could not be recorded'));
  assert.is(await adding, 1_999);
  assert.ok(inOrder.hasFailed);
  await inOrder.finish().then(
    () => assert.unreachable(),
    (error: unknown) => {
      assert.instance(error, StoreError);
      assert.is((error as Error).message, 'the disk is full; 2000 observations are not recorded');
    },
  );
});

test.run();
