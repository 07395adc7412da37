import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path as demoPath } from '../http/served.ts';
import { printed, watchedPage } from './browser.ts';
import { servedPages } from './served-pages.ts';

const { browser, servers, electrumPath, close } = await servedPages();
test.after(close);

interface Named {
  readonly nodeId: string;
  readonly channelId: string;
}

async function closed(path: string): Promise<readonly Named[]> {
  return JSON.parse(await printed('closed', '--json', '--ledger', path));
}

/** Each command is a process that starts: two at a time is what small machines have room for. */
async function closedWithWhy(path: string): Promise<readonly (Named & { why: PrintedDossier })[]> {
  const waiting = [...(await closed(path))];
  const told: (Named & { why: PrintedDossier })[] = [];
  const askRest = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const asked = [one.channelId, '--node', one.nodeId, '--ledger', path];
      told.push({ ...one, why: JSON.parse(await printed('why', '--json', ...asked)) });
    }
  };
  await Promise.all([askRest(), askRest()]);
  return told;
}

interface PrintedDossier {
  readonly verdict: { readonly cause: string; readonly events: readonly string[] };
  readonly sections: readonly {
    readonly title: string;
    readonly lines: readonly {
      readonly text: string;
      readonly basis: string;
      readonly events: readonly string[];
    }[];
  }[];
}

test('the dossier is what "why" prints, line by line, each leading to its events', async () => {
  for (const [ledger, { port }] of [
    [demoPath, servers.demo],
    [electrumPath, servers.electrum],
  ] as const) {
    const context = await browser.newContext();
    const { page, complaints } = await watchedPage(context, port);
    for (const { nodeId, channelId, why } of await closedWithWhy(ledger)) {
      await page.goto(`http://127.0.0.1:${port}/#/closed/${nodeId}/${channelId}`);
      await page.locator(`[data-close="${channelId}"] .dossier li`).first().waitFor();
      assert.is(await page.locator('.verdict').getAttribute('data-cause'), why.verdict.cause);
      assert.equal(await page.locator('.dossier h3').allTextContents(), titlesOf(why));
      assert.equal(await shownLines(page), linesOf(why));
    }
    assert.equal(complaints, []);
    const decided = page.locator('.verdict .rests a');
    if ((await decided.count()) > 0) {
      await decided.first().click();
      await page.getByRole('heading', { name: 'The record' }).waitFor();
    }
    await context.close();
  }
});

const titlesOf = ({ sections }: PrintedDossier) => sections.map(({ title }) => title);
const linesOf = ({ sections }: PrintedDossier) =>
  sections.flatMap(({ lines }) =>
    lines.map(({ text, basis, events }) => [basis, text, ...events].join(' | ')),
  );

/** Read in one go: a question to the browser for each of a thousand cells takes most of a minute. */
const shownLines = (page: Page) =>
  page
    .locator('.dossier li')
    .evaluateAll((lines) =>
      lines.map((line) =>
        [
          line.querySelector('.basis')?.textContent,
          line.querySelector('.said')?.textContent,
          ...[...line.querySelectorAll('.rests a')].map((link) =>
            link.getAttribute('href')?.replace('#/event/', ''),
          ),
        ].join(' | '),
      ),
    );

test('what is saved for a bug report names nobody', async () => {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  const [{ nodeId, channelId } = { nodeId: '', channelId: '' }] = await closed(demoPath);
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/closed/${nodeId}/${channelId}`);
  for (const [name, file] of [
    ['HTML', 'dossier.html'],
    ['Markdown', 'dossier.md'],
    ['HTML in full', 'dossier-full.html'],
  ] as const) {
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name, exact: true }).click();
    const download = await saved;
    assert.is(download.suggestedFilename().replace('-full', ''), file.replace('-full', ''));
    const text = readFileSync(await download.path(), 'utf8');
    assert.match(text, /Verdict: somebody wanted it closed/);
    const isFull = file === 'dossier-full.html';
    assert.is(text.includes(channelId), isFull, file);
    assert.is(text.includes(nodeId), isFull, file);
  }
  await context.close();
});

test.run();
