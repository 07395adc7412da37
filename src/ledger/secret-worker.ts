/** The worker thread's own file: see secret-answers.ts for what it does. */
import { parentPort } from 'node:worker_threads';
import { answer, type SecretTask } from './secret-answers.ts';

const port = parentPort;
port?.on('message', ({ nth, task }: { readonly nth: number; readonly task: SecretTask }) => {
  port.postMessage({ nth, answer: answer(task) });
});
