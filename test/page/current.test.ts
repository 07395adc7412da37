import type { Locator, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Txid } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { PeerDraft } from '../../src/peer/events.ts';
import { parseTimeNs } from '../../src/schema/time.ts';
import { channelId, mine } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { satText, serve, watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';

const browser = await openChromium();
test.after(() => browser.close());

async function served(seed: string) {
  const ledger = await observedLedger(seed);
  const server = await serve(ledger);
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { nodeId } = ledger.channel(channelId);
  return {
    ledger,
    nodeId,
    context,
    address: `http://127.0.0.1:${server.port}/`,
    hash: `#/channel/${nodeId}/${channelId}`,
    opened: () => watchedPage(context, server.port),
    async close() {
      await context.close();
      await server.close();
      await ledger.close();
    },
  };
}

const startNs = parseTimeNs('2026-03-15T10:00:00Z');

/** After all that was recorded before, in the order of `nth`. */
const later = (nth: number) => mine(startNs + BigInt(nth) * 1_000_000_000n, `later ${nth}`);

const ofPeer = (nth: number, fact: PeerDraft): Observation => {
  return { ...later(nth), about: 'peer', peerId: bob, fact };
};
const ofChannel = (nth: number, fact: ChannelFact): Observation => {
  return { ...later(nth), about: 'channel', channelId, fact };
};
const renamed = (nth: number, alias: string) =>
  ofPeer(nth, { type: 'PeerRenamed', data: { alias } });

/** By force, by us. */
const closed = {
  type: 'ChannelClosed',
  data: { kind: 'local-force', initiator: 'local', outputs: [] },
} satisfies ChannelFact;

const state = (page: Page, label: string): Locator =>
  page.locator('.state-panel .pairs > div').filter({ has: page.getByText(label, { exact: true }) });

test('what a node and a peer tell is shown of the channel when it is recorded', async () => {
  const { ledger, address, hash, opened, close } = await served('told');
  const list = await opened();
  await list.page.goto(address);
  const row = list.page.locator(`[data-channel="${channelId}"]`);
  await row.waitFor();
  await list.page.getByRole('button', { name: 'Live' }).waitFor();
  const one = await opened();
  await one.page.goto(`${address}${hash}`);
  await state(one.page, 'fees earned').waitFor();
  const marks = one.page.locator('details.marks li');
  const before = await marks.count();
  // One after the other: what the second changes must not show what the first did.
  await ledger.record([renamed(1, 'NEWNAME')]);
  assert.is(ledger.channel(channelId).peerAlias, 'NEWNAME');
  await list.page.getByText('NEWNAME').first().waitFor();
  await one.page.getByRole('heading', { name: /with NEWNAME/ }).waitFor();
  await ledger.record([ofPeer(2, { type: 'PeerDisconnected', data: { why: 'gone' } })]);
  await marks.filter({ hasText: 'peer disconnected: gone' }).waitFor({ state: 'attached' });
  assert.is(await marks.count(), before + 1);
  await ledger.record([
    {
      ...later(3),
      about: 'node',
      fact: {
        type: 'PaymentForwarded',
        data: {
          outgoingChannelId: channelId,
          amountInMsat: 5_001_000n,
          amountOutMsat: 5_000_000n,
          feeMsat: 1000n,
        },
      },
    },
  ]);
  assert.is(ledger.channel(channelId).lifetime.feesEarnedMsat, 1000n);
  await row.getByText(satText(1000n), { exact: true }).first().waitFor();
  await state(one.page, 'fees earned')
    .getByText(`${satText(1000n)} sat`)
    .waitFor();
  assert.equal([...list.complaints, ...one.complaints], []);
  await close();
});

test('a closed channel is listed under the name that its peer has by now', async () => {
  const { ledger, address, opened, close } = await served('renamed');
  await ledger.record([ofChannel(1, closed)]);
  const { page } = await opened();
  await page.goto(`${address}#/closed`);
  const row = page.locator(`[data-closed="${channelId}"]`);
  await row.waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await ledger.record([renamed(2, 'NEWNAME')]);
  await row.getByText('NEWNAME').waitFor();
  await close();
});

test('what a payment to ourselves cost is shown of a closed channel when it is recorded', async () => {
  const { ledger, nodeId, address, opened, close } = await served('rebalanced');
  await ledger.record([ofChannel(1, closed)]);
  const list = await opened();
  await list.page.goto(`${address}#/closed`);
  const one = await opened();
  await one.page.goto(`${address}#/closed/${nodeId}/${channelId}`);
  const costs = [list, one].map(({ page }) => page.locator('[data-field="rebalancing"]'));
  for (const { page } of [list, one]) await page.getByRole('button', { name: 'Live' }).waitFor();
  await list.page.locator(`[data-closed="${channelId}"]`).waitFor();
  await one.page.locator('.close-page').waitFor();
  for (const cost of costs) assert.is(await cost.count(), 0);
  await ledger.record([
    {
      ...later(2),
      about: 'node',
      fact: {
        type: 'PaymentSent',
        data: {
          amountMsat: 5_000_000n,
          feeMsat: 7_000n,
          parts: [{ channelId, amountMsat: 5_007_000n, feeMsat: 7_000n }],
          isToSelf: true,
        },
      },
    },
  ]);
  const [row] = ledger.closed();
  assert.is(row && ledger.rebalanceFees().of(row), 7_000n);
  for (const cost of costs) await cost.getByText(satText(7_000n)).waitFor();
  await close();
});

test('where one number comes from does not stand under the name of another', async () => {
  const { address, hash, opened, close } = await served('origin');
  const { page } = await opened();
  await page.goto(`${address}${hash}/localBalanceMsat`);
  await page.locator('article.event-page').waitFor();
  await page.route('**/origin?**', () => undefined);
  await page.evaluate(`location.hash = '${hash}/status'`);
  await page.getByText('Asking for where this comes from …').waitFor();
  assert.is(await page.locator('article.event-page').count(), 0);
  await close();
});

test('more gaps than are shown hide neither the close nor that they are more', async () => {
  const { ledger, address, hash, opened, close } = await served('gaps');
  await ledger.record([
    ...Array.from({ length: 205 }, (_, nth) => {
      const [why, lastKnown, firstKnown] = [`restart ${nth}`, nth, nth + 1];
      const data = { what: 'recorder-off', why, lastKnown, firstKnown } as const;
      return ofChannel(nth, { type: 'RecordingGap', data });
    }),
    ofChannel(300, { type: 'CloseStarted', data: { by: 'local', reason: 'ForceClosed' } }),
    ofChannel(301, closed),
  ]);
  const { page } = await opened();
  await page.goto(`${address}${hash}`);
  const marks = page.locator('details.marks');
  await marks.getByText('; of the gaps in the record the newest 200').waitFor();
  await marks.locator('li').filter({ hasText: 'given up' }).waitFor({ state: 'attached' });
  await marks.locator('li').filter({ hasText: 'closed' }).waitFor({ state: 'attached' });
  const gaps = marks.locator('li').filter({ hasText: 'gap in the record' });
  assert.is(await gaps.count(), 200);
  await close();
});

test('a close that a reorganisation undid is among the events of opening and closing', async () => {
  const { ledger, address, hash, opened, close } = await served('undone');
  const block = { closingTxid: Txid('ab'.repeat(32)), height: 200, blockHash: 'cd'.repeat(32) };
  await ledger.record([
    ofChannel(1, { ...closed, data: { ...closed.data, ...block } }),
    ofChannel(2, { type: 'CloseUnconfirmed', data: block }),
  ]);
  const { page } = await opened();
  await page.goto(`${address}${hash}`);
  const events = page.locator('.events tbody tr');
  await events.first().waitFor();
  await page.locator('.events select').selectOption({ label: 'opening and closing' });
  await page.locator('.events[aria-busy=false]').waitFor();
  assert.equal(await events.locator('a').allTextContents(), [
    'CloseUnconfirmed',
    'ChannelClosed',
    ...[...ledger.history(channelId)]
      .map(({ type }) => type)
      .filter((type) => /^(ChannelOpened|ChannelReady|FundingConfirmed)$/.test(type))
      .reverse(),
  ]);
  await close();
});

test.run();
