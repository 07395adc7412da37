/** `gateway`: the ledger over EventStoreDB's own protocol, for clients in any language. */
import type { Command } from 'commander';
import type { Served, ServeOptions } from '../gateway/serve.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { assertThere, existingPath, interruption, isCluster } from './open.ts';
import { type CommonOptions, ledgerPath, optionsOf } from './options.ts';
import { readingOf } from './readable.ts';

interface GatewayOptions extends CommonOptions {
  readonly port: string;
  readonly host?: string;
  readonly writable?: boolean;
  readonly tls?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly password?: boolean;
}

const PASSWORD = 'CHANNEL_LEDGER_GATEWAY_PASSWORD';
const LARGEST_PORT = 65_535;

export function define(command: Command, cli: Cli): void {
  command
    .option('--port <number>', 'listen there; 0 takes a free one', '2113')
    .option('--host <address>', 'reachable from elsewhere too; without, from this machine alone')
    .option('--writable', 'take appends of events that pass schema, rules and digest')
    .option('--tls', 'encrypt, with a certificate made for this run; it is printed for the clients')
    .option('--cert <file>', 'encrypt with this certificate (PEM)')
    .option('--key <file>', "the certificate's private key (PEM)")
    .option('--password', `ask every client for the password in $${PASSWORD}; needs TLS`)
    .addHelpText('after', '\nExample: channel-ledger gateway --port 2113')
    .action(async () => {
      const options = optionsOf<GatewayOptions>(command);
      const asked = askedOf(options, cli);
      const path = existingPath(ledgerPath(options, cli));
      if (isCluster(path)) throw new UsageError('the gateway serves a ledger in a file: name one');
      assertThere(path);
      await serve(path, asked, cli);
    });
}

type Asked = Omit<ServeOptions, 'path' | 'isReadonly'>;

function askedOf(options: GatewayOptions, { env }: Cli): Asked {
  const { host, writable, tls, cert, key } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--cert and --key go together: name both files');
  }
  if (tls && cert !== undefined) throw new UsageError('--tls makes its own: leave --cert out');
  const files = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const encryption = tls ? ('self-made' as const) : files;
  if (options.password && encryption === undefined) {
    throw new UsageError(
      '--password needs --tls or --cert and --key: clients leave it out where the line is not encrypted',
    );
  }
  const password = options.password ? env[PASSWORD] : undefined;
  if (options.password && !password) {
    throw new UsageError(`--password takes the password from $${PASSWORD}, which is not set`);
  }
  return {
    port: portOf(options.port),
    isWritable: writable ?? false,
    ...(host !== undefined && { host }),
    ...(encryption !== undefined && { tls: encryption }),
    ...(password !== undefined && { password }),
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= LARGEST_PORT))
    throw new UsageError(`--port takes a number up to 65535, not "${text}"`);
  return port;
}

async function serve(path: string, asked: Asked, cli: Cli): Promise<void> {
  const { serveLedger } = await import('../gateway/serve.ts');
  const reading = asked.isWritable
    ? { path, isReadonly: false, notice: undefined, end: () => undefined }
    : readingOf(path);
  if (reading.notice !== undefined) say(cli, reading.notice);
  try {
    const served = await serveLedger({
      ...asked,
      path: reading.path,
      isReadonly: reading.isReadonly,
    });
    try {
      sayServed(path, asked, served, cli);
      await aborted(cli.signal);
    } finally {
      await served.close();
    }
  } finally {
    reading.end();
  }
  throw interruption(cli.signal);
}

function sayServed(path: string, asked: Asked, { port, authority }: Served, cli: Cli): void {
  if (authority !== undefined) cli.out.raw(authority);
  const tls = asked.tls === undefined ? '?tls=false' : '';
  const host = asked.host ?? '127.0.0.1';
  const how = asked.isWritable ? 'to read and to append' : 'to read';
  say(cli, `${path} ${how}: esdb://${host}:${port}${tls}; Ctrl-C ends it`);
  if (!asked.isWritable)
    say(cli, 'groups of consumers are forgotten at the end: --writable keeps them');
  if (asked.host !== undefined && asked.password === undefined) {
    say(cli, 'whoever reaches this address reads the whole ledger: --password asks for one');
  }
}

function say({ err }: Cli, sentence: string): void {
  err.line(err.style.text(`channel-ledger: ${sentence}`));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
