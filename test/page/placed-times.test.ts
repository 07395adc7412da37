/** Times that no source told: the lists show the span they lie in, as the command knows it, and no second. */
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printed, watchedPage } from './browser.ts';
import { servedPages } from './served-pages.ts';
import { tableOf } from './tables.ts';

const { browser, servers, lndPath, electrumPath, close } = await servedPages();
test.after(close);

const WIDE = { width: 1440, height: 1800 };

interface Bounds {
  readonly notBefore: string;
  readonly notAfter: string;
}

/** Both ends lie on different days: an import is read long after its record was written. */
function spanText({ notBefore, notAfter }: Bounds): string {
  const [from, to] = [notBefore.slice(0, 10), notAfter.slice(0, 10)];
  assert.is.not(from, to);
  return `${from} – ${to}`;
}

async function opened(port: number, hash: string): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE });
  const { page } = await watchedPage(context, port);
  await page.goto(`http://127.0.0.1:${port}/${hash}`);
  return page;
}

interface PrintedChannel {
  readonly channelId: string;
  readonly lastEventAtBounds: Bounds;
}

test('the last update of a channel is the span that the command knows of it', async () => {
  for (const { path, port, at, count } of [
    { path: lndPath, port: servers.lnd.port, at: undefined, count: 17 },
    { path: electrumPath, port: servers.electrum.port, at: '2023-06-01', count: 1 },
  ]) {
    const moment = at === undefined ? [] : ['--at', at];
    const text = await printed('channels', '--json', '--ledger', path, ...moment);
    const channels: readonly PrintedChannel[] = JSON.parse(text);
    assert.is(channels.length, count);
    const page = await opened(port, at === undefined ? '#/channels' : `#/channels?at=${at}`);
    for (const { channelId, lastEventAtBounds } of channels) {
      const cell = page.locator(`[data-channel="${channelId}"] > .updated`);
      assert.is(await cell.textContent(), spanText(lastEventAtBounds), channelId);
      assert.is(await cell.evaluate((shown) => shown.scrollWidth > shown.clientWidth), false);
    }
    await page.context().close();
  }
});

test('a state that may be of a later time has the sign that the command prints, on every page', async () => {
  // Its last fact then lies between 2023-03-19 and 2023-10-03; what is now is no matter of a time.
  for (const [at, state] of [
    ['2023-06-01', 'open ±'],
    [undefined, 'open'],
  ] as const) {
    const moment = at === undefined ? [] : ['--at', at];
    const question = at === undefined ? '' : `?at=${at}`;
    const table = await printed('channels', '--ledger', electrumPath, ...moment);
    assert.is(table.includes('±'), state.includes('±'), at);
    assert.match(table, state);
    const page = await opened(servers.electrum.port, `#/channels${question}`);
    const row = page.locator('[data-channel]');
    await row.waitFor();
    const badge = row.locator('.state');
    assert.equal(await badge.allTextContents(), state === 'open' ? [] : [state], at);
    const [nodeId, channelId] = [
      await row.getAttribute('data-node'),
      await row.getAttribute('data-channel'),
    ];
    await page.goto(
      `http://127.0.0.1:${servers.electrum.port}/#/channel/${nodeId}/${channelId}${question}`,
    );
    await page.locator('dd[data-field="status"]').waitFor();
    assert.is(await page.locator('dd[data-field="status"]').textContent(), state, at);
    assert.is(await page.locator('.channel-title .state').textContent(), state, at);
    await page.context().close();
  }
});

interface PrintedPeer {
  readonly nodeId: string;
  readonly peerId: string;
  readonly openChannelCount: number;
  readonly connectionKnownAtBounds?: Bounds;
  readonly lastSeenAtBounds?: Bounds;
}

test('when a peer was seen is the span that the command knows of it', async () => {
  const text = await printed('peers', '--json', '--ledger', lndPath);
  const peers: readonly PrintedPeer[] = JSON.parse(text);
  const placed = peers.filter(({ lastSeenAtBounds }) => lastSeenAtBounds !== undefined);
  assert.is(placed.length > 0, true);
  const page = await opened(servers.lnd.port, '#/peers');
  const shown = await tableOf(page, 'Peers');
  for (const { nodeId, peerId, lastSeenAtBounds } of placed) {
    const expected = lastSeenAtBounds && spanText(lastSeenAtBounds);
    assert.is(shown[`${nodeId}.${peerId}`]?.['last seen, UTC'], expected, peerId);
  }
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/#/channels`);
  await page.locator('[data-channel]').nth(16).waitFor();
  const withChannels = placed.filter(({ openChannelCount }) => openChannelCount > 0);
  assert.is(withChannels.length > 0, true);
  for (const { peerId, connectionKnownAtBounds } of withChannels) {
    const row = page.locator('.group-row').filter({ has: page.locator(`[title="${peerId}"]`) });
    const expected =
      connectionKnownAtBounds && `connected as of ${spanText(connectionKnownAtBounds)}`;
    assert.is(await row.locator('.connection').textContent(), expected, peerId);
  }
  await page.context().close();
});

test.run();
