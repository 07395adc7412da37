/**
 * Seeded runs of appends, reads and a subscription through something that keeps failing. After each:
 * every acknowledged event is there exactly once, in its order, and nothing else is.
 */
import { setTimeout } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { startGateway } from '../../src/gateway/gateway.ts';
import { NO_STREAM, type StoredEvent, StoreError } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import type { ClusterStore } from '../../src/store/eventstoredb/store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { collect, randomNumbers, sampleEvent, seedOfRun } from './sample-events.ts';

/** What stands between client and server. */
export interface Between {
  readonly port: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Answers to appends that were surely lost, where it can tell. */
  readonly lostAnswers?: number;
  calm(): void;
  close(): Promise<void>;
}

export type MakeBetween = (target: number, random: (limit: number) => number) => Promise<Between>;

/** CHANNEL_LEDGER_CHAOS_SEED runs one seed alone, as a failure prints it. */
const only = process.env.CHANNEL_LEDGER_CHAOS_SEED;
/** In the suite a few; `npm run soak` asks for more by CHANNEL_LEDGER_CHAOS_RUNS. */
const FEW_RUNS = 10;
export const chaosRuns =
  only === undefined ? Number(process.env.CHANNEL_LEDGER_CHAOS_RUNS ?? FEW_RUNS) : 1;
/** A run mostly waits, so that many go on at once. */
const AT_ONCE = 10;
const WRITERS = 4;
const APPENDS = 8;
/** One stream that all writers want, and one of each writer's own. */
const HOT = 'hot';
const READ_EVERY_MS = 25;

/** Told of what an append's answer was lost. */
class Told {
  readonly sentences: string[] = [];
  readonly hear = (sentence: string) => {
    if (sentence.includes('outcome unknown')) this.sentences.push(sentence);
  };

  count(words: RegExp): number {
    return this.sentences.filter((sentence) => words.test(sentence)).length;
  }
}

export async function runChaos(between: MakeBetween): Promise<void> {
  const firstSeed = only === undefined ? seedOfRun() : Number(only);
  const faults = new Map<string, number>();
  const outcomes = { appended: 0, again: 0, other: 0 };
  let next = firstSeed;
  let isFailed = false;
  const inTurn = async () => {
    while (next < firstSeed + chaosRuns && !isFailed) {
      const seed = next++;
      try {
        const told = await run(seed, faults, between);
        outcomes.appended += told.count(/resolved to: appended/);
        outcomes.again += told.count(/sent again/);
        outcomes.other += told.count(/another writer/);
      } catch (cause) {
        isFailed = true;
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`CHANNEL_LEDGER_CHAOS_SEED=${seed}: ${why}`, { cause });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  console.log('faults', Object.fromEntries(faults), 'lost answers', outcomes);
}

async function run(
  seed: number,
  faults: Map<string, number>,
  makeBetween: MakeBetween,
): Promise<Told> {
  const random = randomNumbers(seed);
  const backing = new MemoryStore();
  const served = { store: backing, port: 0, isWritable: true, accepts: 'anything' } as const;
  const gateway = await startGateway(served);
  const between = await makeBetween(gateway.port, random);
  const told = new Told();
  const store = openClusterStore(`esdb://127.0.0.1:${between.port}?tls=false`, {
    silenceMs: 400,
    // Some give up soon, and are told that the outcome is unknown.
    ...(random(4) === 0 && { patienceMs: 200 }),
    onTrouble: told.hear,
  });
  try {
    const follower = follow(store);
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(store, writer, random));
    const writing = Promise.all(writers);
    const [acknowledged] = await Promise.all([writing, readWhile(writing, store, backing)]);
    between.calm();
    const stored = await collect(backing.readAll());
    await follower.has(stored.length);
    assert.equal(follower.seen.map(place), stored.map(place));
    assert.is(new Set(stored.map(({ id }) => id)).size, stored.length);
    // Nothing was reported failed that is there: each writer went on until it was told of success.
    assert.equal(acknowledged.flat().sort(), stored.map(place).sort());
    assert.equal((await collect(store.readAll())).map(place), stored.map(place));
    const isSilent = (between.lostAnswers ?? 0) > 0 && told.sentences.length === 0;
    assert.not(isSilent, 'answers were lost, and nobody was told');
  } finally {
    await store.close();
    await between.close();
    await gateway.close();
    for (const [fault, n] of between.faults) faults.set(fault, (faults.get(fault) ?? 0) + n);
  }
  return told;
}

const place = ({ stream, revision, id }: StoredEvent) => `${stream} ${revision} ${id}`;

/** One subscription over everything, from the beginning. */
function follow(store: ClusterStore) {
  const seen: StoredEvent[] = [];
  const stop = new AbortController();
  let wanted = Number.POSITIVE_INFINITY;
  const following = (async () => {
    for await (const event of store.subscribe(undefined, undefined, stop.signal)) {
      seen.push(event);
      if (seen.length >= wanted) return;
    }
  })();
  return {
    seen,
    has: async (count: number) => {
      wanted = count;
      if (seen.length < count) await following;
      stop.abort();
    },
  };
}

/** Reads the hot stream again and again: whole each time, as it was when the reading began or longer. */
async function readWhile(
  writing: Promise<unknown>,
  store: ClusterStore,
  backing: MemoryStore,
): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  writing.then(over, over);
  while (!isOver) {
    const least = (backing.streamHead(HOT)?.revision ?? NO_STREAM) + 1;
    const read = await unlessUnknown(collect(store.readStream(HOT)));
    await setTimeout(READ_EVERY_MS);
    if (read === undefined) continue;
    assert.ok(read.length >= least, `${read.length} events read of ${least}`);
    const there = [...backing.streamEvents(HOT, { toRevision: read.length - 1 })];
    assert.equal(read.map(place), there.map(place));
  }
}

/** Undefined where it took longer than the store's patience. */
async function unlessUnknown<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    const isOpen = cause instanceof StoreError && !/is closed/.test(cause.message);
    if (isOpen) return undefined;
    throw cause;
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
      const result = await unlessUnknown(store.append(stream, events, { expectedRevision }));
      // The same append again finds out.
      if (result === undefined) continue;
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
