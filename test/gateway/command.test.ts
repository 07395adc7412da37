import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { recorderOf } from '../ledger/recording.ts';
import { wholeStory } from '../ledger/story.ts';
import { collect } from '../store/sample-events.ts';
import { newFile } from './gateway.ts';

const command = suite('channel-ledger gateway');
const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [program, 'gateway', '--port', '0', ...args], {
    env: { ...process.env, LANG: 'C.UTF-8', ...env },
  });
}

/** Everything it says, as it says it. */
function listening(child: ChildProcess) {
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said.err += chunk;
  });
  return said;
}

async function portOf(child: ChildProcess, said: { readonly err: string }): Promise<number> {
  while (child.exitCode === null) {
    const [, port] = /esdb:\/\/[^:]+:(\d+)/.exec(said.err) ?? [];
    if (port !== undefined) return Number(port);
    await Promise.race([once(child.stderr ?? child, 'data'), once(child, 'exit')]);
  }
  throw new Error(said.err);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}

async function recordedFile(): Promise<{ readonly path: string; readonly count: number }> {
  const path = newFile();
  const store = openSqliteStore(path, { create: true });
  await recorderOf(store).record(wholeStory());
  const count = (await collect(store.readAll())).length;
  await store.close();
  return { path, count };
}

command('serves a ledger until Ctrl-C, with a password on an encrypted line', async () => {
  const { path, count } = await recordedFile();
  const password = { CHANNEL_LEDGER_GATEWAY_PASSWORD: 'a word' };
  const child = start(['--ledger', path, '--tls', '--password'], password);
  const said = listening(child);
  const port = await portOf(child, said);
  const authority = `${path}.pem`;
  writeFileSync(authority, said.out);
  const client = EventStoreDBClient.connectionString(
    `esdb://me:a%20word@localhost:${port}?tls=true&tlsCAFile=${authority}`,
  );
  assert.is((await collect(client.readAll())).length, count);
  await client.dispose();
  child.kill('SIGINT');
  assert.is(await ended(child), 130);
  assert.match(said.err, /groups of consumers are forgotten/);
});

command('makes a new ledger only where it may be written', async () => {
  const path = newFile();
  const reading = start(['--ledger', path]);
  const said = listening(reading);
  assert.is(await ended(reading), 3);
  assert.match(said.err, /there is no ledger at/);
  const writing = start(['--ledger', path, '--writable']);
  await portOf(writing, listening(writing));
  writing.kill('SIGINT');
  await ended(writing);
  await openSqliteStore(path, { create: false }).close();
});

command('says in one sentence what does not go together', async () => {
  const { path } = await recordedFile();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--password'], /--password needs --tls/],
    [['--tls', '--password'], /takes the password from \$CHANNEL_LEDGER_GATEWAY_PASSWORD/],
    [['--cert', 'a.pem'], /--cert and --key go together/],
    [['--tls', '--cert', 'a', '--key', 'b'], /--tls makes its own/],
    [['--port', 'x'], /--port takes a number up to 65535/],
    [['--ledger', 'esdb://localhost:2113'], /serves a ledger in a file/],
  ];
  const runs = cases.map(async ([args, sentence]) => {
    const child = start(['--ledger', path, ...args]);
    const said = listening(child);
    assert.is(await ended(child), 2);
    assert.match(said.err, sentence);
    assert.is(said.err.trim().split('\n').length, 1);
  });
  await Promise.all(runs);
});

command.run();
