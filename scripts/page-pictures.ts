/**
 * `npm run picture`, its second part: the web page over the demo's ledger, as docs/pictures/*.png. The
 * demo's seed is fixed, so that they change only where the page does.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startServer } from '../src/http/server.ts';
import { openLedger } from '../src/ledger/open-ledger.ts';
import { buildPage } from './build-page.ts';
import { openChromium } from './page/chromium.ts';

const root = join(import.meta.dirname, '..');
const pictures = join(root, 'docs', 'pictures');
const place = mkdtempSync(join(tmpdir(), 'page-pictures-'));
const program = join(root, 'bin', 'channel-ledger.js');

interface Drawn {
  readonly name: string;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'light' | 'dark';
  /** What is there once the page is drawn; a bar without. */
  readonly shows?: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

try {
  const directory = join(place, 'demo');
  execFileSync(process.execPath, [program, 'demo', '--seed', 'readme', '--ledger', directory]);
  await buildPage(join(place, 'page'));
  await drawAll(join(directory, 'ledger.db'));
} finally {
  rmSync(place, { recursive: true, force: true });
}

async function drawAll(path: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const ledger = await openLedger(path);
  const server = await startServer({ ledger, port: 0, page: join(place, 'page') });
  const browser = await openChromium();
  const nodeId = ledger.nodeId('alice');
  const { channelId } = ledger.channel('10x1x0', { nodeId });
  const channel = `#/channel/${nodeId}/${channelId}`;
  const forced = ledger.closed({ nodeId: ledger.nodeId('bob') });
  const closed = forced.find(({ close }) => close.kind === 'local-force');
  const drawn: readonly Drawn[] = [
    { name: 'channels', hash: '#/channels', width: 1200, height: 640 },
    { name: 'channel', hash: channel, width: 1200, height: 860, prepare: throughTime },
    {
      name: 'channel-dark',
      hash: channel,
      width: 1200,
      height: 860,
      colorScheme: 'dark',
      prepare: throughTime,
    },
    {
      name: 'closed',
      hash: `#/closed/${closed?.nodeId}/${closed?.channelId}`,
      width: 1200,
      height: 700,
      shows: '.flow',
      prepare: (page) => page.locator('.dossier li').first().waitFor(),
    },
    { name: 'phone', hash: '#/channels', width: 390, height: 700 },
    { name: 'forwards', hash: '#/forwards', width: 1200, height: 700, shows: '[data-row]' },
    {
      name: 'audit',
      hash: '#/audit',
      width: 1200,
      height: 700,
      shows: '.calendar',
      prepare: verified,
    },
  ];
  try {
    for (const {
      name,
      hash,
      width,
      height,
      colorScheme = 'light',
      shows = '.bar',
      prepare,
    } of drawn) {
      const viewport = { width, height };
      const page = await (await browser.newContext({ viewport, colorScheme })).newPage();
      await page.goto(`http://127.0.0.1:${server.port}/${hash}`);
      await page.getByRole('button', { name: 'Live' }).waitFor();
      await page.locator(shows).first().waitFor();
      await prepare?.(page);
      await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
    }
  } finally {
    await browser.close();
    await server.close();
    await ledger.close();
  }
}

/** Event by event, somewhere in the middle of the traffic. */
async function throughTime(page: Page): Promise<void> {
  await page.getByLabel('Event by event').check();
  await page.getByRole('slider', { name: 'The moment that is shown' }).fill('1240');
  await page.getByText('State at').waitFor();
  await page.locator('.at-moment[aria-busy=false]').waitFor();
}

async function verified(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Verify with signatures' }).click();
  await page.locator('.verified[data-state=done]').waitFor();
}
