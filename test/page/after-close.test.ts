/** The page of a channel that is closed: every figure is the last before the close, and says so. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { demoLedger, path } from '../http/served.ts';
import { printed, watchedPage } from './browser.ts';
import { servedPage } from './served-pages.ts';

const ledger = await demoLedger('after-close');
const { browser, server, address, close } = await servedPage(ledger);
test.after(close);

const closed = ledger.closed().filter(({ htlcs = [] }) => htlcs.length > 0);
const [first] = closed;
if (first === undefined) throw new Error('no channel of the demo closed with HTLCs');

test('a closed channel heads its balance and its HTLCs as the command does', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page, complaints } = await watchedPage(context, server.port);
  for (const { nodeId, channelId } of closed) {
    const shown = await printed('show', channelId, '--node', nodeId, '--ledger', path);
    const [heading] = /HTLCs at the close \([^)]*\)/.exec(shown) ?? [];
    assert.ok(heading, shown);
    assert.match(shown, 'Last balance before the close');
    await page.goto(`${address}#/channel/${nodeId}/${channelId}`);
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Last balance before the close' }).waitFor();
    await page.locator('.readout').getByText('Last balance before the close:').waitFor();
    assert.is(await page.getByRole('heading', { name: 'HTLCs in flight' }).count(), 0);
  }
  assert.equal(complaints, []);
  await context.close();
});

test('before the close its balance is one like any other', async () => {
  const { nodeId, channelId, close } = first;
  const [updated] = ledger.history(channelId, { nodeId, types: ['CommitmentUpdated'] });
  assert.ok(updated && close.closedAt && updated.at < close.closedAt);
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channel/${nodeId}/${channelId}?at=${updated.at}`);
  await page.getByRole('heading', { name: 'Balance', exact: true }).waitFor();
  await page.locator('.readout').waitFor();
  assert.is(await page.getByText('Last balance before the close').count(), 0);
  await context.close();
});

test('from a close one comes to the life of its channel at the same moment', async () => {
  const { nodeId, channelId } = first;
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  const at = [...ledger.history(channelId, { nodeId })].at(-1)?.at ?? '';
  await page.goto(`${address}#/closed/${nodeId}/${channelId}?at=${at}`);
  await page.getByRole('link', { name: 'Its life until then' }).click();
  await page.locator(`.at-moment[data-moment="${at}"]`).waitFor();
  await context.close();
});

test.run();
