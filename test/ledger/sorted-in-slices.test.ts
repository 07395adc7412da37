import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { Slices } from '../../src/ledger/slices.ts';
import { sortedInSlices } from '../../src/ledger/sorted-in-slices.ts';

const tests = suite('sorting in slices');

async function sorted(values: readonly number[]): Promise<readonly number[]> {
  const isBefore = (a: number, b: number) => (values[a] ?? 0) < (values[b] ?? 0);
  return [...(await sortedInSlices(values.length, isBefore, new Slices()))];
}

tests('what is equal keeps its order, and nothing is lost', async () => {
  equal(await sorted([]), []);
  equal(await sorted([7]), [0]);
  equal(await sorted([1, 2, 3]), [0, 1, 2]);
  equal(await sorted([3, 2, 1]), [2, 1, 0]);
  // Three runs, of which the last is merged alone.
  equal(await sorted([5, 5, 9, 5, 6, 1]), [5, 0, 1, 3, 4, 2]);
});

tests('it is the order that the platform sorts in', async () => {
  // A linear congruential generator, as in Numerical Recipes.
  let state = 1;
  const values = Array.from({ length: 5_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % 700;
  });
  const expected = values.map((_, index) => index);
  expected.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  equal(await sorted(values), expected);
});

tests.run();
