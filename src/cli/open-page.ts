/** The web page of a ledger that was just recorded, opened where somebody can look at it. */
import { spawn } from 'node:child_process';
import type { Cli } from './cli.ts';
import type { Ledger } from './ledger-port.ts';
import { beginServing } from './serving.ts';

/** Opens an address in the browser of whoever sits here. */
export type OpenAddress = (address: string) => void;

/** A terminal, and a screen for a browser; nobody sits before a pipe or a CI run. */
export function hasScreen({ env, out }: Pick<Cli, 'env' | 'out'>, platform: string): boolean {
  if (!out.isTerminal || env.CI) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Serves the page on a free port of this machine until Ctrl-C. */
export async function showPage(
  ledger: Ledger,
  cli: Cli,
  open: OpenAddress = openAddress,
): Promise<void> {
  const server = await beginServing(ledger, { port: 0 }, cli);
  try {
    open(`http://127.0.0.1:${server.port}/`);
    await new Promise<void>((resolve) => {
      if (cli.signal.aborted) resolve();
      else cli.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await server.close();
  }
}

function openAddress(address: string): void {
  const [command, ...before] = openers[process.platform] ?? ['xdg-open'];
  if (command === undefined) return;
  const child = spawn(command, [...before, address], { detached: true, stdio: 'ignore' });
  // The address stands in the terminal: whoever has no such program can open it there.
  child.on('error', () => undefined);
  child.unref();
}

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
