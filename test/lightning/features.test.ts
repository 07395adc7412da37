import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bigintToBytes } from '../../src/lightning/bytes.ts';
import { channelTypeOf, featureBits } from '../../src/lightning/features.ts';
import { hex } from './fixtures.ts';

const withBits = (...bits: readonly number[]) =>
  bigintToBytes(
    bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n),
    24,
  );

test('bit 0 is the lowest of the last byte', () => {
  assert.equal(featureBits(hex('')), []);
  assert.equal(featureBits(hex('01')), [0]);
  assert.equal(featureBits(hex('401000')), [12, 22]);
});

test('any set of bits is read back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 191 })), (bits) => {
      assert.equal(
        featureBits(withBits(...bits)),
        bits.sort((a, b) => a - b),
      );
    }),
    { seed: 24 },
  );
});

test('channel types are named by their feature bits', () => {
  assert.is(channelTypeOf(hex('')), 'legacy');
  assert.is(channelTypeOf(withBits(12)), 'static_remotekey');
  assert.is(channelTypeOf(withBits(12, 20)), 'anchors');
  assert.is(channelTypeOf(withBits(12, 22)), 'anchors_zero_fee_htlc_tx');
  assert.is(channelTypeOf(withBits(13, 23)), 'anchors_zero_fee_htlc_tx');
  assert.is(channelTypeOf(withBits(80)), 'taproot');
  assert.is(channelTypeOf(withBits(180)), 'taproot');
});

test('alias and zero-conf do not change the name, any other bit makes it unknown', () => {
  assert.is(channelTypeOf(withBits(12, 22, 46, 50)), 'anchors_zero_fee_htlc_tx');
  assert.is(channelTypeOf(withBits(46)), 'legacy');
  // Zero-fee commitments weigh and pay otherwise.
  assert.is(channelTypeOf(withBits(40)), 'unknown');
  assert.is(channelTypeOf(withBits(12, 22, 61)), 'unknown');
});

test.run();
