import { fork, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channelId, observationLines, paymentHash, shortChannelId } from './observation-lines.ts';

const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-real-'));
test.after(() => rmSync(directory, { recursive: true }));
const ledger = join(directory, 'ledger.db');
const observations = join(directory, 'observations.ndjson');
writeFileSync(observations, observationLines.join('\n'));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(...args: string[]): Promise<Ended> {
  const env = { ...process.env, LANG: 'C.UTF-8', CHANNEL_LEDGER: ledger };
  const child = spawn(process.execPath, [program, ...args], { cwd: directory, env });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...text };
}

/** Runs a command that is to succeed, and gives what it printed. */
async function ask(...args: string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  assert.is(err, '', args.join(' '));
  assert.is(code, 0, args.join(' '));
  return out;
}

const count = observationLines.length;
const imported = await run('import', 'observations', observations);

test('observations become events, and saying them twice changes nothing', async () => {
  assert.is(imported.err, '');
  assert.match(imported.out, `${count} observations: 7 events recorded, 0 observations known`);
  const again = await ask('import', 'observations', observations);
  assert.match(again, `${count} observations: 0 events recorded, ${count} observations known`);
});

test('the channel is found by each of its names and by a beginning', async () => {
  const byId = await ask('show', channelId, '--json');
  for (const name of [shortChannelId, channelId.slice(0, 8), `${channelId}:0`]) {
    assert.is(await ask('show', name, '--json'), byId);
  }
  const { channel } = JSON.parse(byId);
  assert.is(channel.localBalanceMsat, '870000000');
  assert.is(channel.pendingOfferedMsat, '30000000');
});

test('moments show it as it was', async () => {
  const opened = JSON.parse(await ask('channels', '--json', '--at', '2026-03-14T15:00:01Z'));
  assert.is(opened[0].localBalanceMsat, '900000000');
  assert.is(await ask('channels', '--at', '2026-03-14T15:00:00Z'), 'no open channel\n');
  const first = JSON.parse(
    await ask('show', shortChannelId, '--json', '--at', 'commitment:local:0'),
  );
  assert.is(first.channel.localBalanceMsat, '900000000');
});

test('text of others is harmless in tables, JSON and raw events', async () => {
  assert.match(await ask('peers'), '\\x1b[2Jbob\\u202e');
  for (const args of [['peers', '--json'], ['tail']]) {
    const out = await ask(...args);
    assert.match(out, '\\u001b[2Jbob\\u202e');
    assert.not.match(out, /\p{Cf}|(?!\n)\p{Cc}/u);
  }
});

test('a payment hash is printed by history with --secrets and by nothing else', async () => {
  assert.match(await ask('history', shortChannelId, '--secrets'), `paymentHash=${paymentHash}`);
  const others = [['history', shortChannelId], ['history', shortChannelId, '--json'], ['tail']];
  for (const args of [...others, ['export'], ['show', shortChannelId, '--json'], ['verify']]) {
    assert.not.match(await ask(...args), paymentHash);
  }
});

test('history narrows to types and to a span', async () => {
  const htlcs = await ask('history', shortChannelId, '--type', 'HtlcAdded');
  assert.match(htlcs, /^2026-03-14 15:00:04.000 +3 {2}HtlcAdded [^\n]*amountMsat[^\n]* sealed\n$/);
  const late = await ask('history', '--from', '2026-03-14T15:00:05Z', shortChannelId, '--json');
  assert.is(late.trimEnd().split('\n').length, 1);
});

test('under the pinned Node a command ends when its launcher was killed', async () => {
  const pinned = join(program, '..', '..', 'node_modules', 'node', 'bin', 'node');
  const env = { ...process.env, CHANNEL_LEDGER: ledger };
  const child = fork(program, ['tail', '--follow'], { execPath: pinned, silent: true, env });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.stdout?.resume();
  child.stderr?.resume();
  // What a launcher that is gone does to its end of the channel.
  child.disconnect();
  assert.is(await ended, 143);
});

test('every line of tail is where to go on from', async () => {
  const lines = (await ask('tail')).trimEnd().split('\n');
  const middle = JSON.parse(lines[3] ?? '');
  const rest = await ask('tail', '--after', middle.checkpoint);
  assert.is(rest, `${lines.slice(4).join('\n')}\n`);
  const types = await ask('tail', '--type', 'HtlcAdded,PeerRenamed');
  assert.is(types.trimEnd().split('\n').length, 2);
});

test('an export imported elsewhere is exported alike, byte for byte', async () => {
  const file = join(directory, 'export.ndjson');
  await run('export', '--output', file);
  assert.is(statSync(file).mode & 0o777, 0o600);
  const copy = join(directory, 'copy.db');
  assert.match(await ask('import', 'ndjson', file, '--ledger', copy), '7 events imported');
  assert.is(await ask('export', '--ledger', copy), await ask('export'));
});

test('verify is clean, knows the head of stats, and says no to another', async () => {
  const { head } = JSON.parse(await ask('stats', '--json'));
  assert.match(await ask('verify', '--head', head), 'sound: 7 events');
  const other = await run('verify', '--head', '00'.repeat(32));
  assert.is(other.code, 1);
  assert.match(other.out, 'first: ');
  assert.match(await ask('rebuild'), /^2 rows rebuilt from 7 events/);
});

test('an unknown channel is the answer no', async () => {
  const { code, out, err } = await run('show', 'feedface');
  assert.is(code, 1);
  assert.is(out, '');
  assert.match(err, /^channel-ledger: [^\n]*feedface[^\n]*\n$/);
});

test('an open channel is not purged', async () => {
  const { code, err } = await run('purge', shortChannelId, '--yes');
  assert.is(code, 2);
  assert.match(err, 'only a closed channel can be purged');
});

test('a stranger’s file is left alone', async () => {
  const stranger = join(directory, 'letter.txt');
  writeFileSync(stranger, 'Dear reader');
  for (const command of ['channels', 'stats', 'rebuild', 'export']) {
    const { code, out, err } = await run(command, '--ledger', stranger);
    assert.is(code, 3);
    assert.is(out, '');
    assert.match(err, /^channel-ledger: [^\n]*letter.txt is not a ledger[^\n]*\n$/);
  }
  const wiped = await run('wipe', '--yes', '--ledger', stranger);
  assert.is(wiped.code, 3);
  assert.is(statSync(stranger).size, 11);
});

test('a ledger that may not be read is a sentence', async () => {
  const locked = join(directory, 'locked');
  mkdirSync(locked);
  const path = join(locked, 'ledger.db');
  await run('import', 'observations', observations, '--ledger', path);
  chmodSync(path, 0);
  const { code, err } = await run('channels', '--ledger', path);
  chmodSync(path, 0o600);
  // Root reads everything.
  if (process.getuid?.() === 0) return assert.is(code, 0);
  assert.is(code, 3);
  assert.match(err, /^channel-ledger: [^\n]*permission[^\n]*\n$/i);
});

test('a wiped ledger is gone, its key with it', async () => {
  const path = join(directory, 'short-lived.db');
  await run('import', 'observations', observations, '--ledger', path);
  const removed = await ask('wipe', '--yes', '--ledger', path);
  assert.match(removed, `removed ${path}\n`);
  const after = await run('channels', '--ledger', path);
  assert.is(after.code, 3);
});

test.run();
