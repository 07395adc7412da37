/**
 * A ledger in a cluster, beside the bare client doing the same calls in turn: against a gateway in a
 * process of its own, or against the server that CHANNEL_LEDGER_TEST_ESDB names.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { binaryEvent, EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import type { NewEvent } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import type { ClusterStore } from '../../src/store/eventstoredb/store.ts';
import { sealedEvent } from '../../src/store/eventstoredb/stored-form.ts';
import { sampleEvent } from './append.ts';
import { replicaFigures } from './cluster-replica.ts';
import { type Figure, pairwise, perSecond } from './figure.ts';

const AT_ONCE = 64;
const BATCH = 500;
const ROUNDS = 3;
const WANTED = { atLeast: 0.8 };

/** What each measurement works with; every one has ledgers and streams of its own. */
export interface BenchCluster {
  readonly bare: EventStoreDBClient;
  /** The address of a ledger that nobody else uses. */
  newAddress(): string;
  readonly directory: string;
  readonly isQuick: boolean;
}

export async function clusterFigures(directory: string, isQuick: boolean): Promise<Figure[]> {
  const given = process.env.CHANNEL_LEDGER_TEST_ESDB;
  const gateway = given ? undefined : await startedGateway(join(directory, 'gateway.db'));
  const base = given || `esdb://127.0.0.1:${gateway?.port}?tls=false`;
  const bare = EventStoreDBClient.connectionString(base);
  const newAddress = () => {
    const name = `b${randomBytes(8).toString('hex')}`;
    return `${base}${base.includes('?') ? '&' : '?'}ledger=${name}`;
  };
  const cluster = { bare, newAddress, directory, isQuick };
  const store = openClusterStore(newAddress());
  try {
    return [
      await singleFigure(cluster, store),
      await atOnceFigure(cluster, store),
      await batchFigure(cluster, store),
      await readFigure(cluster, store),
      ...(await replicaFigures(cluster)),
    ];
  } finally {
    await store.close();
    await bare.dispose();
    gateway?.child.stdin?.end();
  }
}

/** The first of each is not measured: both then have their connection. */
async function singleFigure({ bare, isQuick }: BenchCluster, store: ClusterStore): Promise<Figure> {
  const count = isQuick ? 300 : 2000;
  const work = async (append: Append) => {
    const stream = newStream();
    for (let nth = 0; nth < count; nth++) await append(stream, [sampleEvent(nth)], nth - 1);
  };
  await appendBy(store)(newStream(), [sampleEvent(0)], -1);
  await appendBare(bare)(newStream(), [sampleEvent(0)], -1);
  return figure('a cluster: appends awaited one by one', count, {
    ours: () => work(appendBy(store)),
    bare: () => work(appendBare(bare)),
  });
}

async function atOnceFigure({ bare, isQuick }: BenchCluster, store: ClusterStore): Promise<Figure> {
  const bursts = isQuick ? 30 : 200;
  const work = async (append: Append) => {
    const streams = Array.from({ length: AT_ONCE }, newStream);
    for (let burst = 0; burst < bursts; burst++) {
      await Promise.all(streams.map((stream) => append(stream, [sampleEvent(burst)], burst - 1)));
    }
  };
  return figure(`a cluster: appends, ${AT_ONCE} at once`, bursts * AT_ONCE, {
    ours: () => work(appendBy(store)),
    bare: () => work(appendBare(bare)),
  });
}

async function batchFigure({ bare, isQuick }: BenchCluster, store: ClusterStore): Promise<Figure> {
  const batches = isQuick ? 20 : 100;
  const work = async (append: Append) => {
    const stream = newStream();
    for (let batch = 0; batch < batches; batch++) {
      await append(stream, batchOf(batch), batch * BATCH - 1);
    }
  };
  return figure(`a cluster: appends in batches of ${BATCH}`, batches * BATCH, {
    ours: () => work(appendBy(store)),
    bare: () => work(appendBare(bare)),
  });
}

async function readFigure({ bare, isQuick }: BenchCluster, store: ClusterStore): Promise<Figure> {
  const count = isQuick ? 10_000 : 100_000;
  const stream = newStream();
  const append = appendBy(store);
  for (let batch = 0; batch * BATCH < count; batch++) {
    await append(stream, batchOf(batch), batch * BATCH - 1);
  }
  const name = `${store.address.ledger}.${stream}`;
  return figure(`a cluster: reading ${count.toLocaleString('en-US')} events`, count, {
    ours: () => read(store.readStream(stream), count),
    bare: () => read(bare.readStream(name), count),
  });
}

export async function figure(
  name: string,
  count: number,
  { ours, bare }: { readonly ours: () => unknown; readonly bare: () => unknown },
): Promise<Figure> {
  const { measuredMs, ceilingMs, ratio } = await pairwise(ROUNDS, ours, bare);
  const ceiling = `${perSecond(count, ceilingMs)} by the bare client`;
  return { name, measured: perSecond(count, measuredMs), ceiling, ratio, wanted: WANTED };
}

type Append = (
  stream: string,
  events: readonly NewEvent[],
  expectedRevision: number,
) => Promise<unknown>;

function appendBy(store: ClusterStore): Append {
  return async (stream, events, expectedRevision) => {
    const result = await store.append(stream, events, { expectedRevision });
    if (!result.ok) throw new Error(`a conflict in ${stream}, which nobody else writes`);
  };
}

/** The same bytes, with neither digests chained nor outcomes found out. */
function appendBare(client: EventStoreDBClient): Append {
  return (stream, events, expectedRevision) => {
    const sent = events.map((event) => {
      const { id, type, data, metadata } = sealedEvent(stream, 0, event, undefined).event;
      return binaryEvent({ id, type, data, metadata });
    });
    const expected = expectedRevision < 0 ? NO_STREAM : BigInt(expectedRevision);
    return client.appendToStream(stream, sent, { expectedRevision: expected });
  };
}

function batchOf(batch: number): readonly NewEvent[] {
  return Array.from({ length: BATCH }, (_, nth) => sampleEvent(batch * BATCH + nth));
}

/** Ends with the last event; what gave them is left open, for its owner to end. */
export async function counted(events: Pick<Readable, 'iterator'>, wanted: number): Promise<void> {
  let count = 0;
  // A stream of the client that is destroyed by leaving the loop never ends.
  for await (const _event of events.iterator({ destroyOnReturn: false })) {
    if (++count === wanted) return;
  }
  throw new Error(`${count} events read of ${wanted}`);
}

async function read(events: AsyncIterable<unknown>, wanted: number): Promise<void> {
  let count = 0;
  for await (const _event of events) count++;
  if (count !== wanted) throw new Error(`${count} events read of ${wanted}`);
}

let streams = 0;
const newStream = () => `bench-${randomBytes(4).toString('hex')}-${streams++}`;

async function startedGateway(path: string) {
  const script = new URL('./gateway-alone.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => resolve(Number(line)));
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
  return { child, port };
}
