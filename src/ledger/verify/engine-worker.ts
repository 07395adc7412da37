/** The worker thread's own file: see engine-check.ts for what it does. */
import { parentPort, workerData } from 'node:worker_threads';
import { StoreError } from '../../store/event-store.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import type { EngineAnswer } from './engine-check.ts';

parentPort?.postMessage(await answerFor(String(workerData)));

async function answerFor(path: string): Promise<EngineAnswer> {
  try {
    const store = openSqliteStore(path, { create: false, readonly: true });
    try {
      return { problems: store.integrity() };
    } finally {
      await store.close();
    }
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    return { storeError: cause.message };
  }
}
