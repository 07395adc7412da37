import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeBounds } from '../../src/schema/time-bounds.ts';
import { path as demoPath } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';

const { browser, servers, lndPath, electrumPath, close } = await servedPages();
test.after(close);
const all = [
  { path: demoPath, port: servers.demo.port, count: 6 },
  { path: lndPath, port: servers.lnd.port, count: 40 },
  { path: electrumPath, port: servers.electrum.port, count: 1 },
];

interface Output {
  readonly outpoint: string;
  readonly valueSat: string;
  readonly feeSat?: string;
}

/** What `closed --json` prints, as far as this page shows it. */
interface Printed {
  readonly nodeId: string;
  readonly channelId: string;
  readonly capacitySat: string;
  readonly lifetime: Readonly<Record<string, string | boolean>>;
  readonly costToUs?: { readonly msat?: string; readonly whyNot?: string };
  readonly close: {
    readonly kind: string;
    readonly initiator: string;
    readonly height: number;
    readonly closedAt: string;
    readonly closedAtBounds?: TimeBounds;
    readonly resolvedAt?: string;
    readonly resolvedAtBounds?: TimeBounds;
    readonly resolvedHeight?: number;
    readonly settledBalanceSat?: string;
    readonly timeLockedBalanceSat?: string;
    readonly feeSat?: string;
    readonly sweepFeesSat?: string;
    readonly isSweepFeesAtLeast?: boolean;
    readonly reason?: string;
    readonly sourceReason?: string;
    readonly isReasonOvertaken?: boolean;
    readonly outputs: readonly Output[];
  };
}

async function printedClosed(path: string, at?: string): Promise<readonly Printed[]> {
  const moment = at === undefined ? [] : ['--at', at];
  return JSON.parse(await printed('closed', '--json', '--ledger', path, ...moment));
}

const whole = (sat: string | undefined) =>
  sat === undefined ? 'unknown' : satText(BigInt(sat) * 1000n);
const number = (height: number | undefined) =>
  height === undefined ? 'unknown' : whole(String(height));
const bound = (text: string, isAtLeast: unknown) => (isAtLeast === true ? `≥\u202f${text}` : text);

function timeText(at: string | undefined, bounds: TimeBounds | undefined): string {
  if (at === undefined) return 'unknown';
  const second = (text = '') => text.slice(0, 19).replace('T', ' ');
  if (bounds === undefined) return second(at);
  const { notBefore = '', notAfter = '' } = bounds;
  assert.not.equal(notBefore.slice(0, 10), notAfter.slice(0, 10));
  return `${notBefore.slice(0, 10)} – ${notAfter.slice(0, 10)}`;
}

function costText({ costToUs }: Printed): string {
  if (costToUs === undefined) return '';
  return costToUs.msat === undefined ? 'unknown' : satText(costToUs.msat);
}

/** Everything that the command prints of a close, in one line. */
function expectedRow(row: Printed): string {
  const { nodeId, channelId, capacitySat, lifetime, close } = row;
  const { sweepFeesSat: sweeps, isSweepFeesAtLeast, reason, sourceReason } = close;
  const overtaken = close.isReasonOvertaken ? 'asked for before it was forced' : undefined;
  const noSweep = isSweepFeesAtLeast === true ? 'unknown' : '';
  const total = (msat: string, isAtLeast: string) =>
    bound(satText(String(lifetime[msat])), lifetime[isAtLeast]);
  return [
    nodeId,
    channelId,
    `${close.kind}, by ${close.initiator}`,
    timeText(close.closedAt, close.closedAtBounds),
    whole(capacitySat),
    whole(close.settledBalanceSat),
    whole(close.timeLockedBalanceSat),
    whole(close.feeSat),
    sweeps === undefined ? noSweep : bound(whole(sweeps), isSweepFeesAtLeast),
    costText(row),
    number(close.height),
    timeText(close.resolvedAt, close.resolvedAtBounds),
    number(close.resolvedHeight),
    total('sentMsat', 'isSentAtLeast'),
    total('receivedMsat', 'isReceivedAtLeast'),
    total('forwardedMsat', 'isForwardedAtLeast'),
    total('feesEarnedMsat', 'isForwardedAtLeast'),
    [overtaken, reason, sourceReason].filter((text) => text !== undefined).join(': '),
  ].join(' | ');
}

