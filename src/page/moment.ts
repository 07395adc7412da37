/**
 * What is shown: the ledger as it was at a moment, and as it was known at a time; now, and all that is
 * recorded, where nothing is chosen. What is pinned holds for every page and every tab of this browser;
 * what a page moves through belongs to that page and its address.
 */
import { computed, signal } from '@preact/signals';
import { parseTimeNs, timeText } from '../schema/time.ts';
import { restate, route } from './route.ts';

const KEY = 'channel-ledger-moment';

export interface Seen {
  /** As `--at` takes it; undefined is now. */
  readonly at?: string | undefined;
  /** As `--known-at` takes it: only what had been recorded by then; undefined is all. */
  readonly knownAt?: string | undefined;
}

const NOW: Seen = {};

export const pinned = signal<Seen>(seenIn(localStorage.getItem(KEY)));
/** The page that is shown has one of its own, or goes by what is pinned. */
export const ofThisPage = signal<Seen>(NOW);
export const at = computed(() => ofThisPage.value.at ?? pinned.value.at);
export const knownAt = computed(() => ofThisPage.value.knownAt ?? pinned.value.knownAt);
export const isLive = computed(() => at.value === undefined && knownAt.value === undefined);
export const isPinned = computed(() => isChosen(pinned.value));

/** As every question to the server says it. */
export const seen = computed(() => ({ at: at.value, knownAt: knownAt.value }));

/** The same for the address of a page, of which a part may be another. */
export function seenInAddress(own: Seen = seen.value): Record<string, string> {
  const { at: moment, knownAt: known } = own;
  return { ...(moment && { at: moment }), ...(known && { knownAt: known }) };
}

export function seenOf(question: URLSearchParams): Seen {
  const [moment, known] = [question.get('at'), question.get('knownAt')];
  return { at: inFull(moment ?? undefined), knownAt: inFull(known ?? undefined) };
}

/** A time as it is stored, however short it was typed: that is how it is compared and drawn. */
function inFull(moment: string | undefined): string | undefined {
  try {
    return moment && timeText(parseTimeNs(moment));
  } catch {
    // A height or a position; what is none of them the server refuses, in a sentence.
    return moment;
  }
}

export function pin(asked: Seen): void {
  const [moment, known] = [inFull(asked.at), inFull(asked.knownAt)];
  const chosen: Seen = { ...(moment && { at: moment }), ...(known && { knownAt: known }) };
  if (!isChosen(chosen)) {
    goLive();
    return;
  }
  localStorage.setItem(KEY, JSON.stringify(chosen));
  pinned.value = chosen;
  forgetOwn();
}

export function goLive(): void {
  localStorage.removeItem(KEY);
  pinned.value = NOW;
  forgetOwn();
}

const isChosen = (one: Seen) => one.at !== undefined || one.knownAt !== undefined;

function forgetOwn(): void {
  ofThisPage.value = NOW;
  restate({ at: undefined, knownAt: undefined });
}

/** What lies in the browser's storage may be of another version, or of nobody. */
function seenIn(text: string | null): Seen {
  try {
    const { at: moment, knownAt: known } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    return {
      ...(typeof moment === 'string' && { at: inFull(moment) }),
      ...(typeof known === 'string' && { knownAt: inFull(known) }),
    };
  } catch {
    return NOW;
  }
}

// Before anything is drawn: the next page would ask about the moment of the one that was left.
route.subscribe(({ question }) => {
  ofThisPage.value = seenOf(question);
});

/** Other tabs follow: the browser tells them what this one stored. */
addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEY && key !== null) return;
  pinned.value = seenIn(newValue);
  forgetOwn();
});
