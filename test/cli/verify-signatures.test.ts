/** `verify --signatures` as a person and as a program see it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelIdOfOutpoint } from '../../src/lightning/ids.ts';
import { fundingOutpoint, observationsOf, seen, told } from '../ledger/published-commitment.ts';

const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-signatures-'));
test.after(() => rmSync(directory, { recursive: true }));

/** A ledger that holds the published commitment, with its signatures or with others. */
async function ledgerOf(name: string, signatures: typeof told): Promise<string> {
  const path = join(directory, `${name}.db`);
  const ledger = await openLedger(path, { create: true });
  const facts = [{ type: 'CommitmentSeen', data: { ...seen, signatures } }] as const;
  await ledger.recordBatch(observationsOf({ facts }));
  await ledger.close();
  return path;
}

function verified(path: string, ...more: readonly string[]) {
  const args = [program, 'verify', '--signatures', '--ledger', path, ...more];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, out: stdout };
}

const good = await ledgerOf('good', told);
const bad = await ledgerOf('bad', { ...told, commitment: '11'.repeat(64) });

test('counts channel by channel, and in all', () => {
  const { status, out } = verified(good);
  assert.is(status, 0);
  const [header = '', row = ''] = out.split('\n');
  assert.match(header, /channel +source +type +states +rebuilt +as stored +closes +valid +bad/);
  assert.match(row, /8984484a58\S* +lnd-db +static_remotekey +1 +1 +0 +0 +6 +0/);
  const sums =
    '1 commitment: 1 rebuilt, 0 checked as stored, 0 not checkable; signatures of commitments, HTLCs and closes: 6 valid, 0 bad';
  assert.ok(out.split('\n').includes(sums));
});

test('says no where one signature is bad, and where it stands', () => {
  const { status, out } = verified(bad);
  assert.is(status, 1);
  assert.match(out, 'closes: 5 valid, 1 bad');
  assert.match(out, /first: commitment-signatures at channel-\S+ revision 6 \(position 7\)/);
  assert.match(
    out.replace(/\s+/g, ' '),
    'local commitment 42: its signature is not that of the other end',
  );
});

test('keeps a channel that is damaged in its table, and says that it was not checked', async () => {
  const path = await ledgerOf('damaged', told);
  const database = new Database(path);
  const { changes } = database
    .prepare("UPDATE ev SET data = replace(data, '42', '43') WHERE rowid = 7")
    .run();
  database.close();
  assert.is(changes, 1);
  const { status, out } = verified(path);
  assert.is(status, 1);
  assert.match(out, /8984484a58\S* +lnd-db +unknown +0 +0 +0 +0 +0 +0/);
  assert.match(out, 'an event of it is damaged: not checked');
  assert.match(
    out,
    '0 not checkable, 1 channel not checked; signatures of commitments, HTLCs and closes: 0 valid, 0 bad',
  );
  const [channel] = JSON.parse(verified(path, '--json').out).channels;
  assert.equal([channel.notChecked, channel.states], ['an event of it is damaged', 0]);
});

test('gives programs the same in JSON', () => {
  const { status, out } = verified(bad, '--json');
  assert.is(status, 1);
  const { isSound, channels } = JSON.parse(out);
  assert.is(isSound, false);
  assert.is(channels.length, 1);
  const [{ channelId, states, rebuilt, checkedAsStored, valid, bad: wrong }] = channels;
  assert.is(channelId, channelIdOfOutpoint(fundingOutpoint));
  assert.equal([states, rebuilt, checkedAsStored], [1, 1, 0]);
  assert.equal(valid, { commitments: 0, htlcs: 5, closes: 0 });
  assert.equal(wrong, { commitments: 1, htlcs: 0, closes: 0 });
});

test.run();
