import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { openTraffic } from '../../../src/sources/ldk/traffic.ts';
import { ofKind } from './fixtures.ts';

const home = mkdtempSync(join(tmpdir(), 'channel-ledger-traffic-'));
test.after(() => rmSync(home, { recursive: true, force: true }));

/** Runs until so many batches were told. */
async function run(name: string, batches: number, seed = name): Promise<readonly TapRecord[]> {
  const stop = new AbortController();
  const stateDirectory = join(home, name);
  const traffic = await openTraffic({ stateDirectory, seed, signal: stop.signal, everyMs: 0 });
  assert.equal(
    traffic.nodes.map((node) => node.name),
    ['alice', 'bob', 'carol'],
  );
  const told: TapRecord[] = [];
  let left = batches;
  for await (const batch of traffic.batches()) {
    told.push(...batch);
    left -= 1;
    if (left <= 0) stop.abort();
  }
  return told;
}

function sequences(records: readonly TapRecord[]): readonly (readonly number[])[] {
  return [...Map.groupBy(records, ({ node }) => node).values()].map((own) =>
    own.map(({ seq }) => seq),
  );
}

test('traffic goes on until it is stopped, and later where it stopped', async () => {
  const first = await run('resumed', 25);
  const second = await run('resumed', 5);
  const third = await run('resumed', 5);
  const all = [...first, ...second, ...third];
  for (const numbers of sequences(all)) assert.equal(numbers, [...numbers.keys()]);
  const times = all.map(({ at }) => at);
  assert.ok(times.every((at, index) => index === 0 || at > (times[index - 1] ?? 0n)));
  assert.equal(
    ofKind(all, 'node-started').map(({ isRestart }) => isRestart),
    [false, false, false, true, true, true, true, true, true],
  );
  assert.is(ofKind(second, 'persist-new').length, 0, 'the channels are there already');
  assert.ok(ofKind(third, 'persist-update').length > 0, 'and are used');
  const closed = ofKind(all, 'ldk-event').filter(({ event }) => event.type === 'ChannelClosed');
  assert.is(closed.length, 1, 'the refused one only');
});

test('what was not saved in full is forgotten', async () => {
  await run('torn', 3);
  appendFileSync(join(home, 'torn', 'blocks.txt'), 'half a blo');
  writeFileSync(join(home, 'torn', 'network.json.new'), '{"version":1,"no');
  const told = await run('torn', 2);
  assert.ok(ofKind(told, 'persist-update').length > 0);
});

test('a network saved by another release is refused with a sentence', async () => {
  await run('newer', 1);
  const path = join(home, 'newer', 'network.json');
  const text = readFileSync(path, 'utf8').replace('"version":1', '"version":2');
  writeFileSync(path, text);
  let message = '';
  await run('newer', 1).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /is not a network saved by this release: remove it/);
});

test('the saved keys are for their owner only', async () => {
  await run('private', 1);
  assert.is(statSync(join(home, 'private', 'network.json')).mode & 0o077, 0);
});

test('a second process may not let the same network go on', async () => {
  const stop = new AbortController();
  const stateDirectory = join(home, 'locked');
  const options = { stateDirectory, seed: 'locked', signal: stop.signal, everyMs: 0 };
  const traffic = await openTraffic(options);
  let message = '';
  await openTraffic(options).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /is in use by process [0-9]+: stop it first/);
  stop.abort();
  for await (const _batch of traffic.batches()) assert.ok(stop.signal.aborted);
  writeFileSync(join(stateDirectory, 'lock'), '999999999\n');
  assert.ok(
    (await run('locked', 1)).length > 0,
    'the lock of a process that is gone does not count',
  );
});

test.run();
