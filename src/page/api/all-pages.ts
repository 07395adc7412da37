/** A history that is answered page by page, read to its end. */

import { ask } from './ask.ts';
import type { Entry, HistoryPage } from './json.ts';

/** `path` has a question already. Throws as `ask` does. */
export async function allPages(path: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let page = await ask<HistoryPage>(path, signal);
  entries.push(...page.entries);
  while (page.next !== undefined) {
    page = await ask<HistoryPage>(`${path}&after=${encodeURIComponent(page.next)}`, signal);
    entries.push(...page.entries);
  }
  return entries;
}
