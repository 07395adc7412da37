/**
 * `verify` beside the answers: in a thread with a connection of its own, one at a time, its last result
 * kept until the server ends.
 */
import { Worker } from 'node:worker_threads';
import { MEMORY } from '../ledger/open-ledger.ts';
import type { VerifyReport } from '../ledger/verify/verify.ts';
import { nowText } from './clock.ts';
import { type OnError, Refusal } from './problem.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js',
  import.meta.url,
);

/** How the thread opens the ledger as its owner did. */
export interface VerifyOpening {
  readonly passphrase?: string;
  /** The ledger whose key file serves this one, which is a copy of it. */
  readonly keyOf?: string;
}

export interface VerifyTask extends VerifyOpening {
  readonly path: string;
  readonly signatures: boolean;
}

export type VerifyMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'report'; readonly report: VerifyReport }
  | { readonly kind: 'failure'; readonly why: string };

/** What the last run is at, or came to. */
export interface VerifyStatus {
  readonly state: 'never' | 'running' | 'done' | 'failed';
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Every commitment rebuilt and every signature checked too. */
  readonly signatures?: boolean;
  /** The newest event when it began: what was recorded later is not in the report. */
  readonly checkpoint?: string;
  readonly done?: number;
  readonly total?: number;
  /** As `verify --json` prints it. */
  readonly report?: VerifyReport;
  /** Why it came to no report. */
  readonly why?: string;
}

interface Verified {
  readonly path: string;
  readonly store: { lastCheckpoint(): Promise<string | undefined> };
}

export class Verifying {
  readonly #ledger: Verified;
  readonly #opening: VerifyOpening;
  readonly #onError: OnError;
  #status: VerifyStatus = { state: 'never' };
  #worker: Worker | undefined;

  constructor(ledger: Verified, opening: VerifyOpening, onError: OnError) {
    this.#ledger = ledger;
    this.#opening = opening;
    this.#onError = onError;
  }

  status(): VerifyStatus {
    return this.#status;
  }

  /** Begins a run, and does not wait for it. Throws a Refusal while one is under way. */
  async begin(signatures: boolean): Promise<VerifyStatus> {
    const { path, store } = this.#ledger;
    if (path === MEMORY) {
      throw new Refusal(409, 'a ledger in memory has no file that a second reader could open');
    }
    const checkpoint = await store.lastCheckpoint();
    if (this.#worker !== undefined) {
      throw new Refusal(409, 'one is under way: GET /verify tells how far it is');
    }
    this.#status = {
      state: 'running',
      startedAt: nowText(),
      signatures,
      ...(checkpoint !== undefined && { checkpoint }),
    };
    const task: VerifyTask = { ...this.#opening, path, signatures };
    const worker = new Worker(WORKER, { workerData: task });
    this.#worker = worker;
    worker.on('message', (message: VerifyMessage) => this.#told(message));
    worker.on('error', (error) => {
      this.#onError(error, 'the thread of verify');
      this.#end({ state: 'failed', why: 'the thread of verify failed' });
    });
    worker.on('exit', () => {
      this.#end({ state: 'failed', why: 'the thread of verify ended early' });
      this.#worker = undefined;
    });
    return this.#status;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #told(message: VerifyMessage): void {
    if (message.kind === 'progress') {
      const { done, total } = message;
      this.#status = { ...this.#status, done, total };
    } else if (message.kind === 'report') this.#end({ state: 'done', report: message.report });
    else this.#end({ state: 'failed', why: message.why });
  }

  /** The first end counts: a thread that has told its report ends as well. */
  #end(end: Pick<VerifyStatus, 'state' | 'report' | 'why'>): void {
    if (this.#status.state !== 'running') return;
    const { done: _done, total: _total, ...begun } = this.#status;
    this.#status = { ...begun, ...end, endedAt: nowText() };
  }
}