const CELLS = ['kind', 'closed', 'capacity', 'settled', 'locked', 'fee', 'sweeps'];
const HEIGHTS = ['height', 'resolved', 'resolved-height'];
const FIELDS = ['cost', ...HEIGHTS, 'sent', 'received', 'forwarded', 'earned'];

async function shownRows(page: Page): Promise<readonly string[]> {
  const rows = await page.locator('[data-closed]').all();
  const texts = rows.map(async (row) => {
    const texts = [
      ...CELLS.map((name) => row.locator(`> .${name}`)),
      ...[...FIELDS, 'reason'].map((field) => row.locator(`[data-field="${field}"]`)),
    ].map(async (cell) => (await cell.allTextContents()).join(' '));
    const names = ['data-node', 'data-closed'].map((name) => row.getAttribute(name));
    return (await Promise.all([...names, ...texts])).join(' | ');
  });
  return Promise.all(texts);
}

/** High enough that forty of them are on the screen. */
const TALL = { width: 1440, height: 2900 };

test('every closed channel is shown with all that the command prints of it', async () => {
  for (const { path, port, count } of all) {
    const context = await browser.newContext({ viewport: TALL });
    const { page, complaints } = await watchedPage(context, port);
    await page.goto(`http://127.0.0.1:${port}/#/closed`);
    const expected = (await printedClosed(path)).map(expectedRow);
    assert.is(expected.length, count);
    await page
      .locator('[data-closed]')
      .nth(count - 1)
      .waitFor();
    assert.equal([...(await shownRows(page))].sort(), expected.sort());
    assert.equal(complaints, []);
    await context.close();
  }
});

test('as of a moment the closes of that moment are shown, with what was claimed by then', async () => {
  const { port } = servers.demo;
  // Between the force-close and the end of its time lock.
  const at = '2026-01-01T20:00:00.000Z';
  const expected = await printedClosed(demoPath, at);
  const bob = expected.find(({ close }) => close.kind === 'local-force');
  assert.is(bob?.close.sweepFeesSat, '167');
  const context = await browser.newContext({ viewport: TALL });
  const { page } = await watchedPage(context, port);
  await page.goto(`http://127.0.0.1:${port}/#/closed?at=${at}`);
  await page.locator('[data-closed]').nth(5).waitFor();
  assert.equal([...(await shownRows(page))].sort(), expected.map(expectedRow).sort());
  await page.goto(`http://127.0.0.1:${port}/#/closed/${bob?.nodeId}/${bob?.channelId}?at=${at}`);
  // The balance and the second stage are still locked; nothing of either is ours yet.
  assert.equal(await shownSums(page), {
    peer: '273000',
    open: String(380_730 + 45_833),
    fees: String(270 + 167),
  });
  await context.close();
});

/** The ends in the picture, by what is drawn. */
async function shownSums(page: Page): Promise<Readonly<Record<string, string>>> {
  await page.locator('svg.flow').waitFor();
  const bars = await page.locator('svg.flow g[data-bar]').all();
  const pairs = bars.map(
    async (bar) =>
      [await bar.getAttribute('data-bar'), (await bar.getAttribute('data-sat')) ?? ''] as const,
  );
  const ends = (await Promise.all(pairs)).filter(([name]) => /^[a-z]/.test(name ?? ''));
  return Object.fromEntries(ends.filter(([name]) => name !== 'channel'));
}

const sumOf = (amounts: readonly (string | undefined)[]) =>
  amounts.reduce((sum, amount) => sum + BigInt(amount ?? 0), 0n);

