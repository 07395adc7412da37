/** Answers that are lost on their way while the event stream stands, or that need not come again. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channelId, mine } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';
import { servedPage } from './served-pages.ts';

const ledger = await observedLedger('lost');
const { nodeId } = ledger.channel(channelId);
const { browser, server, address, close } = await servedPage(ledger);
test.after(close);

/** The peer calls itself otherwise from now on. */
async function rename(alias: string): Promise<void> {
  const atNs = BigInt(Date.now()) * 1_000_000n;
  const fact = { type: 'PeerRenamed', data: { alias } } as const;
  await ledger.record([{ ...mine(atNs, alias), about: 'peer', peerId: bob, fact }]);
}

test('the first question of a page is asked again by itself when its answer is lost', async () => {
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  let asked = 0;
  await page.route('**/closed*', (route) => {
    asked += 1;
    return asked <= 3 ? route.abort('connectionreset') : route.continue();
  });
  await page.goto(`${address}#/closed`);
  await page.getByRole('heading', { name: 'No closed channel' }).waitFor();
  assert.ok(asked > 3, `asked ${asked} times`);
  await context.close();
});

test('what an event changed is asked for until it is answered, and marked until then', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channel/${nodeId}/${channelId}`);
  const title = page.locator('h1').first();
  await page.locator('.at-moment').waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  let isLost = true;
  let lost = 0;
  await page.route('**/state?**', (route) => {
    if (!isLost) return route.continue();
    lost += 1;
    return route.abort('connectionreset');
  });
  await rename('renamed-meanwhile');
  // Others are answered: it is not the server that is gone.
  await page.getByText('Not the newest: the server does not answer').waitFor();
  assert.is(await title.getByText('renamed-meanwhile').count(), 0);
  isLost = false;
  await title.getByText('renamed-meanwhile').waitFor();
  assert.ok(lost >= 2, `lost ${lost} answers`);
  await page.getByText('Not the newest').waitFor({ state: 'detached' });
  await context.close();
});

test('a list that is asked for anew and is the same is not sent again', async () => {
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  const asked: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname !== '/channels') return;
    asked.push(request.headers()['if-none-match']);
  });
  await page.goto(`${address}#/channels`);
  await page.locator('[data-channel]').first().waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  // A row that cannot be asked for has the whole list asked for instead, a round later.
  await page.route('**/state?**', (route) =>
    route.fulfill({ status: 404, json: { title: 'none' } }),
  );
  const rowAsked = page.waitForRequest(/\/state\?/);
  await rename('renamed-again');
  await rowAsked;
  const before = asked.length;
  while (asked.length === before) await page.waitForTimeout(20);
  assert.match(asked.at(-1) ?? '', /^(W\/)?"/);
  await context.close();
});

test.run();
