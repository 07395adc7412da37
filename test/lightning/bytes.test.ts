import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  reversed,
} from '../../src/lightning/bytes.ts';
import { refuses } from './fixtures.ts';

test('hex survives the way there and back, and is written in lower case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(hexToBytes(bytesToHex(bytes)), bytes);
      assert.equal(hexToBytes(bytesToHex(bytes).toUpperCase()), bytes);
    }),
    { seed: 4 },
  );
});

test('a view within a larger array is written as itself', () => {
  assert.is(bytesToHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3)), '0203');
});

test('what is not hex to its last character is refused, and never shown', () => {
  for (const text of ['0', 'abc', 'zz', '0x00', '00 ', '00\n', '00zz00', 'éé']) {
    refuses(() => hexToBytes(text, 'secret'), /^Error: "secret" expected an even number/);
  }
  refuses(() => hexToBytes('5ec4e7x0', 'secret'), /^(?!.*5ec4e7)/);
});

test('results share no memory with what they came from', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const joined = concatBytes(bytes, bytes);
  const turned = reversed(bytes);
  bytes.fill(9);
  assert.equal(joined, Uint8Array.of(1, 2, 3, 1, 2, 3));
  assert.equal(turned, Uint8Array.of(3, 2, 1));
});

test('arrays are ordered by their first different byte, a prefix first', () => {
  assert.ok(compareBytes(hexToBytes('01ff'), hexToBytes('02')) < 0);
  assert.ok(compareBytes(hexToBytes('01'), hexToBytes('0100')) < 0);
  assert.ok(equalBytes(hexToBytes('01'), hexToBytes('01')));
  assert.not(equalBytes(hexToBytes('01'), hexToBytes('0100')));
});

test('integers are big-endian and refuse to overflow', () => {
  assert.equal(bigintToBytes(258n, 4), hexToBytes('00000102'));
  assert.is(bytesToBigint(hexToBytes('00000102')), 258n);
  assert.is(bytesToBigint(new Uint8Array()), 0n);
  refuses(() => bigintToBytes(256n, 1));
  refuses(() => bigintToBytes(-1n, 1));
});

test.run();
