import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { lastValueFrom, take, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Change, Changes, handleInTurn } from '../../../src/ledger/changes.ts';
import {
  type CheckpointStore,
  fileCheckpoints,
  memoryCheckpoints,
} from '../../../src/ledger/operators/checkpoints.ts';
import { inOrderPerChannel } from '../../../src/ledger/operators/per-channel.ts';
import { resumeFrom } from '../../../src/ledger/operators/resume.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { channelStream, Growing, policies } from '../growing.ts';

const resuming = suite('a subscriber that resumes');
const keeping = suite('a checkpoint store');

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-checkpoints-'));
keeping.after(() => rmSync(directory, { recursive: true }));

async function ledgerOf(streams: readonly number[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  const growing = new Growing(store);
  for (const [nth, stream] of streams.entries()) {
    await growing.append(channelStream(stream), policies(nth, nth + 1));
  }
  return store;
}

async function idsIn(store: MemoryStore): Promise<string[]> {
  return Array.from(store.allEvents(), ({ id }) => id);
}

/** Watches that no checkpoint is saved before everything up to it is handled. */
function watchedCheckpoints(all: readonly Change[], handled: ReadonlySet<string>) {
  const inner = memoryCheckpoints();
  const saved: string[] = [];
  const store: CheckpointStore = {
    load: inner.load,
    async save(checkpoint) {
      const index = all.findIndex((change) => change.checkpoint === checkpoint);
      const isEarly = all.slice(0, index + 1).some(({ event }) => !handled.has(event.id));
      assert.is(isEarly, false, 'saved before it was handled');
      saved.push(checkpoint);
      await turn();
      await inner.save(checkpoint);
    },
  };
  return { store, saved };
}

const runs = fc.record({
  streams: fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
  turns: fc.array(fc.nat(3), { minLength: 1, maxLength: 7 }),
  crashes: fc.array(fc.nat(12), { maxLength: 4 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  window: fc.integer({ min: 1, max: 12 }),
});

resuming(
  'misses nothing however often it crashes, and repeats only what was not kept',
  async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ streams, turns, crashes, concurrency, window }) => {
        const store = await ledgerOf(streams);
        const all = await lastValueFrom(new Changes(store).pipe(take(streams.length), toArray()));
        const handled = new Set<string>();
        const checkpoints = watchedCheckpoints(all, handled);
        const lastSeen = new Map<string, number>();
        for (const crash of [...crashes, Number.POSITIVE_INFINITY]) {
          const start = await checkpoints.store.load();
          const begin = all.findIndex((change) => change.checkpoint === start) + 1;
          const order: string[] = [];
          let count = 0;
          lastSeen.clear();
          const handler = async ({ event }: Change) => {
            if (count++ === crash) throw new Error('crashed');
            for (let nth = turns[event.revision % turns.length] ?? 0; nth > 0; nth--) await turn();
            assert.ok((lastSeen.get(event.stream) ?? -1) < event.revision, 'out of order');
            lastSeen.set(event.stream, event.revision);
            handled.add(event.id);
            order.push(event.id);
          };
          const handling = inOrderPerChannel(handler, { concurrency });
          const rest = all.length - begin;
          if (rest === 0) break;
          const operator = resumeFrom(checkpoints.store, handling, { window });
          const run = lastValueFrom(new Changes(store).pipe(operator, take(rest), toArray()));
          const end = await run.then((done) => done.length).catch(String);
          if (crash >= rest) assert.is(end, rest);
          else assert.is(end, 'Error: crashed');
          // Nothing before the checkpoint it began with came again.
          const known = new Set(all.slice(0, begin).map(({ event }) => event.id));
          assert.not.ok(order.some((id) => known.has(id)));
          for (let nth = 0; nth < 6; nth++) await turn();
        }
        assert.is(handled.size, all.length);
        assert.is(await checkpoints.store.load(), all.at(-1)?.checkpoint);
        const places = checkpoints.saved.map(Number);
        assert.equal(
          places,
          [...places].sort((a, b) => a - b),
        );
      }),
      { numRuns: 150 },
    );
  },
);

resuming('is given what it handled but did not keep again, with the same ids', async () => {
  const store = await ledgerOf([0, 0, 0, 0]);
  const inner = memoryCheckpoints();
  let saves = 0;
  const failing: CheckpointStore = {
    load: inner.load,
    save: async (checkpoint) => {
      if (++saves === 2) throw new Error('no room to save');
      await inner.save(checkpoint);
    },
  };
  const handled: string[] = [];
  const handler = ({ event }: Change) => {
    handled.push(event.id);
  };
  const first = new Changes(store).pipe(resumeFrom(failing, handleInTurn(handler)));
  assert.is(await lastValueFrom(first).catch(String), 'Error: no room to save');
  const seen = handled.length;
  assert.ok(seen >= 2);
  const again = new Changes(store).pipe(resumeFrom(inner, handleInTurn(handler)), take(3));
  await lastValueFrom(again);
  const ids = await idsIn(store);
  assert.equal(handled.slice(0, seen), ids.slice(0, seen));
  assert.equal(handled.slice(seen), ids.slice(1));
});

resuming('reads no further than its window beyond a stuck handler', async () => {
  const store = await ledgerOf([0, ...Array(50).fill(1)]);
  let handled = 0;
  const handling = inOrderPerChannel(({ event }) => {
    if (event.stream === channelStream(0)) return new Promise(() => undefined);
    handled++;
    return undefined;
  });
  const operator = resumeFrom(memoryCheckpoints(), handling, { window: 10 });
  const subscription = new Changes(store).pipe(operator).subscribe();
  await new Promise((resolve) => setTimeout(resolve, 20));
  subscription.unsubscribe();
  assert.is(handled, 9);
});

resuming('goes on after the checkpoint only, also of a filter', async () => {
  const store = await ledgerOf([0, 1, 0, 1, 0]);
  const filter = { streamPrefixes: [channelStream(1)] };
  const checkpoints = memoryCheckpoints();
  const revisions = async (count: number) => {
    const operator = resumeFrom(
      checkpoints,
      handleInTurn(() => undefined),
    );
    const changes = new Changes(store, undefined, filter).pipe(operator, take(count), toArray());
    const seen = (await lastValueFrom(changes)).map(({ event }) => event.revision);
    await turn();
    return seen;
  };
  assert.equal(await revisions(1), [0]);
  assert.equal(await revisions(1), [1]);
});

resuming('must be first in line', () => {
  const changes = new Changes(new MemoryStore());
  const operator = resumeFrom(
    memoryCheckpoints(),
    handleInTurn(() => undefined),
  );
  assert.throws(() => changes.pipe(take(1), operator), 'must be the first operator');
});

keeping('in a file gives back what was saved last, and leaves nothing beside it', async () => {
  const path = join(directory, 'checkpoint');
  const store = fileCheckpoints(path);
  assert.is(await store.load(), undefined);
  await store.save('12');
  await store.save('C7P5');
  assert.is(await fileCheckpoints(path).load(), 'C7P5');
  assert.equal(readdirSync(directory), ['checkpoint']);
});

keeping('refuses a file that is something else with a sentence', async () => {
  const path = join(directory, 'other');
  for (const text of ['', 'Dear diary,\n', '1\n2\n']) {
    writeFileSync(path, text);
    const failed = await fileCheckpoints(path).load().catch(String);
    assert.match(String(failed), 'holds no checkpoint: is it the right file?');
  }
});

resuming.run();
keeping.run();
