/** Whether the server wants a token before it answers, and whether this browser has handed one in. */
import { signal } from '@preact/signals';

const KEY = 'channel-ledger-signed-in';

export const needsToken = signal(false);
/** Kept beside the cookie, which no script can read. */
export const isSignedIn = signal(localStorage.getItem(KEY) !== null);

export function noteSignedIn(is: boolean): void {
  if (is) localStorage.setItem(KEY, 'yes');
  else localStorage.removeItem(KEY);
  isSignedIn.value = is;
}

/** The server lets nobody in without a token: what was handed in is no longer good. */
export function wantToken(): void {
  needsToken.value = true;
  noteSignedIn(false);
}

addEventListener('storage', ({ key, newValue }) => {
  if (key === KEY || key === null) isSignedIn.value = key === KEY && newValue !== null;
});
