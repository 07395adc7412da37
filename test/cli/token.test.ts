import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createToken } from '../../src/http/tokens.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const path = join(temporaryDirectory(), 'tokens.db');
const ledger = await ledgers.openLedger(path, { create: true, seed: 'tokens' });
test.after(() => ledger.close());
const run = (...args: readonly string[]) =>
  runInProcess(['token', ...args, '--ledger', path], { ledgers, env: {} });

test('a token whose time is past is refused, for it would open nothing', async () => {
  const past = await run('create', 'old', '--expires', '2020-01-01');
  assert.is(past.exitCode, 2);
  assert.match(past.err, '--expires 2020-01-01 is past: the token would open nothing');
  assert.is(past.out, '');
  assert.match((await run('list')).out, 'no token');
  const future = await run('create', 'new', '--expires', '2999-01-01');
  assert.is(future.exitCode, 0, future.err);
  assert.match(future.out, /^clt_[0-9a-f]{8}_/);
});

test('the list says which have expired', async () => {
  const expiresAt = '2020-01-01T00:00:00.000000000Z';
  const { view } = createToken(ledger.store, { name: 'old', scope: 'read', expiresAt });
  const listed = await run('list');
  const lines = listed.out.split('\n');
  assert.match(lines.find((line) => line.startsWith(view.id)) ?? '', ', expired 2020-01-01');
  assert.match(lines.find((line) => line.includes(' new ')) ?? '', ', until 2999-01-01');
  const printed: { name: string; isExpired: boolean }[] = JSON.parse(
    (await run('list', '--json')).out,
  );
  assert.equal(
    printed.map(({ name, isExpired }) => [name, isExpired]),
    [
      ['new', false],
      ['old', true],
    ],
  );
});

test('beyond this machine a server does not begin with tokens that have all expired', async () => {
  const asked = await run('revoke', JSON.parse((await run('list', '--json')).out)[0].id);
  assert.is(asked.exitCode, 0, asked.err);
  const args = ['serve', '--host', '0.0.0.0', '--port', '0', '--ledger', path];
  const { certificate, key } = await certificateFiles();
  const served = await runInProcess([...args, '--cert', certificate, '--key', key], {
    ledgers,
    env: {},
  });
  assert.is(served.exitCode, 2);
  assert.match(served.err, 'only tokens open it, and there is none');
});

async function certificateFiles(): Promise<{ readonly certificate: string; readonly key: string }> {
  const { writeFileSync } = await import('node:fs');
  const { selfSigned } = await import('../../src/gateway/self-signed.ts');
  const made = selfSigned(['localhost']);
  const directory = temporaryDirectory();
  const [certificate, key] = [join(directory, 'one.crt'), join(directory, 'one.key')];
  writeFileSync(certificate, made.certificate);
  writeFileSync(key, made.key);
  return { certificate, key };
}

test.run();
