/**
 * Appends and a subscription through a connection that keeps failing. CHANNEL_LEDGER_CHAOS_SEED runs
 * one seed alone, as a failure prints it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startGateway } from '../../src/gateway/gateway.ts';
import { NO_STREAM, type StoredEvent } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import type { ClusterStore } from '../../src/store/eventstoredb/store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { chaosProxy } from './chaos-proxy.ts';
import { collect, randomNumbers, sampleEvent, seedOfRun, soakFactor } from './sample-events.ts';

const test = suite('EventStoreDB store on a failing connection');

const RUNS_IN_CI = 100;
const AT_ONCE = 10;
const WRITERS = 4;
const APPENDS = 8;
/** One stream that all writers want, and one of each writer's own. */
const HOT = 'hot';

const only = process.env.CHANNEL_LEDGER_CHAOS_SEED;
const firstSeed = only === undefined ? seedOfRun() : Number(only);
const runs = only === undefined ? Math.round(RUNS_IN_CI * Math.min(10, soakFactor())) : 1;

test(`in ${runs} runs every acknowledged event is there exactly once, in its order`, async () => {
  const faults = new Map<string, number>();
  const uncertain = { appended: 0, again: 0, other: 0 };
  let next = firstSeed;
  const inTurn = async () => {
    while (next < firstSeed + runs) {
      const seed = next++;
      try {
        await run(seed, faults, uncertain);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`CHANNEL_LEDGER_CHAOS_SEED=${seed}: ${why}`, { cause });
      }
    }
  };
  // A run mostly waits, so that many go on at once.
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  console.log('faults', Object.fromEntries(faults), 'lost answers', uncertain);
});

async function run(
  seed: number,
  faults: Map<string, number>,
  uncertain: { appended: number; again: number; other: number },
): Promise<void> {
  const random = randomNumbers(seed);
  const backing = new MemoryStore();
  const gateway = await startGateway({
    store: backing,
    port: 0,
    isWritable: true,
    accepts: 'anything',
  });
  const proxy = await chaosProxy(gateway.port, random);
  const store = openClusterStore(`esdb://127.0.0.1:${proxy.port}?tls=false`, {
    silenceMs: 400,
    onTrouble: (sentence) => {
      if (/resolved to: appended/.test(sentence)) uncertain.appended++;
      else if (/sent again/.test(sentence)) uncertain.again++;
      else if (/another writer/.test(sentence)) uncertain.other++;
    },
  });
  try {
    const seen: StoredEvent[] = [];
    const stop = new AbortController();
    const total = { value: Number.POSITIVE_INFINITY };
    const following = (async () => {
      for await (const event of store.subscribe(undefined, undefined, stop.signal)) {
        seen.push(event);
        if (seen.length >= total.value) return;
      }
    })();
    const acknowledged = await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => write(store, writer, random)),
    );
    proxy.calm();
    const all = await collect(backing.readAll());
    total.value = all.length;
    if (seen.length < all.length) await following;
    stop.abort();
    const place = ({ stream, revision, id }: StoredEvent) => `${stream} ${revision} ${id}`;
    assert.equal(seen.map(place), all.map(place));
    const stored = all.map(place);
    assert.is(new Set(all.map(({ id }) => id)).size, all.length);
    for (const one of acknowledged.flat()) assert.ok(stored.includes(one), one);
    // Nothing was reported lost that is there: each writer went on until it was told of success.
    assert.is(stored.length, acknowledged.flat().length);
  } finally {
    await store.close();
    await proxy.close();
    await gateway.close();
    for (const [fault, count] of proxy.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
  }
}

/** Appends until each event is acknowledged; answers `stream revision id` of all of them. */
async function write(
  store: ClusterStore,
  writer: number,
  random: (limit: number) => number,
): Promise<readonly string[]> {
  const done: string[] = [];
  const ends = new Map<string, number>();
  for (let nth = 0; nth < APPENDS; nth++) {
    const stream = nth % 2 === 0 ? HOT : `own-${writer}`;
    const count = 1 + random(3);
    const events = Array.from({ length: count }, (_, n) => sampleEvent(`${writer} ${nth} ${n}`));
    for (;;) {
      const expectedRevision = ends.get(stream) ?? NO_STREAM;
      const result = await store.append(stream, events, { expectedRevision });
      ends.set(stream, result.ok ? result.lastRevision : result.actualRevision);
      if (!result.ok) continue;
      assert.is(result.lastRevision, expectedRevision + count);
      for (const [n, { id }] of events.entries()) {
        done.push(`${stream} ${expectedRevision + 1 + n} ${id}`);
      }
      break;
    }
  }
  return done;
}

test.run();
