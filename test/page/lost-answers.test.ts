/** Answers that are lost on their way while the event stream stands. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import { channelId, observations } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { serve, watchedPage } from './browser.ts';

const browser = await openChromium();
const ledger = await openLedger(MEMORY, { create: true, seed: 'lost' });
await ledger.record(observations);
const { nodeId } = ledger.channel(channelId);
const server = await serve(ledger);
const address = `http://127.0.0.1:${server.port}/`;
test.after(async () => {
  await browser.close();
  await server.close();
  await ledger.close();
});

/** The peer calls itself otherwise from now on. */
async function rename(alias: string): Promise<void> {
  const atNs = BigInt(Date.now()) * 1_000_000n;
  await ledger.record([
    {
      chain: 'regtest',
      nodeId: NodeId(nodeId),
      source: 'mine',
      happenedAtNs: atNs,
      timeBasis: 'source',
      recordedAtNs: atNs,
      about: 'peer',
      peerId: bob,
      evidence: alias,
      key: alias,
      fact: { type: 'PeerRenamed', data: { alias } },
    },
  ]);
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

test.run();
