/** Tokens while several processes make and revoke them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createToken, listTokens } from '../../src/http/tokens.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';

const path = join(temporaryDirectory(), 'ledger.db');
const OF_EACH = 30;

const moduleAt = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url));

/** A process that says when it is ready, and does what `work` says of `store` once it is told to. */
async function ready(work: string): Promise<{ go: () => void; ended: Promise<unknown[]> }> {
  const program = `
    const { openSqliteStore } = await import(${moduleAt('store/sqlite/open.ts')});
    const { createToken, revokeToken } = await import(${moduleAt('http/tokens.ts')});
    const store = openSqliteStore(${JSON.stringify(path)});
    console.log('ready');
    process.stdin.once('data', async () => {
      ${work}
      await store.close();
      process.exit();
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  return { go: () => void child.stdin.write('go\n'), ended };
}

test('no token is lost and none comes back, whoever else makes and revokes them', async () => {
  const store = openSqliteStore(path);
  const stolen = Array.from({ length: OF_EACH }, (_, nth) => {
    return createToken(store, { name: `stolen ${nth}`, scope: 'read+secrets' }).view.id;
  });
  const making = (by: string) => `for (let nth = 0; nth < ${OF_EACH}; nth += 1)
    createToken(store, { name: '${by} ' + nth, scope: 'read' });`;
  const revoking = `for (const id of ${JSON.stringify(stolen)})
    if (!revokeToken(store, id)) process.exit(1);`;
  const others = await Promise.all([making('a'), making('b'), revoking].map(ready));
  for (const { go } of others) go();
  for (const { ended } of others) assert.is((await ended)[0], 0);
  const names = listTokens(store).map(({ name }) => name);
  const wanted = ['a', 'b'].flatMap((by) =>
    Array.from({ length: OF_EACH }, (_, nth) => `${by} ${nth}`),
  );
  assert.equal(names.sort(), wanted.sort());
  await store.close();
});

test('while a fact is read and written, no other process writes', async () => {
  const [one, other] = [openSqliteStore(path), openSqliteStore(path, { busyTimeoutMs: 10 })];
  one.setMeta('fact', 'before');
  one.updateMeta('fact', (text) => {
    assert.throws(
      () => other.setMeta('fact', 'from elsewhere'),
      (error: unknown) =>
        error instanceof StoreError && /keeps the ledger locked/.test(error.message),
    );
    return `${text} and after`;
  });
  assert.is(other.getMeta('fact'), 'before and after');
  await Promise.all([one.close(), other.close()]);
});

test.run();
