/** A copy of a ledger opens what the ledger opens, unless that would put keys where they must not be. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { copyLedger, openLedger } from '../../src/ledger/open-ledger.ts';
import { testCluster } from '../store/cluster.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { channelStory, wholeStory } from './story.ts';

const test = suite('copied keys');
const cluster = await testCluster();
test.after(() => cluster.close());
const directory = temporaryDirectory();
let made = 0;
const newPath = () => join(directory, `${made++}.db`);

async function recordedAt(path: string, passphrase?: string): Promise<void> {
  const ledger = await openLedger(path, { create: true, ...(passphrase && { passphrase }) });
  await ledger.record(wholeStory());
  await ledger.close();
}

/** How many boxes of the ledger open, of how many: what `verify` says of them. */
async function openedAt(path: string, passphrase?: string): Promise<string> {
  const told: string[] = [];
  const ledger = await openLedger(path, {
    onBadKey: (why) => told.push(why),
    ...(passphrase && { passphrase }),
  });
  const { rules } = await ledger.verify();
  await ledger.close();
  const { checked } = rules.find(({ rule }) => rule === 'preimage-matches-hash') ?? { checked: -1 };
  return `${checked} ${told.join()}`;
}

test('go with a file, and with them its key file, to be read by its owner alone', async () => {
  const [from, to] = [newPath(), newPath()];
  await recordedAt(from);
  const report = await copyLedger(from, to);
  assert.equal([report.keysCopied > 0, report.keysNote], [true, undefined]);
  assert.equal([await openedAt(from), await openedAt(to)], ['1 ', '1 ']);
  assert.is(statSync(`${to}.key`).mode & 0o777, 0o600);
  assert.is((await copyLedger(from, to)).keysCopied, 0);
});

test('open with the passphrase that they opened with', async () => {
  const [from, to] = [newPath(), newPath()];
  await recordedAt(from, 'a passphrase');
  assert.ok((await copyLedger(from, to)).keysCopied > 0);
  assert.not.ok(existsSync(`${to}.key`));
  assert.is(await openedAt(to, 'a passphrase'), '1 ');
});

test('stay where they are if the other ledger has a key of its own, and that is said', async () => {
  const [from, to] = [newPath(), newPath()];
  await recordedAt(from);
  const other = await openLedger(to, { create: true });
  await other.record(channelStory([]));
  await other.close();
  const report = await copyLedger(from, to);
  assert.equal(
    [report.keysCopied, report.keysNote],
    [0, 'the other ledger has a key of its own: secrets that were copied stay sealed there'],
  );
});

test('are never sent to a cluster, and none come from one', async () => {
  const from = newPath();
  await recordedAt(from);
  const there = cluster.newLedger();
  const sent = await copyLedger(from, there);
  assert.equal(
    [sent.keysCopied, sent.keysNote],
    [0, 'secrets stay sealed there: keys are never sent to a cluster'],
  );
  const back = await copyLedger(there, newPath());
  assert.match(back.keysNote ?? '', /^secrets stay sealed: a cluster has no keys/);
});

test.run();
