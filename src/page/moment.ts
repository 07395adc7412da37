/**
 * The moment that is shown: now, or a moment of the past. One that is pinned holds for every page
 * and every tab of this browser; one that a page moves through belongs to that page and its address.
 */
import { computed, signal } from '@preact/signals';
import { restateWithout, route } from './route.ts';

const KEY = 'channel-ledger-moment';

/** As `--at` takes it; undefined is now. */
export const pinned = signal<string | undefined>(localStorage.getItem(KEY) ?? undefined);
/** The moment of the page that is shown, where it has one of its own. */
export const ofThisPage = signal(route.peek().question.get('at') ?? undefined);
export const at = computed(() => ofThisPage.value ?? pinned.value);

export function pin(moment: string): void {
  localStorage.setItem(KEY, moment);
  pinned.value = moment;
  forgetOwn();
}

export function goLive(): void {
  localStorage.removeItem(KEY);
  pinned.value = undefined;
  forgetOwn();
}

function forgetOwn(): void {
  ofThisPage.value = undefined;
  restateWithout('at');
}

/** Other tabs follow: the browser tells them what this one stored. */
addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEY && key !== null) return;
  pinned.value = newValue ?? undefined;
  forgetOwn();
});
