/** Moments as people type them, and texts as others wrote them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTimeNs } from '../../src/schema/time.ts';
import { channelId, mine } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';
import { servedPage } from './served-pages.ts';

const TURNED = 'gone \u202e)yad dab';
const SPELLED = 'gone \\u{202e})yad dab';

const ledger = await observedLedger('typed');
const { nodeId } = ledger.channel(channelId);
const atNs = parseTimeNs('2026-03-14T16:00:00Z');
const away = { type: 'PeerDisconnected', data: { why: TURNED } } as const;
await ledger.record([{ ...mine(atNs, TURNED, 'away'), about: 'peer', peerId: bob, fact: away }]);
const { browser, server, address, close } = await servedPage(ledger);
test.after(close);

const history = [...ledger.history(channelId)];
const [opened, last] = [history[0]?.at ?? '', history.at(-1)?.at ?? ''];

test('the slider stands where a time lies, however short it was typed', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channel/${nodeId}/${channelId}`);
  const slider = page.getByRole('slider', { name: 'The moment that is shown' });
  await slider.waitFor();
  assert.is(await slider.inputValue(), '2000');
  await page.getByRole('button', { name: 'Live' }).click();
  // As the form itself recommends. The record has a second between two events.
  const second = Date.parse(opened) + 1000;
  const typed = `${new Date(second).toISOString().slice(0, 19)}Z`;
  const place = Math.round((1000 / (Date.parse(last) - Date.parse(opened))) * 2000);
  await page.getByLabel('Show every page as it was at').fill(typed);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.locator(`.at-moment[data-moment="${typed.slice(0, -1)}.000000000Z"]`).waitFor();
  assert.is(await slider.inputValue(), String(place));
  await context.close();
});

test('a position is where the last event by then is', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channel/${nodeId}/${channelId}?at=position:1`);
  const slider = page.getByRole('slider', { name: 'The moment that is shown' });
  await page.locator('.at-moment[data-moment="position:1"]').waitFor();
  assert.is(await slider.inputValue(), '0');
  await page.locator('output').getByText('position:1').waitFor();
  await context.close();
});

test('a moment before the # of an address is the moment of the page, as one behind it', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  const place = `#/channel/${nodeId}/${channelId}`;
  await page.goto(`${address}?at=position:1${place}`);
  await page.locator('.at-moment[data-moment="position:1"]').waitFor();
  assert.is(page.url(), `${address}${place}?at=position%3A1`);
  await page.goto(`${address}?at=position:1${place}?at=position:2`);
  await page.locator('.at-moment[data-moment="position:2"]').waitFor();
  await page.goto(`${address}?at=nonsense`);
  await page.getByText('nonsense').first().waitFor();
  await context.close();
});

test('no text of a peer turns a line around', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channel/${nodeId}/${channelId}`);
  await page.locator('details.marks summary').click();
  await page.getByRole('link', { name: `peer disconnected: ${SPELLED}` }).click();
  await page.locator('dd').getByText(SPELLED).waitFor();
  const record = await page.getByRole('region', { name: 'The record as JSON' }).textContent();
  assert.match(record ?? '', 'gone \\u202e)yad dab');
  assert.not.match((await page.locator('body').textContent()) ?? '', '\u202e');
  await context.close();
});

test.run();
