import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BalancePoint } from '../../src/ledger/view-types.ts';
import { path as demoPath } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';

const { demo: ledger, electrum, electrumPath, browser, servers, close } = await servedPages();
test.after(close);
const server = servers.demo;
const nodeId = ledger.nodeId('alice');
const { channelId } = ledger.channel('10x1x0', { nodeId });
const history = [...ledger.history(channelId, { nodeId })];
const address = `http://127.0.0.1:${server.port}/`;
const hash = `#/channel/${nodeId}/${channelId}`;
const here = `${address}${hash}`;

const asked = [channelId, '--node', nodeId, '--ledger', demoPath];

/** What `show` prints, spelled as the page is to spell it, by the field it stands under. */
async function printedState(at: string, of = asked): Promise<Readonly<Record<string, string>>> {
  const { channel } = JSON.parse(await printed('show', ...of, '--json', '--at', at));
  const { totals } = channel;
  const sums = (msat: string, htlcs: number) =>
    `${satText(msat)} sat in ${htlcs} ${htlcs === 1 ? 'HTLC' : 'HTLCs'}`;
  return {
    status: channel.isOnlyPlaced ? `${channel.status} ±` : channel.status,
    localBalanceMsat: `${satText(channel.localBalanceMsat)} sat`,
    remoteBalanceMsat: `${satText(channel.remoteBalanceMsat)} sat`,
    'local.number': String(channel.local.number),
    'remote.number': String(channel.remote.number),
    ...(channel.pendingOfferedMsat !== '0' && {
      'local.offered': `${satText(channel.pendingOfferedMsat)} sat`,
    }),
    ...(channel.pendingReceivedMsat !== '0' && {
      'local.received': `${satText(channel.pendingReceivedMsat)} sat`,
    }),
    ...(totals.sentCount > 0 && { 'totals.sentMsat': sums(totals.sentMsat, totals.sentCount) }),
  };
}

async function shownState(page: Page, fields: readonly string[]) {
  const shown = fields.map(async (field) => {
    const texts = await page.locator(`dd[data-field="${field}"]`).allTextContents();
    return [field, texts.join(' ')] as const;
  });
  return Object.fromEntries(await Promise.all(shown));
}

/** Waits for the state of this moment and holds it against what the command prints. */
async function expectState(page: Page, at: string, of = asked): Promise<void> {
  const expected = await printedState(at, of);
  const local = page.locator('dd[data-field="localBalanceMsat"]');
  await page.locator(`[data-moment="${at}"][aria-busy=false]`).waitFor();
  await local.waitFor();
  assert.equal(await shownState(page, Object.keys(expected)), expected, at);
}

const wide = { viewport: { width: 1360, height: 1000 } };
const inFlight = history.findLast(({ type }) => type === 'HtlcAdded')?.at ?? '';

test('the state at a moment is what the command prints for it', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  for (const at of [history[30]?.at ?? '', inFlight, history.at(-1)?.at ?? '']) {
    await page.goto(`${here}?at=${at}`);
    await expectState(page, at);
  }
  assert.equal(complaints, []);
  await context.close();
});

test('a channel of a wallet is at any moment what the command prints for it', async () => {
  const { port } = servers.electrum;
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, port);
  for (const one of [...electrum.channels(), ...electrum.closed()]) {
    const events = [...electrum.history(one.channelId, { nodeId: one.nodeId })];
    const of = [one.channelId, '--node', one.nodeId, '--ledger', electrumPath];
    for (const nth of [1, Math.floor(events.length / 2), events.length - 1]) {
      const at = events[nth]?.at ?? '';
      await page.goto(`http://127.0.0.1:${port}/#/channel/${one.nodeId}/${one.channelId}?at=${at}`);
      await expectState(page, at, of);
    }
  }
  assert.equal(complaints, []);
  await context.close();
});

test('the slider sets the page to its moment, and a reload leaves it there', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  await page.goto(here);
  const slider = page.getByRole('slider', { name: 'The moment that is shown' });
  await slider.fill('1500');
  const at = new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('at') ?? '';
  assert.match(at, /^2026-01-01T0[12]:\d\d:\d\d\.\d{9}Z$/);
  await expectState(page, at);
  await page.reload();
  await expectState(page, at);
  assert.is(await slider.inputValue(), '1500');
  await slider.press('End');
  await page.getByRole('heading', { name: 'State now' }).waitFor();
  assert.equal(complaints, []);
  await context.close();
});

