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

function tellAll(news: News): void {
  if (news.kind === 'there') isThere = news.isThere;
  for (const tab of tabs) tab.postMessage(news);
}

addEventListener('connect', (event) => {
  const { ports }: Partial<Connecting> = event as Event & Partial<Connecting>;
  for (const tab of ports ?? []) {
    tabs.add(tab);
    // A tab says when it goes; one that crashed costs an unread message a time.
    tab.onmessage = () => tabs.delete(tab);
    if (isThere !== undefined) tab.postMessage({ kind: 'there', isThere } satisfies News);
  }
  if (isFollowing) return;
  isFollowing = true;
  followEvents(tellAll);
});