test('in every picture what comes out is what went in, and fees are those that were told', async () => {
  for (const { path, port } of all) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = await watchedPage(context, port);
    for (const { nodeId, channelId, capacitySat, close } of await printedClosed(path)) {
      await page.goto(`http://127.0.0.1:${port}/#/closed/${nodeId}/${channelId}`);
      await page.locator(`[data-close="${channelId}"] .outputs tfoot`).waitFor();
      const sums = await shownSums(page);
      assert.is(sumOf(Object.values(sums)), BigInt(capacitySat), channelId);
      const swept = sumOf(close.outputs.map(({ feeSat }) => feeSat));
      assert.is(BigInt(sums.fees ?? 0), sumOf([close.feeSat]) + swept, channelId);
      // The sats of a channel that paid for our punishment are fees, and none that we paid.
      const isPunished = close.kind === 'breach' && close.initiator === 'local';
      assert.is(sumOf([close.sweepFeesSat]), isPunished ? 0n : swept, channelId);
      const table: Record<string, string> = {};
      for (const cell of await page.locator('.outputs tfoot td[data-end]').all()) {
        table[(await cell.getAttribute('data-end')) ?? ''] = (await cell.textContent()) ?? '';
      }
      const texts = Object.entries(sums).map(([end, sat]) => [end, whole(sat)] as const);
      assert.equal(table, Object.fromEntries(texts), channelId);
      assert.equal(
        await shownOutputs(page),
        close.outputs.map(({ outpoint, valueSat }) => `${outpoint} ${whole(valueSat)}`).sort(),
      );
    }
    assert.equal(complaints, []);
    await context.close();
  }
});

async function shownOutputs(page: Page): Promise<readonly string[]> {
  const rows = await page.locator('.outputs [data-output]').all();
  const texts = rows.map(async (row) => {
    const value = await row.locator('[data-field="value"]').textContent();
    return `${await row.getAttribute('data-output')} ${value}`;
  });
  return (await Promise.all(texts)).sort();
}

test('a picture says who has what: a force-close by us, a breach, and what lnd did not tell', async () => {
  const rows = await printedClosed(demoPath);
  const told = await printedClosed(lndPath);
  const cases = [
    {
      port: servers.demo.port,
      row: rows.find(({ close }) => close.kind === 'local-force'),
      // Own balance and the timed-out HTLC; the peer's balance and the HTLC that it claimed.
      sums: { us: '426319', peer: '273000', fees: '681' },
    },
    {
      port: servers.demo.port,
      row: rows.find(({ close }) => close.kind === 'breach' && close.initiator === 'remote'),
      sums: { us: '799397', fees: '603' },
    },
    {
      port: servers.demo.port,
      row: rows.find(({ close }) => close.kind === 'breach' && close.initiator === 'local'),
      // The penalties' fees are the peer's, and fees all the same.
      sums: { peer: '799508', fees: '492' },
    },
    {
      port: servers.lnd.port,
      row: told.find(({ close }) => close.kind === 'cooperative'),
      sums: { us: '99817', unknown: '183' },
    },
    {
      port: servers.lnd.port,
      row: told.find(({ close }) => close.kind === 'local-force' && close.outputs.length === 0),
      sums: { unknown: '100000' },
    },
  ];
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const { port, row, sums } of cases) {
    await page.goto(`http://127.0.0.1:${port}/#/closed/${row?.nodeId}/${row?.channelId}`);
    await page.locator(`[data-close="${row?.channelId}"] .outputs tfoot`).waitFor();
    assert.equal(await shownSums(page), sums);
  }
  await context.close();
});

