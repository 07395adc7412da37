import { test } from 'uvu';
import { equal } from 'uvu/assert';
import { knownSum } from '../../../src/ledger/answers/known-sum.ts';

test('a sum of known amounts is exact, and of no amount it is 0', () => {
  equal(knownSum([1n, 2n]), { sum: 3n, isAtLeast: false });
  equal(knownSum([]), { sum: 0n, isAtLeast: false });
});

test('where some are unknown it is a lower bound, and where all are, unknown', () => {
  equal(knownSum([1n, undefined, 0n]), { sum: 1n, isAtLeast: true });
  equal(knownSum([0n, undefined]), { sum: 0n, isAtLeast: true });
  equal(knownSum([undefined]), { sum: undefined, isAtLeast: true });
});

test.run();
