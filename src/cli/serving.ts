/** The HTTP server of a command: begun with a sentence for what it cannot begin with. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { HttpOptions, HttpServer } from '../http/server.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import type { Ledger } from './ledger-port.ts';
import { existingPath, isCluster } from './open.ts';
import { type CommonOptions, ledgerPath } from './options.ts';

/** Everything but the ledger. */
export type Serving = Omit<HttpOptions, 'ledger'>;

const LARGEST_PORT = 65_535;
const HERE = '127.0.0.1';

export function portOf(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= LARGEST_PORT) return port;
  throw new UsageError(`${option} takes a number up to ${LARGEST_PORT}, not "${text}"`);
}

/** How a thread that verifies opens the same ledger. */
export function verifyOpening(options: CommonOptions, cli: Cli): NonNullable<Serving['verify']> {
  const path = existingPath(ledgerPath(options, cli));
  const passphrase = cli.env.CHANNEL_LEDGER_PASSPHRASE;
  return { ...(!isCluster(path) && { keyOf: path }), ...(passphrase && { passphrase }) };
}

/** The texts of both files, which belong together. */
export function tlsOf(cert: string, key: string): NonNullable<Serving['tls']> {
  const tls = { certificate: pemOf(cert), key: pemOf(key) };
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = code.includes('KEY_VALUES_MISMATCH')
      ? 'the key is of another certificate'
      : `OpenSSL says ${code === '' ? String(cause) : code}; both must be PEM, the key without a passphrase`;
    throw new UsageError(`--cert ${cert} and --key ${key} do not serve: ${why}`, { cause });
  }
  return tls;
}

function pemOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} cannot be read: ${reason}`, { cause });
  }
}

/** Serves until it is closed, and says where. */
export async function beginServing(
  ledger: Ledger,
  asked: Serving,
  { err }: Cli,
): Promise<HttpServer> {
  const [
    { startServer },
    { isForThisMachine, isLoopback },
    { isOver, listTokens },
    { failureText },
  ] = await Promise.all([
    import('../http/server.ts'),
    import('../http/guard.ts'),
    import('../http/tokens.ts'),
    import('../http/problem.ts'),
  ]);
  const { host = HERE, tls, port, names } = asked;
  if (!isLoopback(host) && tls === undefined) {
    throw new UsageError(
      'beyond this machine the line must be encrypted: give --cert and --key, or leave --host out',
    );
  }
  if (!isForThisMachine(host, names) && listTokens(ledger.store).every(isOver)) {
    throw new UsageError(
      'beyond this machine, and by a name of --name, only tokens open it, and there is none: make one with "channel-ledger token create"',
    );
  }
  const onError = (error: unknown, where: string) => {
    for (const line of failureText(error, where).split('\n')) err.line(err.style.text(line));
  };
  const server = await startServer({ onError, ...asked, ledger }).catch((cause: unknown) => {
    throw notListening(cause, host, port);
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  const address = `${tls === undefined ? 'http' : 'https'}://${shown}:${server.port}`;
  const where = `${address}/ is the page, ${address}/docs tells of the API; Ctrl-C ends it`;
  err.line(err.style.text(`channel-ledger: ${ledger.path}: ${where}`));
  return server;
}

function notListening(cause: unknown, host: string, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = {
    EADDRINUSE: 'another program listens there: name another port, or 0 for a free one',
    EACCES: 'the system does not allow it: ports below 1024 are for root',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such address',
  }[String(code)];
  if (why === undefined) return cause;
  return new UsageError(`the server cannot listen on ${host} port ${port}: ${why}`, { cause });
}
