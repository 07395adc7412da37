/** Channels that were met later, at a moment of which nothing tells them: as the command prints them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { printed, satText, serve, watchedPage } from './browser.ts';
import { importedLnd } from './imported.ts';

const path = await importedLnd();
const ledger = await openLedger(path);
const browser = await openChromium();
const server = await serve(ledger);
const address = `http://127.0.0.1:${server.port}/`;
test.after(async () => {
  await browser.close();
  await server.close();
  await ledger.close();
});

interface Printed {
  readonly nodeId: string;
  readonly channelId: string;
  readonly status: string;
  readonly capacitySat: string;
  readonly isUntoldThen?: true;
  readonly localBalanceMsat?: string;
}

/** Before the list was made of which the record tells; the last, when some may have been closed. */
const moments = [
  { at: '2020-06-01T00:00:00.000000000Z', open: 7, unknown: 0 },
  { at: '2019-01-01T00:00:00.000000000Z', open: 0, unknown: 11 },
  { at: '2021-01-01T00:00:00.000000000Z', open: 18, unknown: 3 },
];

test('a channel that was met later stands in the list of then as the command prints it', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 2400 } });
  const { page, complaints } = await watchedPage(context, server.port);
  for (const { at, open, unknown } of moments) {
    const asked = ['channels', '--ledger', path, '--at', at];
    const rows: readonly Printed[] = JSON.parse(await printed(...asked, '--json'));
    const untold = rows.filter(({ isUntoldThen }) => isUntoldThen);
    assert.equal(
      ['open', 'unknown'].map((is) => untold.filter(({ status }) => status === is).length),
      [open, unknown],
      at,
    );
    await page.goto(`${address}#/channels?at=${at}`);
    await page.locator('.as-of').waitFor();
    await page
      .locator('[data-channel]')
      .nth(rows.length - 1)
      .waitFor();
    for (const { channelId, status, capacitySat } of untold) {
      const row = page.locator(`[data-channel="${channelId}"]`);
      const texts = ['local', 'remote', 'flight', 'capacity', 'fee', 'earned', 'updated'].map(
        (name) => row.locator(`> .${name}`).textContent(),
      );
      assert.equal(
        await Promise.all(texts),
        [
          ...['unknown', 'unknown', 'unknown', satText(BigInt(capacitySat) * 1000n)],
          ...['unknown', '≥\u202f0', 'unknown'],
        ],
        channelId,
      );
      // The bar claims no balance.
      assert.is(await row.locator('.bar').getAttribute('data-known'), 'false');
      assert.is(await row.locator('.bar > .local').count(), 0);
      const states = await row.locator('.state').allTextContents();
      assert.equal(states, status === 'open' ? [] : [status]);
    }
    // What is said of them below the command's table is said above the page's.
    const lines = (await printed(...asked)).trimEnd().split('\n');
    const sentences = lines.filter((line) =>
      /^\d+ channels? (was|were|may have been) open/.test(line),
    );
    assert.equal(
      await page.locator('.untold').allTextContents(),
      sentences.map((line) => `${line}.`),
    );
    assert.is(sentences.length, Number(open > 0) + Number(unknown > 0));
    // Of no balance a sum is made; what the channels can hold is known of each.
    const capacity = rows.reduce((sum, row) => sum + BigInt(row.capacitySat), 0n);
    const figures = await page.locator('.totals dd').allTextContents();
    assert.equal(figures.slice(0, 2), ['≥\u202f0 sat', '≥\u202f0 sat'], at);
    assert.is(figures[3], `${satText(capacity * 1000n)} sat`);
  }
  assert.equal(complaints, []);
  await context.close();
});

test('the page of such a channel says of then what the command says', async () => {
  const at = moments[0]?.at ?? '';
  const rows: readonly Printed[] = JSON.parse(
    await printed('channels', '--ledger', path, '--at', at, '--json'),
  );
  const [one] = rows;
  const shown = ['show', one?.channelId ?? '', '--ledger', path, '--at', at];
  const said = await printed(...shown).then(
    () => '',
    (error: Error) => error.message,
  );
  const sentence = /of channel "[0-9a-f]{64}" nothing is known as of that moment/.exec(said)?.[0];
  assert.is.not(sentence, undefined);
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  await page.goto(`${address}#/channels?at=${at}`);
  await page.locator(`[data-channel="${one?.channelId}"] a`).click();
  await page.goto(`${address}#/channel/${one?.nodeId}/${one?.channelId}?at=${at}`);
  await page.getByRole('heading', { name: 'Nothing is known of that moment' }).waitFor();
  await page.getByText(sentence ?? '').waitFor();
  assert.is(await page.locator('.state-panel').count(), 0);
  await context.close();
});

test.run();
