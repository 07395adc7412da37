/** Keys that work everywhere but in a field that takes text. */
import { signal } from '@preact/signals';
import { goLive } from './moment.ts';
import { pages } from './pages.ts';
import { goTo, hrefOf } from './route.ts';
import { switchTheme } from './theme.ts';

export const isHelpShown = signal(false);

export const keys: readonly (readonly [key: string, does: string])[] = [
  ['1 … 6', 'the pages, in their order'],
  ['/', 'filter the list'],
  ['[ and ]', 'one event back, one event on (on the page of a channel)'],
  ['l', 'back to now'],
  ['t', 'light or dark'],
  ['?', 'these keys'],
];

/** Set by the page of a channel while it is shown. */
export const stepper: { step: ((direction: -1 | 1) => void) | undefined } = { step: undefined };

export function startKeyboard(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    if (!press(event.key)) return;
    event.preventDefault();
  });
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const isRange = target instanceof HTMLInputElement && target.type === 'range';
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !isRange;
}

/** Whether the key is one of ours. */
function press(key: string): boolean {
  const page = /^[1-9]$/.test(key) ? pages[Number(key) - 1] : undefined;
  if (page !== undefined) {
    goTo(hrefOf([page.id]));
    return true;
  }
  switch (key) {
    case '/':
      document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
      return true;
    case '[':
      stepper.step?.(-1);
      return true;
    case ']':
      stepper.step?.(1);
      return true;
    case 'l':
      goLive();
      return true;
    case 't':
      switchTheme();
      return true;
    case '?':
      isHelpShown.value = true;
      return true;
    default:
      return false;
  }
}
