/**
 * The gateway: an embedded ledger over EventStoreDB's own protocol, so that clients of EventStoreDB in
 * any language can read it, subscribe to it and, where it is allowed, append to it.
 */
import { isIP } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type LocalStore, StoreError } from '../store/event-store.ts';
import { anyAdmission, anyWireEvent } from './any-admission.ts';
import { Appender } from './appender.ts';
import type { GatewayContext } from './context.ts';
import {
  featuresService,
  gossipService,
  persistentService,
  streamsService,
} from './definitions.ts';
import { featuresHandlers, gossipHandlers } from './features.ts';
import { fileKeeper, memoryKeeper } from './groups/group-state.ts';
import { Groups } from './groups/groups.ts';
import { persistentHandlers } from './groups/persistent-service.ts';
import { LedgerAdmission } from './ledger-admission.ts';
import { authorizer } from './password.ts';
import { wireEvent } from './recorded-event.ts';
import type { CertifiedKey } from './self-signed.ts';
import { streamsHandlers } from './streams-service.ts';

export interface GatewayOptions {
  readonly store: LocalStore;
  /** 0 takes a free one. */
  readonly port: number;
  /** Loopback only, unless told otherwise. */
  readonly host?: string;
  /** Whether clients may append (default false). */
  readonly isWritable?: boolean;
  readonly tls?: CertifiedKey;
  /** Asked of every caller; needs TLS, without which clients silently leave it out. */
  readonly password?: string;
  /** `anything`: events need not be a ledger's. For tests of clients, which need no more of a server. */
  readonly accepts?: 'ledger-events' | 'anything';
}

export interface Gateway {
  readonly port: number;
  /** Ends every call and stops listening; the store stays open. */
  close(): Promise<void>;
}

export const LOOPBACK = '127.0.0.1';
/** An append of the greatest size and what is around it. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { store, host = LOOPBACK } = options;
  if (options.password !== undefined && options.tls === undefined) {
    throw new StoreError(
      'a password needs TLS: clients leave it out where the line is not encrypted',
    );
  }
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
  const isAnything = options.accepts === 'anything';
  const admission = isAnything ? anyAdmission : new LedgerAdmission(store);
  const isWritable = options.isWritable === true;
  const groups = new Groups(store, isWritable ? fileKeeper(store) : memoryKeeper);
  const context: GatewayContext = {
    store,
    toWire: isAnything ? anyWireEvent : wireEvent,
    appender: isWritable ? new Appender(store, admission) : undefined,
    groups,
    authorize: authorizer(options.password),
  };
  let port = 0;
  server.addService(streamsService, streamsHandlers(context));
  server.addService(persistentService, persistentHandlers(context));
  server.addService(featuresService, featuresHandlers);
  server.addService(
    gossipService,
    gossipHandlers(() => port),
  );
  const address = `${isIP(host) === 6 ? `[${host}]` : host}:${options.port}`;
  port = await listen(server, address, credentialsOf(options.tls));
  return {
    port,
    close: async () => {
      groups.close();
      server.forceShutdown();
    },
  };
}

function credentialsOf(tls: CertifiedKey | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  try {
    return ServerCredentials.createSsl(null, [pair]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`the certificate and its key cannot be used: ${reason}`, { cause });
  }
}

function listen(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(new StoreError(`the gateway cannot listen on ${address}: ${error.message}`));
    });
  });
}
