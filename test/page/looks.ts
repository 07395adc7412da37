/** A page as everybody may look at it: light, dark, in a smaller window, and on a phone. */
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { axeFindings, watchedPage } from './browser.ts';

const WIDTHS = [1280, 390];
/** Between the two there is less room for the same columns: colours are not others there. */
const BETWEEN = [1024, 800];

interface Looked {
  readonly port: number;
  /** `#/…` of the page, and what is on it once it is there. */
  readonly hash: string;
  readonly ready: string;
}

/** Nothing serious stands in anybody's way, nothing is wider than the window, no column is cut off on any of them. */
export async function assertSeenByAll(browser: Browser, { port, hash, ready }: Looked) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of colorScheme === 'light' ? [...WIDTHS, ...BETWEEN] : WIDTHS) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const { page } = await watchedPage(context, port);
      await page.goto(`http://127.0.0.1:${port}/${hash}`);
      await page.locator(ready).first().waitFor();
      assert.equal(await axeFindings(page), [], `${hash} ${colorScheme} ${width}`);
      const wide = await widthOf(page);
      assert.ok(wide <= width, `${hash}: ${wide} in ${width}`);
      assert.equal(await cutTables(page), [], `${hash} ${width}`);
      await context.close();
    }
  }
}

const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

/** Tables of which something lies beyond the edge, by their names. */
const cutTables = (page: Page) =>
  page.evaluate<readonly string[]>(
    `[...document.querySelectorAll('.wide-table:has(table)')]
      .filter((place) => place.scrollWidth > place.clientWidth)
      .map((place) => place.ariaLabel)`,
  );
