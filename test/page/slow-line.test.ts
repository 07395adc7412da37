import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { channelId } from '../cli/observation-lines.ts';
import { satText, serve, watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';

const browser = await openChromium();
const ledger = await observedLedger('slow');
const { nodeId } = ledger.channel(channelId);
test.after(async () => {
  await browser.close();
  await ledger.close();
});

const OPENED = satText(900_000_000n);
const NOW = satText(870_000_000n);

async function opened(hash: string) {
  const server = await serve(ledger);
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 } });
  const { page } = await watchedPage(context, server.port);
  await page.goto(`http://127.0.0.1:${server.port}/${hash}`);
  return { page, server, context };
}

test('what is of another moment says so while its answer is waited for', async () => {
  const { page, server, context } = await opened('#/channels?at=position:3');
  const row = page.locator(`[data-channel="${channelId}"]`);
  await row.getByText(OPENED).first().waitFor();
  const { promise: answered, resolve: answerNow } = Promise.withResolvers<void>();
  await page.route('**/channels?**', async (route) => {
    await answered;
    await route.continue();
  });
  await page.keyboard.press('l');
  await page.getByText('Still as of position:3: what is asked for is on its way.').waitFor();
  assert.is(await page.locator('.answer[aria-busy=true]').count(), 1);
  await row.getByText(OPENED).first().waitFor();
  answerNow();
  await row.getByText(NOW).first().waitFor();
  assert.is(await page.locator('.still').count(), 0);
  assert.is(await page.locator('.answer[aria-busy=true]').count(), 0);
  await context.close();
  await server.close();
});

test('where nobody answers, nothing of another moment is shown', async () => {
  const { page, server, context } = await opened('#/channels?at=position:3');
  const row = page.locator(`[data-channel="${channelId}"]`);
  await row.waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await server.close();
  await page.getByText('The server does not answer.').waitFor();
  assert.is(await row.count(), 1);
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'No answer about the open channels' }).waitFor();
  assert.is(await row.count(), 0);
  await context.close();
});

test('a slider that is dragged over a slow line shows what was answered meanwhile', async () => {
  const { page, server, context } = await opened(`#/channel/${nodeId}/${channelId}`);
  await page.locator('dd[data-field="localBalanceMsat"]').getByText(`${NOW} sat`).waitFor();
  const slider = page.getByRole('slider', { name: 'The moment that is shown' });
  await slider.waitFor();
  await page.route('**/state?**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await route.continue().catch(() => undefined);
  });
  // Never still for as long as one answer takes.
  const moves = await page.evaluate<number>(`(async () => {
    const slider = document.querySelector('.time-slider input');
    const shown = () => document.querySelector('dd[data-field="localBalanceMsat"]')?.textContent;
    const before = shown();
    for (let nth = 0; nth < 400; nth += 1) {
      if (shown() !== before) return nth;
      slider.value = String(1 + (nth % 300));
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return 400;
  })()`);
  assert.ok(moves < 400, 'nothing was shown while it was dragged');
  await context.close();
  await server.close();
});

test('a moment that nobody answers about is not said to be unknown', async () => {
  const { page, server, context } = await opened(`#/channel/${nodeId}/${channelId}`);
  await page.locator('dd[data-field="localBalanceMsat"]').getByText(`${NOW} sat`).waitFor();
  const slider = page.getByRole('slider', { name: 'The moment that is shown' });
  const bar = page.locator('.channel-page > .bar');
  await page.route('**/state?**', (route) =>
    route.fulfill({ status: 503, json: { title: 'Busy', detail: 'ask again in a while' } }),
  );
  await slider.fill('1000');
  await page.getByRole('heading', { name: 'No answer about that moment' }).waitFor();
  await page.getByText('Busy: ask again in a while').waitFor();
  assert.is(await bar.count(), 0);
  await page.unroute('**/state?**');
  // It is asked again by itself.
  await bar.waitFor();
  await server.close();
  await page.getByText('The server does not answer.').waitFor();
  await slider.fill('1500');
  await page.getByRole('heading', { name: 'No answer about that moment' }).waitFor();
  await page.locator('section.message').getByText('the server does not answer').first().waitFor();
  assert.is(await bar.count(), 0);
  await page.getByRole('button', { name: '← Event' }).click();
  await context.close();
});

test('a step that nobody answers says so', async () => {
  const { page, server, context } = await opened(`#/channel/${nodeId}/${channelId}`);
  await page.locator('dd[data-field="localBalanceMsat"]').getByText(`${NOW} sat`).waitFor();
  await server.close();
  await page.getByText('The server does not answer.').waitFor();
  await page.getByRole('button', { name: '← Event' }).click();
  await page.getByText('No step: the server does not answer').waitFor();
  await context.close();
});

test.run();
