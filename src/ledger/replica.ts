/**
 * A local copy of a cluster's ledger. What comes over the subscription is written together with the
 * place it came from, in one transaction: after a kill it goes on exactly there.
 */
import { LRUCache } from 'lru-cache';
import { type LocalStore, type StoredEvent, StoreError } from '../store/event-store.ts';
import { backOff } from '../store/eventstoredb/backoff.ts';
import type { ClusterStore } from '../store/eventstoredb/store.ts';
import { ClusterTrouble } from '../store/eventstoredb/trouble.ts';
import { batched } from './batched.ts';
import { assertContinues, assertReplicaOrNew } from './replica-check.ts';
import { REPLICA_GAPS, type ReplicaGap, replicaGaps, replicaGapsText } from './replica-gaps.ts';
import { type ReplicaHead, replicaStep } from './replica-plan.ts';
import { verbatimEvent } from './verbatim-event.ts';

export const CHECKPOINT = 'replica/checkpoint';
const MOST_EVENTS = 1000;
const MOST_CHARACTERS = 4_000_000;
const MOST_TIPS = 20_000;
/** What is caught up comes in pieces of a few dozen; each by itself would cost a flush of the disk. */
const LINGER_MS = 4;

export type ReplicaSource = Pick<
  ClusterStore,
  'subscribeOnce' | 'checkpointOf' | 'lastCheckpoint' | 'firstFrom' | 'readAll' | 'address'
>;

export interface ReplicaOptions {
  readonly source: ReplicaSource;
  readonly local: LocalStore;
  readonly onTrouble?: (sentence: string) => void;
}

interface Waiter {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Replica {
  readonly #source: ReplicaSource;
  readonly #local: LocalStore;
  readonly #onTrouble: (sentence: string) => void;
  readonly #stop = new AbortController();
  readonly #gaps: Map<string, ReplicaGap>;
  /** Where the streams end that this replica wrote to: asking the file for each takes longer than writing. */
  readonly #tips = new LRUCache<string, ReplicaHead>({ max: MOST_TIPS });
  #waiters: Waiter[] = [];
  #following: Promise<void> | undefined;
  #failure: StoreError | undefined;
  #applied = 0;

  constructor({ source, local, onTrouble }: ReplicaOptions) {
    this.#source = source;
    this.#local = local;
    this.#onTrouble = onTrouble ?? (() => undefined);
    this.#gaps = replicaGaps({ getMeta: (key) => local.getMeta(key) });
  }

