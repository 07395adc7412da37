/** `channels`, `show` and `peers` say the same of one number, as text and as JSON. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { fileOf, realBytes } from '../sources/lnd/importing.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();

async function run(...args: string[]) {
  const asked = [...args, '--ledger', join(place, 'lnd.db'), '--wide'];
  const env = { NO_COLOR: '1', LANG: 'C.UTF-8' };
  const { out, err, exitCode } = await runInProcess(asked, { ledgers, importers, env });
  assert.is(exitCode, 0, err);
  return out;
}

interface Answers {
  readonly information: object;
  readonly channels: readonly Record<string, unknown>[];
}
const answers = JSON.parse(
  new TextDecoder().decode(realBytes('lnd_testnet_state.json')),
) as Answers;
// One channel with its only peer: total_satoshis_sent 50006, total_satoshis_received 20103, pushed nothing.
const isIt = ({ total_satoshis_sent }: Record<string, unknown>) => total_satoshis_sent === '50006';
const channels = answers.channels.filter(isIt);
const { information } = answers;
await run('import', 'lnd', fileOf('lnd.json', JSON.stringify({ information, channels })));

/** The first line's cells by the header's names. */
function cells(table: string): Readonly<Record<string, string>> {
  const [header = '', line = ''] = table.split('\n');
  const ofLine = (text: string) => text.trim().split(/ {2,}/);
  const names = ofLine(header);
  const values = ofLine(line);
  return Object.fromEntries(names.map((name, nth) => [name, values[nth] ?? '']));
}

test('what a source states is in every table, and what nobody counted is a lower bound in each', async () => {
  const expected = ['50,006', '20,103', '≥0', '≥0'];
  for (const command of ['channels', 'peers']) {
    const row = cells(await run(command));
    const shown = ['sent sat', 'received sat', 'forwarded sat', 'earned sat'].map((n) => row[n]);
    assert.equal(shown, expected, command);
  }
  const shown = await run('show', '1838299x1x1');
  assert.match(shown, 'opened with    100,000 sat of ours');
  assert.match(shown, /sent +50,006 sat as the source counts, 0 sat in 0 HTLCs recorded/);
  assert.match(shown, /received +20,103 sat as the source counts, 0 sat in 0 HTLCs recorded/);
  assert.match(shown, /forwarded out +≥0 sat in 0 HTLCs/);
  assert.match(shown, /fees earned +≥0 sat/);
});

test('as JSON they say it alike', async () => {
  const lifetime = {
    sentMsat: '50006000',
    isSentAtLeast: false,
    receivedMsat: '20103000',
    isReceivedAtLeast: false,
    forwardedMsat: '0',
    forwardedCount: 0,
    feesEarnedMsat: '0',
    isForwardedAtLeast: true,
  };
  const [channel] = JSON.parse(`[${(await run('channels', '--json')).trim()}]`).flat();
  assert.equal(channel.lifetime, lifetime);
  const account = JSON.parse(await run('show', '1838299x1x1', '--json'));
  assert.equal(account.channel.lifetime, lifetime);
  const [peer] = JSON.parse(`[${(await run('peers', '--json')).trim()}]`).flat();
  const ofPeer = Object.fromEntries(Object.keys(lifetime).map((field) => [field, peer[field]]));
  assert.equal(ofPeer, lifetime);
});

test.run();
