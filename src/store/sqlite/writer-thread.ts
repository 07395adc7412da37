/**
 * A thread that writes, with its own connection to the file, so that digesting and inserting one
 * part of a batch runs beside deciding the next. Started by the first append that asks for it.
 */
import { Worker } from 'node:worker_threads';
import { type AppendResult, StoreError } from '../event-store.ts';
import type { SealingKey } from '../unsealed.ts';
import type { Appending } from './committer.ts';
import { type PackedRequests, type PackedResults, packRequests, unpackResults } from './packed.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
  import.meta.url,
);

/** What the thread opens the file with. */
export interface WriterOptions {
  readonly path: string;
  readonly busyTimeoutMs: number | undefined;
  readonly maxPages: number | undefined;
}

export interface WriterRequest {
  readonly nth: number;
  readonly batch: number | undefined;
  /** Streams that the batch lost elsewhere. */
  readonly lost: ReadonlySet<string>;
  readonly meta: Appending['meta'];
  readonly packed: PackedRequests;
  /** Keys that the thread was not told yet; it forgets the others first where they have become many. */
  readonly newKeys: readonly SealingKey[];
  readonly isFirstKeys: boolean;
}

/** `error`: the sentence of a StoreError, after which nothing of that message is in the file. */
export type WriterAnswer =
  | { readonly nth: number; readonly results: PackedResults }
  | { readonly nth: number; readonly error: string };

const MOST_KEYS = 1000;

interface Waiting {
  readonly resolve: (results: readonly AppendResult[]) => void;
  readonly reject: (error: StoreError) => void;
}

export class WriterThread {
  readonly #options: WriterOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Numbers of the keys that the thread was told, by their ids. */
  readonly #keys = new Map<string, number>();
  #worker: Worker | undefined;
  #nth = 0;
  #isClosing = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** True while something is on its way: what comes after it must go the same way. */
  get isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Answers when the requests are on disk. `lost`: what their batch has lost where it was written before;
   * what it loses here need not be known there, since nothing goes there while this is under way.
   */
  append(
    { requests, batch, meta }: Appending,
    lost: ReadonlySet<string>,
  ): Promise<readonly AppendResult[]> {
    const worker = this.#started();
    const nth = this.#nth++;
    // Only what was packed and sent is waited for, and only what was sent is told.
    const isFirstKeys = this.#keys.size >= MOST_KEYS;
    const known = isFirstKeys ? new Map<string, number>() : this.#keys;
    const newKeys: SealingKey[] = [];
    const fresh = new Map<string, number>();
    const packed = packRequests(requests, ({ keyId, ...key }) => {
      const number = known.get(keyId) ?? fresh.get(keyId) ?? known.size + fresh.size;
      if (number === known.size + fresh.size) {
        fresh.set(keyId, number);
        newKeys.push({ keyId, ...key });
      }
      return number;
    });
    const message: WriterRequest = { nth, batch, lost, meta, packed, newKeys, isFirstKeys };
    const { lengths, places, numbers, flags } = packed;
    worker.postMessage(message, [lengths.buffer, places.buffer, numbers.buffer, flags.buffer]);
    if (isFirstKeys) this.#keys.clear();
    for (const [keyId, number] of fresh) this.#keys.set(keyId, number);
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(nth, { resolve, reject });
    });
  }

  /** Has the thread forget every key it was told: one of them was destroyed. */
  forgetKeys(): void {
    this.#keys.clear();
    this.#worker?.postMessage('forget keys');
  }

  /** Ends the thread once everything is written; undefined where there is none. */
  close(): Promise<void> | undefined {
    const worker = this.#worker;
    if (worker === undefined) return undefined;
    return new Promise((resolve) => {
      worker.once('exit', () => resolve());
      this.#isClosing = true;
      worker.ref();
      worker.postMessage('close');
    });
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    this.#keys.clear();
    const worker = new Worker(WORKER, { workerData: this.#options });
    worker.on('message', (answer: WriterAnswer) => this.#settle(answer));
    worker.on('error', (cause) => this.#fail(worker, cause));
    worker.on('exit', () => this.#fail(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #settle(answer: WriterAnswer): void {
    const waiting = this.#waiting.get(answer.nth);
    this.#waiting.delete(answer.nth);
    // With nothing to write it must not keep the process alive.
    if (this.#waiting.size === 0 && !this.#isClosing) this.#worker?.unref();
    if ('error' in answer) waiting?.reject(new StoreError(answer.error));
    else waiting?.resolve(unpackResults(answer.results));
  }

  /** What was on its way may be in the file or not: who sent it asks the file. */
  #fail(worker: Worker, cause: unknown): void {
    // The end of one that failed before: another may have been started since.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const reason = cause instanceof Error ? cause.message : 'it ended';
    const error = new StoreError(`the thread that writes ${this.#options.path}: ${reason}`, {
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
