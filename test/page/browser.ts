/** A real Chromium over a real server with the page as it is built now. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { buildPage } from '../../scripts/build-page.ts';
import type { ServedLedger } from '../../src/http/served-ledger.ts';
import { type HttpServer, startServer } from '../../src/http/server.ts';
import { temporaryDirectory } from '../store/sample-events.ts';

/** Where the page lies as it is built now. */
export const builtPage = join(temporaryDirectory(), 'page');
await buildPage(builtPage);

export async function serve(ledger: ServedLedger, port = 0): Promise<HttpServer> {
  return startServer({ ledger, port, page: builtPage });
}

/** A machine that does much else is slow, and not wrong. */
const PATIENCE_MS = 120_000;

/** What a page must never do while it is looked at: fail, or ask anybody but its own server. */
export interface Watched {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export async function watchedPage(context: BrowserContext, port: number): Promise<Watched> {
  const opened = await context.newPage();
  opened.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  opened.on('pageerror', ({ message }) => complaints.push(message));
  opened.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  opened.on('request', (request) => {
    const { host } = new URL(request.url());
    if (host !== `127.0.0.1:${port}`) complaints.push(`asked ${request.url()}`);
  });
  return { page: opened, complaints };
}

const program = join(import.meta.dirname, '..', '..', 'bin', 'channel-ledger.js');

/** What a command prints, run as people run it. */
export async function printed(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, LANG: 'C.UTF-8' },
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code}, ${text.err}`);
  return text.out;
}

/** An amount of msat as the page is to spell it in satoshi, by the platform's own formatter. */
export function satText(msat: string | bigint): string {
  const whole = BigInt(msat) / 1000n;
  const rest = String(BigInt(msat) % 1000n).padStart(3, '0');
  const grouped = new Intl.NumberFormat('en').format(whole).replaceAll(',', '\u202f');
  return rest === '000' ? grouped : `${grouped}.${rest}`;
}

/** What axe finds that keeps somebody from using the page, one line each. */
export async function axeFindings(opened: Page): Promise<readonly string[]> {
  await opened.evaluate(axe.source);
  const found = await opened.evaluate<readonly AxeViolation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}
