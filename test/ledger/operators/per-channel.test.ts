import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { from, lastValueFrom, take, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Changes } from '../../../src/ledger/changes.ts';
import { inOrderPerChannel, inOrderPerKey } from '../../../src/ledger/operators/per-channel.ts';
import { Pulled } from '../../../src/ledger/operators/pulled.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { channelStream, Growing, policies } from '../growing.ts';

const ordered = suite('handling in order per channel');
const failing = suite('a handler that fails');

interface Item {
  readonly key: string;
  readonly nth: number;
  /** Turns of the loop that its handler takes. */
  readonly turns: number;
}

/** Counts what was taken of it; an endless one waits after its last item. */
function sourceOf(items: readonly Item[], isEndless = false) {
  const counts = { pulled: 0, ended: 0 };
  const source = new Pulled<Item>(async function* (signal) {
    try {
      for (const item of items) {
        counts.pulled++;
        yield item;
      }
      while (isEndless && !signal.aborted) await turn();
    } finally {
      counts.ended++;
    }
  });
  return { counts, source };
}

const items = fc
  .array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), turns: fc.nat(4) }), {
    maxLength: 60,
  })
  .map((some) => some.map((item, nth) => ({ ...item, nth })));
const limits = fc
  .record({ concurrency: fc.integer({ min: 1, max: 5 }), more: fc.nat(8) })
  .map(({ concurrency, more }) => ({ concurrency, buffer: concurrency + more }));

/** Runs handlers and watches the promises that are made of them. */
function watched(counts: { readonly pulled: number }, fails: (item: Item) => boolean) {
  const seen = { begun: [] as Item[], done: [] as Item[], mostAtOnce: 0, mostInHand: 0 };
  const running = new Map<string, number>();
  const handler = async (item: Item) => {
    assert.is(running.has(item.key), false, `two of ${item.key} at once`);
    running.set(item.key, item.nth);
    seen.begun.push(item);
    seen.mostAtOnce = Math.max(seen.mostAtOnce, running.size);
    seen.mostInHand = Math.max(seen.mostInHand, counts.pulled - seen.done.length);
    for (let nth = 0; nth < item.turns; nth++) await turn();
    running.delete(item.key);
    if (fails(item)) throw new Error(`item ${item.nth} failed`);
    seen.done.push(item);
  };
  return { seen, running, handler };
}

const ofKey = (all: readonly Item[], key: string) =>
  all.filter((item) => item.key === key).map(({ nth }) => nth);

ordered('keeps each one’s order, leaves nothing out and stays within its bounds', async () => {
  await fc.assert(
    fc.asyncProperty(items, limits, async (some, { concurrency, buffer }) => {
      const { counts, source } = sourceOf(some);
      const { seen, handler } = watched(counts, () => false);
      const operator = inOrderPerKey(({ key }: Item) => key, handler, { concurrency, buffer });
      const emitted = await lastValueFrom(source.pipe(operator, toArray()));
      assert.is(seen.begun.length, some.length);
      assert.equal(emitted, seen.done);
      for (const key of ['a', 'b', 'c', 'd']) assert.equal(ofKey(emitted, key), ofKey(some, key));
      assert.ok(seen.mostAtOnce <= concurrency, `${seen.mostAtOnce} at once`);
      assert.ok(seen.mostInHand <= buffer, `${seen.mostInHand} in hand`);
      assert.is(counts.ended, 1);
    }),
    { numRuns: 200 },
  );
});

failing(
  'ends it: nothing is begun any more, what runs is waited for, then it is told',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        limits,
        fc.nat(59),
        fc.boolean(),
        async (some, bounds, nth, endless) => {
          fc.pre(nth < some.length);
          const { counts, source } = sourceOf(some, endless);
          const { seen, running, handler } = watched(counts, (item) => item.nth === nth);
          let begunAtFailure = -1;
          const operator = inOrderPerKey(
            ({ key }: Item) => key,
            (item) =>
              handler(item).catch((error: unknown) => {
                begunAtFailure = seen.begun.length;
                throw error;
              }),
            bounds,
          );
          const emitted: Item[] = [];
          const told = await new Promise<unknown>((resolve) => {
            source.pipe(operator).subscribe({
              next: (item) => emitted.push(item),
              error: resolve,
              complete: () => resolve('completed'),
            });
          });
          assert.match(String(told), `item ${nth} failed`);
          assert.is(running.size, 0);
          assert.equal(emitted, seen.done);
          assert.is(seen.begun.length, begunAtFailure);
          const key = some[nth]?.key ?? '';
          assert.equal(
            ofKey(emitted, key),
            ofKey(some, key).filter((each) => each < nth),
          );
          await turn();
          await turn();
          assert.is(counts.ended, 1);
        },
      ),
      { numRuns: 200 },
    );
  },
);

failing('a source that fails is told after the handlers under way', async () => {
  const source = new Pulled<number>(async function* () {
    yield 1;
    yield 2;
    throw new Error('the source broke');
  });
  const done: number[] = [];
  const handler = async (nth: number) => {
    await turn();
    done.push(nth);
  };
  const told = await lastValueFrom(source.pipe(inOrderPerKey(String, handler))).catch(String);
  assert.is(told, 'Error: the source broke');
  assert.equal(done, [1, 2]);
});

failing('a subscriber that goes ends the source and begins no other handler', async () => {
  const some = Array.from({ length: 50 }, (_, nth) => ({ key: String(nth % 5), nth, turns: 1 }));
  const { counts, source } = sourceOf(some, true);
  const { seen, handler } = watched(counts, () => false);
  const operator = inOrderPerKey(({ key }: Item) => key, handler, { concurrency: 2, buffer: 4 });
  const first = await lastValueFrom(source.pipe(operator, take(3), toArray()));
  const begun = seen.begun.length;
  for (let nth = 0; nth < 5; nth++) await turn();
  assert.is(first.length, 3);
  assert.is(seen.begun.length, begun);
  assert.is(counts.ended, 1);
});

ordered('a channel that is slow holds up no other, and all sources of it are one', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  await growing.append(channelStream(0), policies(0, 1));
  await growing.append(channelStream(0, 'other'), policies(1, 2));
  await growing.append(channelStream(1), policies(2, 5));
  const held = new Promise<void>((resolve) => {
    setTimeout(resolve, 20);
  });
  const begun: string[] = [];
  const slow = inOrderPerChannel(({ event }) => {
    begun.push(`${event.stream.at(-1)}${event.revision}`);
    return event.stream === channelStream(0) ? held : undefined;
  });
  const seen: string[] = [];
  const all = lastValueFrom(new Changes(store).pipe(slow, take(5), toArray()));
  for (const { event } of await all) seen.push(event.stream);
  assert.equal(seen.slice(0, 3), Array(3).fill(channelStream(1)));
  assert.equal(seen.slice(3), [channelStream(0), channelStream(0, 'other')]);
  assert.equal(begun, ['k0', 'k0', 'k1', 'k2', 'r0']);
});

ordered('must be first in line, and its bounds must be whole numbers', () => {
  const operator = inOrderPerKey(String, () => undefined);
  assert.throws(() => from([1]).pipe(operator), 'must be the first operator');
  assert.throws(() => inOrderPerKey(String, () => undefined, { concurrency: 0 }), 'from 1 on');
  const tooSmall = () => inOrderPerKey(String, () => undefined, { concurrency: 8, buffer: 4 });
  assert.throws(tooSmall, 'buffer must be a whole number from 8 on, not 4');
});

ordered.run();
failing.run();
