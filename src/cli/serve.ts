/** `serve`: the ledger over HTTP, for programs and pages. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import type { Ledger } from './ledger-port.ts';
import { interruption, withLedger } from './open.ts';
import { type CommonOptions, optionsOf } from './options.ts';
import { beginServing, portOf, type Serving, tlsOf, verifyOpening } from './serving.ts';

interface ServeOptions extends CommonOptions {
  readonly port: string;
  readonly host?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly name?: readonly string[];
  readonly allowOrigin?: readonly string[];
}

/** Answers under way are given this long to end. */
const PATIENCE_MS = 5000;

export function define(command: Command, cli: Cli): void {
  const each = (text: string, before: string[] = []) => [...before, text];
  command
    .option('--port <number>', 'listen there; 0 takes a free one', '8470')
    .option('--host <address>', 'reachable from elsewhere too, with TLS and tokens')
    .option('--cert <file>', 'encrypt with this certificate (PEM)')
    .option('--key <file>', "the certificate's private key (PEM)")
    .option(
      '--name <name>',
      'a name that clients call this server by, with tokens; may be repeated',
      each,
    )
    .option(
      '--allow-origin <origin>',
      'pages from there may read answers, with a token; may be repeated',
      each,
    )
    .addHelpText(
      'after',
      '\nWhile recording: "channel-ledger record SOURCE --serve 8470", or this beside it.' +
        '\n\nExample: channel-ledger serve --port 8470',
    )
    .action(async () => {
      const options = optionsOf<ServeOptions>(command);
      const asked = servingOf(options, cli);
      await withLedger(cli, options, 'read', (ledger) => serve(ledger, asked, cli), PATIENCE_MS);
    });
}

function servingOf(options: ServeOptions, cli: Cli): Serving {
  const { port, host, cert, key, name = [], allowOrigin = [] } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--cert and --key go together: name both files');
  }
  return {
    port: portOf('--port', port),
    names: name,
    origins: allowOrigin.map(originOf),
    verify: verifyOpening(options, cli),
    ...(host !== undefined && { host }),
    ...(cert !== undefined && key !== undefined && { tls: tlsOf(cert, key) }),
  };
}

/** As browsers send it; any other spelling would never match. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return text;
  throw new UsageError(
    `--allow-origin takes an origin like https://dash.example or http://localhost:3000, not "${text}"`,
  );
}

async function serve(ledger: Ledger, asked: Serving, cli: Cli): Promise<void> {
  const server = await beginServing(ledger, asked, cli);
  try {
    await aborted(cli.signal);
  } finally {
    await server.close();
  }
  throw interruption(cli.signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
