import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lastValueFrom, take } from 'rxjs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Change, Changes } from '../../../src/ledger/changes.ts';
import { memoryCheckpoints } from '../../../src/ledger/operators/checkpoints.ts';
import { inOrderPerChannel } from '../../../src/ledger/operators/per-channel.ts';
import { resumeFrom } from '../../../src/ledger/operators/resume.ts';
import type { EventStore, StoredEvent } from '../../../src/store/event-store.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { channelStream, Growing, policies } from '../growing.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-slow-'));
test.after(() => rmSync(directory, { recursive: true }));

const EVENTS = 60_000;
const BATCH = 200;
const CHANNELS = 20;
const BUFFER = 64;
/** A page of the store and the buffer, with what they are decoded into, are far below this. */
const MOST_MIB = 24;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function heapMib(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Counts what the store gave out and nobody handled yet. */
function counted(store: EventStore) {
  const counts = { given: 0, handled: 0, mostInHand: 0 };
  const counting: EventStore = Object.create(store, {
    subscribe: {
      value: async function* (...rest: Parameters<EventStore['subscribe']>) {
        for await (const event of store.subscribe(...rest)) {
          counts.given++;
          counts.mostInHand = Math.max(counts.mostInHand, counts.given - counts.handled);
          yield event;
        }
      },
    },
    checkpointOf: { value: (event: StoredEvent) => store.checkpointOf(event) },
  });
  return { counting, counts };
}

test('a subscriber 100 times slower than the writer takes little memory and loses nothing', async () => {
  const store = openSqliteStore(join(directory, 'ledger.db'), { create: true });
  const growing = new Growing(store);
  const { counting, counts } = counted(store);
  const next = Array.from({ length: CHANNELS }, () => 0);
  let isOutOfOrder = false;
  let pace = 0;
  let written = 0;
  const handler = async ({ event }: Change) => {
    if (written < EVENTS) await delay(pace);
    const channel = Number.parseInt(event.stream.split('.')[1] ?? '', 16) - 1;
    isOutOfOrder ||= next[channel] !== event.revision;
    next[channel] = event.revision + 1;
    counts.handled++;
  };
  const before = heapMib();
  // One at a time, so that its pace is that of its handler.
  const write = async () => {
    const channel = (written / BATCH) % CHANNELS;
    await growing.append(channelStream(channel), policies(written, written + BATCH));
    written += BATCH;
  };
  const from = performance.now();
  while (written < EVENTS / 10) await write();
  pace = (100 * (performance.now() - from)) / written;
  const handling = inOrderPerChannel(handler, { concurrency: 1, buffer: BUFFER });
  const operator = resumeFrom(memoryCheckpoints(), handling);
  const all = lastValueFrom(new Changes(counting).pipe(operator, take(EVENTS)));
  while (written < EVENTS) {
    await write();
    // The subscriber has its turn, as it would have in a process of its own.
    await delay(0);
  }
  const handledMeanwhile = counts.handled;
  const grown = heapMib() - before;
  pace = 0;
  await all;
  await store.close();
  process.stdout.write(
    `while ${EVENTS} events were written the subscriber handled ${handledMeanwhile}; ` +
      `at most ${counts.mostInHand} in hand, heap grown by ${grown.toFixed(1)} MiB\n`,
  );
  assert.ok(handledMeanwhile * 50 < EVENTS, 'it was not slow');
  assert.ok(counts.mostInHand <= BUFFER + 2, `${counts.mostInHand} in hand`);
  assert.ok(grown < MOST_MIB, `${grown.toFixed(1)} MiB`);
  assert.is(counts.handled, EVENTS);
  assert.is(isOutOfOrder, false);
  assert.is(
    next.reduce((sum, count) => sum + count),
    EVENTS,
  );
});

test.run();
