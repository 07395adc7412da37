import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { here } from './ledger-file.ts';

const real = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const fake = fileURLToPath(new URL('./fake-main.ts', import.meta.url));
const loadedModules = fileURLToPath(new URL('./loaded-modules.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-process-'));
test.after(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(program: string, args: readonly string[], env: Record<string, string> = {}) {
  return startNode([program, ...args], env);
}

function startNode(args: readonly string[], env: Record<string, string>) {
  return spawn(process.execPath, [...args], {
    cwd: directory,
    env: { ...process.env, LANG: 'C.UTF-8', HOME: directory, CHANNEL_LEDGER: '', ...env },
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text.err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...text };
}

const run = (program: string, ...args: string[]) => ended(start(program, args));

/** What the command loads: its own files and packages by name, each once. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const list = join(directory, 'loaded.txt');
  const preload = ['--import', loadedModules, real, ...args];
  const { code } = await ended(startNode(preload, { LOADED_MODULES: list }));
  assert.is(code, 0);
  const packageOf = (url: string) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  return [
    ...new Set(
      readFileSync(list, 'utf8')
        .split('\n')
        .map((url) => packageOf(url) ?? url),
    ),
  ];
}

test('help and version warn of nothing', async () => {
  const { code, out, err } = await run(real, '--help');
  assert.is(code, 0);
  assert.is(err, '');
  assert.match(out, 'channels');
  assert.match((await run(real, '--version')).out, /^\d+\.\d+\.\d+\n$/);
});

test('help and version are quick: they load the command line and nothing behind it', async () => {
  for (const args of [['--help'], ['--version'], ['channels', '--help'], ['tail', '--help']]) {
    const loaded = await loadedBy(...args);
    const packages = loaded.filter((name) => !name.startsWith('file:'));
    assert.equal(packages, ['commander'], args.join(' '));
    // A file takes about a millisecond.
    assert.ok(loaded.length < 40, `${args.join(' ')} loads ${loaded.join(', ')}`);
  }
});

test('no command is wrong usage, and shows the help', async () => {
  const { code, err } = await run(real);
  assert.is(code, 2);
  assert.match(err, 'Usage: channel-ledger');
});

test('a ledger that is not there is said so, and none is made', async () => {
  const path = join(directory, 'missing.db');
  const { code, out, err } = await run(real, 'channels', '--ledger', path);
  assert.is(code, 3);
  assert.is(out, '');
  assert.match(err, `there is no ledger at ${path}: name yours with --ledger PATH`);
  assert.not.ok(existsSync(path));
});

test('the environment names a ledger, and an option another', async () => {
  const env = { CHANNEL_LEDGER: join(directory, 'from-env.db') };
  const fromEnv = await ended(start(real, ['channels'], env));
  assert.match(fromEnv.err, 'from-env.db');
  const option = await ended(start(real, ['channels', '--ledger', 'other.db'], env));
  assert.match(option.err, 'other.db');
  const neither = await run(real, 'channels');
  assert.match(neither.err, join(directory, '.channel-ledger', 'ledger.db'));
});

test('a reader that goes away ends the output quietly', async () => {
  const child = start(fake, ['export', '--ledger', here]);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { code, err } = await ended(child);
  assert.is(err, '');
  assert.is(code, 0);
});

test('output that a full disk cuts off is an error, not a shorter answer', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [fake, 'channels', '--ledger', here], {
    env: { ...process.env, CHANNEL_LEDGER: '' },
    stdio: ['ignore', full, 'pipe'],
  });
  const { code, err } = await ended(child);
  closeSync(full);
  assert.match(err, /^channel-ledger: the output could not be written to its end: ENOSPC/);
  assert.is(code, 3);
});

test('what goes to a file is the very bytes of the export', async () => {
  const { code, out } = await run(fake, 'export', '--ledger', here);
  assert.is(code, 0);
  assert.is(out.split('\n')[0], '{"line":0,"text":"\u009b31m"}');
  assert.is(out.split('\n').length, 200_001);
});

test('Ctrl-C while waiting for events: one sentence and 130', async () => {
  const child = start(fake, ['tail', '--follow', '--ledger', here]);
  child.stdout?.once('data', () => child.kill('SIGINT'));
  const { code, out, err } = await ended(child);
  assert.is(code, 130);
  assert.is(out.split('\n').length, 2);
  assert.match(err, /^channel-ledger: stopped by Ctrl-C: [^\n]+\n$/);
});

test('the system asking to end is obeyed alike', async () => {
  const child = start(fake, ['tail', '--follow', '--ledger', here]);
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  const { code, err } = await ended(child);
  assert.is(code, 143);
  assert.match(err, /^channel-ledger: stopped by SIGTERM: [^\n]+\n$/);
});

test('Ctrl-C while a name is to be typed does nothing', async () => {
  const child = start(fake, ['wipe', '--ledger', here]);
  child.stderr?.once('data', () => child.kill('SIGINT'));
  const { code, out } = await ended(child);
  assert.is(code, 130);
  assert.is(out, '');
});

test('the demo says what it does, and that Ctrl-C ended it', async () => {
  const child = start(fake, ['demo'], { SLOW_DEMO: '1' });
  child.stderr?.once('data', () => child.kill('SIGINT'));
  const { code, err } = await ended(child);
  assert.is(code, 130);
  assert.match(err, '1/2 opening channels');
  assert.match(err, 'the demo was stopped: what was recorded before is in demo-ledger/ledger.db');
});

test('the demo ends with its tables and three commands to try', async () => {
  const { code, out } = await run(fake, 'demo', '--ledger', 'new one');
  assert.is(code, 0);
  for (const title of ['OPEN CHANNELS', 'PEERS', 'CLOSED CHANNELS', 'FEE CHANGES', 'TRY NEXT']) {
    assert.match(out, `\n${title}`);
  }
  const commands = out.split('TRY NEXT\n')[1]?.trimEnd().split('\n') ?? [];
  assert.is(commands.length, 3);
  assert.is(
    commands[0],
    "  npx channel-ledger show 103x1x0 --node 02a1a1a1a1a1 --ledger 'new one'",
  );
});

test('the demo never overwrites a ledger without being told to, and says how', async () => {
  const path = join(directory, 'mine.db');
  writeFileSync(path, 'precious');
  const refused = await run(fake, 'demo', '--ledger', path);
  assert.is(refused.code, 2);
  assert.match(refused.err, `"channel-ledger demo --overwrite --ledger ${path}" starts anew`);
  assert.is(readFileSync(path, 'utf8'), 'precious');
  const npm = start(fake, ['demo', '--ledger', path], { npm_lifecycle_event: 'start' });
  assert.match((await ended(npm)).err, `"npm start -- --overwrite --ledger ${path}" starts anew`);
  assert.is((await run(fake, 'demo', '--ledger', path, '--overwrite')).code, 0);
});

test('without its nodes the demo says what is missing, and neither makes nor removes anything', async () => {
  const there = join(directory, 'there', 'ledger.db');
  const args = ['demo', '--overwrite', '--ledger', join(directory, 'no-nodes')];
  const { code, err } = await ended(start(fake, args, { NO_NODES: '1' }));
  assert.is(code, 3);
  assert.is(err, 'channel-ledger: lightningdevkit is not installed\n');
  assert.not.ok(existsSync(join(directory, 'no-nodes')));
  mkdirSync(join(directory, 'there'));
  writeFileSync(there, 'kept');
  await ended(start(fake, ['demo', '--overwrite', '--ledger', there], { NO_NODES: '1' }));
  assert.is(readFileSync(there, 'utf8'), 'kept');
});

test('a disk that fills up ends the demo, and it says what is kept and how to go on', async () => {
  const args = ['demo', '--ledger', 'filled'];
  const { code, err } = await ended(start(fake, args, { FULL_DISK: '1' }));
  assert.is(code, 3);
  assert.match(
    err,
    /the demo could not go on: the disk is full; what was recorded before is in filled/,
  );
  assert.match(err, /--overwrite --ledger filled" starts anew/);
});

test('a source that is not installed leaves no ledger behind', async () => {
  const path = join(directory, 'absent.db');
  const { code, err } = await run(fake, 'record', 'absent', '--ledger', path);
  assert.is(code, 3);
  assert.is(
    err,
    'channel-ledger: recording absent cannot begin: the package absent is not installed\n',
  );
  assert.not.ok(existsSync(path));
});

test('record runs a live source, and says how to go on when it fails', async () => {
  const done = await run(fake, 'record', 'clock', '--ledger', here);
  assert.is(done.code, 0);
  assert.match(done.out, '3 observations: 4 events recorded');
  const failed = await run(fake, 'record', 'clock', '--fail', '--ledger', here);
  assert.is(failed.code, 3);
  assert.is(failed.err, 'channel-ledger: recording clock cannot begin: no clock\n');
  const later = await run(fake, 'record', 'clock', '--fail-later', '--ledger', here);
  assert.is(later.code, 3);
  assert.match(later.err, /recording clock failed: it broke; what came before is recorded, and/);
  assert.match(later.err, /"channel-ledger record clock" goes on, with a gap for the time between/);
  const logged = await run(fake, 'record', 'clock', '--log-level', 'info', '--ledger', here);
  assert.match(logged.err, /"ticks":1,"msg":"starting"/);
});

test('a file that cannot be written is a sentence that names it', async () => {
  const path = join(directory, 'no', 'file.ndjson');
  const { code, err } = await run(fake, 'export', '--ledger', here, '--output', path);
  assert.is(code, 3);
  assert.is(err, `channel-ledger: ${path}: there is no such file or directory: check the path\n`);
});

test.run();
