import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatDigits,
  formatMsatAsSat,
  msatToSatCeil,
  msatToSatFloor,
  parseAmount,
  parseSignedAmount,
  satToMsat,
} from '../../src/lightning/amounts.ts';
import { refuses, WRONG_TYPES } from './fixtures.ts';

test('floor and ceiling are the whole satoshi below and above, of negative differences too', () => {
  assert.is(msatToSatFloor(1999n), 1n);
  assert.is(msatToSatCeil(1001n), 2n);
  assert.is(msatToSatFloor(-1n), -1n);
  assert.is(msatToSatCeil(-1999n), -1n);
  assert.is(msatToSatFloor(-2000n), -2n);
});

test('floor and ceiling enclose the amount and are less than one satoshi apart', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }), (msat) => {
      const [below, above] = [satToMsat(msatToSatFloor(msat)), satToMsat(msatToSatCeil(msat))];
      assert.ok(below <= msat && msat <= above && above - below <= 1000n);
      assert.is(above === below, msat % 1000n === 0n);
    }),
    { seed: 3 },
  );
});

test('an amount is parsed from its one decimal spelling only', () => {
  assert.is(parseAmount('0', 'a'), 0n);
  assert.is(parseAmount('2100000000000000000', 'a'), 2_100_000_000_000_000_000n);
  const wrong = ['-0', '00', '01', '+1', '-1', '1.0', '1e3', '0x1', '1 ', '1,000', '٣'];
  for (const value of [...wrong, '9'.repeat(20), ...WRONG_TYPES]) {
    refuses(() => parseAmount(value, 'feeMsat'), /"feeMsat" expected an amount/);
  }
});

test('a difference may be negative, but there is no minus zero', () => {
  assert.is(parseSignedAmount('-5', 'a'), -5n);
  for (const value of ['-0', '--1', '-01', ...WRONG_TYPES]) {
    refuses(() => parseSignedAmount(value, 'a'));
  }
});

test('people read groups of three digits, and msat only where there are any', () => {
  assert.is(formatDigits(0n), '0');
  assert.is(formatDigits(999n), '999');
  assert.is(formatDigits(1_234_567n), '1,234,567');
  assert.is(formatDigits(-1000n), '-1,000');
  assert.is(formatMsatAsSat(1_234_567_000n), '1,234,567');
  assert.is(formatMsatAsSat(1_234_567_089n), '1,234,567.089');
  assert.is(formatMsatAsSat(-1n), '-0.001');
});

test.run();