  /** Begins to follow the cluster; what goes wrong for good is told to everyone who waits. */
  start(): void {
    this.#following ??= this.#follow().catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#failure = cause instanceof StoreError ? cause : new StoreError(reason, { cause });
      this.#settle();
    });
  }

  /** Events written since it was started. */
  get applied(): number {
    return this.#applied;
  }

  /** Resolves when everything is here that the cluster has now. */
  async caughtUp(): Promise<void> {
    const { source, local } = { source: this.#source, local: this.#local };
    const end = await source.lastCheckpoint();
    if (end === undefined) return;
    await this.#until(() => isAtOrAfter(local.getMeta(CHECKPOINT), end));
  }

  /** Resolves when the stream's event is here. */
  async has(stream: string, revision: number): Promise<void> {
    await this.#until(() => (this.#local.streamHead(stream)?.revision ?? -1) >= revision);
  }

  /** Resolves when it ended; rejects with the reason where it stopped by itself. */
  async ended(): Promise<void> {
    await this.#following;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    this.#settle();
  }

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ isOver, resolve, reject });
      this.#settle();
    });
  }

  /** Wakes those whose event has come, and all of them at the end. */
  #settle(): void {
    const isEnd = this.#stop.signal.aborted;
    this.#waiters = this.#waiters.filter(({ isOver, resolve, reject }) => {
      if (isOver()) resolve();
      else if (this.#failure !== undefined) reject(this.#failure);
      else if (isEnd) reject(new StoreError('the replica was closed before the event came'));
      else return true;
      return false;
    });
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    await assertReplicaOrNew(this.#local, CHECKPOINT);
    for (let failures = 0; !signal.aborted; failures++) {
      let reason = 'the server ended the subscription';
      const before = this.#applied;
      try {
        // A server that was restored from a backup meanwhile must not be followed as if nothing was.
        await assertContinues(this.#source, this.#local);
        await this.#followOnce();
      } catch (cause) {
        if (signal.aborted) return;
        if (!(cause instanceof ClusterTrouble && cause.isPassing)) throw cause;
        reason = cause.message;
      }
      if (signal.aborted) return;
      if (this.#applied > before) failures = 0;
      this.#onTrouble(`${this.#source.address.shown}: ${reason}; trying again`);
      await backOff(failures, signal);
    }
  }

  /** Until the server ends it. */
  async #followOnce(): Promise<void> {
    // What was taken and not written comes again.
    this.#tips.clear();
    const events = this.#source.subscribeOnce(this.#local.getMeta(CHECKPOINT), this.#stop.signal);
    const limits = { count: MOST_EVENTS, size: charactersOf, most: MOST_CHARACTERS };
    for await (const batch of batched(events, { ...limits, lingerMs: LINGER_MS })) {
      await this.#write(batch);
    }
  }

  async #write(events: readonly StoredEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const taken = this.#taken(events);
    const meta = { key: CHECKPOINT, text: this.#source.checkpointOf(last) };
    if (taken.length === 0) {
      this.#local.setMeta(meta.key, meta.text);
    } else {
      const requests = taken.map((event) => ({
        stream: event.stream,
        events: [verbatimEvent(event)],
        expectedRevision: event.revision - 1,
      }));
      const results = await this.#local.appendMany(requests, { meta });
      const lost = taken.find((_, index) => results[index]?.ok !== true);
      if (lost !== undefined) throw diverged(lost, 'another program wrote to the replica');
    }
    this.#applied += taken.length;
    this.#settle();
  }

  /** What of it is new here; throws where the two histories part. */
  #taken(events: readonly StoredEvent[]): readonly StoredEvent[] {
    return events.filter((event) => {
      const { stream, revision } = event;
      // Without its beginning a chain of digests cannot be checked, nor a state be folded.
      if (this.#gaps.has(stream)) return false;
      const head = this.#tips.get(stream) ?? this.#local.streamHead(stream);
      const step = replicaStep(event, head, () => this.#digestHere(stream, revision));
      if (step.kind === 'stop') throw diverged(event, step.why);
      if (step.kind === 'gap') this.#keepGap(event, step.missing);
      const { digest } = event;
      if (step.kind === 'take') this.#tips.set(stream, { revision, digest });
      return step.kind === 'take';
    });
  }

  #keepGap({ stream, revision, metadata }: StoredEvent, missing: number): void {
    const { recordedAt: at = '' } = JSON.parse(metadata) as { readonly recordedAt?: string };
    this.#gaps.set(stream, { revision, at });
    this.#local.setMeta(REPLICA_GAPS, replicaGapsText(this.#gaps));
    this.#onTrouble(
      `${stream}: ${missing} events before revision ${revision} are gone from the cluster (truncated): ` +
        'the stream stays out of the replica from there on',
    );
  }

  #digestHere(stream: string, revision: number): Uint8Array | undefined {
    const range = { fromRevision: revision, toRevision: revision };
    const [event] = this.#local.streamEvents(stream, range);
    return event?.digest;
  }
}

function diverged({ stream, revision }: StoredEvent, why: string): StoreError {
  return new StoreError(
    `the replica and its cluster differ at ${stream} revision ${revision}: ${why}; ` +
      'if the cluster was restored on purpose, remove the replica and make a new one',
  );
}

function charactersOf({ data, metadata }: StoredEvent): number {
  return data.length + metadata.length;
}

/** Checkpoints of one cluster, as its adapter writes them: the commit position stands first. */
function isAtOrAfter(checkpoint: string | undefined, other: string): boolean {
  if (checkpoint === undefined) return false;
  const [a = [], b = []] = [checkpoint, other].map((text) => text.match(/[0-9]+/g) ?? []);
  const [commitA = '0', prepareA = '0'] = a;
  const [commitB = '0', prepareB = '0'] = b;
  if (commitA !== commitB) return BigInt(commitA) > BigInt(commitB);
  return BigInt(prepareA) >= BigInt(prepareB);
}
