/** The demo recorded through a cluster's protocol is the demo recorded directly, to the last byte. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startGateway } from '../../src/gateway/gateway.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { FEW_PAYMENTS } from './play.ts';

const test = suite('the demo through a gateway');
const program = join(import.meta.dirname, '..', '..', 'bin', 'channel-ledger.js');
const place = temporaryDirectory();
const DEMO = ['demo', '--seed', 'the same', '--payments', String(FEW_PAYMENTS), '--ledger'];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Each place is a machine of its own: replicas and keys lie below its home. */
function run(home: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: place,
    env: { ...process.env, HOME: join(place, home) },
  });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    printed.out += text;
  });
  child.stderr.on('data', (text) => {
    printed.err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...printed })));
}

test('with a seed gives the digests and the rows of a ledger recorded directly', async () => {
  const served = join(place, 'served.db');
  const store = openSqliteStore(served);
  // As --writable does: what breaks a schema, a rule or a digest is refused.
  const gateway = await startGateway({ store, port: 0, isWritable: true });
  const there = `esdb://127.0.0.1:${gateway.port}?tls=false`;
  try {
    const [through, direct] = await Promise.all([
      run('a', ...DEMO, there),
      run('b', ...DEMO, 'direct'),
    ]);
    assert.is(direct.code, 0, direct.err);
    assert.is(through.code, 0, through.err);
    for (const question of ['verify', 'channels', 'closed', 'peers', 'fees', 'forwards']) {
      const [a, b] = await Promise.all([
        run('a', question, '--json', '--ledger', there),
        run('b', question, '--json', '--ledger', 'direct'),
      ]);
      assert.is(a.code, 0, a.err);
      assert.is(a.out, b.out, question);
    }
    assert.match(through.out, `npx channel-ledger serve --ledger '${there}'`);
    const again = await run('a', ...DEMO, there);
    assert.is(again.code, 2);
    assert.match(again.err, `there is a ledger at ${there} already: name another ledger`);
  } finally {
    await gateway.close();
    await store.close();
  }
});

test.run();
