/** What nobody told is called unknown on every page: here of a channel of which only books are there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { printed, watchedPage } from './browser.ts';
import { servedPage } from './served-pages.ts';
import { tableOf } from './tables.ts';

const BOOKS = new URL('../fixtures/real/cln/l1-bkpr-accounts.sqlite3.gz', import.meta.url);
const NODE = '0266e4598d1d3c415f572a8488830b60f7e744ed9235eb0b1ba93283b315c03518';
const CHANNEL = 'be7f3755c04abec58212fe9287898c76364d1a0d12a1828bf9fc3ac4a8b25a67';

const directory = temporaryDirectory();
const [path, books] = [join(directory, 'books.db'), join(directory, 'accounts.sqlite3')];
writeFileSync(books, gunzipSync(readFileSync(BOOKS)));
const whose = ['--node', NODE, '--chain', 'regtest'];
await printed('import', 'cln', books, ...whose, '--ledger', path);
const ledger = await openLedger(path);
const { browser, server, address, close } = await servedPage(ledger);
test.after(close);

test('HTLCs and balances that no source told are unknown, and their sums lower bounds', async () => {
  const { page, complaints } = await watchedPage(await browser.newContext(), server.port);
  await page.goto(address);
  const row = page.locator(`[data-channel="${CHANNEL}"]`);
  await row.waitFor();
  for (const cell of ['local', 'flight', 'remote']) {
    assert.is(await row.locator(`[role=cell].${cell}`).textContent(), 'unknown', cell);
  }
  const bar = await row.locator('.bar').getAttribute('aria-label');
  assert.match(bar ?? '', 'remote unknown sat, HTLCs in flight unknown, capacity');
  const sums = page.getByRole('region', { name: 'Totals' }).locator('dl > div');
  assert.equal((await sums.locator('dd').allTextContents()).slice(0, 3), [
    '≥\u202f0 sat',
    '≥\u202f0 sat',
    '≥\u202f0 sat',
  ]);
  await page.goto(`${address}#/channel/${NODE}/${CHANNEL}`);
  const state = (label: string) =>
    page
      .locator('.state-panel .pairs > div')
      .filter({ has: page.getByText(label, { exact: true }) })
      .locator('dd')
      .textContent();
  assert.equal(
    [await state('local'), await state('in flight, out'), await state('in flight, in')],
    ['unknown', 'unknown', 'unknown'],
  );
  await page.goto(`${address}#/peers`);
  const [peer] = Object.values(await tableOf(page, 'Peers'));
  assert.equal([peer?.['local sat'], peer?.['remote sat']], ['unknown', 'unknown']);
  assert.equal(complaints, []);
});

test.run();
