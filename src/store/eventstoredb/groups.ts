/**
 * Groups of competing consumers: the server gives each event to one of them, again until it is
 * acknowledged, and parks what failed too often. At least once, and in no promised order.
 */
import { type StoredEvent, StoreError, UNKNOWN_POSITION } from '../event-store.ts';
import { quote } from '../limits.ts';
import type { ClusterAddress } from './address.ts';
import type { ClientRecord, GroupClient, GroupFilter } from './group-client.ts';
import { consumeOnce, type GroupHandler } from './group-consumer.ts';
import { groupTrouble, inOwnWords, typeOf } from './group-trouble.ts';
import { LedgerNames } from './names.ts';
import { persistently, type Reading } from './persistently.ts';
import { unsealedEvent } from './stored-form.ts';
import { ClusterTrouble } from './trouble.ts';

export interface GroupSettings {
  /** `end`: only what comes from now on (default: everything, from the start). */
  readonly from?: 'start' | 'end';
  /**
   * Parked after so many failures (default 5). The server counts for one, too, what a consumer was given
   * and left unanswered when it died or ended: with 1 the end of a consumer parks what lay before it.
   */
  readonly parkAfter?: number;
  /** Taken from a consumer that has not answered for so long (default 30 seconds). */
  readonly timeoutMs?: number;
  /** Only streams that begin so, such as `channel-`; all of the ledger without. */
  readonly streamPrefixes?: readonly string[];
}

export interface ConsumeOptions {
  /** Handlers at once; the server gives out no more than that (default 10). */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

export interface ParkedEvent {
  readonly stream: string;
  readonly revision: number;
  /** Undefined where the event itself is gone from the cluster. */
  readonly event: StoredEvent | undefined;
  /** What its last consumer said, where the server keeps it. */
  readonly reason: string | undefined;
}

export interface GroupState {
  readonly name: string;
  /** In the server's own word. */
  readonly status: string;
  readonly consumers: number;
  /** Given out and not answered yet. */
  readonly underWay: number;
  readonly parked: number;
}

export interface GroupsParts {
  readonly address: ClusterAddress;
  readonly client: GroupClient;
  readonly release: () => Promise<void>;
  /** Told of lost connections and of answers that were lost with them. */
  readonly onTrouble?: (sentence: string) => void;
}

const PARK_AFTER = 5;
const TIMEOUT_MS = 30_000;
const CONCURRENCY = 10;
const PATIENCE_MS = 60_000;
const NAME = /^[a-z0-9-]{1,64}$/;

/** Made by `openConsumerGroups`. */
export class ConsumerGroups {
  readonly #address: ClusterAddress;
  readonly #client: GroupClient;
  readonly #release: () => Promise<void>;
  readonly #names: LedgerNames;
  readonly #onTrouble: (sentence: string) => void;
  readonly #stop = new AbortController();

  constructor({ address, client, release, onTrouble }: GroupsParts) {
    this.#address = address;
    this.#client = client;
    this.#release = release;
    this.#names = new LedgerNames(address.ledger);
    this.#onTrouble = onTrouble ?? (() => undefined);
  }

  /** Makes a group; throws a StoreError where there is one of that name. */
  async create(name: string, settings: GroupSettings = {}): Promise<void> {
    const { from = 'start', parkAfter = PARK_AFTER, timeoutMs = TIMEOUT_MS } = settings;
    assertWhole('parkAfter', parkAfter);
    assertWhole('timeoutMs', timeoutMs);
    const streams = this.#names.filter(settings.streamPrefixes ?? []);
    const filter: GroupFilter = {
      filterOn: 'streamName',
      checkpointInterval: 1,
      ...('regex' in streams ? streams : { prefixes: [...streams.prefixes] }),
    };
    const group = this.#inCluster(name);
    const made = { ...SETTINGS, startFrom: from, messageTimeout: timeoutMs };
    // The first time is no retry.
    const maxRetryCount = parkAfter - 1;
    await this.#asked(name, () =>
      this.#client.createPersistentSubscriptionToAll(group, { ...made, maxRetryCount }, { filter }),
    );
  }

  /**
   * Consumes a group until the signal aborts: an event is acknowledged once its handler is done, and
   * given out again, to anybody of the group, where it fails. Connections that are lost are made
   * again. At the end what is under way is waited for; what the signal made fail goes to another.
   */
  async consume(name: string, handler: GroupHandler, options: ConsumeOptions = {}): Promise<void> {
    const { concurrency = CONCURRENCY } = options;
    assertWhole('concurrency', concurrency);
    const group = this.#inCluster(name);
    const given = options.signal === undefined ? [] : [options.signal];
    const signal = AbortSignal.any([this.#stop.signal, ...given]);
    const reading: Reading = {
      what: `consuming the group ${quote(name)} at ${this.#address.shown}`,
      patienceMs: PATIENCE_MS,
      onTrouble: this.#onTrouble,
      signal,
      isEndless: true,
    };
    const open = () => {
      const stream = this.#client.subscribeToPersistentSubscriptionToAll(group, {
        bufferSize: concurrency,
      });
      const eventOf = (record: ClientRecord) => this.#eventOf(record);
      return inOwnWords(name, consumeOnce(stream, { handler, eventOf, signal }));
    };
    for await (const _answered of persistently(open, reading)) {
      // Each is answered already: this only tells that the connection works.
    }
  }

