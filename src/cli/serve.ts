/** `serve`: the ledger over HTTP, for programs and pages. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { HttpServer } from '../http/server.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import type { Ledger } from './ledger-port.ts';
import { existingPath, interruption, isCluster, withLedger } from './open.ts';
import { type CommonOptions, ledgerPath, optionsOf } from './options.ts';

interface ServeOptions extends CommonOptions {
  readonly port: string;
  readonly host?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly name?: readonly string[];
}

const LARGEST_PORT = 65_535;
/** Answers under way are given this long to end. */
const PATIENCE_MS = 5000;

export function define(command: Command, cli: Cli): void {
  command
    .option('--port <number>', 'listen there; 0 takes a free one', '8470')
    .option('--host <address>', 'reachable from elsewhere too, with TLS and tokens')
    .option('--cert <file>', 'encrypt with this certificate (PEM)')
    .option('--key <file>', "the certificate's private key (PEM)")
    .option(
      '--name <name>',
      'a name that clients call this server by; may be repeated',
      (text: string, before: string[] = []) => [...before, text],
    )
    .addHelpText('after', '\nExample: channel-ledger serve --port 8470')
    .action(async () => {
      const options = optionsOf<ServeOptions>(command);
      const asked = askedOf(options, cli);
      await withLedger(cli, options, 'read', (ledger) => serve(ledger, asked, cli), PATIENCE_MS);
    });
}

interface Asked {
  readonly port: number;
  readonly host?: string;
  readonly names: readonly string[];
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** How a thread that verifies opens the same ledger. */
  readonly verify: { readonly keyOf?: string; readonly passphrase?: string };
}

function askedOf(options: ServeOptions, cli: Cli): Asked {
  const { port, host, cert, key, name = [] } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--cert and --key go together: name both files');
  }
  const files = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  return {
    port: portOf(port),
    names: name,
    verify: openingOf(options, cli),
    ...(host !== undefined && { host }),
    ...(files && { tls: { certificate: pemOf(files.cert), key: pemOf(files.key) } }),
  };
}

function openingOf(options: ServeOptions, cli: Cli): Asked['verify'] {
  const path = existingPath(ledgerPath(options, cli));
  const passphrase = cli.env.CHANNEL_LEDGER_PASSPHRASE;
  return { ...(!isCluster(path) && { keyOf: path }), ...(passphrase && { passphrase }) };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= LARGEST_PORT) return port;
  throw new UsageError(`--port takes a number up to ${LARGEST_PORT}, not "${text}"`);
}

function pemOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} cannot be read: ${reason}`, { cause });
  }
}

async function serve(ledger: Ledger, asked: Asked, cli: Cli): Promise<void> {
  const [{ startServer, LOOPBACK }, { isLoopback }, { listTokens }] = await Promise.all([
    import('../http/server.ts'),
    import('../http/guard.ts'),
    import('../http/tokens.ts'),
  ]);
  const { host = LOOPBACK, tls } = asked;
  if (!isLoopback(host) && tls === undefined) {
    throw new UsageError(
      'beyond this machine the line must be encrypted: give --cert and --key, or leave --host out',
    );
  }
  if (!isLoopback(host) && listTokens(ledger.store).length === 0) {
    throw new UsageError(
      'beyond this machine only tokens open it, and there is none: make one with "channel-ledger token create"',
    );
  }
  const server = await startServer({ ...asked, ledger });
  try {
    sayServed(ledger, asked, server, cli);
    await aborted(cli.signal);
  } finally {
    await server.close();
  }
  throw interruption(cli.signal);
}

function sayServed(
  { path }: Ledger,
  { host = '127.0.0.1', tls }: Asked,
  { port }: HttpServer,
  { err }: Cli,
): void {
  const shown = host.includes(':') ? `[${host}]` : host;
  const address = `${tls === undefined ? 'http' : 'https'}://${shown}:${port}`;
  err.line(err.style.text(`channel-ledger: ${path}: ${address}/openapi.json; Ctrl-C ends it`));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
