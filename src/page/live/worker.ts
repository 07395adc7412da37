/**
 * One event stream for all tabs: browsers open about six connections to a server, and each stream
 * holds one of them for as long as its tab is there.
 */
import { followEvents } from './event-stream.ts';
import type { News } from './told.ts';

interface Connecting {
  readonly ports: readonly MessagePort[];
}

const tabs = new Set<MessagePort>();
let isFollowing = false;
let isThere: boolean | undefined;
/** The stream has begun once: a tab that comes now did not hear that it did. */
let hasBegun = false;

function tellAll(news: News): void {
  if (news.kind === 'there') isThere = news.isThere;
  if (news.kind === 'everything') hasBegun = true;
  for (const tab of tabs) tab.postMessage(news);
}

addEventListener('connect', (event) => {
  const { ports }: Partial<Connecting> = event as Event & Partial<Connecting>;
  for (const tab of ports ?? []) {
    tabs.add(tab);
    // A tab says when it goes; one that crashed costs an unread message a time.
    tab.onmessage = () => tabs.delete(tab);
    if (isThere !== undefined) tab.postMessage({ kind: 'there', isThere } satisfies News);
    // What it asked before it was among the tabs may have been answered before an event it was not told.
    if (hasBegun && isThere !== false) tab.postMessage({ kind: 'everything' } satisfies News);
  }
  if (isFollowing) return;
  isFollowing = true;
  followEvents(tellAll);
});
