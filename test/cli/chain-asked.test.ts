/** Records of channels alone: their chain is asked for, kept with them, and stands in the books. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import type { Ledgers } from '../../src/cli/ledger-port.ts';
import {
  copyLedger,
  openLedger,
  replicateLedger,
  wipeLedger,
} from '../../src/ledger/open-ledger.ts';
import { L2, realDatabase, shownAnswers } from '../sources/cln/real-cln.ts';
import { runInProcess } from './in-process.ts';

const place = mkdtempSync(join(tmpdir(), 'channel-ledger-chain-'));
test.after(() => rmSync(place, { recursive: true }));
const ledgers: Ledgers = { copyLedger, openLedger, replicateLedger, wipeLedger };

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
  assert.match(err, /does not say which chain it is of: say it with --chain bitcoin \(or testnet/);
  assert.not.ok(existsSync(join(place, 'asked.db')));
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
  writeFileSync(transactions, '');
  const chain = await run('named.db', 'import', 'chain', transactions);
  assert.is(chain.exitCode, 0, chain.err);
});

test.run();
