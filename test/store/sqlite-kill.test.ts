/** A writer killed at any moment loses nothing it acknowledged and leaves no half append. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { assertAcknowledged, assertWhole, startWriter } from './processes.ts';
import { randomNumbers, seedOfRun, soakFactor, temporaryDirectory } from './sample-events.ts';

const test = suite('a killed writer');
const random = randomNumbers(seedOfRun());
const directory = temporaryDirectory();

test('a writer killed at random points loses no acknowledged event and leaves no half append', async () => {
  const path = join(directory, 'killed.db');
  let acknowledged = 0;
  for (let round = 0; round < 8 * soakFactor(); round++) {
    // One ledger through all rounds: each opens what the last one left.
    const writer = startWriter({
      path,
      name: `round${round}`,
      eventsPerAppend: 7,
      appends: 100_000,
      atOnce: 1 + random(8),
    });
    await writer.heard(2 + random(30));
    await new Promise((resolve) => setTimeout(resolve, random(40)));
    writer.child.kill('SIGKILL');
    await writer.ended();
    const store = openSqliteStore(path);
    acknowledged += assertAcknowledged(store, writer.lines());
    assertWhole(store, 7);
    await store.close();
  }
  assert.ok(acknowledged > 8, 'the writers did write');
});

test('a writer killed while it makes its ledger leaves a file that the next one can use', async () => {
  for (let round = 0; round < 12 * soakFactor(); round++) {
    const path = join(directory, `new-${round}.db`);
    const options = { path, name: 'a', eventsPerAppend: 1, appends: 1, atOnce: 1 };
    const killed = startWriter(options);
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 1));
    const microsecondsOfMaking = 12_000;
    const until = performance.now() + random(microsecondsOfMaking) / 1000;
    while (performance.now() < until);
    killed.child.kill('SIGKILL');
    await killed.ended();
    const next = startWriter({ ...options, name: 'b' });
    assert.is(await next.ended(), 0);
    const store = openSqliteStore(path);
    assertAcknowledged(store, [...killed.lines(), ...next.lines()]);
    await store.close();
  }
});

test.run();
