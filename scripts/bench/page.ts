/** The web page in Chromium: from a step of the slider to its state, scrolling and typing over 5,000 channels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startServer } from '../../src/http/server.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { buildPage } from '../build-page.ts';
import { openChromium } from '../page/chromium.ts';
import { type Figure, quantile } from './figure.ts';

const STEPS = 60;
const CHANNELS = 5000;
const FRAMES = 240;
/** Two frames of a screen that shows sixty a second: one of them may be late. */
const FRAME_MS = 34;
const STEP_MS = 50;

export async function pageFigures(path: string): Promise<Figure[]> {
  const place = mkdtempSync(join(tmpdir(), 'bench-page-'));
  await buildPage(place);
  const ledger = await openLedger(path);
  const server = await startServer({ ledger, port: 0, page: place });
  const browser = await openChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(120_000);
    const address = `http://127.0.0.1:${server.port}/`;
    const [one] = ledger.channels();
    if (one === undefined) throw new Error('the ledger has no open channel');
    await page.goto(`${address}#/channel/${one.nodeId}/${one.channelId}`);
    const steps = await sliderSteps(page);
    await listMany(page);
    await page.goto(`${address}#/channels`);
    await page.reload();
    await page.locator('[data-channel]').first().waitFor();
    const frames = await framesOfScrolling(page);
    const letters = await letterTimes(page);
    return [
      within('page: a slider step to its state on the screen, p95', quantile(steps, 0.95), STEP_MS),
      within(
        `page: a frame while ${CHANNELS} channels scroll by, p99`,
        quantile(frames, 0.99),
        FRAME_MS,
      ),
      within(
        `page: a letter typed to ${CHANNELS} channels filtered, p95`,
        quantile(letters, 0.95),
        STEP_MS,
      ),
    ];
  } finally {
    await browser.close();
    await server.close();
    await ledger.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/** Each from the event of the slider to the frame that shows the answer. */
async function sliderSteps(page: Page): Promise<number[]> {
  await page.getByRole('slider', { name: 'The moment that is shown' }).waitFor();
  await page.locator('.at-moment[aria-busy=false]').waitFor();
  return page.evaluate<number[]>(`(async () => {
    const slider = document.querySelector('.time-slider input');
    const state = () => document.querySelector('.at-moment');
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    for (let nth = 0; nth < ${STEPS}; nth += 1) {
      const before = state()?.dataset.moment;
      await frame();
      const start = performance.now();
      slider.value = String(400 + ((nth * 617) % 1500));
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      for (;;) {
        await frame();
        const shown = state();
        if (shown?.dataset.moment !== before && shown?.ariaBusy === 'false') break;
      }
      times.push(performance.now() - start);
    }
    return times.slice(5);
  })()`);
}

/** The list as it is answered, each channel again under other names, as often as it takes. */
async function listMany(page: Page): Promise<void> {
  await page.route(/\/channels\?/, async (route) => {
    const response = await route.fetch({ timeout: 0 });
    // What is unchanged is not sent again, however long the list was made here.
    if (response.status() === 304) return route.fulfill({ status: 304 });
    const answered: readonly object[] = await response.json();
    const many = Array.from({ length: CHANNELS }, (_, nth) => ({
      ...answered[nth % answered.length],
      channelId: nth.toString(16).padStart(64, '0'),
      shortChannelId: `${800_000 + nth}x1x0`,
      shortChannelIds: [`${800_000 + nth}x1x0`],
      peerId: `02${(nth % 900).toString(16).padStart(64, '0')}`,
      peerAlias: `peer ${nth % 900}`,
    }));
    const { etag = '' } = response.headers();
    await route.fulfill({ json: many, headers: { etag } });
  });
}

/** A strong flick: about 8,000 pixels a second. */
function framesOfScrolling(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    let last = await frame();
    for (let nth = 0; nth < ${FRAMES}; nth += 1) {
      scrollBy(0, 40 + (nth % 7) * 30);
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    scrollTo(0, 0);
    return times;
  })()`);
}

/** Each from the letter to the second frame after it: the first may be the one it was typed in. */
function letterTimes(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const field = document.querySelector('input[type=search]');
    const times = [];
    for (const text of ['peer 12', '8034', 'peer 899', 'open', 'x1x0']) {
      for (let end = 1; end <= text.length; end += 1) {
        await frame();
        const start = performance.now();
        field.value = text.slice(0, end);
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await frame();
        await frame();
        times.push(performance.now() - start);
      }
    }
    return times;
  })()`);
}

function within(name: string, ms: number, mostMs: number): Figure {
  return {
    name,
    measured: `${ms.toFixed(1)} ms`,
    ceiling: `${mostMs} ms`,
    ratio: ms / mostMs,
    wanted: { atMost: 1 },
  };
}