test('the difference to the next event is the one that history tells, and a step goes there', async () => {
  const context = await browser.newContext(wide);
  const { page } = await watchedPage(context, server.port);
  const next = history.findIndex(({ at }, index) => index > 60 && at > (history[60]?.at ?? ''));
  const [before, after] = [history[next - 1], history[next]];
  await page.goto(`${here}?at=${before?.at}`);
  await expectState(page, before?.at ?? '');
  const panel = page.locator('.next-event');
  await panel.getByRole('link', { name: after?.type ?? '' }).waitFor();
  assert.is(await panel.getByRole('link').getAttribute('href'), `#/event/${after?.eventId}`);
  assert.is(await panel.locator('tbody tr').count(), after?.changes.length);
  await page.keyboard.press(']');
  await expectState(page, after?.at ?? '');
  await page.keyboard.press('[');
  await expectState(page, before?.at ?? '');
  await context.close();
});

test('a pinned moment holds for every page and every tab, until one goes back to now', async () => {
  const context = await browser.newContext(wide);
  const first = await watchedPage(context, server.port);
  const second = await watchedPage(context, server.port);
  await second.page.goto(address);
  await second.page.getByRole('button', { name: 'Live' }).waitFor();
  const at = history[30]?.at ?? '';
  await first.page.goto(`${here}?at=${at}`);
  await first.page.getByRole('button', { name: 'Pin', exact: true }).click();
  await second.page.locator('.as-of').waitFor();
  const { localBalanceMsat = 0n } = ledger.channel(channelId, {
    nodeId,
    at: { kind: 'revision', revision: 30 },
  });
  const row = second.page.locator(`[data-channel="${channelId}"][data-node="${nodeId}"]`);
  await row.getByText(satText(localBalanceMsat)).first().waitFor();
  await second.page.reload();
  await second.page.locator('.as-of').waitFor();
  await second.page.keyboard.press('l');
  await first.page.getByRole('heading', { name: 'State now' }).waitFor();
  assert.equal([...first.complaints, ...second.complaints], []);
  await context.close();
});

test('a number leads to its event, and the event to its raw record', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  await page.goto(`${here}?at=${inFlight}`);
  await expectState(page, inFlight);
  const before = history.slice(
    0,
    history.findIndex(({ at }) => at > inFlight),
  );
  const origin = before.findLast(({ changes }) =>
    changes.some(({ field }) => field === 'localBalanceMsat'),
  );
  await page.locator('dd[data-field="localBalanceMsat"] a').click();
  await page.getByRole('link', { name: origin?.type ?? '' }).click();
  const text = (await page.getByRole('region', { name: 'The record as JSON' }).textContent()) ?? '';
  const lines = (await printed('tail', '--ledger', demoPath)).trimEnd().split('\n');
  const raw = lines.map((line) => JSON.parse(line)).find(({ id }) => id === origin?.eventId);
  assert.equal(JSON.parse(text), { data: raw.data, metadata: raw.metadata });
  assert.equal(complaints, []);
  await context.close();
});

test('the events are those of history, the newest first, page by page', async () => {
  const context = await browser.newContext(wide);
  const { page } = await watchedPage(context, server.port);
  await page.goto(here);
  const idsShown = async () => {
    const rows = await page.locator('[data-event]').all();
    return Promise.all(rows.map((row) => row.getAttribute('data-event')));
  };
  const expected = history.map(({ eventId }) => eventId).reverse();
  await page.locator('[data-event]').first().waitFor();
  assert.equal(await idsShown(), expected.slice(0, 40));
  await page.getByRole('button', { name: 'Older' }).click();
  await page.locator(`[data-event="${expected[40]}"]`).waitFor();
  assert.equal(await idsShown(), expected.slice(40, 80));
  await context.close();
});

