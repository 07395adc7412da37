/** Worker threads that check secrets. */
import type { SecretAnswer, SecretTask } from './secret-answers.ts';
import { WorkerPool } from './worker-pool.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './secret-worker.ts' : './secret-worker.js',
  import.meta.url,
);

export class SecretPool extends WorkerPool<SecretTask, SecretAnswer> {
  constructor(size?: number) {
    super({ worker: WORKER, name: 'the secret checker', size });
  }
}
