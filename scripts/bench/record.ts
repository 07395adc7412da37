/** Observations recorded end to end: decide, seal, digest, append, rows live through immer. */
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { type BareEvent, BareTable, bareEvent, Interned } from './ceiling.ts';
import { type Figure, median, perSecond, timed } from './figure.ts';
import { demoMix, ofAnotherNetwork } from './observations.ts';

const BATCH = 1000;

export async function recordFigure(
  directory: string,
  networks: number,
  payments: number,
): Promise<Figure> {
  const mix = await demoMix(payments);
  const rounds = 3;
  const ratios: number[] = [];
  const speeds: { events: number; measuredMs: number; ceilingMs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const observations = Array.from({ length: networks }, (_, nth) =>
      ofAnotherNetwork(mix, round * networks + nth),
    ).flat();
    const batches = inBatches(observations);
    const path = join(directory, `record-${round}.db`);
    const ledger = await openLedger(path, { create: true });
    const measuredMs = await timed(async () => {
      for (const batch of batches) await ledger.recordBatch(batch);
    });
    const bareBatches = bareCopy(ledger.store.allEvents());
    await ledger.close();
    const bare = new BareTable(join(directory, `record-bare-${round}.db`));
    const ceilingMs = await timed(() => {
      for (const batch of bareBatches) bare.commit(batch);
    });
    bare.close();
    const events = bareBatches.reduce((sum, batch) => sum + batch.length, 0);
    speeds.push({ events, measuredMs, ceilingMs });
    ratios.push(ceilingMs / measuredMs);
  }
  const speedOf = (ms: 'measuredMs' | 'ceilingMs') =>
    perSecond(median(speeds.map((s) => s.events)), median(speeds.map((s) => s[ms])));
  return {
    name: "observations recorded end to end, the demo's mix, batches of 1,000",
    measured: `${speedOf('measuredMs').replace('/s', ' events/s')}`,
    ceiling: `${speedOf('ceilingMs')} bare inserts of the same events`,
    ratio: median(ratios),
    wanted: { atLeast: 0.2 },
  };
}

function inBatches(observations: readonly Observation[]): readonly (readonly Observation[])[] {
  const count = Math.ceil(observations.length / BATCH);
  return Array.from({ length: count }, (_, n) => observations.slice(n * BATCH, (n + 1) * BATCH));
}

function bareCopy(
  events: Iterable<{
    readonly stream: string;
    readonly revision: number;
    readonly id: string;
    readonly type: string;
    readonly data: string;
    readonly metadata: string;
  }>,
): readonly (readonly BareEvent[])[] {
  const streams = new Interned();
  const types = new Interned();
  const batches: BareEvent[][] = [[]];
  for (const event of events) {
    const { stream, revision, type } = event;
    const place = { stream: streams.of(stream), revision, type: types.of(type) };
    const columns = {
      happenedAtNs: 0n,
      recordedAtNs: 0n,
      amount1: null,
      amount2: null,
      isMarked: false,
    };
    if (batches.at(-1)?.length === BATCH) batches.push([]);
    batches.at(-1)?.push(bareEvent({ ...event, columns }, place));
  }
  return batches;
}
