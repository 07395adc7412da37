/** The worker thread's own file: see proof-queue.ts for what it does. */
import { parentPort } from 'node:worker_threads';
import { answerProofs, type ProofTask } from './proof-tasks.ts';

const port = parentPort;
port?.on('message', ({ nth, task }: { readonly nth: number; readonly task: ProofTask[] }) => {
  port.postMessage({ nth, answer: answerProofs(task) });
});
