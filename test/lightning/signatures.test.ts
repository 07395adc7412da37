import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import * as secp256k1 from '@noble/secp256k1';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bigintToBytes, bytesToBigint, concatBytes } from '../../src/lightning/bytes.ts';
import { doubleSha256 } from '../../src/lightning/hashes.ts';
import {
  compactOfDer,
  derOfCompact,
  isDigestSignedBy,
  isSignedBy,
  isSignedByReference,
} from '../../src/lightning/signatures.ts';
import { fixtureText, hex, mayOnlyRefuse, refuses } from './fixtures.ts';

secp256k1.hashes.sha256 = nobleSha256;
secp256k1.hashes.hmacSha256 = (key, message) => hmac(nobleSha256, key, message);

const { n: ORDER, p: FIELD } = secp256k1.Point.CURVE();
const SECRET = hex('11'.repeat(32));
const KEY = secp256k1.getPublicKey(SECRET);
const MESSAGE = new TextEncoder().encode('one message');

function signed(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return secp256k1.sign(doubleSha256(message), secret, { prehash: false });
}

/** r ‖ n − s: the same signature's other form. */
function withHighS(signature: Uint8Array): Uint8Array {
  const s = bytesToBigint(signature.subarray(32));
  return concatBytes(signature.subarray(0, 32), bigintToBytes(ORDER - s, 32));
}

function bothSay(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const [fast, reference] = [
    isSignedBy(signature, message, key),
    isSignedByReference(signature, message, key),
  ];
  assert.is(fast, reference, 'the fast check and the reference differ');
  return fast;
}

test('a signature is valid for its message and key, in its high-s form too', () => {
  const signature = signed(MESSAGE, SECRET);
  assert.is(bothSay(signature, MESSAGE, KEY), true);
  assert.is(bothSay(withHighS(signature), MESSAGE, KEY), true);
  assert.is(isDigestSignedBy(signature, doubleSha256(MESSAGE), KEY), true);
  assert.is(isDigestSignedBy(signature, MESSAGE, KEY), false);
});

test('r or s of zero, of the order or above it is never valid', () => {
  const signature = signed(MESSAGE, SECRET);
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  const max = (1n << 256n) - 1n;
  for (const edge of [0n, ORDER, ORDER + 1n, FIELD, max].map((value) => bigintToBytes(value, 32))) {
    for (const pair of [
      [edge, s],
      [r, edge],
      [edge, edge],
    ]) {
      assert.is(bothSay(concatBytes(...pair), MESSAGE, KEY), false);
    }
  }
  for (const edge of [1n, 2n, ORDER - 1n].map((value) => bigintToBytes(value, 32))) {
    assert.is(bothSay(concatBytes(edge, s), MESSAGE, KEY), false);
    assert.is(bothSay(concatBytes(r, edge), MESSAGE, KEY), false);
  }
});

test('s is not taken modulo the order: 1 may be valid where n + 1 is not', () => {
  // With the nonce 2 the digest that s = 1 signs is k - r·d.
  const r = secp256k1.getPublicKey(bigintToBytes(2n, 32)).subarray(1);
  const digest = (((2n - bytesToBigint(r) * bytesToBigint(SECRET)) % ORDER) + ORDER) % ORDER;
  const says = (s: bigint) =>
    isDigestSignedBy(concatBytes(r, bigintToBytes(s, 32)), bigintToBytes(digest, 32), KEY);
  assert.is(says(1n), true);
  assert.is(says(ORDER + 1n), false);
});

test('a key that is no point of the curve signs nothing', () => {
  const signature = signed(MESSAGE, SECRET);
  const notOnCurve = concatBytes(Uint8Array.of(2), bigintToBytes(5n, 32));
  const beyondField = concatBytes(Uint8Array.of(2), bigintToBytes(FIELD + 1n, 32));
  const infinity = new Uint8Array(33);
  for (const key of [notOnCurve, beyondField, infinity]) {
    assert.is(bothSay(signature, MESSAGE, key), false);
  }
});

test('keys in another form than the compressed one are not accepted', () => {
  const signature = signed(MESSAGE, SECRET);
  const uncompressed = secp256k1.getPublicKey(SECRET, false);
  const hybrid = Uint8Array.from(uncompressed);
  hybrid[0] = 6;
  const wrongPrefixes = [0, 1, 4, 5, 6, 7].map((prefix) =>
    concatBytes(Uint8Array.of(prefix), KEY.subarray(1)),
  );
  const otherForms = [
    uncompressed,
    hybrid,
    KEY.subarray(1),
    concatBytes(KEY, KEY),
    new Uint8Array(),
  ];
  for (const key of [...otherForms, ...wrongPrefixes]) {
    assert.is(bothSay(signature, MESSAGE, key), false);
  }
});

