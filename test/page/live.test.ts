import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { channelId, observations } from '../cli/observation-lines.ts';
import { satText, serve, watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';

const browser = await openChromium();
test.after(() => browser.close());

/** The channel is open: 900,000 sat are ours of a million. */
const OPENING = 3;

test('a payment moves the bar when it is recorded, in eight tabs, over one event stream', async () => {
  const ledger = await observedLedger('live', OPENING);
  const server = await serve(ledger);
  const context = await browser.newContext();
  const tabs = await Promise.all(
    Array.from({ length: 8 }, () => watchedPage(context, server.port)),
  );
  for (const { page } of tabs) {
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.locator(`[data-channel="${channelId}"]`).getByText(satText(900_000_000n)).waitFor();
    await page.getByRole('button', { name: 'Live' }).waitFor();
  }
  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  assert.match(metrics, /clients\S* 1\n/);
  await ledger.record(observations.slice(OPENING));
  for (const { page, complaints } of tabs) {
    const row = page.locator(`[data-channel="${channelId}"]`);
    await row.getByText(satText(870_000_000n)).waitFor();
    await row.getByText(`${satText(30_000_000n)} (1)`).waitFor();
    assert.is(await row.locator('.bar .local').getAttribute('style'), 'width: 87%;');
    assert.is(await row.locator('.bar .offered').getAttribute('style'), 'width: 3%;');
    assert.equal(complaints, []);
  }
  await context.close();
  await server.close();
  await ledger.close();
});

test('a server that is gone is said to be gone, and what it learned meanwhile is shown when it is back', async () => {
  const ledger = await observedLedger('gone', OPENING);
  const server = await serve(ledger);
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  await page.goto(`http://127.0.0.1:${server.port}/`);
  const row = page.locator(`[data-channel="${channelId}"]`);
  await row.getByText(satText(900_000_000n)).waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await server.close();
  await page.getByText('The server does not answer.').waitFor();
  // What it said last is still there to be read.
  await row.getByText(satText(900_000_000n)).waitFor();
  await ledger.record(observations.slice(OPENING));
  const again = await serve(ledger, server.port);
  await row.getByText(satText(870_000_000n)).waitFor();
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
  await context.close();
  await again.close();
  await ledger.close();
});

test('one channel’s page follows what is recorded of it', async () => {
  const ledger = await observedLedger('one', OPENING);
  const server = await serve(ledger);
  const context = await browser.newContext();
  const { page, complaints } = await watchedPage(context, server.port);
  const { nodeId } = ledger.channel(channelId);
  await page.goto(`http://127.0.0.1:${server.port}/#/channel/${nodeId}/${channelId}`);
  const local = page.locator('dd[data-field="localBalanceMsat"]');
  await local.getByText(satText(900_000_000n)).waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await ledger.record(observations.slice(OPENING));
  await local.getByText(satText(870_000_000n)).waitFor();
  await page.getByRole('heading', { name: 'HTLCs in flight' }).waitFor();
  assert.equal(complaints, []);
  await context.close();
  await server.close();
  await ledger.close();
});

test.run();
