import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path as demoPath } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';

const { demo, browser, servers, lndPath, electrumPath, close } = await servedPages();
test.after(close);

interface Printed {
  readonly nodeId: string;
  readonly channelId: string;
  readonly capacitySat: string;
  readonly localBalanceMsat: string;
  readonly remoteBalanceMsat: string;
  readonly pendingHtlcCount: number;
  readonly pendingOfferedMsat: string;
  readonly pendingReceivedMsat: string;
}

/** Node, channel, local, remote, in flight, capacity: as the command prints them. */
async function printedRows(ledger: string, at: string | undefined): Promise<readonly string[]> {
  const moment = at === undefined ? [] : ['--at', at];
  const text = await printed('channels', '--json', '--ledger', ledger, ...moment);
  const channels: readonly Printed[] = JSON.parse(text);
  return channels
    .map((channel) => {
      const flight = BigInt(channel.pendingOfferedMsat) + BigInt(channel.pendingReceivedMsat);
      const { pendingHtlcCount: count } = channel;
      return [
        channel.nodeId,
        channel.channelId,
        satText(channel.localBalanceMsat),
        satText(channel.remoteBalanceMsat),
        count === 0 ? '' : `${satText(flight)} (${count})`,
        satText(BigInt(channel.capacitySat) * 1000n),
      ].join(' | ');
    })
    .sort();
}

async function shownRows(page: Page): Promise<readonly string[]> {
  const rows = await page.locator('[data-channel]').all();
  const texts = rows.map(async (row) => {
    const cell = async (name: string) =>
      (await row.locator(`.${name}`).first().textContent())?.trim();
    return [
      await row.getAttribute('data-node'),
      await row.getAttribute('data-channel'),
      await row.locator('[role=cell].local').textContent(),
      await row.locator('[role=cell].remote').textContent(),
      await cell('flight'),
      await cell('capacity'),
    ].join(' | ');
  });
  return (await Promise.all(texts)).sort();
}

/** High enough that a list of this length is on the screen as a whole. */
const TALL = { width: 1440, height: 1800 };

test('every open channel is shown as the command prints it, now and as of a moment', async () => {
  const middle = demo.history('10x1x0', { nodeId: demo.nodeId('alice') });
  const times = [...middle].map(({ at }) => at);
  const busy = times[Math.floor(times.length * 0.8)] ?? '';
  for (const at of [undefined, times[40], busy]) {
    const context = await browser.newContext({ viewport: TALL });
    const { page, complaints } = await watchedPage(context, servers.demo.port);
    await page.goto(`http://127.0.0.1:${servers.demo.port}/`);
    await page.locator('[data-channel]').first().waitFor();
    if (at !== undefined) {
      await page.getByRole('button', { name: 'Live' }).click();
      await page.getByLabel('Show every page as it was at').fill(at);
      const listed = page.waitForResponse((response) => response.url().includes('/channels?at='));
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await listed;
      await page.locator('.as-of').waitFor();
    }
    const expected = await printedRows(demoPath, at);
    await page
      .locator('[data-channel]')
      .nth(expected.length - 1)
      .waitFor();
    assert.equal(await shownRows(page), expected, at);
    assert.equal(complaints, []);
    await context.close();
  }
});

test('the open channels of a recorded lnd node and of a wallet are shown as the command prints them', async () => {
  for (const { path, port, count, capacity } of [
    { path: lndPath, port: servers.lnd.port, count: 17, capacity: '2 050 000' },
    { path: electrumPath, port: servers.electrum.port, count: 1, capacity: '400 000' },
  ]) {
    const context = await browser.newContext({ viewport: TALL });
    const { page, complaints } = await watchedPage(context, port);
    await page.goto(`http://127.0.0.1:${port}/`);
    const expected = await printedRows(path, undefined);
    assert.is(expected.length, count);
    await page
      .locator('[data-channel]')
      .nth(count - 1)
      .waitFor();
    assert.equal(await shownRows(page), expected);
    const totals = await page.getByRole('region', { name: 'Totals' }).textContent();
    assert.match(totals?.replaceAll('\u202f', ' ') ?? '', capacity);
    assert.equal(complaints, []);
    await context.close();
  }
});

test('a filter, a sorting and a scale change what is shown and not what is true', async () => {
  const context = await browser.newContext({ viewport: TALL });
  const { page } = await watchedPage(context, servers.lnd.port);
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/`);
  await page.locator('[data-channel]').nth(16).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('buda 1971573');
  await page.getByText('1 channel of 17').waitFor();
  assert.is(await page.locator('[data-channel]').count(), 1);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'local sat' }).click();
  const first = page.locator('[data-channel]').first().locator('[role=cell].local');
  assert.is(await first.textContent(), satText(100_000_000n));
  await page.getByRole('button', { name: 'local sat' }).click();
  assert.is(await first.textContent(), satText(0n));
  const widthOf = (row: number) =>
    page.locator('[data-channel] .bar').nth(row).getAttribute('style');
  await page.getByRole('button', { name: 'capacity' }).click();
  // 1,000,000 sat are the longest bar, and 100,000 a tenth of it.
  assert.equal([await widthOf(0), await widthOf(1)], ['width: 100%;', 'width: 10%;']);
  await page.getByLabel('To scale').uncheck();
  assert.equal([await widthOf(0), await widthOf(1)], ['width: 100%;', 'width: 100%;']);
  await context.close();
});

test('five thousand channels are all found, and only those on the screen are drawn', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const { page, complaints } = await watchedPage(context, servers.lnd.port);
  const text = await printed('channels', '--json', '--ledger', lndPath);
  const [one]: readonly object[] = JSON.parse(text);
  const many = Array.from({ length: 5000 }, (_, index) => ({
    ...one,
    channelId: index.toString(16).padStart(64, '0'),
    shortChannelId: `${800_000 + index}x1x0`,
    shortChannelIds: [`${800_000 + index}x1x0`],
    peerId: `02${(index % 900).toString(16).padStart(64, '0')}`,
    peerAlias: `peer ${index % 900}`,
  }));
  await page.route(/\/channels\?/, (route) => route.fulfill({ json: many }));
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/`);
  await page.locator('[data-channel]').first().waitFor();
  assert.ok((await page.locator('[data-channel]').count()) < 100);
  await page.getByLabel('Sort by').selectOption('peer');
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
  await page.getByText('peer 899').waitFor();
  await page.getByText('804499x1x0').waitFor();
  assert.ok((await page.locator('[data-channel]').count()) < 100);
  await page.getByRole('searchbox').fill('803456x1x0');
  await page.getByText('1 channel of 5\u202f000').waitFor();
  assert.is(await page.locator('[data-channel]').count(), 1);
  const tile = page.getByRole('region', { name: 'Totals' }).locator('dl > div').last();
  assert.is(await tile.locator('dd').textContent(), '1 of 5\u202f000');
  await page.getByRole('searchbox').fill('');
  await page.getByText('of 5\u202f000').first().waitFor({ state: 'hidden' });
  assert.is(await tile.locator('dd').textContent(), '5\u202f000');
  assert.equal(complaints, []);
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.demo;
  await assertSeenByAll(browser, { port, hash: '', ready: '[data-channel]' });
});

test.run();
