/** Observations recorded end to end: decide, seal, digest, append, rows live through immer. */
import { join } from 'node:path';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { StoredEvent } from '../../src/store/event-store.ts';
import { type BareEvent, BareTable, bareEvent, Interned } from './ceiling.ts';
import { type Figure, perSecond, timed } from './figure.ts';
import { demoMix, ofAnotherNetwork } from './observations.ts';

const BATCH = 1000;
/** A source that reads ahead has the next batch ready while this one is written. */
const AT_ONCE = 2;
const ROUNDS = 7;

/**
 * Rounds into one ledger, each beside the bare inserts of its events into one bare table: both grow
 * alike. The first round of both is not counted: a recorder runs for months, its compiler a second. The
 * round in the middle is shown: whatever else the machine did struck one or two of them.
 */
export async function recordFigure(
  directory: string,
  networks: number,
  payments: number,
): Promise<Figure> {
  const mix = await demoMix(payments);
  const ledger = await openLedger(join(directory, 'record.db'), { create: true });
  const bare = new BareTable(join(directory, 'record-bare.db'));
  const bareCopy = new BareCopy();
  const rounds: Round[] = [];
  let position = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const observations = Array.from({ length: networks }, (_, nth) =>
      ofAnotherNetwork(mix, round * networks + nth),
    ).flat();
    const batches = inBatches(observations);
    const measuredMs = await timed(() => recordAll(ledger, batches));
    const bareBatches = bareCopy.of(ledger.store.allEvents(position));
    const ceilingMs = await timed(() => {
      for (const batch of bareBatches) bare.commit(batch);
    });
    const events = bareBatches.reduce((sum, batch) => sum + batch.length, 0);
    position += events;
    if (round > 0) rounds.push({ events, measuredMs, ceilingMs });
  }
  await ledger.close();
  bare.close();
  const { events, measuredMs, ceilingMs } = middleOf(rounds);
  return {
    name: "observations recorded end to end, the demo's mix, batches of 1,000",
    measured: perSecond(events, measuredMs).replace('/s', ' events/s'),
    ceiling: `${perSecond(events, ceilingMs)} bare inserts of the same events`,
    ratio: ceilingMs / measuredMs,
    wanted: { atLeast: 0.2 },
  };
}

interface Round {
  readonly events: number;
  readonly measuredMs: number;
  readonly ceilingMs: number;
}

function middleOf(rounds: readonly Round[]): Round {
  const ratioOf = ({ ceilingMs, measuredMs }: Round) => ceilingMs / measuredMs;
  const byRatio = rounds.toSorted((a, b) => ratioOf(a) - ratioOf(b));
  const middle = byRatio[Math.floor(byRatio.length / 2)];
  if (middle === undefined) throw new Error('a bench without a round');
  return middle;
}

async function recordAll(
  ledger: Ledger,
  batches: readonly (readonly Observation[])[],
): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (const batch of batches) {
    underWay.push(ledger.recordBatch(batch));
    if (underWay.length >= AT_ONCE) await underWay.shift();
  }
  await Promise.all(underWay);
}

function inBatches(observations: readonly Observation[]): readonly (readonly Observation[])[] {
  const count = Math.ceil(observations.length / BATCH);
  return Array.from({ length: count }, (_, n) => observations.slice(n * BATCH, (n + 1) * BATCH));
}

/** The stored events as bare rows, with the same numbers for the same names in every round. */
class BareCopy {
  readonly #streams = new Interned();
  readonly #types = new Interned();

  of(events: Iterable<StoredEvent>): readonly (readonly BareEvent[])[] {
    const batches: BareEvent[][] = [[]];
    for (const event of events) {
      const { stream, revision, type } = event;
      const place = { stream: this.#streams.of(stream), revision, type: this.#types.of(type) };
      if (batches.at(-1)?.length === BATCH) batches.push([]);
      batches.at(-1)?.push(bareEvent(event, place));
    }
    return batches;
  }
}
