/** The worker thread's own file: verifies the ledger over a connection of its own; see verifying.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openLedger } from '../ledger/open-ledger.ts';
import { StoreError } from '../store/event-store.ts';
import type { VerifyMessage, VerifyTask } from './verifying.ts';

const tell = (message: VerifyMessage) => parentPort?.postMessage(message);

await verified(workerData);

async function verified({ path, signatures, ...opening }: VerifyTask): Promise<void> {
  try {
    const ledger = await openLedger(path, {
      ...opening,
      readonly: true,
      // Without a key that serves, what is sealed is counted as not checkable.
      onBadKey: () => undefined,
    });
    try {
      const report = await ledger.verify({
        signatures,
        onProgress: (done, total = 0) => tell({ kind: 'progress', done, total }),
      });
      tell({ kind: 'report', report });
    } finally {
      await ledger.close();
    }
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    tell({ kind: 'failure', why: cause.message });
  }
}
