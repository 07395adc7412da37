/**
 * Checks revealed secrets against their points while recording goes on, in a worker thread. It follows
 * the store at its own pace and pulls: however fast the recorder is, only a batch is in memory, and
 * nothing of the checking is in the recorder's way.
 */
import type { Checkpoint, EventStore, StoredEvent } from '../store/event-store.ts';
import type { SealingKey } from '../store/unsealed.ts';
import type { Keyring } from './keyring.ts';
import type { SecretAnswer, SecretProblem, WatchedEvent } from './secret-answers.ts';
import { SecretPool } from './secret-pool.ts';
import type { SealedField } from './stored-event.ts';

export type { SecretProblem } from './secret-answers.ts';

const FILTER = {
  streamPrefixes: ['channel-'],
  types: ['ChannelOpened', 'ChannelAdopted', 'CommitmentUpdated', 'CommitmentRevoked'],
};
const BATCH_EVENTS = 256;
/** A batch that is not full goes out when nothing came for so long. */
const BATCH_WAIT_MS = 20;
/** A batch that is lost with so many workers in a row is not the batch's fault: the check gives up. */
const MAX_FAILURES = 3;
/** More are counted and not listed: the first ones say what is wrong. */
const MAX_PROBLEMS = 1000;

export interface SecretCheckerOptions {
  readonly store: EventStore;
  readonly keyring: Keyring;
  /** Only what is recorded after it; everything without. */
  readonly after?: Checkpoint | undefined;
  readonly onProblem?: (problem: SecretProblem) => void;
  readonly pool?: Pick<SecretPool, 'ask' | 'close'>;
}

export interface SecretCounts {
  readonly checked: number;
  readonly notCheckable: number;
  readonly broken: number;
  /** Lost with a worker that ended: `verify` checks them. */
  readonly unchecked: number;
}

export class SecretChecker {
  readonly #options: SecretCheckerOptions;
  readonly #pool: Pick<SecretPool, 'ask' | 'close'>;
  readonly #stop = new AbortController();
  readonly #problems: SecretProblem[] = [];
  readonly #counts = { checked: 0, notCheckable: 0, broken: 0, unchecked: 0 };
  readonly #following: Promise<void>;
  #batch: WatchedEvent[] = [];
  #keys = new Map<string, SealingKey>();
  #timer: NodeJS.Timeout | undefined;
  /** The batch at the worker; one at a time, so that a slow worker slows the reading. */
  #asking: Promise<void> = Promise.resolve();
  /** Set once it has given up. */
  #failure: { readonly error: unknown } | undefined;
  /** Why a batch was lost, given up or not. */
  #firstLoss: string | undefined;
  #lossesInARow = 0;
  #seen: Checkpoint | undefined;
  #idle: (() => void)[] = [];

  constructor(options: SecretCheckerOptions) {
    this.#options = options;
    this.#pool = options.pool ?? new SecretPool(1);
    this.#seen = options.after;
    this.#following = this.#follow().catch((error: unknown) => this.#giveUp(error));
  }

  problems(): readonly SecretProblem[] {
    return this.#problems;
  }

  counts(): SecretCounts {
    return { ...this.#counts };
  }

  /** True once it has given up: nothing recorded from then on is checked. */
  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** Why some secrets were left unchecked; undefined while none was. */
  get failure(): string | undefined {
    return this.#firstLoss;
  }

  /** Resolves once every event that is in the store has been checked. Throws what went wrong. */
  async caughtUp(): Promise<void> {
    for (;;) {
      const seen = this.#seen;
      if (this.#failure !== undefined || !(await this.#hasMoreThan(seen))) break;
      if (this.#seen === seen) await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    this.#flush();
    await this.#asking;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends the worker; what was not checked by then, `verify` checks. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#wakeIdle();
    await this.#pool.close();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { store, after } = this.#options;
    for await (const event of store.subscribe(after, FILTER, this.#stop.signal)) {
      this.#take(event);
      this.#seen = store.checkpointOf(event);
      if (this.#batch.length >= BATCH_EVENTS) {
        await this.#asking;
        this.#flush();
      } else {
        this.#timer ??= setTimeout(() => this.#flush(), BATCH_WAIT_MS).unref();
      }
      this.#wakeIdle();
      if (this.#failure !== undefined) return;
    }
  }

  #take({ stream, revision, id, type, data }: StoredEvent): void {
    this.#batch.push({ stream, revision, id, type, data });
    if (type !== 'CommitmentRevoked') return;
    const { sealed } = JSON.parse(data) as { readonly sealed?: SealedField };
    if (sealed === undefined || this.#keys.has(sealed.keyId)) return;
    const found = this.#options.keyring.byId(sealed.keyId);
    if (found.state === 'open') this.#keys.set(sealed.keyId, found.key);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const [events, keys] = [this.#batch, [...this.#keys.values()]];
    this.#batch = [];
    this.#keys = new Map();
    this.#asking = this.#asking.then(() => this.#ask(events, keys));
  }

  /** A batch whose worker ends is asked once more, of a new one. */
  async #ask(events: readonly WatchedEvent[], keys: readonly SealingKey[]): Promise<void> {
    const task = { kind: 'events', events, keys } as const;
    try {
      this.#settle(await this.#pool.ask(task).catch(() => this.#pool.ask(task)));
      this.#lossesInARow = 0;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#firstLoss ??= reasonOf(error);
      this.#counts.unchecked += events.filter(({ type }) => type === 'CommitmentRevoked').length;
      this.#lossesInARow++;
      if (this.#lossesInARow >= MAX_FAILURES) this.#giveUp(error);
    }
  }

  #settle(answer: SecretAnswer): void {
    if (answer.kind !== 'events') return;
    this.#counts.checked += answer.checked;
    this.#counts.notCheckable += answer.notCheckable;
    this.#counts.broken += answer.problems.length;
    for (const problem of answer.problems) {
      if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
      this.#options.onProblem?.(problem);
    }
  }

  #giveUp(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure ??= { error };
    this.#firstLoss ??= reasonOf(error);
    this.#wakeIdle();
  }

  async #hasMoreThan(seen: Checkpoint | undefined): Promise<boolean> {
    if (this.#stop.signal.aborted) return false;
    for await (const _ of this.#options.store.readAll(seen, FILTER)) return true;
    return false;
  }

  #wakeIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const wake of waiting) wake();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
