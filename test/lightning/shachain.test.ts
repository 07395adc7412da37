import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatBytes } from '../../src/lightning/bytes.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { ShachainStore, shachainIndex, shachainSecret } from '../../src/lightning/shachain.ts';
import { WireReader } from '../../src/lightning/wire.ts';
import { fixtureText, hex, mayOnlyRefuse, present, refuses, unzippedFixture } from './fixtures.ts';

interface AppendixD {
  readonly generation: readonly {
    readonly name: string;
    readonly seed: string;
    readonly I: string;
    readonly output: string;
  }[];
  readonly storage: readonly {
    readonly name: string;
    readonly steps: readonly {
      readonly I: string;
      readonly secret: string;
      readonly output: string;
    }[];
  }[];
}
const appendixD: AppendixD = JSON.parse(fixtureText('bolts/bolt3-appendix-D.json'));

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('BOLT 3 appendix D: every generation vector', () => {
  assert.is(appendixD.generation.length, 5);
  for (const { seed, I, output } of appendixD.generation) {
    assert.equal(shachainSecret(hex(seed), BigInt(I)), hex(output));
  }
});

test('BOLT 3 appendix D: every storage vector, step by step', () => {
  assert.is(appendixD.storage.length, 9);
  for (const { steps } of appendixD.storage) {
    const store = new ShachainStore();
    for (const { I, secret, output } of steps) {
      const outcome = store.insert(BigInt(I), hex(secret));
      assert.is(outcome, output === 'OK' ? 'stored' : 'contradicts');
    }
  }
});

test('commitment 0 has the highest index, and the last one index 0', () => {
  assert.is(shachainIndex(0), 281474976710655n);
  assert.is(shachainIndex(42n), 281474976710613n);
  assert.is(shachainIndex((1n << 48n) - 1n), 0n);
  for (const wrong of [-1, -1n, 1n << 48n, 0.5, Number.NaN]) refuses(() => shachainIndex(wrong));
});

test('a receiver of all secrets in order gives each of them back, from its bytes too', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 300 }), (seed, count) => {
      const store = new ShachainStore();
      for (let n = 0; n < count; n++) {
        const index = shachainIndex(n);
        assert.is(store.insert(index, shachainSecret(seed, index)), 'stored');
      }
      const reopened = ShachainStore.fromBytes(store.toBytes());
      for (let n = 0; n < count; n++) {
        const index = shachainIndex(n);
        assert.equal(store.secretAt(index), shachainSecret(seed, index));
        assert.equal(reopened.secretAt(index), shachainSecret(seed, index));
        assert.is(store.insert(index, shachainSecret(seed, index)), 'known');
        assert.is(store.insert(index, sha256(seed)), 'contradicts');
      }
      assert.is(store.secretAt(shachainIndex(count)), undefined);
      assert.is(store.newestIndex, shachainIndex(count - 1));
    }),
    { seed: 13, numRuns: 20 },
  );
});

test('it keeps no more entries than the indexes have trailing-zero counts', () => {
  const [seed, store] = [hex('01'.repeat(32)), new ShachainStore()];
  for (let n = 0; n < 5000; n++) {
    store.insert(shachainIndex(n), shachainSecret(seed, shachainIndex(n)));
  }
  assert.ok(store.toBytes().length <= 1 + 14 * 40);
  // Index 0 is the seed itself: it has 48 trailing zeros and all others below it.
  assert.is(store.insert(0n, shachainSecret(seed, 0n)), 'stored');
  assert.equal(
    store.secretAt(shachainIndex(1_000_000)),
    shachainSecret(seed, shachainIndex(1_000_000)),
  );
});

test('a secret of another seed is found out by the first of its parents', () => {
  fc.assert(
    fc.property(seeds, fc.nat({ max: 62 }), fc.nat({ max: 31 }), (seed, wrongAt, byte) => {
      const store = new ShachainStore();
      let contradicted = false;
      for (let n = 0; n < 64; n++) {
        const secret = shachainSecret(seed, shachainIndex(n));
        if (n === wrongAt) secret[byte] = (secret[byte] ?? 0) ^ 1;
        contradicted ||= store.insert(shachainIndex(n), secret) === 'contradicts';
      }
      assert.ok(contradicted);
    }),
    { seed: 14, numRuns: 50 },
  );
});

