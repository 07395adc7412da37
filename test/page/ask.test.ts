/** How the page asks: what it has already is not sent again, by whatever round it is wanted. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { ask } from '../../src/page/api/ask.ts';
import { observations } from '../cli/observation-lines.ts';
import { serve } from './browser.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'ask' });
await ledger.record(observations.slice(0, -1));
const server = await serve(ledger);
const ordinary = globalThis.fetch;
const sent: { readonly path: string; readonly etag: string | null; readonly status: number }[] = [];
/** A page's paths are below the server that it came from. */
globalThis.fetch = async (path, init) => {
  const response = await ordinary(`http://127.0.0.1:${server.port}${path}`, init);
  const etag = new Headers(init?.headers).get('if-none-match');
  sent.push({ path: String(path), etag, status: response.status });
  return response;
};
test.after(async () => {
  globalThis.fetch = ordinary;
  await server.close();
  await ledger.close();
});

test('a question of another round goes with the ETag of its last answer, and gets that answer', async () => {
  const first = await ask('/channels?fields=status#0');
  const again = await ask('/channels?fields=status#1');
  assert.is(again, first);
  assert.equal(
    sent.map(({ path, status }) => `${path} ${status}`),
    ['/channels?fields=status 200', '/channels?fields=status 304'],
  );
  assert.is(sent[0]?.etag, null);
  assert.match(sent[1]?.etag ?? '', /^(W\/)?"/);
});

test('an old ETag is answered in full once something was recorded, and the new one kept', async () => {
  const before = await ask('/channels?fields=eventCount#0');
  await ledger.record(observations.slice(-1));
  sent.length = 0;
  const after = await ask('/channels?fields=eventCount#1');
  assert.is.not(after, before);
  assert.equal(after, await ask('/channels?fields=eventCount#2'));
  assert.equal(
    sent.map(({ status }) => status),
    [200, 304],
  );
  assert.is.not(sent[0]?.etag, sent[1]?.etag);
  // Another question has none to go with, however alike it is.
  await ask('/channels?fields=eventCount,status#2');
  assert.is(sent[2]?.etag, null);
});

test.run();
