/** A seeded run gives the same bytes whatever the machine does in between; one without a seed does not. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { demoObservations } from '../../src/sources/ldk/demo.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { FEW_PAYMENTS } from './play.ts';

const seeded = suite('a seeded run');
const random = randomNumbers(seedOfRun());

/** Mostly a turn of the event loop or none, now and then a millisecond or three. */
async function disturb(): Promise<void> {
  const dice = random(50);
  if (dice === 0) await delay(random(4));
  else if (dice < 10) await new Promise((resolve) => setImmediate(resolve));
  else if (dice < 20) await null;
}

async function* disturbed(observations: AsyncIterable<Observation>): AsyncGenerator<Observation> {
  for await (const observation of observations) {
    await disturb();
    yield observation;
  }
}

async function exported(options: {
  readonly seed?: string;
  readonly isDisturbed?: boolean;
}): Promise<readonly string[]> {
  const { seed, isDisturbed = false } = options;
  const fixed = seed === undefined ? {} : { seed };
  const ledger = await openLedger(MEMORY, { create: true, ...fixed });
  const pause = isDisturbed ? { pause: disturb } : {};
  const observations = demoObservations({ payments: FEW_PAYMENTS, ...fixed, ...pause });
  await ledger.record(isDisturbed ? disturbed(observations) : observations);
  const lines: string[] = [];
  for await (const line of ledger.exportNdjson()) lines.push(line);
  return lines;
}

const calm = await exported({ seed: 'the same' });

seeded('exports the same bytes when every await takes a random time', async () => {
  const lines = await exported({ seed: 'the same', isDisturbed: true });
  assert.is(lines.length, calm.length);
  const place = lines.findIndex((line, nth) => line !== calm[nth]);
  assert.is(place, -1, `line ${place}: ${lines[place]} instead of ${calm[place]}`);
});

seeded('ends at the height its nodes saw last, with words of its own', () => {
  const events = calm.slice(1).map((line) => JSON.parse(line));
  const last = new Map<string, number>();
  for (const { type, stream, data, metadata } of events) {
    if (type === 'BestBlockChanged') last.set(stream, data.height);
    if (type !== 'RecordingStopped') continue;
    assert.is(metadata.blockHeight, last.get(stream));
    assert.match(metadata.evidence, /^recorder-stopped\/\d+$/);
    last.delete(stream);
  }
  assert.is(last.size, 0);
});

seeded('with another seed, or with none, exports other bytes', async () => {
  const [other, none] = [await exported({ seed: 'another' }), await exported({})];
  const common = new Set(calm.slice(1));
  for (const lines of [other, none]) {
    assert.ok(lines.length > 1000);
    assert.equal(
      lines.slice(1).filter((line) => common.has(line)),
      [],
      'no event is the same',
    );
  }
});

seeded.run();
