import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatBytes } from '../../src/lightning/bytes.ts';
import { ELKREM_LAST_INDEX, ElkremStore, elkremSecret } from '../../src/lightning/elkrem.ts';
import { hex, mayOnlyRefuse, refuses } from './fixtures.ts';

/**
 * A second implementation that shares nothing with the first, recursive as the tree is defined: a
 * subtree of `height` numbers its left half, then its right half, then its root.
 */
function byDefinition(root: Buffer, height: number, first: bigint, wanted: bigint): Buffer {
  const twice = (data: Buffer) => createHash('sha256').update(sha(data)).digest();
  const sha = (data: Buffer) => createHash('sha256').update(data).digest();
  const size = 2n ** BigInt(height + 1) - 1n;
  if (wanted === first + size - 1n) return root;
  const half = (size - 1n) / 2n;
  if (wanted < first + half) return byDefinition(twice(root), height - 1, first, wanted);
  const right = twice(Buffer.concat([root, Buffer.from([1])]));
  return byDefinition(right, height - 1, first + half, wanted);
}

const second = (seed: Uint8Array, index: bigint) =>
  new Uint8Array(byDefinition(Buffer.from(seed), 47, 0n, index));

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const indexes = fc.bigInt({ min: 0n, max: ELKREM_LAST_INDEX });

function filled(seed: Uint8Array, count: number): ElkremStore {
  const store = new ElkremStore();
  for (let index = 0n; index < count; index++) {
    assert.is(store.insert(index, elkremSecret(seed, index)), 'stored');
  }
  return store;
}

test('the producer gives what the recursive definition gives, anywhere in the tree', () => {
  fc.assert(
    fc.property(seeds, fc.oneof(indexes, fc.bigInt({ min: 0n, max: 1000n })), (seed, index) => {
      assert.equal(elkremSecret(seed, index), second(seed, index));
    }),
    { seed: 16, numRuns: 500 },
  );
});

test('the root is the last index, its children lie half a tree and one below it', () => {
  const seed = hex('03'.repeat(32));
  assert.is(ELKREM_LAST_INDEX, 281474976710654n);
  assert.equal(elkremSecret(seed, ELKREM_LAST_INDEX), seed);
  for (const index of [ELKREM_LAST_INDEX - 1n, ELKREM_LAST_INDEX - (1n << 47n), 0n, 1n, 2n]) {
    assert.equal(elkremSecret(seed, index), second(seed, index));
  }
});

test('a receiver gives every past secret back, and says of each that it knows it', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 200 }), (seed, count) => {
      const store = filled(seed, count);
      const reopened = ElkremStore.fromBytes(store.toBytes());
      for (let index = 0n; index < count; index++) {
        assert.equal(store.secretAt(index), second(seed, index));
        assert.equal(reopened.secretAt(index), second(seed, index));
        assert.is(store.insert(index, second(seed, index)), 'known');
        assert.is(store.insert(index, elkremSecret(seed, index + 1n)), 'contradicts');
      }
      assert.is(store.secretAt(BigInt(count)), undefined);
      assert.is(store.nextIndex, BigInt(count));
    }),
    { seed: 17, numRuns: 20 },
  );
});

test('a receiver goes on from stored bytes as if it had never stopped', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 150 }), (seed, count) => {
      const reopened = ElkremStore.fromBytes(filled(seed, count).toBytes());
      for (let index = BigInt(count); index < count + 40; index++) {
        assert.is(reopened.insert(index, elkremSecret(seed, index)), 'stored');
      }
      assert.equal(reopened.toBytes(), filled(seed, count + 40).toBytes());
    }),
    { seed: 18, numRuns: 30 },
  );
});

test('it keeps few entries, and one alone where the subtree is complete', () => {
  const seed = hex('04'.repeat(32));
  assert.is(filled(seed, 1023).toBytes().length, 1 + 41);
  assert.is(filled(seed, 1022).toBytes().length, 1 + 2 * 41);
  for (const count of [5, 100, 1000]) {
    assert.ok(filled(seed, count).toBytes().length <= 1 + 12 * 41);
  }
});

test('a wrong secret is found out by its parent at the latest, and nothing is lost by it', () => {
  fc.assert(
    fc.property(seeds, fc.nat({ max: 61 }), fc.nat({ max: 31 }), (seed, wrongAt, byte) => {
      const store = new ElkremStore();
      let contradicted = false;
      for (let index = 0n; index < 63n; index++) {
        const secret = elkremSecret(seed, index);
        if (index === BigInt(wrongAt)) secret[byte] = (secret[byte] ?? 0) ^ 1;
        const before = store.toBytes();
        const outcome = store.insert(index, secret);
        contradicted ||= outcome === 'contradicts';
        if (outcome !== 'stored') assert.equal(store.toBytes(), before);
      }
      assert.ok(contradicted);
    }),
    { seed: 19, numRuns: 50 },
  );
});

test('a secret that is not the next one is not taken', () => {
  const seed = hex('05'.repeat(32));
  const store = filled(seed, 3);
  assert.is(store.insert(4n, elkremSecret(seed, 4n)), 'skips');
  assert.is(store.insert(3n, elkremSecret(seed, 3n)), 'stored');
});

test('its bytes are count, then height, index and hash of each subtree', () => {
  const seed = hex('06'.repeat(32));
  const expectedBytes = concatBytes(
    Uint8Array.of(2),
    hex('010000000000000002'),
    second(seed, 2n),
    hex('000000000000000003'),
    second(seed, 3n),
  );
  assert.equal(filled(seed, 4).toBytes(), expectedBytes);
  assert.equal(new ElkremStore().toBytes(), Uint8Array.of(0));
});

test('stored bytes whose subtrees no sequence leads to are refused', () => {
  const bytes = filled(hex('07'.repeat(32)), 20).toBytes();
  for (let length = 0; length < bytes.length; length++) {
    refuses(() => ElkremStore.fromBytes(bytes.subarray(0, length)));
  }
  refuses(() => ElkremStore.fromBytes(concatBytes(bytes, Uint8Array.of(0))), /expected the end/);
  for (const at of [1, 9, 42]) {
    const wrong = Uint8Array.from(bytes);
    wrong[at] = (wrong[at] ?? 0) + 1;
    refuses(() => ElkremStore.fromBytes(wrong), /one gapless sequence/);
  }
  const beyond = concatBytes(Uint8Array.of(1), new Uint8Array(41).fill(0xff));
  refuses(() => ElkremStore.fromBytes(beyond), /one gapless sequence/);
});

test('any bytes are a store or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      mayOnlyRefuse(() => ElkremStore.fromBytes(noise));
      mayOnlyRefuse(() => ElkremStore.fromBytes(concatBytes(Uint8Array.of(1, 0, 0, 0), noise)));
    }),
    { seed: 20, numRuns: 1000 },
  );
});

test('an index or a secret of another size is a mistake of the caller', () => {
  const store = new ElkremStore();
  for (const index of [-1n, ELKREM_LAST_INDEX + 1n]) {
    refuses(() => store.insert(index, new Uint8Array(32)));
    refuses(() => elkremSecret(new Uint8Array(32), index));
  }
  refuses(() => store.insert(0n, new Uint8Array(33)), /"secret" expected 32 bytes, got 33/);
});

test.run();
