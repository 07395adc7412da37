import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path as demoPath } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';
import { tableOf } from './tables.ts';

const { browser, servers, lndPath, close } = await servedPages();
test.after(close);

const WIDE = { viewport: { width: 1440, height: 1200 } };
type Row = Readonly<Record<string, string>>;

async function listed<Printed = Row>(ledger: string, ...args: string[]) {
  const rows: readonly Printed[] = JSON.parse(await printed(...args, '--json', '--ledger', ledger));
  return rows;
}

/** Six forwards were done by then, one under the new policy, and one was to follow. */
const all: readonly (Row & { outcome: string; at: string })[] = await listed(demoPath, 'forwards');
const middle = all[7]?.at ?? '';

test('forwards are summed and listed as the command prints them, now and as of a moment', async () => {
  assert.is(all.length, 10);
  const context = await browser.newContext(WIDE);
  const { page, complaints } = await watchedPage(context, servers.demo.port);
  for (const at of [undefined, middle]) {
    const moment = at === undefined ? [] : ['--at', at];
    const asked = at === undefined ? '' : `?at=${at}`;
    await page.goto(`http://127.0.0.1:${servers.demo.port}/#/forwards${asked}`);
    await page.reload();
    for (const by of ['day', 'channel', 'peer']) {
      await page.getByRole('combobox', { name: 'By', exact: true }).selectOption(by);
      const expected = await listed(demoPath, 'forwards', '--by', by, ...moment);
      const shown = await tableOf(page, `Forwards by ${by}`);
      assert.equal(
        Object.entries(shown)
          .map(([key, cells]) => [key, ...moneyOf(cells), cells.failed])
          .sort(),
        expected
          .map((sum) => [
            `${sum.nodeId}.${sum.by}`,
            ...[sum.amountInMsat, sum.amountOutMsat, sum.feeMsat].map((msat = '') => satText(msat)),
            String(sum.failedCount),
          ])
          .sort(),
        `${by} ${at}`,
      );
    }
    const own = await listed(demoPath, 'forwards', ...moment);
    const one = await tableOf(page, 'Forwards one by one');
    assert.equal(
      Object.entries(one).map(([id, cells]) => [id, cells['out sat'], cells['earned sat']]),
      own
        .toReversed()
        .map(({ eventId, amountOutMsat, feeMsat }) => [
          eventId,
          amountOutMsat === undefined ? 'unknown' : satText(amountOutMsat),
          feeMsat === undefined ? '' : satText(feeMsat),
        ]),
    );
  }
  assert.equal(complaints, []);
  await context.close();
});

const moneyOf = (cells: Row) => [cells['in sat'], cells['out sat'], cells['earned sat']];

test('the bands between channels are as wide as what was forwarded between them', async () => {
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/forwards`);
  const bars = page.locator('.flow-picture rect.in');
  await bars.first().waitFor();
  const heights = await Promise.all(
    (await bars.all()).map(async (bar) => Number(await bar.getAttribute('height'))),
  );
  const sums = new Map<string, bigint>();
  for (const { outcome, incomingChannelId = '', amountOutMsat = '' } of all) {
    if (outcome !== 'forwarded') continue;
    sums.set(incomingChannelId, (sums.get(incomingChannelId) ?? 0n) + BigInt(amountOutMsat));
  }
  const amounts = [...sums.values()].map(Number).sort((a, b) => b - a);
  assert.is(heights.length, amounts.length);
  const [[high = 0, low = 1], [much = 0, little = 1]] = [heights, amounts];
  assert.ok(Math.abs(high / low - much / little) < 0.001, `${heights} for ${amounts}`);
  await context.close();
});

interface Printed {
  readonly nodeId: string;
  readonly peerId: string;
  readonly localBalanceMsat: string;
  readonly remoteBalanceMsat: string;
  readonly feesEarnedMsat: string;
  readonly isForwardedAtLeast: boolean;
  readonly openChannelCount: number;
  readonly closedChannelCount: number;
}

test('peers are shown as the command prints them: the demo, and a recorded lnd node', async () => {
  for (const [ledger, server] of [
    [demoPath, servers.demo],
    [lndPath, servers.lnd],
  ] as const) {
    const context = await browser.newContext(WIDE);
    const { page, complaints } = await watchedPage(context, server.port);
    await page.goto(`http://127.0.0.1:${server.port}/#/peers`);
    const shown = await tableOf(page, 'Peers');
    const expected = await listed<Printed>(ledger, 'peers');
    assert.equal(
      Object.entries(shown)
        .map(([key, cells]) => [
          key,
          cells.channels,
          cells['local sat'],
          cells['remote sat'],
          cells['earned sat'],
        ])
        .sort(),
      expected
        .map((peer) => [
          `${peer.nodeId}.${peer.peerId}`,
          `${peer.openChannelCount} + ${peer.closedChannelCount} closed`,
          satText(peer.localBalanceMsat),
          satText(peer.remoteBalanceMsat),
          `${peer.isForwardedAtLeast ? '≥\u202f' : ''}${satText(peer.feesEarnedMsat)}`,
        ])
        .sort(),
    );
    assert.equal(complaints, []);
    await context.close();
  }
});

test('what rebalancing cost a peer is the sum over its channels', async () => {
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/peers`);
  await page.locator('[data-figure="rebalancing cost"]').getByText('unknown').waitFor({
    state: 'detached',
  });
  const costs = new Map<string, bigint>();
  for (const list of ['channels', 'closed']) {
    for (const { nodeId, peerId, rebalanceFeesMsat = '' } of await listed(demoPath, list)) {
      const key = `${nodeId}.${peerId}`;
      costs.set(key, (costs.get(key) ?? 0n) + BigInt(rebalanceFeesMsat));
    }
  }
  const shown = await tableOf(page, 'Peers');
  assert.equal(
    Object.entries(shown).map(([, cells]) => cells['rebalancing sat']),
    Object.keys(shown).map((key) => satText(costs.get(key) ?? -1n)),
  );
  await context.close();
});

test('a record without forwards says so', async () => {
  assert.equal(await listed(lndPath, 'forwards'), []);
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.lnd.port);
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/#/forwards`);
  await page.getByRole('heading', { name: 'No forward' }).waitFor();
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.demo;
  for (const hash of ['#/peers', '#/forwards']) {
    await assertSeenByAll(browser, { port, hash, ready: '[data-row]' });
  }
});

test.run();
