import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelId, observations } from '../cli/observation-lines.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { servedPage } from './served-pages.ts';

/** All but the opening was learned an hour after it happened. */
const OPENING = 3;
const HOUR_NS = 3_600_000_000_000n;
const path = join(temporaryDirectory(), 'late.db');
const ledger = await openLedger(path, { create: true, seed: 'late' });
await ledger.record(
  observations.map((one, nth) =>
    nth < OPENING ? one : { ...one, recordedAtNs: one.recordedAtNs + HOUR_NS },
  ),
);
const { browser, server, address, close } = await servedPage(ledger);
const { nodeId } = ledger.channel(channelId);
test.after(close);

const AFTER_ALL = '2026-03-14T15:10:00.000000000Z';
const BEFORE_LEARNED = '2026-03-14T15:30:00.000000000Z';

/** The balance and the HTLCs that `show` prints, as the page is to spell them. */
async function printedState(...moment: readonly string[]) {
  const text = await printed('show', channelId, '--json', '--ledger', path, ...moment);
  const { channel } = JSON.parse(text);
  return [satText(channel.localBalanceMsat), channel.pendingHtlcCount];
}

async function shownState(page: Page, known: string) {
  await page.locator(`[data-known="${known}"][aria-busy=false]`).waitFor();
  const local = await page.locator('dd[data-field="localBalanceMsat"]').textContent();
  const htlcs = page.getByRole('region', { name: 'HTLCs in flight' }).locator('tbody tr');
  return [local?.replace(' sat', ''), await htlcs.count()];
}

test('a page as known at a time shows what the command prints for it', async () => {
  const context = await browser.newContext();
  const { page, complaints } = await watchedPage(context, server.port);
  const here = `${address}#/channel/${nodeId}/${channelId}`;
  const all = await printedState('--at', AFTER_ALL);
  const known = await printedState('--at', AFTER_ALL, '--known-at', BEFORE_LEARNED);
  assert.equal(
    [all, known],
    [
      [satText(870_000_000n), 1],
      [satText(900_000_000n), 0],
    ],
  );
  await page.goto(`${here}?at=${AFTER_ALL}`);
  assert.equal(await shownState(page, 'all'), all);
  await page.goto(`${here}?at=${AFTER_ALL}&knownAt=${BEFORE_LEARNED}`);
  assert.equal(await shownState(page, BEFORE_LEARNED), known);
  const header = page.locator('.seen-at');
  assert.is(
    await header.textContent(),
    'as of 2026-03-14 15:10:00.000 UTCas known at 2026-03-14 15:30:00.000 UTC',
  );
  // The events that were learned later are not in the list either.
  const listed = page.locator('[data-event]');
  assert.is(await listed.count(), OPENING);
  assert.equal(complaints, []);
  await context.close();
});

test('what is chosen as known holds for every page and tab, and goes with the moment', async () => {
  const context = await browser.newContext();
  const first = await watchedPage(context, server.port);
  const second = await watchedPage(context, server.port);
  for (const { page } of [first, second]) {
    await page.goto(address);
    await page.locator(`[data-channel="${channelId}"]`).getByText(satText(870_000_000n)).waitFor();
  }
  const { page } = first;
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByLabel('As known at').fill('soon');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByRole('alert').getByText('knownAt takes a time').waitFor();
  await page.getByLabel('As known at').fill(BEFORE_LEARNED);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  for (const { page: tab } of [first, second]) {
    await tab.locator('.as-known').waitFor();
    await tab.locator(`[data-channel="${channelId}"]`).getByText(satText(900_000_000n)).waitFor();
  }
  // The slider moves through what was known, and a reload stays there.
  await page.locator(`[data-channel="${channelId}"] a`).click();
  await page.getByRole('slider', { name: 'The moment that is shown' }).fill('1000');
  await page.locator(`[data-known="${BEFORE_LEARNED}"]:not([data-moment=now])`).waitFor();
  await page.reload();
  await page.locator(`[data-known="${BEFORE_LEARNED}"]:not([data-moment=now])`).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'State now' }).waitFor();
  assert.equal(await shownState(page, 'all'), [satText(870_000_000n), 1]);
  await second.page.locator('.as-known').waitFor({ state: 'detached' });
  assert.equal(second.complaints, []);
  await context.close();
});

test('a page keeps its moment when it is narrowed to a node', async () => {
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/closed?knownAt=${BEFORE_LEARNED}&node=${nodeId}`);
  await page.getByRole('heading', { name: 'No closed channel' }).waitFor();
  await page.locator('.as-known').waitFor();
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.waitForURL(`${address}#/closed?node=${nodeId}`);
  await page.locator('.as-known').waitFor();
  await context.close();
});

test.run();
