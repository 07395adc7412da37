/** The open channels on phones: whose they are and what they hold is all there, and nothing beside the page. */
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { printed, serve, watchedPage } from './browser.ts';
import { importedLnd } from './imported.ts';

const PHONES = [320, 360, 390, 412];

const path = await importedLnd();
const ledger = await openLedger(path);
const browser = await openChromium();
const server = await serve(ledger);
const address = `http://127.0.0.1:${server.port}/`;
test.after(async () => {
  await browser.close();
  await server.close();
  await ledger.close();
});

/** Of each peer's line: its name, its connection, its sums. A text that is cut off is marked as such. */
const groupsOf = (page: Page) =>
  page.evaluate<readonly string[]>(`[...document.querySelectorAll('.group-row')].map((row) =>
    [...row.children].filter((part) => part.textContent !== '').map((part) => {
      const { left, right } = part.getBoundingClientRect();
      const isCut = part.scrollWidth > part.clientWidth || left < 0 || right > innerWidth;
      return part.textContent.replaceAll('\\u202f', ' ') + (isCut ? ' (cut)' : '');
    }).join(' | '))`);

/** Rows that lie upon the one above them. */
const laidOver = (page: Page) =>
  page.evaluate<readonly string[]>(`[...document.querySelectorAll('.windowed-place')]
    .map((place) => [place.getBoundingClientRect(), place])
    .sort(([a], [b]) => a.top - b.top)
    .filter(([box], index, all) => index > 0 && box.top < all[index - 1][0].bottom - 0.5)
    .map(([, place]) => place.textContent)`);

const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

interface Printed {
  readonly peerId: string;
  readonly peerAlias?: string;
}

test('the line of a peer folds on a phone, and nothing of it is cut off', async () => {
  const channels: readonly Printed[] = JSON.parse(
    await printed('channels', '--json', '--ledger', path),
  );
  const names = [
    ...new Set(channels.map(({ peerId, peerAlias }) => peerAlias ?? `${peerId.slice(0, 12)}…`)),
  ].sort();
  for (const width of PHONES) {
    const context = await browser.newContext({ viewport: { width, height: 3000 } });
    const { page, complaints } = await watchedPage(context, server.port);
    await page.goto(address);
    await page.locator('[data-channel]').nth(16).waitFor();
    assert.is(await widthOf(page), width);
    const groups = await groupsOf(page);
    assert.equal(
      groups.filter((group) => group.includes('(cut)')),
      [],
      `${width}`,
    );
    assert.equal(groups.map((group) => group.split(' | ')[0]).sort(), names);
    // Of the same record: 3 × 100,000 sat to Buda, all ours.
    assert.match(groups[1] ?? '', '3 channels, 300 000 · 0');
    assert.equal(await laidOver(page), []);
    assert.equal(complaints, []);
    await context.close();
  }
});

test('large amounts leave a channel its name on the narrowest phone', async () => {
  const context = await browser.newContext({ viewport: { width: 320, height: 1200 } });
  const { page, complaints } = await watchedPage(context, server.port);
  await page.route(/\/channels\?/, async (route) => {
    const [one]: readonly object[] = await (await route.fetch()).json();
    const [capacitySat, localBalanceMsat] = ['16777215', '12487702499'];
    const remoteBalanceMsat = (BigInt(capacitySat) * 1000n - BigInt(localBalanceMsat)).toString();
    const rows = ['800000x1x0', '804999x1x0'].map((shortChannelId, index) => ({
      ...one,
      ...{ capacitySat, localBalanceMsat, remoteBalanceMsat, shortChannelId },
      channelId: `${index}`.padStart(64, '0'),
    }));
    await route.fulfill({ json: rows });
  });
  await page.goto(address);
  await page.locator('[data-channel]').nth(1).waitFor();
  assert.is(await widthOf(page), 320);
  assert.match((await groupsOf(page)).join(), '2 channels, 24 975 404.998 · 8 579 025.002');
  assert.not.match((await groupsOf(page)).join(), '(cut)');
  const cut = await page.evaluate<number>(`[...document.querySelectorAll('.channel-row > .peer')]
    .filter((name) => name.scrollWidth > name.clientWidth).length`);
  assert.is(cut, 0);
  assert.equal(complaints, []);
  await context.close();
});

test.run();
