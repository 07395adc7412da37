import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { BlockTimes } from '../../src/lightning/block-times.ts';

const times = suite('when a block was found');

const S = 1_000_000_000n;
/** A header every ten minutes. */
const headerNs = (height: number) => BigInt(1_300_000_000 + height * 600) * S;
function withHeaders(heights: Iterable<number>): BlockTimes {
  const blocks = new BlockTimes();
  for (const height of heights) blocks.addBlock(height, headerNs(height));
  return blocks;
}
/** Of what is still reachable: what is not is let go beside the program, a little later. */
async function bytesInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  let least = Infinity;
  for (let round = 0; round < 10; round++) {
    runInNewContext('gc')();
    await setImmediate();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
const exact = (timeNs: bigint) => ({ timeNs, isExact: true });

times('is what its header says, of every header of a chain, whatever the order of telling', () => {
  const count = 200_003;
  const up = Array.from({ length: count }, (_, nth) => nth + 1);
  // 7919 is a prime that does not divide the count: each height comes once.
  const mixed = up.map((_, nth) => ((nth * 7919) % count) + 1);
  const all = [up, up.toReversed(), mixed].map(withHeaders);
  const wrong = all.flatMap((blocks) =>
    up.filter((height) => {
      const { timeNs, isExact } = blocks.at(height);
      return !isExact || timeNs !== headerNs(height);
    }),
  );
  equal(wrong, []);
});

times('takes less than 60 bytes a header, were each of 900,000 told twice', async () => {
  const before = await bytesInUse();
  const blocks = new BlockTimes();
  for (let round = 0; round < 2; round++) {
    for (let height = 1; height <= 900_000; height++) blocks.addBlock(height, headerNs(height));
  }
  equal(blocks.at(450_000), exact(headerNs(450_000)));
  const takes = (await bytesInUse()) - before;
  ok(takes < 60 * 900_000, `${takes} bytes`);
  equal(blocks.at(900_000), exact(headerNs(900_000)));
});

times('is between its neighbours where nobody read its header', () => {
  const blocks = withHeaders([100, 104]);
  equal(blocks.at(101), {
    timeNs: headerNs(101),
    isExact: false,
    notBeforeNs: headerNs(100),
    notAfterNs: headerNs(104),
  });
  // Above all that are dated: how fast the next ones came, nobody told.
  const above = { timeNs: headerNs(104) + 2000n, isExact: false, notBeforeNs: headerNs(104) };
  equal(blocks.at(106), above);
  const below = { timeNs: headerNs(100) - 1000n, isExact: false, notAfterNs: headerNs(100) };
  equal(blocks.at(99), below);
  equal(new BlockTimes().at(5), { timeNs: 0n, isExact: false });
});

times('was before each moment at which it was the newest, and the next one was found after', () => {
  const blocks = new BlockTimes();
  for (const seconds of [900n, 700n, 800n]) blocks.addTip(10, seconds * S);
  equal(blocks.at(10), { timeNs: 700n * S, isExact: false, notAfterNs: 700n * S });
  equal(blocks.at(11), { timeNs: 900n * S + 1000n, isExact: false, notBeforeNs: 900n * S });
});

times('has no bounds where clocks disagree: which of them is wrong is not told', () => {
  const blocks = new BlockTimes();
  blocks.addBlock(100, 2000n * S);
  blocks.addBlock(102, 1900n * S);
  equal(blocks.at(101), { timeNs: 1950n * S, isExact: false });
});

times('is between both of two headers of one height, of which one left the chain', () => {
  const [early, late] = [2000n * S, 2060n * S];
  for (const order of [
    [early, late],
    [late, early],
    [early, late, early],
  ]) {
    const blocks = new BlockTimes();
    blocks.addBlock(99, 1500n * S);
    for (const timeNs of order) blocks.addBlock(100, timeNs);
    blocks.addBlock(101, 3000n * S);
    const { isExact, notBeforeNs, notAfterNs } = blocks.at(100);
    equal([isExact, notBeforeNs, notAfterNs], [false, 1500n * S, late]);
    const dated = [...blocks.dated()].filter(({ height }) => height === 100);
    equal(dated, [
      { height: 100, timeNs: early, isHeader: true },
      { height: 100, timeNs: late, isHeader: true },
    ]);
  }
  // What lies above may have followed the earlier one, what lies below preceded the later one.
  const open = new BlockTimes();
  for (const timeNs of [late, early]) open.addBlock(100, timeNs);
  is(open.at(102).notBeforeNs, early);
  is(open.at(98).notAfterNs, late);
});

times('is the same in any order, headers and moments mixed', () => {
  const told = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 50 }), fc.boolean()),
    { maxLength: 40 },
  );
  const shuffled = told.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      const [a, b] = [all, other].map((facts) => {
        const blocks = new BlockTimes();
        for (const [height, seconds, isHeader] of facts) {
          if (isHeader) blocks.addBlock(height, BigInt(seconds) * S);
          else blocks.addTip(height, BigInt(seconds) * S);
          // Asked in between it is the same afterwards.
          if (seconds % 7 === 0) blocks.at(height);
        }
        return blocks;
      });
      for (let height = 0; height < 14; height++) equal(a?.at(height), b?.at(height));
      equal([...(a?.dated() ?? [])], [...(b?.dated() ?? [])]);
    }),
    { seed: 16, numRuns: 300 },
  );
});

times.run();
