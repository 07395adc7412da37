/** A gateway on a random port over a real file, with the unmodified client beside it. */
import { join } from 'node:path';
import { type AllStreamResolvedEvent, EventStoreDBClient } from '@eventstore/db-client';
import { type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts';
import type { LocalStore } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';

export interface Served {
  readonly store: LocalStore;
  readonly client: EventStoreDBClient;
  readonly port: number;
}

let files = 0;
const directory = temporaryDirectory();

export function newFile(): string {
  return join(directory, `ledger-${files++}.db`);
}

/** `fill` writes into the store before anybody is served. */
export async function withGateway(
  options: Partial<GatewayOptions>,
  run: (served: Served) => Promise<void>,
  fill: (store: LocalStore) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const store = options.store ?? openSqliteStore(newFile(), { create: true });
  await fill(store);
  const gateway = await startGateway({ store, port: 0, ...options });
  const client = clientOf(gateway.port);
  try {
    await run({ store, client, port: gateway.port });
  } finally {
    await client.dispose();
    await gateway.close();
    if (options.store === undefined) await store.close();
  }
}

function clientOf(port: number): EventStoreDBClient {
  return EventStoreDBClient.connectionString`esdb://127.0.0.1:${String(port)}?tls=false`;
}

/** The first events of a subscription, which is then ended. */
export async function take<T>(count: number, events: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

export async function positionsOf(events: AsyncIterable<AllStreamResolvedEvent>) {
  const positions: number[] = [];
  for await (const { event } of events) positions.push(Number(event?.position.commit));
  return positions;
}

/** What the client threw. */
export async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}
