import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readPage } from '../../src/http/page.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { withServer } from './served.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'page' });
test.after(() => ledger.close());

const SCRIPT = `export const text = '${'x'.repeat(2000)}';\n`;
const INDEX = '<!doctype html><script type="module" src="/assets/index-4f2a91bc.js"></script>\n';

/** As Vite leaves it. */
function builtPage(): string {
  const place = temporaryDirectory();
  const page = join(place, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), INDEX);
  writeFileSync(join(page, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(page, 'assets', 'index-4f2a91bc.js'), SCRIPT);
  writeFileSync(join(page, 'assets', 'worker.js'), 'self.onconnect = null;\n');
  writeFileSync(join(place, 'secret.txt'), 'nobody reads this\n');
  return page;
}

test('the page comes with a policy that lets in what this server serves, and nothing else', async () => {
  await withServer({ ledger, page: builtPage() }, async ({ ask }) => {
    const index = await ask('/');
    assert.is(index.status, 200);
    assert.is(await index.text(), INDEX);
    assert.is(index.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.is(index.headers.get('x-content-type-options'), 'nosniff');
    for (const path of ['/', '/assets/index-4f2a91bc.js', '/assets/worker.js', '/favicon.svg']) {
      const { headers, status } = await ask(path);
      assert.is(status, 200, path);
      assert.is(
        headers.get('content-security-policy'),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        path,
      );
    }
  });
});

test('what has a hash in its name is kept for ever, and the rest asked for again', async () => {
  await withServer({ ledger, page: builtPage() }, async ({ ask }) => {
    const cacheOf = async (path: string) => (await ask(path)).headers.get('cache-control');
    assert.is(await cacheOf('/assets/index-4f2a91bc.js'), 'public, max-age=31536000, immutable');
    assert.is(await cacheOf('/assets/worker.js'), 'no-cache');
    assert.is(await cacheOf('/'), 'no-cache');
    const etag = (await ask('/')).headers.get('etag') ?? '';
    assert.is((await ask('/', { headers: { 'if-none-match': etag } })).status, 304);
    assert.is((await ask('/', { headers: { 'if-none-match': '"other"' } })).status, 200);
    const script = await ask('/assets/index-4f2a91bc.js', {
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.is(script.headers.get('content-encoding'), 'gzip');
    assert.is(await script.text(), SCRIPT);
  });
});

test('no path leads out of the page, and none into a directory', async () => {
  await withServer({ ledger, page: builtPage() }, async ({ ask }) => {
    const elsewhere = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/assets/%00',
      '/assets/',
      '/assets',
      '/secret.txt',
    ];
    for (const path of elsewhere) {
      const answer = await ask(path);
      assert.ok([400, 404].includes(answer.status), path);
      assert.not.match(await answer.text(), 'nobody reads this', path);
    }
  });
});

test('without a built page the first answer says how it is made', async () => {
  const page = join(temporaryDirectory(), 'nothing');
  assert.equal(readPage(page), []);
  await withServer({ ledger, page }, async ({ ask }) => {
    const answer = await ask('/');
    assert.is(answer.status, 404);
    assert.match(await answer.text(), /not built: run "npm run build"/);
  });
});

test('a link that somebody follows opens the page, and asks nothing else', async () => {
  await withServer({ ledger, page: builtPage() }, async ({ port }) => {
    const { request } = await import('node:http');
    const status = (path: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ port, host: '127.0.0.1', path, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    const site = { 'sec-fetch-site': 'cross-site' };
    const followed = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    assert.is(await status('/', followed), 200);
    assert.is(await status('/channels', followed), 403);
    assert.is(await status('/', { ...followed, 'sec-fetch-dest': 'iframe' }), 403);
    assert.is(await status('/', { ...site, 'sec-fetch-mode': 'no-cors' }), 403);
  });
});

test.run();
