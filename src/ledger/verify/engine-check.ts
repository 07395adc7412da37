/**
 * The engine's own check of its file. It is one call that nothing can interrupt, a second for 200,000
 * events: on a large file a thread makes it, with a connection of its own, and other work goes on.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type LocalStore, StoreError } from '../../store/event-store.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './engine-worker.ts' : './engine-worker.js',
  import.meta.url,
);

/** Fewer are checked in less time than a thread takes to start. */
export const MANY_EVENTS = 20_000;

/** What the thread answers: what it found, or the sentence of the StoreError that it met. */
export type EngineAnswer =
  | { readonly problems: readonly string[] }
  | { readonly storeError: string };

export interface CheckedStore {
  readonly store: Pick<LocalStore, 'integrity'>;
  /** The ledger's file, where it has one. */
  readonly path: string | undefined;
  readonly events: number;
}

/** What is wrong with the file; nothing where it is whole. Throws a StoreError where it cannot be read. */
export async function engineProblems({
  store,
  path,
  events,
}: CheckedStore): Promise<readonly string[]> {
  if (path === undefined || events < MANY_EVENTS || !existsSync(path)) return store.integrity();
  const answer = await answerOf(new Worker(WORKER, { workerData: resolve(path) }));
  if ('storeError' in answer) throw new StoreError(answer.storeError);
  return answer.problems;
}

function answerOf(worker: Worker): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: EngineAnswer) => resolve(answer));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error("the thread of the engine's check ended")));
  });
}
