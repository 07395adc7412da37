/**
 * Each observation of the demo not recorded: at most one thing is reported, recording goes on, and the
 * end is the same but for what is truly unknown. Told late, it brings everything back.
 * A seeded sample of the run; with CHANNEL_LEDGER_SOAK set, every single observation.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Observation } from '../../src/observation/observation.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { answersOf, differences } from './answers.ts';
import { memoryLedger, playedObservations } from './play.ts';
import { unknownAfterLate, unknownWithout } from './unknown.ts';

const missing = suite('an observation that was not recorded');

const SEED = 'one is missing';
const SAMPLE_OF_EACH_TYPE = 2;
const MORE_AT_RANDOM = 20;
/** Every so many, the whole ledger is verified too. */
const VERIFIED_EVERY = 16;
/** How long after the run the missing observation is told. */
const LATER_NS = 3_600_000_000_000n;

const run = await playedObservations(SEED);
const whole = await memoryLedger(SEED);
const wholeReport = await whole.recordBatch(run);
const wholeAnswers = answersOf(whole);
assert.is(wholeReport.quarantined, 0);
assert.equal(whole.problems(), []);

const byType = Map.groupBy(run.keys(), (index) => typeOf(run[index]));
const random = randomNumbers(seedOfRun());
const isSoak = process.env.CHANNEL_LEDGER_SOAK !== undefined;
let tried = 0;

for (const [type, indexes] of sampled()) {
  missing(`leaves open what only it told: ${type}, ${indexes.length} of them`, async () => {
    for (const index of indexes) await dropAndTellLate(index);
  });
}

missing.run();

function typeOf(observation: Observation | undefined): string {
  return `${observation?.about} ${observation?.fact.type}`;
}

/** Some of every type, more of those there are more of; all in a soak. */
function sampled(): ReadonlyMap<string, readonly number[]> {
  if (isSoak) return byType;
  const chosen = new Set<number>();
  for (const indexes of byType.values()) {
    const rest = [...indexes];
    for (let nth = 0; nth < SAMPLE_OF_EACH_TYPE && rest.length > 0; nth++) {
      for (const index of rest.splice(random(rest.length), 1)) chosen.add(index);
    }
  }
  for (let nth = 0; nth < MORE_AT_RANDOM; nth++) chosen.add(random(run.length));
  return Map.groupBy(
    [...chosen].sort((a, b) => a - b),
    (index) => typeOf(run[index]),
  );
}

async function dropAndTellLate(index: number): Promise<void> {
  const observation = run[index];
  assert.ok(observation);
  const name = `observation ${index}, ${typeOf(observation)} (${observation.evidence})`;
  const ledger = await memoryLedger(SEED);
  const report = await ledger.recordBatch(run.filter((_, other) => other !== index));
  assert.is(report.quarantined, 0, `${name}: recording goes on`);
  const problems = ledger.problems();
  const allowed = unknownWithout(run, index);
  assert.ok(problems.length <= 1, `${name}: ${problems.map(({ detail }) => detail).join('; ')}`);
  assert.ok(
    problems.every(({ kind }) => kind === 'gap'),
    `${name} is missing, not wrong`,
  );
  if (allowed.isGap) assert.is(problems.length, 1, `${name}: nothing tells that it is missing`);
  const lost = differences(wholeAnswers, answersOf(ledger));
  assert.equal(
    lost.filter((place) => !allowed.isUnknown(place)),
    [],
    `${name}: known otherwise`,
  );

  const late = await ledger.recordBatch([toldLate(observation)]);
  assert.is(late.quarantined, 0, `${name}, told late, fits`);
  assert.equal(ledger.problems(), [], `${name}: closed by what was told late`);
  const isDifferent = unknownAfterLate(observation);
  const left = differences(wholeAnswers, answersOf(ledger)).filter((place) => !isDifferent(place));
  assert.equal(left, [], `${name}: told late it is as if told in time`);
  if (tried++ % VERIFIED_EVERY === 0) assert.equal((await ledger.verify()).broken, [], name);
  await ledger.close();
}

/** As an import tells it: with the fact's own time, after everything else. */
function toldLate(observation: Observation): Observation {
  const lastNs = run.at(-1)?.recordedAtNs ?? 0n;
  return { ...observation, timeBasis: 'source', recordedAtNs: lastNs + LATER_NS };
}