test('after a gap the check goes on; a skipped secret that comes late is only checked', () => {
  const [seed, store] = [hex('07'.repeat(32)), new ShachainStore()];
  const secretOf = (n: number) => shachainSecret(seed, shachainIndex(n));
  assert.is(store.insert(shachainIndex(10), secretOf(10)), 'stored');
  assert.is(store.insert(shachainIndex(20), secretOf(20)), 'stored');
  assert.is(store.insert(shachainIndex(15), secretOf(15)), 'late');
  assert.is(store.insert(shachainIndex(15), secretOf(14)), 'late');
  // Commitment 31 has 5 trailing zeros: all of 0 to 31 derive from it.
  assert.is(store.insert(shachainIndex(31), secretOf(30)), 'contradicts');
  assert.is(store.insert(shachainIndex(31), secretOf(31)), 'stored');
  assert.equal(store.secretAt(shachainIndex(3)), secretOf(3));
  assert.is(store.insert(shachainIndex(15), secretOf(14)), 'contradicts');
});

test('a real mainnet channel: 15 entries give back all 21,520 secrets revealed', () => {
  const lines = new TextDecoder('latin1').decode(unzippedFixture('cln/onchainstress-data.gz'));
  const init = lines.split('\n').find((line) => line.startsWith('read 1389'));
  const reader = new WireReader(hex(init?.split(' ')[1] ?? ''), 'onchaind_init');
  reader.u16();
  const minIndex = reader.u64();
  const entries = Array.from({ length: reader.u32() }, () => ({
    index: reader.u64(),
    secret: reader.bytes(32),
  }));
  assert.is(entries.length, 15);
  const store = ShachainStore.fromEntries(entries);
  assert.is(store.newestIndex, minIndex);
  assert.is(minIndex, shachainIndex(21_519));
  // All anew from those 15: each derived one must fit the others again.
  const again = new ShachainStore();
  for (let n = 0; n < 21_520; n++) {
    const secret = present(store.secretAt(shachainIndex(n)));
    assert.is(again.insert(shachainIndex(n), secret), 'stored');
  }
  assert.equal(again.toBytes(), store.toBytes());
  assert.is(store.secretAt(shachainIndex(21_520)), undefined);
});

test('stored bytes that do not fit together are refused', () => {
  const [seed, store] = [hex('02'.repeat(32)), new ShachainStore()];
  for (let n = 0; n < 8; n++)
    store.insert(shachainIndex(n), shachainSecret(seed, shachainIndex(n)));
  const bytes = store.toBytes();
  for (let length = 0; length < bytes.length; length++) {
    refuses(() => ShachainStore.fromBytes(bytes.subarray(0, length)));
  }
  refuses(() => ShachainStore.fromBytes(concatBytes(bytes, Uint8Array.of(0))));
  const twice = concatBytes(Uint8Array.of(2), bytes.subarray(1, 41), bytes.subarray(1, 41));
  refuses(() => ShachainStore.fromBytes(twice), /of one seed/);
  // Both have no trailing zero: the lower index would silently replace the higher one.
  const oneBucket = [0, 2].map((n) => ({
    index: shachainIndex(n),
    secret: shachainSecret(seed, shachainIndex(n)),
  }));
  refuses(() => ShachainStore.fromEntries(oneBucket), /of one seed/);
  const outside = concatBytes(Uint8Array.of(1), new Uint8Array(40).fill(0xff));
  refuses(() => ShachainStore.fromBytes(outside), /2\^48/);
  // Commitment 7 has all the others below it, so it finds out the highest index too.
  const forged = Uint8Array.from(bytes);
  forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
  refuses(() => ShachainStore.fromBytes(forged), /of one seed/);
});

test('any bytes are a store or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      mayOnlyRefuse(() => ShachainStore.fromBytes(noise));
      const indexes = concatBytes(Uint8Array.of(1, 0, 0), noise).subarray(0, 41);
      mayOnlyRefuse(() => ShachainStore.fromBytes(indexes));
    }),
    { seed: 15, numRuns: 1000 },
  );
});

test('an index or a secret of another size is a mistake of the caller', () => {
  const store = new ShachainStore();
  for (const index of [-1n, 1n << 48n]) {
    refuses(() => store.insert(index, new Uint8Array(32)));
    refuses(() => store.secretAt(index));
  }
  refuses(() => store.insert(0n, new Uint8Array(31)), /"secret" expected 32 bytes, got 31/);
});

test.run();
