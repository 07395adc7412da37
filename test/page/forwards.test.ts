import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path as demoPath } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';
import { tableOf } from './tables.ts';

const { browser, servers, served, lndPath, electrumPath, close } = await servedPages();
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
  // At its end each says what came in there, fees and all, and whose channel it is.
  const cameIn = new Map<string, bigint>();
  for (const { outcome, nodeId = '', incomingChannelId = '', amountInMsat = '' } of all) {
    if (outcome !== 'forwarded') continue;
    const end = `${nodeId}.${incomingChannelId}`;
    cameIn.set(end, (cameIn.get(end) ?? 0n) + BigInt(amountInMsat));
  }
  const told = await page.locator('.flow-picture .ends.in small').allTextContents();
  assert.equal(told.sort(), [...cameIn.values()].map((msat) => `${satText(msat)} sat`).sort());
  const named = await page.locator('.flow-picture .ends.in span').allTextContents();
  assert.ok(
    named.every((text) => /, of (alice|bob|carol)$/.test(text)),
    named.join('; '),
  );
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

test('peers are shown as the command prints them: the demo, a recorded lnd node, a wallet', async () => {
  for (const [ledger, server] of served) {
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
  for (const [ledger, { port }] of [
    [lndPath, servers.lnd],
    [electrumPath, servers.electrum],
  ] as const) {
    assert.equal(await listed(ledger, 'forwards'), []);
    const context = await browser.newContext(WIDE);
    const { page } = await watchedPage(context, port);
    await page.goto(`http://127.0.0.1:${port}/#/forwards`);
    await page.getByRole('heading', { name: 'No forward' }).waitFor();
    await context.close();
  }
});

interface Way {
  readonly nodeId: string;
  readonly at: string;
  readonly outcome: string;
  readonly incomingChannelId: string;
  readonly outgoingChannelId: string;
  readonly amountInMsat: string;
  readonly amountOutMsat: string;
}

test('the bars of a peer say by the day whether it filled our side or drained it', async () => {
  const peerOf = new Map<string, string>();
  for (const list of ['channels', 'closed']) {
    for (const one of await listed(demoPath, list)) {
      peerOf.set(`${one.nodeId}.${one.channelId}`, one.peerId ?? '');
    }
  }
  // Worked out here once more, from what the commands print.
  const net = new Map<string, Map<string, bigint>>();
  const add = (peer: string, day: string, msat: bigint) => {
    const days = net.get(peer) ?? new Map<string, bigint>();
    net.set(peer, days.set(day, (days.get(day) ?? 0n) + msat));
  };
  for (const one of await listed<Way>(demoPath, 'forwards')) {
    if (one.outcome !== 'forwarded') continue;
    const { nodeId, at } = one;
    const peer = (channelId: string) => `${nodeId}.${peerOf.get(`${nodeId}.${channelId}`)}`;
    add(peer(one.incomingChannelId), at.slice(0, 10), BigInt(one.amountInMsat));
    add(peer(one.outgoingChannelId), at.slice(0, 10), -BigInt(one.amountOutMsat));
  }
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/peers`);
  await page.locator('.net-bars').first().waitFor();
  const shown = [];
  for (const row of await page.locator('[data-row]').all()) {
    const bars = row.locator('.net-bars');
    if ((await bars.count()) === 0) continue;
    shown.push([await row.getAttribute('data-row'), await bars.getAttribute('aria-label')]);
  }
  const spelled = (msat: bigint) => (msat > 0n ? `+${satText(msat)}` : `−${satText(-msat)}`);
  const expected = [...net].map(([peer, days]) => [
    peer,
    [...days]
      .sort()
      .map(([day, msat]) => `${day} ${spelled(msat)} sat`)
      .join(', '),
  ]);
  // One node forwarded, between two peers.
  assert.is(expected.length, 2);
  assert.equal(shown.sort(), expected.sort());
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.demo;
  for (const hash of ['#/peers', '#/forwards']) {
    await assertSeenByAll(browser, { port, hash, ready: '[data-row]' });
  }
});

test.run();
