/** A large ledger read: rebuilt, asked as of moments, opened. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { channelProjection } from '../../projections/channel.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { TUNING } from '../../src/store/sqlite/open-connection.ts';
import { type Figure, median, perSecond, quantile, timed } from './figure.ts';
import { syntheticObservations } from './observations.ts';

const BATCH = 1000;

/** Writes the synthetic ledger and answers how many events it holds. */
export async function makeLedger(path: string, events: number): Promise<number> {
  const ledger = await openLedger(path, { create: true });
  let batch = [];
  for (const observation of syntheticObservations(events)) {
    batch.push(observation);
    if (batch.length < BATCH) continue;
    await ledger.recordBatch(batch);
    batch = [];
  }
  await ledger.recordBatch(batch);
  const last = await ledger.store.lastCheckpoint();
  await ledger.close();
  return Number(last ?? 0);
}

/** Reading the rows and JSON.parse-ing data and metadata: same file, one thread. */
function readAndParse(path: string): number {
  const database = new Database(path, { readonly: true });
  database.pragma(`cache_size = -${TUNING.cacheKib}`);
  let count = 0;
  for (const row of database.prepare('SELECT data, metadata FROM ev').raw().iterate()) {
    const [data, metadata] = row as [string | Buffer, string | Buffer];
    JSON.parse(String(data));
    JSON.parse(String(metadata));
    count++;
  }
  database.close();
  return count;
}

export async function rebuildFigures(path: string, events: number): Promise<Figure[]> {
  const rounds = events > 2_000_000 ? 1 : 3;
  const ratios: number[] = [];
  const times: { measured: number; ceiling: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const ceiling = await timed(() => readAndParse(path));
    const ledger = await openLedger(path);
    const measured = await timed(() => ledger.rebuild());
    await ledger.close();
    times.push({ measured, ceiling });
    ratios.push(ceiling / measured);
  }
  return [
    {
      name: `all rows rebuilt from ${events.toLocaleString('en-US')} events, one thread`,
      measured: perSecond(events, median(times.map((t) => t.measured))),
      ceiling: `${perSecond(events, median(times.map((t) => t.ceiling)))} read and parsed`,
      ratio: median(ratios),
      wanted: { atLeast: 0.5 },
    },
    memoryFigure(path),
  ];
}

/** Peak memory of a process that does nothing but rebuild. */
function memoryFigure(path: string): Figure {
  const script = new URL('./rebuild-alone.ts', import.meta.url).pathname;
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`rebuilding alone failed: ${stderr}`);
  const megabytes = Number(stdout) / 1e6;
  return {
    name: 'peak memory while rebuilding',
    measured: `${megabytes.toFixed(0)} MB`,
    ceiling: '300 MB',
    ratio: megabytes / 300,
    wanted: { atMost: 1 },
  };
}

/** A fixed sequence, so that two runs ask the same moments. */
function* randomFractions(): Generator<number> {
  let state = 0x2545f491;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}

export async function asOfFigures(path: string): Promise<Figure[]> {
  const ledger = await openLedger(path);
  const { store } = ledger;
  const heads = store.streamHeads('channel-');
  const fractions = randomFractions();
  const fraction = () => fractions.next().value ?? 0;
  const span = spanOf(
    store.streamPoints(heads[0]?.stream ?? '', ['ChannelOpened', 'CommitmentUpdated']),
  );
  const timeNs = () => span.first + BigInt(Math.floor(Number(span.last - span.first) * fraction()));
  const asOf = (stream: string) =>
    ledger.rows.one(channelProjection, stream, { at: { kind: 'time', timeNs: timeNs() } });
  const random = () => heads[Math.floor(fraction() * heads.length)] ?? heads[0];
  const samples = 2000;
  const one: number[] = [];
  const reading: number[] = [];
  for (let nth = 0; nth < samples + 200; nth++) {
    // Another stream than the one that is asked for: reading it first would warm its pages.
    const head = random();
    const other = random();
    if (head === undefined || other === undefined) break;
    const from = Math.floor(fraction() * Math.max(1, head.revision - 64));
    const start = performance.now();
    for (const event of store.streamEvents(head.stream, {
      fromRevision: from,
      toRevision: from + 63,
    })) {
      JSON.parse(event.data);
      JSON.parse(event.metadata);
    }
    const middle = performance.now();
    asOf(other.stream);
    const end = performance.now();
    // The first rounds warm the code up.
    if (nth < 200) continue;
    reading.push(middle - start);
    one.push(end - middle);
  }
  const meanRead = mean(reading);
  const all: number[] = [];
  for (let nth = 0; nth < 5; nth++) {
    const start = performance.now();
    ledger.rows.all(channelProjection, { at: { kind: 'time', timeNs: timeNs() } });
    all.push(performance.now() - start);
  }
  await ledger.close();
  const micro = (ms: number) => `${Math.round(ms * 1000)} µs`;
  return [
    {
      name: 'one channel as of a random time, mean',
      measured: micro(mean(one)),
      ceiling: `${micro(meanRead)} to read and parse 64 events of one stream`,
      ratio: mean(one) / meanRead,
      wanted: { atMost: 2 },
    },
    {
      name: 'one channel as of a random time, p99',
      measured: micro(quantile(one, 0.99)),
      ceiling: `${micro(meanRead)} to read and parse 64 events of one stream`,
      ratio: quantile(one, 0.99) / meanRead,
      wanted: { atMost: 4 },
    },
    {
      name: `all ${heads.length.toLocaleString('en-US')} channels as of a random time`,
      measured: `${median(all).toFixed(0)} ms`,
      ceiling: `${(mean(one) * heads.length).toFixed(0)} ms one by one`,
      ratio: median(all) / (mean(one) * heads.length),
      wanted: { atMost: 0.8 },
    },
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spanOf(points: Iterable<{ readonly happenedAtNs: bigint }>) {
  let first: bigint | undefined;
  let last = 0n;
  for (const { happenedAtNs } of points) {
    first ??= happenedAtNs;
    last = happenedAtNs;
  }
  return { first: first ?? 0n, last };
}

/** From nothing open to the list of open channels, in this process. */
export async function openingFigures(path: string, events: number): Promise<Figure[]> {
  const times: number[] = [];
  for (let nth = 0; nth < 5; nth++) {
    const start = performance.now();
    const ledger = await openLedger(path);
    ledger.channels();
    times.push(performance.now() - start);
    await ledger.close();
  }
  const ms = median(times);
  const bytes = statSync(path).size;
  return [
    {
      name: `open to first answer on ${events.toLocaleString('en-US')} events`,
      measured: `${ms.toFixed(0)} ms`,
      ceiling: '300 ms',
      ratio: ms / 300,
      wanted: { atMost: 1 },
    },
    { name: 'bytes per event on disk', measured: `${Math.round(bytes / events)}` },
  ];
}
