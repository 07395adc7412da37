import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bigintToBytes } from '../../src/lightning/bytes.ts';
import {
  derivePrivateKey,
  derivePublicKey,
  deriveRevocationPrivateKey,
  deriveRevocationPublicKey,
  isSecretOfPoint,
  pointOfSecret,
} from '../../src/lightning/keys.ts';
import { fixtureText, hex, refuses } from './fixtures.ts';

const { values }: { values: Readonly<Record<string, string>> } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-E.json'),
);
const vector = (name: string) => hex(values[name] ?? '');
/** The specification's text leaves out this key's leading zero. */
const localPrivateKey = hex((values.localprivkey ?? '').replace('0x', '').padStart(64, '0'));

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const secrets = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((secret) => bigintToBytes(secret, 32));

test('BOLT 3 appendix E: points of the secrets', () => {
  assert.equal(pointOfSecret(vector('base_secret')), vector('base_point'));
  assert.equal(pointOfSecret(vector('per_commitment_secret')), vector('per_commitment_point'));
});

test('BOLT 3 appendix E: a key of one commitment, public and private', () => {
  const point = vector('per_commitment_point');
  assert.equal(derivePublicKey(vector('base_point'), point), vector('localpubkey'));
  assert.equal(derivePrivateKey(vector('base_secret'), point), localPrivateKey);
});

test('BOLT 3 appendix E: the revocation key, public and private', () => {
  assert.equal(
    deriveRevocationPublicKey(vector('base_point'), vector('per_commitment_point')),
    vector('revocationpubkey'),
  );
  assert.equal(
    deriveRevocationPrivateKey(vector('base_secret'), vector('per_commitment_secret')),
    vector('revocationprivkey'),
  );
});

test('every derived private key is the one of the derived public key', () => {
  fc.assert(
    fc.property(secrets, secrets, (baseSecret, commitmentSecret) => {
      const [base, point] = [pointOfSecret(baseSecret), pointOfSecret(commitmentSecret)];
      assert.ok(isSecretOfPoint(derivePrivateKey(baseSecret, point), derivePublicKey(base, point)));
      assert.ok(
        isSecretOfPoint(
          deriveRevocationPrivateKey(baseSecret, commitmentSecret),
          deriveRevocationPublicKey(base, point),
        ),
      );
    }),
    { seed: 12, numRuns: 50 },
  );
});

test('a secret fits its own point only', () => {
  const secret = vector('per_commitment_secret');
  assert.is(isSecretOfPoint(secret, vector('per_commitment_point')), true);
  assert.is(isSecretOfPoint(secret, vector('base_point')), false);
  assert.is(isSecretOfPoint(secret, new Uint8Array()), false);
});

test('what is no secret fits no point', () => {
  const point = vector('base_point');
  const outside = [0n, ORDER, (1n << 256n) - 1n].map((value) => bigintToBytes(value, 32));
  for (const wrong of [...outside, new Uint8Array(31), new Uint8Array(33)]) {
    assert.is(isSecretOfPoint(wrong, point), false);
    refuses(() => pointOfSecret(wrong), /^Error: "secret" expected 32 bytes between 1/);
  }
});

test('what is no point is refused, and no secret is shown', () => {
  const point = vector('base_point');
  const notOnCurve = hex(`02${'00'.repeat(31)}05`);
  for (const wrong of [notOnCurve, point.subarray(1), new Uint8Array(33), new Uint8Array(65)]) {
    refuses(() => derivePublicKey(wrong, point), /"basepoint" expected a compressed point/);
    refuses(() => deriveRevocationPublicKey(point, wrong), /"perCommitmentPoint" expected/);
  }
  refuses(() => pointOfSecret(hex(`${'f'.repeat(64)}`)), /^(?!.*fff)/);
});

test.run();
