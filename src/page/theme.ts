/** Light or dark: as the system has it, until somebody says otherwise. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'channel-ledger-theme';

const stored = localStorage.getItem(KEY);
const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system');
const system = matchMedia('(prefers-color-scheme: dark)');
export const isDark = signal(false);

function darkOf(chosen: Theme): boolean {
  return chosen === 'system' ? system.matches : chosen === 'dark';
}

export function switchTheme(): void {
  theme.value = isDark.value ? 'light' : 'dark';
  localStorage.setItem(KEY, theme.value);
}

export function startTheme(): void {
  effect(() => {
    isDark.value = darkOf(theme.value);
    document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
  });
  system.addEventListener('change', () => {
    isDark.value = darkOf(theme.value);
    document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
  });
}
