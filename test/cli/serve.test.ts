/** `serve` and `record --serve`: beside a recording in one process and in two, and what cannot begin. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import type { LiveSourceEntry } from '../../src/sources/live-source.ts';
import { idOf, listen } from '../http/event-client.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';
import { observations } from './observation-lines.ts';
import { alice } from './views.ts';

const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const directory = temporaryDirectory();

/** A port that was free a moment ago, held while `run` runs where `isHeld`. */
async function withPort<T>(run: (port: number) => Promise<T>, isHeld = false): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  if (!isHeld) server.close();
  try {
    return await run(port);
  } finally {
    if (isHeld) server.close();
  }
}

test('record --serve gives out what it records the moment it is recorded', async () => {
  const path = join(directory, 'one.db');
  await withPort(async (port) => {
    const seen: string[] = [];
    const source: LiveSourceEntry = {
      name: 'mine',
      summary: 'a source of the test',
      options: [],
      load: async () => ({
        start: async () => ({
          nodes: [{ chain: 'regtest', nodeId: alice, source: 'mine' }],
          observations: (async function* () {
            const client = await listen(port);
            let recorded = client.events.length;
            for (const [nth, observation] of observations.entries()) {
              yield observation;
              // The one before is recorded by now, or will be: the page shows it before more comes.
              if (nth > 0) await client.until(recorded + 1);
              recorded = client.events.length;
            }
            seen.push(...client.events.map(({ data }) => data.type));
            client.close();
          })(),
        }),
      }),
    };
    const args = ['record', 'mine', '--serve', String(port), '--ledger', path];
    const { exitCode, err } = await runInProcess(args, { ledgers, liveSources: [source], env: {} });
    assert.is(exitCode, 0, err);
    assert.match(err, `http://127.0.0.1:${port}/ is the page`);
    assert.equal(seen.slice(0, 3), ['RecordingStarted', 'ChannelOpened', 'FundingConfirmed']);
    await assertRefused(port);
  });
});

/** The server has ended with the recording. */
async function assertRefused(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => assert.unreachable('it is still there'),
    () => undefined,
  );
}

async function served(child: ChildProcess): Promise<number> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\/ is the page/.exec(said) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`it did not begin: ${said}`);
}

test('serve gives out what another process records, in its order, and nothing twice', async () => {
  const path = join(directory, 'two.db');
  const ledger = await ledgers.openLedger(path, { create: true, seed: 'two' });
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--ledger', path], {
    env: { ...process.env, LANG: 'C.UTF-8', HOME: directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    const port = await served(child);
    const client = await listen(port);
    const channels = async (): Promise<{ localBalanceMsat: string }[]> =>
      JSON.parse(await (await fetch(`http://127.0.0.1:${port}/channels`)).text());
    assert.equal(await channels(), []);
    for (const observation of observations) await ledger.recordBatch([observation]);
    const all = [...ledger.store.allEvents()];
    await client.until(all.length);
    assert.equal(
      client.events.map(({ id }) => id),
      all.map(idOf),
    );
    const answered = await channels();
    const [known] = ledger.channels();
    assert.equal(
      answered.map(({ localBalanceMsat }) => localBalanceMsat),
      [String(known?.localBalanceMsat)],
    );
    client.close();
  } finally {
    child.kill('SIGINT');
    await ended;
    await ledger.close();
  }
});

function certificate(name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-days', '2', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  return { cert, key };
}

test('certificate files of OpenSSL serve, and others are told apart in a sentence', async () => {
  const path = join(directory, 'tls.db');
  await (await ledgers.openLedger(path, { create: true, seed: 'tls' })).close();
  const [one, other] = [certificate('one'), certificate('other')];
  const nonsense = join(directory, 'nonsense.pem');
  writeFileSync(nonsense, 'no certificate\n');
  const serve = (...args: readonly string[]) =>
    runInProcess(['serve', '--port', '0', '--ledger', path, ...args], { ledgers, env: {} });
  const wrong: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [
      ['--cert', one.cert, '--key', other.key],
      /do not serve: the key is of another certificate\n$/,
    ],
    [
      ['--cert', nonsense, '--key', one.key],
      /do not serve: OpenSSL says ERR_OSSL_\w+; both must be PEM/,
    ],
    [
      ['--cert', one.cert, '--key', nonsense],
      /do not serve: OpenSSL says ERR_OSSL_\w+; both must be PEM/,
    ],
    [['--cert', one.cert], /--cert and --key go together/],
    [['--cert', join(directory, 'none.crt'), '--key', one.key], /none\.crt cannot be read: ENOENT/],
    [['--host', '0.0.0.0'], /beyond this machine the line must be encrypted/],
    [
      ['--host', '0.0.0.0', '--cert', one.cert, '--key', one.key],
      /only tokens open it, and there is none/,
    ],
    [['--port', '70000'], /--port takes a number up to 65535/],
    [['--allow-origin', 'https://dash.example/'], /--allow-origin takes an origin like/],
    [['--allow-origin', '*'], /--allow-origin takes an origin like/],
  ];
  for (const [args, sentence] of wrong) {
    const { exitCode, err } = await serve(...args);
    assert.is(exitCode, 2, err);
    assert.match(err, sentence);
  }
  await withPort(async (port) => {
    const taken = await serve('--port', String(port));
    assert.is(taken.exitCode, 2);
    assert.match(
      taken.err,
      `cannot listen on 127.0.0.1 port ${port}: another program listens there`,
    );
  }, true);
  await withPort(async (port) => {
    const stop = new AbortController();
    const args = ['serve', '--port', String(port), '--ledger', path];
    const running = runInProcess([...args, '--cert', one.cert, '--key', one.key], {
      ledgers,
      env: {},
      signal: stop.signal,
    });
    const ask = (ca: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(
          { port, host: 'localhost', family: 4, path: '/channels', ca: readFileSync(ca) },
          (got) => {
            got.resume();
            resolve(got.statusCode);
          },
        )
          .on('error', reject)
          .end();
      });
    let status: number | undefined;
    while (status === undefined) {
      status = await ask(one.cert).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNREFUSED') throw error;
        return undefined;
      });
    }
    assert.is(status, 200);
    await ask(other.cert).then(
      () => assert.unreachable('another certificate was taken'),
      () => undefined,
    );
    stop.abort();
    await running;
  });
});

test('a name that brings clients from elsewhere is served only where a token opens it', async () => {
  const path = join(directory, 'named.db');
  await (await ledgers.openLedger(path, { create: true, seed: 'named' })).close();
  const args = ['serve', '--port', '0', '--name', 'ledger.example', '--ledger', path];
  const stop = AbortSignal.abort();
  const { exitCode, err } = await runInProcess(args, { ledgers, env: {}, signal: stop });
  assert.is(exitCode, 2, err);
  assert.match(err, /by a name of --name, only tokens open it, and there is none/);
});

test.run();
