/** What groups of consumers need of the client, so that cluster.ts stays the only file that knows it. */
import type { LogPosition } from './log-position.ts';

export interface ClientRecord {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata?: unknown;
  readonly position?: LogPosition;
}

export interface ClientResolved {
  /** Absent where a link leads to an event that is gone. */
  readonly event?: ClientRecord;
  readonly link?: ClientRecord;
}

export interface GivenOut extends ClientResolved {
  /** How often it was given out before. */
  readonly retryCount: number;
}

interface ClientStream<T> {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<T>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  resume(): unknown;
  destroy(): unknown;
}

export interface GroupStream extends ClientStream<GivenOut> {
  ack(given: ClientResolved): Promise<void>;
  nack(action: 'retry' | 'park' | 'skip', reason: string, given: ClientResolved): Promise<void>;
  unsubscribe(): Promise<void>;
}

export interface GroupClient {
  createPersistentSubscriptionToAll(
    group: string,
    settings: GroupClientSettings,
    options: { readonly filter: GroupFilter },
  ): Promise<void>;
  replayParkedMessagesToAll(group: string): Promise<void>;
  deletePersistentSubscriptionToAll(group: string): Promise<void>;
  listPersistentSubscriptionsToAll(): Promise<readonly GroupInfo[]>;
  subscribeToPersistentSubscriptionToAll(
    group: string,
    options: { readonly bufferSize: number },
  ): GroupStream;
  readStream(
    stream: string,
    options: { readonly resolveLinkTos: true },
  ): ClientStream<ClientResolved> & { cancel(): Promise<void> };
}

export interface GroupInfo {
  readonly groupName: string;
  readonly status: string;
  readonly stats: { readonly parkedMessageCount: bigint; readonly totalInFlightMessages: number };
  readonly connections: readonly unknown[];
}

export type GroupFilter = {
  readonly filterOn: 'streamName';
  readonly checkpointInterval: number;
} & ({ readonly prefixes: string[] } | { readonly regex: string });

export interface GroupClientSettings {
  readonly startFrom: 'start' | 'end';
  readonly resolveLinkTos: boolean;
  readonly extraStatistics: boolean;
  readonly messageTimeout: number;
  readonly maxRetryCount: number;
  readonly checkPointAfter: number;
  readonly checkPointLowerBound: number;
  readonly checkPointUpperBound: number;
  readonly maxSubscriberCount: 'unbounded';
  readonly liveBufferSize: number;
  readonly readBatchSize: number;
  readonly historyBufferSize: number;
  readonly consumerStrategyName: 'RoundRobin';
}
