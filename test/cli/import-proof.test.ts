/** The closing report of an import of real records: what their signatures and secrets are worth. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();

/** Imports a real file into a ledger of its own. */
async function imported(source: string, name: string, ...more: readonly string[]) {
  const real = readFileSync(new URL(`../fixtures/real/${source}/${name}`, import.meta.url));
  const path = join(place, name.replace(/\.gz$/, ''));
  writeFileSync(path, name.endsWith('.gz') ? gunzipSync(real) : real);
  const args = ['import', source, path, '--ledger', join(place, `${name}.ledger`), ...more];
  return runInProcess(args, { ledgers, importers });
}

const counts = (valid: number, notCheckable = 0) => ({ valid, bad: 0, notCheckable });

test("says how many of lnd's signatures are valid, and that the public graph's are not checked", async () => {
  const name = 'chantools-open-channels.channel.db.gz';
  const { exitCode, out } = await imported('lnd', name, '--json');
  assert.is(exitCode, 0);
  assert.equal(JSON.parse(out).checked, {
    'commitment signatures': counts(4),
    'announcement and policy signatures': counts(24),
  });
  const shown = await imported('lnd', name, '--dry-run', '--ledger', join(place, 'shown.db'));
  assert.match(shown.out, /^signatures +of the records of its channels as below; those of the/m);
  assert.match(shown.out, /^announcement and policy signatures +24 valid, 0 bad$/m);
  const again = await imported('lnd', name);
  assert.match(again.out, 'signatures    none checked: nothing was added that is signed');
  const closed = await imported('lnd', 'closed-channels.channel.db.gz', '--json');
  assert.equal(JSON.parse(closed.out).checked['commitment signatures'], counts(3));
});

test("says which of Core Lightning's closes are signed, and what cannot be checked", async () => {
  const { exitCode, out } = await imported('cln', 'l2-missed-p2wpkh-CLOSED.sqlite3.gz');
  assert.is(exitCode, 0);
  assert.match(out, /^commitment signatures +0 valid, 0 bad, 4 not checkable$/m);
  assert.match(out, /^close signatures +2 valid, 0 bad$/m);
});

test('does not say twice what the importer has checked itself', async () => {
  const { exitCode, out } = await imported('electrum', 'client_4_5_2_9dk_with_ln', '--json');
  assert.is(exitCode, 0);
  const { checked } = JSON.parse(out);
  assert.is(checked['commitment signatures'].valid, 10);
  assert.equal(checked['revealed secrets'], counts(7));
  assert.equal(checked['channel_update signatures'], counts(2));
  assert.not.ok('announcement and policy signatures' in checked);
});

test('names a revealed secret that is not the one behind its point, and ends with 1', async () => {
  const name = 'client_4_5_2_9dk_with_ln';
  const real = readFileSync(new URL(`../fixtures/real/electrum/${name}`, import.meta.url), 'utf8');
  const at = real.lastIndexOf('/revocation_store/buckets/0", "value": ["') + 41;
  const digit = real[at] === '0' ? '1' : '0';
  const path = join(place, 'wrong-secret');
  writeFileSync(path, real.slice(0, at) + digit + real.slice(at + 1));
  const inLedger = ['--ledger', join(place, 'wrong-secret.ledger')];
  const args = ['import', 'electrum', path, '--json', ...inLedger];
  const { exitCode, out, err } = await runInProcess(args, { ledgers, importers });
  assert.is(exitCode, 1);
  const { checked, wrong, bad } = JSON.parse(out);
  assert.equal(checked['revealed secrets'], { valid: 6, bad: 1, notCheckable: 0 });
  const channel = '384edbd844c41f59ea558802bc2c1507fade902366510037e131850cd63e6bcb';
  assert.equal(wrong, [
    {
      place: `wrong-secret, channel ${channel}, remote commitment 24`,
      reason: 'the secret that was revealed is not the one behind its point',
    },
  ]);
  assert.is(bad.count, 0);
  assert.match(err, '1 of its signatures and secrets is wrong: the report says which');
  const verified = await runInProcess(['verify', ...inLedger], { ledgers, importers });
  assert.is(verified.exitCode, 1);
  assert.match(verified.out, 'the secret revealed for remote commitment 24 is not the one behind');
  const narrow = { ledgers, importers, columns: 80 };
  const proved = await runInProcess(['verify', '--signatures', ...inLedger], narrow);
  const lines = stripVTControlCharacters(proved.out).split('\n');
  const sum = lines.findIndex((line) => /^\d+ commitments: /.test(line));
  const sums = lines.slice(sum, lines.indexOf('', sum));
  assert.ok(sum >= 0 && sums.length > 1);
  assert.ok(sums.every((line) => line.length <= 80));
});

test('a chain that none of the nodes is of is not asked for rightly', async () => {
  const transactions = join(place, 'chain.json');
  writeFileSync(transactions, '{"txid": "ab", "vin": []}');
  const ledger = join(place, 'client_4_5_2_9dk_with_ln.ledger');
  const args = ['import', 'chain', transactions, '--chain', 'signet', '--ledger', ledger];
  const { exitCode, err } = await runInProcess(args, { ledgers, importers });
  assert.is(exitCode, 2);
  assert.match(err, "the ledger's nodes are of testnet, and --chain says signet: leave it out");
});

test.run();