test('a signature of another length is not valid', () => {
  const signature = signed(MESSAGE, SECRET);
  const others = [
    new Uint8Array(),
    signature.subarray(0, 63),
    concatBytes(signature, Uint8Array.of(0)),
    derOfCompact(signature),
  ];
  for (const other of others) assert.is(bothSay(other, MESSAGE, KEY), false);
  assert.is(isDigestSignedBy(signature, doubleSha256(MESSAGE).subarray(1), KEY), false);
});

test('both checks give one answer on valid, mutated and random signatures', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const secret = bytes32.filter((bytes) => secp256k1.utils.isValidSecretKey(bytes));
  const mutation = fc.constantFrom(
    'none',
    'high-s',
    'signature',
    'message',
    'key',
    'random',
    'short-r',
  );
  let valid = 0;
  fc.assert(
    fc.property(
      secret,
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      mutation,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      bytes32,
      (key, message, what, at, flip, noise) => {
        const flipped = (bytes: Uint8Array) =>
          bytes.map((byte, i) => (i === at % bytes.length ? byte ^ flip : byte));
        const signature = signed(message, key);
        const forms: Record<string, Uint8Array> = {
          'high-s': withHighS(signature),
          signature: flipped(signature),
          random: concatBytes(noise, signature.subarray(32)),
          'short-r': concatBytes(new Uint8Array(at % 33), signature).subarray(0, 64),
        };
        const publicKey = secp256k1.getPublicKey(key);
        const isValid = bothSay(
          forms[what] ?? signature,
          what === 'message' ? flipped(message) : message,
          what === 'key' ? flipped(publicKey) : publicKey,
        );
        if (what === 'none' || what === 'high-s') assert.ok(isValid);
        if (what === 'signature' || what === 'message' || what === 'random') assert.not(isValid);
        valid += isValid ? 1 : 0;
      },
    ),
    { seed: 9, numRuns: 300 },
  );
  assert.ok(valid > 50 && valid < 250, `${valid} of 300 were valid: the mix tests one side only`);
});

test('a key that is remembered answers for itself only', () => {
  const signature = signed(MESSAGE, SECRET);
  const other = secp256k1.getPublicKey(hex('22'.repeat(32)));
  for (let i = 0; i < 5; i++) {
    assert.is(isSignedBy(signature, MESSAGE, other), false);
    assert.is(isSignedBy(signature, MESSAGE, KEY), true);
  }
});

test('DER is the shortest form of both integers, there and back', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const integer = fc.oneof(
    bytes32,
    fc.tuple(fc.nat({ max: 32 }), bytes32).map(([zeros, bytes]) => bytes.fill(0, 0, zeros)),
  );
  fc.assert(
    fc.property(integer, integer, (r, s) => {
      const compact = concatBytes(r, s);
      assert.equal(compactOfDer(derOfCompact(compact)), compact);
    }),
    { seed: 10, numRuns: 500 },
  );
  refuses(() => derOfCompact(new Uint8Array(63)), /64 bytes/);
});

test('the specification’s own DER signatures have a compact form', () => {
  const { vectors }: { vectors: readonly { readonly remote_signature: string }[] } = JSON.parse(
    fixtureText('bolts/bolt3-appendix-C.json'),
  );
  for (const { remote_signature } of vectors) {
    const der = hex(remote_signature);
    assert.equal(derOfCompact(compactOfDer(der)), der);
  }
});

test('any bytes are strict DER or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 80 }), (noise, at) => {
      const der = derOfCompact(signed(MESSAGE, SECRET));
      der.set(noise.subarray(0, 1), at % der.length);
      for (const bytes of [noise, der, concatBytes(Uint8Array.of(0x30, noise.length), noise)]) {
        mayOnlyRefuse(() => {
          assert.equal(derOfCompact(compactOfDer(bytes)), bytes);
        });
      }
    }),
    { seed: 11, numRuns: 300 },
  );
  refuses(() => compactOfDer(hex('3006020101020101ff')));
  refuses(() => compactOfDer(hex('300702020001020101')), /strict DER/);
  refuses(() => compactOfDer(hex('3006020181020101')), /strict DER/);
});

test.run();
