/** Where the page is: `#/channel/NODE/CHANNEL?at=…`, so that every place has an address to hand on. */
import { computed, signal } from '@preact/signals';

export interface Route {
  /** Decoded parts of the path: `['channel', NODE, CHANNEL]`. */
  readonly parts: readonly string[];
  readonly question: URLSearchParams;
}

const hash = signal(hashOf(location));

export const route = computed(() => routeOf(hash.value));

function routeOf(text: string): Route {
  const [path = '', question = ''] = text.replace(/^#/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map(decoded), question: new URLSearchParams(question) };
}

/**
 * A question before the `#` is one of the page as well: it is moved to where pages have theirs, so that
 * no part of an address is passed over. What stands behind the `#` too counts as it stands there.
 */
function hashOf({ search, hash: own }: Location): string {
  if (search === '') return own;
  const { parts, question } = routeOf(own);
  const asked = {
    ...Object.fromEntries(new URLSearchParams(search)),
    ...Object.fromEntries(question),
  };
  const moved = hrefOf(parts, asked);
  history.replaceState(null, '', `./${moved}`);
  return moved;
}

/** An address somebody typed need not be well formed. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function hrefOf(parts: readonly string[], question: Record<string, string> = {}): string {
  const path = parts.map(encodeURIComponent).join('/');
  const asked = new URLSearchParams(question).toString();
  return `#/${path}${asked === '' ? '' : `?${asked}`}`;
}

export function goTo(href: string): void {
  location.hash = href;
}

/** The same place, a part of its question changed or left out: no new entry in the browser's history. */
export function restate(changes: Readonly<Record<string, string | undefined>>): void {
  const asked = { ...Object.fromEntries(route.value.question), ...changes };
  const question = Object.entries(asked).filter((pair): pair is [string, string] => !!pair[1]);
  const href = hrefOf(route.value.parts, Object.fromEntries(question));
  if (href === hash.value) return;
  history.replaceState(null, '', href);
  hash.value = href;
}

addEventListener('hashchange', () => {
  hash.value = location.hash;
});