test('what a close cost us is what the command shows, or why nobody can say', async () => {
  const [rows, told] = [await printedClosed(demoPath), await printedClosed(lndPath)];
  const agreed = rows.filter(({ close }) => close.kind === 'cooperative');
  const feeSat = agreed[0]?.close.feeSat ?? '';
  // Both ends told of one close: one paid its whole fee, and the other nothing.
  assert.equal(agreed.map(({ costToUs }) => costToUs?.msat).sort(), ['0', `${feeSat}000`]);
  const breach = rows.filter(({ close }) => close.kind === 'breach');
  const unknown = told.find(({ costToUs }) => costToUs?.whyNot !== undefined);
  const cases = [
    ...[...agreed, ...breach].map((row) => ({ row, path: demoPath, port: servers.demo.port })),
    { row: unknown, path: lndPath, port: servers.lnd.port },
  ];
  const context = await browser.newContext();
  const { page, complaints } = await watchedPage(context, servers.demo.port);
  const { page: ofLnd } = await watchedPage(context, servers.lnd.port);
  for (const { row, path, port } of cases) {
    const opened = path === lndPath ? ofLnd : page;
    const { nodeId = '', channelId = '' } = row ?? {};
    await opened.goto(`http://127.0.0.1:${port}/#/closed/${nodeId}/${channelId}`);
    await opened.locator(`[data-close="${channelId}"] [data-field="point"]`).waitFor();
    const shown = await opened.locator('.summary [data-field="cost"]').allTextContents();
    const lines = await printed('show', channelId, '--node', nodeId, '--ledger', path);
    const [, text] = /cost to us +(.*?)(?: sat)?\n/.exec(lines) ?? [];
    assert.equal(shown, text === undefined ? [] : [text.replaceAll(',', '\u202f')], channelId);
    const isKnown = row?.costToUs?.msat !== undefined;
    assert.is(await opened.locator('.summary [data-field="cost"] a').count(), isKnown ? 1 : 0);
  }
  assert.is(unknown?.costToUs?.whyNot?.endsWith('was not told'), true);
  // The number leads to the event that told the fee.
  const { nodeId, channelId } = agreed[0] ?? {};
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/closed/${nodeId}/${channelId}`);
  await page.locator('.summary [data-field="cost"] a').click();
  await page.getByRole('heading', { name: /^close\.feeSat = / }).waitFor();
  await page.getByRole('link', { name: 'ChannelClosed' }).waitFor();
  assert.equal(complaints, []);
  await context.close();
});

test('every number of a summary that leads to an event leads to one that there is', async () => {
  for (const { path, port } of all) {
    const context = await browser.newContext();
    const { page } = await watchedPage(context, port);
    const asked = new Set<string>();
    for (const { nodeId, channelId } of (await printedClosed(path)).slice(-6)) {
      await page.goto(`http://127.0.0.1:${port}/#/closed/${nodeId}/${channelId}`);
      await page.locator(`[data-close="${channelId}"] [data-field="point"]`).waitFor();
      for (const link of await page.locator('.summary dd a').all()) {
        const [, , node, channel, field] = ((await link.getAttribute('href')) ?? '').split('/');
        const question = `channels/${channel}/origin?node=${node}&field=${field}`;
        const { status } = await fetch(`http://127.0.0.1:${port}/${question}`);
        if (status !== 200) asked.add(`${status} ${field}`);
      }
    }
    assert.equal([...asked], []);
    await context.close();
  }
});

test('a filter and a sorting change what is shown and not what is true', async () => {
  const context = await browser.newContext({ viewport: TALL });
  const { page } = await watchedPage(context, servers.lnd.port);
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/#/closed`);
  await page.locator('[data-closed]').nth(39).waitFor();
  const expected = await printedClosed(lndPath);
  const forced = expected.filter(({ close }) => close.kind === 'local-force').length;
  await page.keyboard.press('/');
  await page.keyboard.type('local-force');
  await page.getByText(`${forced} channels of 40`).waitFor();
  assert.is(await page.locator('[data-closed]').count(), forced);
  await page.getByRole('searchbox').fill('');
  const settled = page.locator('[data-closed] > .settled');
  const amounts = expected.map(({ close }) => BigInt(close.settledBalanceSat ?? 0));
  const ordered = amounts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((a) => whole(String(a)));
  await page.getByRole('button', { name: 'settled' }).click();
  assert.equal(await settled.allTextContents(), ordered.toReversed());
  await page.getByRole('button', { name: 'settled' }).click();
  assert.equal(await settled.allTextContents(), ordered);
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.demo;
  const row = (await printedClosed(demoPath)).find(({ close }) => close.kind === 'local-force');
  const one = `#/closed/${row?.nodeId}/${row?.channelId}`;
  await assertSeenByAll(browser, { port, hash: '#/closed', ready: '[data-closed]' });
  await assertSeenByAll(browser, { port, hash: one, ready: '.dossier li' });
});

test.run();
