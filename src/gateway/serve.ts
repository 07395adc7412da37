/** A gateway over the ledger in a file, for as long as it is wanted. */
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { StoreError } from '../store/event-store.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { type Gateway, LOOPBACK, startGateway } from './gateway.ts';
import { type CertifiedKey, selfSigned } from './self-signed.ts';

export interface ServeOptions {
  /** The ledger's file. */
  readonly path: string;
  readonly port: number;
  readonly host?: string;
  readonly isWritable: boolean;
  /** The file cannot be written at all, not even what SQLite keeps beside it. */
  readonly isReadonly: boolean;
  /** `self-made`: a certificate for this run, whose text is handed back. */
  readonly tls?: 'self-made' | { readonly cert: string; readonly key: string };
  readonly password?: string;
}

export interface Served extends Gateway {
  /** What clients take for their CA; undefined unless it was made here. */
  readonly authority: string | undefined;
}

/** Opens the ledger, a new one where clients may write it, and serves it; closing the gateway closes the ledger. */
export async function serveLedger(options: ServeOptions): Promise<Served> {
  // What goes wrong is thrown, in a sentence: nothing else belongs on a person's terminal.
  setLogVerbosity(logVerbosity.NONE);
  const { path, port, host = LOOPBACK, isWritable, isReadonly, password } = options;
  const tls = certifiedKey(options.tls, host);
  const store = openSqliteStore(path, {
    create: isWritable,
    readonly: isReadonly,
    isGathering: true,
  });
  try {
    const gateway = await startGateway({
      store,
      port,
      host,
      isWritable,
      ...(tls && { tls }),
      ...(password !== undefined && { password }),
    });
    return {
      port: gateway.port,
      authority: options.tls === 'self-made' ? tls?.certificate : undefined,
      close: async () => {
        await gateway.close();
        await store.close();
      },
    };
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

function certifiedKey(tls: ServeOptions['tls'], host: string): CertifiedKey | undefined {
  if (tls === undefined) return undefined;
  if (tls === 'self-made') return selfSigned(namesOf(host));
  return { certificate: read(tls.cert), key: read(tls.key) };
}

/** Every name by which a client may reach a gateway that listens there. */
function namesOf(host: string): readonly string[] {
  const names = new Set(['localhost', LOOPBACK, '::1', hostname(), host]);
  if (host !== '0.0.0.0' && host !== '::') return [...names];
  for (const addresses of Object.values(networkInterfaces())) {
    // A zone is of this machine alone, and no part of an address in a certificate.
    for (const { address } of addresses ?? []) names.add(address.replace(/%.*$/, ''));
  }
  return [...names];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`${path} cannot be read: ${reason}`, { cause });
  }
}
