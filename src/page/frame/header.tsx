/** Name, pages, the moment that is shown, light or dark. */
import { pages } from '../pages.ts';
import { route } from '../route.ts';
import { isSignedIn } from '../sign-in-state.ts';
import { isDark, switchTheme } from '../theme.ts';
import { MomentSwitch } from './moment-switch.tsx';
import { SignOut } from './sign-in.tsx';

/** A channel belongs to the list it is found in. */
const HOMES: Readonly<Record<string, string>> = { channel: 'channels' };

export function Header() {
  const [shown = 'channels'] = route.value.parts;
  const home = HOMES[shown] ?? shown;
  return (
    <header class="frame">
      <a class="name" href="#/channels">
        <span class="mark" aria-hidden="true" />
        channel-ledger
      </a>
      <nav aria-label="Pages">
        {pages.map(({ id, title }) => (
          <a key={id} href={`#/${id}`} {...(home === id && { 'aria-current': 'page' as const })}>
            {title}
          </a>
        ))}
      </nav>
      <MomentSwitch />
      {isSignedIn.value && <SignOut />}
      <button
        type="button"
        class="quiet theme"
        onClick={switchTheme}
        aria-label={isDark.value ? 'Show it light' : 'Show it dark'}
        title={isDark.value ? 'Light (t)' : 'Dark (t)'}
      >
        <span aria-hidden="true">{isDark.value ? '☀' : '☾'}</span>
      </button>
    </header>
  );
}
