/** What a sorted table of the page shows: by the key of its rows, the text under each head. */
import type { Page } from 'playwright-core';

export type Shown = Readonly<Record<string, Readonly<Record<string, string>>>>;

export async function tableOf(page: Page, label: string): Promise<Shown> {
  const table = page.getByRole('region', { name: label, exact: true });
  await table.locator('[data-row]').first().waitFor();
  const shown: Record<string, Record<string, string>> = {};
  for (const row of await table.locator('[data-row]').all()) {
    const cells: Record<string, string> = {};
    for (const cell of await row.locator('[data-column]').all()) {
      const [column, text] = [await cell.getAttribute('data-column'), await cell.textContent()];
      cells[column ?? ''] = text?.trim() ?? '';
    }
    shown[(await row.getAttribute('data-row')) ?? ''] = cells;
  }
  return shown;
}
