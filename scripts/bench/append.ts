/** Durable appends: batches over many streams, one after the other, and many at once. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AppendRequest, NewEvent } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type BareEvent, BareTable, bareEvent } from './ceiling.ts';
import { type Figure, pairwise, perSecond } from './figure.ts';

const STREAMS = 1000;
const AT_ONCE = 64;

/** About 300 bytes of data and metadata. */
export function sampleEvent(nth: number): NewEvent {
  const at = 1_767_225_600_000_000_000n + BigInt(nth) * 1_000_000n;
  const time = `${new Date(Number(at / 1_000_000n)).toISOString().slice(0, -1)}000000Z`;
  const data = `{"id":${nth},"direction":"offered","amountMsat":"${50_000_000 + nth}","cltvExpiry":800123,"paymentLink":"a2f1aff71511ea34a2f1aff71511ea34"}`;
  const metadata = `{"source":"ldk","evidence":"persist-update/${nth}","happenedAt":"${time}","timeBasis":"recorded","recordedAt":"${time}","schema":1,"minReader":1}`;
  const columns = {
    happenedAtNs: at,
    recordedAtNs: at,
    amount1: null,
    amount2: null,
    isMarked: false,
  };
  return { id: randomUUID(), type: 'HtlcAdded', data, metadata, columns };
}

function streamName(nth: number): string {
  return `channel-02${'ab'.repeat(32)}.${nth.toString(16).padStart(64, '0')}.ldk`;
}

const streamNames = Array.from({ length: STREAMS }, (_, nth) => streamName(nth));

/** Batches of 1,000 events in 1,000 streams. */
export async function batchFigure(directory: string, batches: number): Promise<Figure> {
  const rounds = 5;
  const store = openSqliteStore(join(directory, 'batch.db'));
  const bare = new BareTable(join(directory, 'batch-bare.db'));
  // Only a round's events are in memory at once: collecting more of them would be measured too.
  let requests: AppendRequest[][] = [];
  let bareEvents: BareEvent[][] = [];
  const before = (round: number) => {
    const first = round * batches;
    requests = Array.from({ length: batches }, (_, nth) => batchOf(first + nth));
    bareEvents = requests.map((batch, nth) =>
      batch.flatMap(({ events }, stream) =>
        events.map((event) => bareEvent(event, { stream, revision: first + nth, type: 1 })),
      ),
    );
  };
  const { measuredMs, ceilingMs, ratio } = await pairwise(
    rounds,
    async () => {
      for (const batch of requests) await store.appendMany(batch);
    },
    () => {
      for (const events of bareEvents) bare.commit(events);
    },
    before,
  );
  await store.close();
  bare.close();
  const count = batches * STREAMS;
  return {
    name: 'appends, batches of 1,000 events in 1,000 streams',
    measured: perSecond(count, measuredMs),
    ceiling: `${perSecond(count, ceilingMs)} bare inserts`,
    ratio,
    wanted: { atLeast: 0.6 },
  };
}

/** One event for each stream, behind the batches before it. */
function batchOf(batch: number): AppendRequest[] {
  return streamNames.map((stream, nth) => {
    return { stream, events: [sampleEvent(batch * STREAMS + nth)], expectedRevision: batch - 1 };
  });
}

export async function singleFigures(directory: string, count: number): Promise<Figure[]> {
  const store = openSqliteStore(join(directory, 'single.db'));
  const bare = new BareTable(join(directory, 'single-bare.db'));
  const stream = streamName(0);
  let revision = -1;
  let bareRevision = -1;
  let nth = 0;
  const single = await pairwise(
    5,
    async () => {
      for (let i = 0; i < count; i++) {
        await store.append(stream, [sampleEvent(nth++)], { expectedRevision: revision++ });
      }
    },
    () => {
      for (let i = 0; i < count; i++) bare.commit([nextBare(++bareRevision, 0)]);
    },
  );
  const bursts = Math.ceil(count / 16);
  let many = -1;
  let bareMany = -1;
  const atOnce = await pairwise(
    5,
    async () => {
      for (let burst = 0; burst < bursts; burst++, many++) {
        const appends = Array.from({ length: AT_ONCE }, (_, n) =>
          store.append(streamName(n + 1), [sampleEvent(nth++)], { expectedRevision: many }),
        );
        await Promise.all(appends);
      }
    },
    () => {
      for (let burst = 0; burst < bursts; burst++) {
        bareMany++;
        bare.commit(Array.from({ length: AT_ONCE }, (_, n) => nextBare(bareMany, n + 1)));
      }
    },
  );
  await store.close();
  bare.close();
  return [
    {
      name: 'appends awaited one by one',
      measured: perSecond(count, single.measuredMs),
      ceiling: `${perSecond(count, single.ceilingMs)} bare single-row commits`,
      ratio: single.ratio,
      wanted: { atLeast: 0.6 },
    },
    {
      name: 'appends, 64 at once',
      measured: perSecond(bursts * AT_ONCE, atOnce.measuredMs),
      ceiling: `${perSecond(bursts * AT_ONCE, atOnce.ceilingMs)} in commits of 64 rows`,
      ratio: atOnce.ratio,
      wanted: { atLeast: 0.4 },
    },
  ];
}

function nextBare(revision: number, stream: number): BareEvent {
  return bareEvent(sampleEvent(revision), { stream, revision, type: 1 });
}
