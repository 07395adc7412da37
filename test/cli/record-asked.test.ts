/** What `record` asks of a person, and how it refuses: in the words and with the exit codes of `import`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { liveSources } from '../../src/cli/live-sources.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { storeBytes } from '../sources/gossip/stores.ts';
import { recordingNode } from '../sources/importing.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();
const store = join(place, 'gossip_store');
writeFileSync(store, storeBytes([]));

function record(ledger: string, ...args: readonly string[]) {
  const all = ['record', ...args, '--ledger', join(place, ledger)];
  return runInProcess(all, { ledgers, liveSources });
}

test('a file by itself belongs to --file, where the source has one', async () => {
  const { exitCode, err } = await record('none.db', 'lnd-json', 'state.json');
  assert.is(exitCode, 2);
  assert.match(err, 'write "record lnd-json --file state.json"');
  const folder = await record('none.db', 'lnd-json', place);
  assert.match(folder.err, `write "record lnd-json --folder ${place}"`);
});

test('a node that nobody named is asked for as import asks for it', async () => {
  const { exitCode, err } = await record('unnamed.db', 'gossip', '--file', store);
  assert.is(exitCode, 2);
  assert.match(err, 'say it with --node ID (66 hex digits, as getinfo prints it)');
});

test('--node names it, and a chain that nobody named is asked for next', async () => {
  const args = ['gossip', '--file', store, '--node'];
  const named = await record('named.db', ...args, recordingNode);
  assert.is(named.exitCode, 2);
  assert.match(named.err, 'names its chain: say it with --chain NAME');
  const wrong = await record('wrong.db', ...args, 'nobody');
  assert.is(wrong.exitCode, 2);
  assert.match(wrong.err, '--node: ');
  const chain = await record('chain.db', ...args, recordingNode, '--chain', 'Bit Coin');
  assert.is(chain.exitCode, 2);
});

test.run();