  /** What the group has parked, the one parked first before all others. */
  async *parked(name: string): AsyncGenerator<ParkedEvent> {
    const parkedStream = `$persistentsubscription-$all::${this.#inCluster(name)}-parked`;
    const stream = this.#client.readStream(parkedStream, { resolveLinkTos: true });
    stream.on('error', () => undefined);
    try {
      for await (const { event, link } of stream.iterator({ destroyOnReturn: false })) {
        yield this.#parkedOf(event, link);
      }
    } catch (cause) {
      // Nothing was ever parked.
      if (typeOf(cause) !== 'stream-not-found') throw this.#sentence(name, cause);
    } finally {
      stream.cancel().catch(() => undefined);
      stream.resume();
    }
  }

  /** Gives out everything that is parked again. */
  async replayParked(name: string): Promise<void> {
    const group = this.#inCluster(name);
    await this.#asked(name, () => this.#client.replayParkedMessagesToAll(group));
  }

  /** The ledger's groups, by name. */
  async list(): Promise<readonly GroupState[]> {
    const found = await this.#client.listPersistentSubscriptionsToAll().catch((cause: unknown) => {
      // So a server says that there is none.
      if (typeOf(cause) === 'persistent-subscription-does-not-exist') return [];
      throw this.#sentence('', cause);
    });
    const own = found.flatMap(({ groupName, status, stats, connections }): GroupState[] => {
      const name = this.#names.ours(groupName);
      if (name === undefined || !NAME.test(name)) return [];
      const underWay = stats.totalInFlightMessages;
      const parked = Number(stats.parkedMessageCount);
      return [{ name, status, consumers: connections.length, underWay, parked }];
    });
    return own.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Removes a group with what it knows of what was handled; the events stay where they are. */
  async remove(name: string): Promise<void> {
    const group = this.#inCluster(name);
    await this.#asked(name, () => this.#client.deletePersistentSubscriptionToAll(group));
  }

  /** Ends what is being consumed, and the connection where nobody else uses it. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#release();
  }

  /** Each ledger has groups of its own. */
  #inCluster(name: string): string {
    if (this.#stop.signal.aborted) throw new StoreError('the connection to the groups is closed');
    if (NAME.test(name)) return this.#names.inCluster(name);
    throw new StoreError(`${quote(name)} is no name of a group: use a to z, 0 to 9 and -`);
  }

  async #asked(name: string, call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (cause) {
      throw this.#sentence(name, cause);
    }
  }

  #sentence(name: string, cause: unknown): StoreError {
    if (cause instanceof StoreError && !(cause instanceof ClusterTrouble)) return cause;
    const { message } = groupTrouble(name, cause);
    return new StoreError(`${this.#address.shown}: ${message}`, { cause });
  }

  #parkedOf(record: ClientRecord | undefined, link: ClientRecord | undefined): ParkedEvent {
    const reason = reasonOf(link?.metadata);
    if (record !== undefined) {
      const event = this.#eventOf(record);
      const { stream = record.streamId, revision = Number(record.revision) } = event ?? {};
      return { stream, revision, event, reason };
    }
    const [, revision = '', name = ''] = /^([0-9]+)@(.+)$/s.exec(textOf(link?.data)) ?? [];
    const stream = this.#names.ours(name) ?? name;
    return { stream, revision: Number(revision), event: undefined, reason };
  }

  /** Undefined for an event that is none of the ledger's. */
  #eventOf(record: ClientRecord): StoredEvent | undefined {
    const stream = this.#names.ours(record.streamId);
    if (stream === undefined) return undefined;
    const { type, data, metadata } = record;
    const revision = Number(record.revision);
    const place = () => `${quote(stream)} revision ${revision}`;
    const handedIn = unsealedEvent({ type, data, metadata }, place);
    const position =
      record.position === undefined ? UNKNOWN_POSITION : Number(record.position.commit);
    return { position, stream, revision, ...handedIn };
  }
}

const SETTINGS = {
  resolveLinkTos: false,
  extraStatistics: false,
  checkPointAfter: 2000,
  checkPointLowerBound: 10,
  checkPointUpperBound: 1000,
  maxSubscriberCount: 'unbounded',
  liveBufferSize: 500,
  readBatchSize: 20,
  historyBufferSize: 500,
  consumerStrategyName: 'RoundRobin',
} as const;

function reasonOf(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('reason' in metadata))
    return undefined;
  return typeof metadata.reason === 'string' ? metadata.reason : undefined;
}

function textOf(data: unknown): string {
  return data instanceof Uint8Array ? Buffer.from(data).toString('utf8') : String(data);
}

function assertWhole(name: string, number: number): void {
  if (Number.isSafeInteger(number) && number >= 1) return;
  throw new StoreError(`${name} must be a whole number from 1 on, not ${number}`);
}