test('the chart is read off point by point, with the pointer and with the keys', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  await page.goto(here);
  const points = ledger.balances(channelId, { nodeId });
  const { capacitySat } = ledger.channel(channelId, { nodeId });
  /** Worked out here once more: what is in neither balance is in flight. */
  const textsOf = ({ localBalanceMsat, remoteBalanceMsat }: BalancePoint) => [
    satText(localBalanceMsat),
    satText(
      BigInt(capacitySat ?? 0) * 1000n - BigInt(localBalanceMsat) - BigInt(remoteBalanceMsat),
    ),
    satText(remoteBalanceMsat),
  ];
  const readout = page.locator('.readout');
  const expectPoint = async (point: BalancePoint | undefined) => {
    assert.is.not(point, undefined);
    await page.locator(`.readout[data-at="${point?.at}"]`).waitFor();
    const texts = await readout.locator('[data-reading]').allTextContents();
    assert.equal(texts, point && textsOf(point));
  };
  await expectPoint(points.at(-1));
  const chart = page.getByRole('slider', { name: /^Balance from/ });
  await chart.focus();
  await page.keyboard.press('Home');
  await expectPoint(points[0]);
  const busy = points.findIndex((one) => textsOf(one)[1] !== '0');
  for (let nth = 0; nth < busy; nth += 1) await page.keyboard.press('ArrowRight');
  await expectPoint(points[busy]);
  const told = await chart.getAttribute('aria-valuetext');
  const [local, flight, remote] = points[busy] ? textsOf(points[busy]) : [];
  const when = points[busy]?.at.slice(0, 23).replace('T', ' ');
  assert.is(
    told,
    `since ${when} UTC: local ${local} sat, in flight ${flight} sat, remote ${remote} sat`,
  );
  await page.keyboard.press('Enter');
  await expectState(page, points[busy]?.at ?? '');
  await page.keyboard.press('Escape');
  await expectPoint(points[busy]);
  const box = await chart.locator('.u-over').boundingBox();
  await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 40);
  await page.locator('.readout[data-read=place]').waitFor();
  assert.ok(((await readout.getAttribute('data-at')) ?? '') > (points[busy]?.at ?? ''));
  await page.mouse.move(2, 2);
  await expectPoint(points[busy]);
  assert.equal(complaints, []);
  await context.close();
});

test('both parts of the fees are read off their chart, and before the first policy nothing is', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  await page.goto(here);
  const changes = ledger.fees(channelId, { nodeId });
  const texts = page.locator('.fee-readout [data-reading]');
  /** Base fee in msat and parts per million, as the demo's policies have them: none is off. */
  const expectTerm = async (upTo: number) => {
    const heldOf = (side: 'local' | 'remote') => {
      const held = changes.slice(0, upTo).findLast((one) => one.side === side)?.to;
      if (held === undefined) return 'unknown';
      return `${satText(held.feeBaseMsat * 1000n)} + ${held.feeProportionalMillionths} ppm`;
    };
    const at = upTo === 0 ? history[0]?.at : changes[upTo - 1]?.at;
    await page.locator(`.fee-readout[data-at="${at}"]`).waitFor();
    assert.equal(await texts.allTextContents(), [heldOf('local'), heldOf('remote')]);
  };
  await expectTerm(changes.length);
  const chart = page.getByRole('slider', { name: /^Fee policies/ });
  await chart.focus();
  await page.keyboard.press('Home');
  await expectTerm(0);
  for (let upTo = 1; upTo <= changes.length; upTo += 1) {
    await page.keyboard.press('ArrowRight');
    await expectTerm(upTo);
  }
  await page.getByRole('img', { name: 'Base fees of the same policies' }).waitFor();
  await page.keyboard.press('Enter');
  await expectState(page, changes.at(-1)?.at ?? '');
  assert.equal(complaints, []);
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = server;
  await assertSeenByAll(browser, { port, hash: `${hash}?at=${inFlight}`, ready: '[data-event]' });
});

test('so many events back as the key was pressed, however quickly', async () => {
  const context = await browser.newContext(wide);
  const { page, complaints } = await watchedPage(context, server.port);
  await page.goto(here);
  await page.locator('[data-moment=now][aria-busy=false]').waitFor();
  const times = [...new Set(history.map(({ at }) => at))];
  for (let nth = 0; nth < 4; nth++) await page.keyboard.press('[');
  await page.locator(`[data-moment="${times.at(-5)}"][aria-busy=false]`).waitFor();
  for (let nth = 0; nth < 2; nth++) await page.keyboard.press(']');
  await page.locator(`[data-moment="${times.at(-3)}"][aria-busy=false]`).waitFor();
  assert.equal(complaints, []);
  await context.close();
});

test.run();
