/** Records of channels alone: their chain is asked for, kept with them, and stands in the books. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import { liveSources } from '../../src/cli/live-sources.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { L2, realDatabase, shownAnswers } from '../sources/cln/real-cln.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();

async function run(ledger: string, ...args: string[]) {
  return runInProcess([...args, '--ledger', join(place, ledger)], { ledgers, importers });
}

async function currencies(ledger: string): Promise<readonly (string | undefined)[]> {
  const { out } = await run(ledger, 'export', '--format', 'csv');
  const [header = '', ...lines] = out.trim().split('\n');
  const nth = header.split(',').indexOf('currency');
  assert.ok(lines.length > 0);
  return [...new Set(lines.map((line) => line.split(',')[nth]))];
}

const [list = ''] = shownAnswers('listclosedchannels');
const ofL2 = ['import', 'cln', list, '--node', L2];

test('a list of channels that names no chain asks for it, and makes no ledger without it', async () => {
  const { exitCode, out, err } = await run('asked.db', ...ofL2);
  assert.is(exitCode, 2);
  assert.is(out, '');
  assert.match(
    err,
    /does not say which chain it is of: say it with --chain bitcoin \(or testnet, testnet4, signet, regtest\)/,
  );
  assert.not.ok(existsSync(join(place, 'asked.db')));
});

test('a chain that is none is refused, and nothing is stored of it', async () => {
  for (const name of ['doge', 'main net', 'constructor', '']) {
    const { exitCode, out, err } = await run('doge.db', ...ofL2, '--chain', name);
    assert.equal([exitCode, out], [2, '']);
    const chains = 'bitcoin (or mainnet), testnet, testnet4, signet, regtest';
    assert.is(err, `channel-ledger: --chain takes ${chains}, not "${name}"\n`);
    assert.not.ok(existsSync(join(place, 'doge.db')));
  }
  const live = ['record', 'lnd-json', '--folder', place, '--node', L2, '--chain', 'doge'];
  const { exitCode, err } = await runInProcess([...live, '--ledger', join(place, 'live.db')], {
    ledgers,
    liveSources,
  });
  assert.is(exitCode, 2);
  assert.match(
    err,
    '--chain takes bitcoin (or mainnet), testnet, testnet4, signet, regtest, not "doge"',
  );
  assert.not.ok(existsSync(join(place, 'live.db')));
});

test('a chain is taken by the word that lnd has for it', async () => {
  assert.is((await run('word.db', ...ofL2, '--chain', 'mainnet')).exitCode, 0);
  assert.equal(await currencies('word.db'), ['btc']);
});

test('the chain that was said is kept: it is in the books, and asked for no more', async () => {
  assert.is((await run('said.db', ...ofL2, '--chain', 'signet')).exitCode, 0);
  assert.equal(await currencies('said.db'), ['tbs']);
  const again = await run('said.db', ...ofL2);
  assert.is(again.exitCode, 0);
  assert.match(again.out, /events added +0\n/);
});

// vars: genesis_hash is regtest's; its two channels are closed, and nothing else is in it.
test('the chain that a database of channels alone names is kept, once, for the chain’s own records', async () => {
  const path = realDatabase('l2-missed-p2wpkh-CLOSED');
  const first = await run('named.db', 'import', 'cln', path);
  assert.is(first.exitCode, 0);
  assert.match(first.out, /1 ChainNamed/);
  assert.match((await run('named.db', 'import', 'cln', path)).out, /events added +0\n/);
  assert.equal(await currencies('named.db'), ['bcrt']);
  const transactions = join(place, 'chain.json');
  // `getblockheader` of regtest's first block.
  const hash = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
  writeFileSync(transactions, JSON.stringify({ hash, height: 0, time: 1_296_688_602 }));
  const chain = await run('named.db', 'import', 'chain', transactions);
  assert.is(chain.exitCode, 0, chain.err);
});

test.run();
