/** Pages of lists while the demo is recorded: what each shows is what the ledger answers at that time. */
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { feeEffects } from '../../src/ledger/answers/fee-effects.ts';
import { sumsOfNodes } from '../../src/ledger/answers/node-sums.ts';
import { parseTimeNs } from '../../src/schema/time.ts';
import { memoryLedger, playedObservations } from '../demo/play.ts';
import { satText, serve, type Watched, watchedPage } from './browser.ts';
import { tableOf } from './tables.ts';

const observations = await playedObservations('live-pages');
const indexAt = (time: string) =>
  observations.findIndex(({ happenedAtNs }) => happenedAtNs >= parseTimeNs(time));
/** Some payments; then new fee policies, more payments, a close; then breaches and the last payments. */
const [beforeFees, beforeBreach] = [
  indexAt('2026-01-01T02:35:00Z'),
  indexAt('2026-01-01T05:00:00Z'),
];

const ledger = await memoryLedger('live-pages');
await ledger.record(observations.slice(0, beforeFees));
const browser = await openChromium();
test.after(async () => {
  await browser.close();
  await ledger.close();
});

interface Live {
  readonly hash: string;
  /** What is there with the first row. */
  readonly ready: string;
  readonly shown: (page: Page) => Promise<readonly string[]>;
  readonly expected: () => readonly string[];
}

const lines = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join(' | ')).sort();

async function cellsOf(page: Page, label: string, columns: readonly string[]) {
  const rows = Object.entries(await tableOf(page, label));
  return rows.map(([key, cells]) => [key, ...columns.map((column) => cells[column])]);
}

const pages: readonly Live[] = [
  {
    hash: '#/peers',
    ready: '[data-row]',
    shown: async (page) => lines(await cellsOf(page, 'Peers', ['local sat', 'earned sat'])),
    expected: () =>
      lines(
        ledger
          .peers()
          .map((peer) => [
            `${peer.nodeId}.${peer.peerId}`,
            satText(peer.localBalanceMsat ?? 0n),
            satText(peer.feesEarnedMsat),
          ]),
      ),
  },
  {
    hash: '#/forwards',
    ready: '[data-row]',
    shown: async (page) =>
      lines(await cellsOf(page, 'Forwards by channel', ['out sat', 'earned sat'])),
    expected: () =>
      lines(
        sumsOfNodes(ledger, 'channel', {}).map((sum) => [
          `${sum.nodeId}.${sum.by}`,
          satText(sum.amountOutMsat),
          satText(sum.feeMsat),
        ]),
      ),
  },
  {
    hash: '#/fees',
    ready: '[data-row]',
    shown: async (page) =>
      lines(
        (await cellsOf(page, 'Fee policies', ['brought after'])).map(([key, after]) => [
          key,
          after?.replace(/ sat earned.*/, ''),
        ]),
      ),
    expected: () =>
      lines(
        feeEffects(ledger.fees(), ledger.forwards()).map((one) => [
          `${one.nodeId}.${one.channelId}.${one.side}.${one.eventId}`,
          one.after.forwardedCount + one.after.failedCount === 0
            ? 'no forward'
            : satText(one.after.feeMsat),
        ]),
      ),
  },
  {
    hash: '#/closed',
    ready: '[data-closed], .message',
    async shown(page) {
      const rows = (await page.locator('[data-closed]').all()).map(async (row) => [
        `${await row.getAttribute('data-node')}.${await row.getAttribute('data-closed')}`,
        await row.locator('> .kind').textContent(),
      ]);
      return lines(await Promise.all(rows));
    },
    expected: () =>
      lines(
        ledger
          .closed()
          .map(({ nodeId, channelId, close }) => [
            `${nodeId}.${channelId}`,
            `${close.kind}, by ${close.initiator}`,
          ]),
      ),
  },
];

const PATIENCE_MS = 120_000;

/** Waits for what is to be shown; what is shown instead fails the test. */
async function expectShown(page: Page, { shown, expected, hash }: Live): Promise<void> {
  const wanted = expected();
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const rows = await shown(page);
    if (rows.join('\n') === wanted.join('\n')) return;
    if (Date.now() > end) assert.equal(rows, wanted, hash);
    await page.waitForTimeout(50);
  }
}

test('every list follows the recording, over a reload and a server that goes and comes back', async () => {
  const server = await serve(ledger);
  const context = await browser.newContext({ viewport: { width: 1440, height: 1600 } });
  const tabs: (Live & Watched)[] = [];
  for (const one of pages) {
    const watched = await watchedPage(context, server.port);
    await watched.page.goto(`http://127.0.0.1:${server.port}/${one.hash}`);
    await watched.page.locator(one.ready).first().waitFor();
    await watched.page.getByRole('button', { name: 'Live' }).waitFor();
    tabs.push({ ...one, ...watched });
  }
  for (const tab of tabs) await expectShown(tab.page, tab);
  const before = pages.map(({ expected }) => expected());
  await ledger.record(observations.slice(beforeFees, beforeBreach));
  for (const [nth, tab] of tabs.entries()) {
    assert.not.equal(tab.expected(), before[nth], tab.hash);
    await expectShown(tab.page, tab);
    assert.equal(tab.complaints, []);
  }
  for (const { page } of tabs) await page.reload();
  for (const tab of tabs) await expectShown(tab.page, tab);
  await server.close();
  for (const { page } of tabs) await page.getByText('The server does not answer.').waitFor();
  // What it said last is still there to be read.
  for (const tab of tabs) await expectShown(tab.page, tab);
  await ledger.record(observations.slice(beforeBreach));
  const again = await serve(ledger, server.port);
  for (const tab of tabs) {
    await expectShown(tab.page, tab);
    await tab.page.getByText('The server does not answer.').waitFor({ state: 'detached' });
  }
  await context.close();
  await again.close();
});

test.run();
