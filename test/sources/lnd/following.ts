/** A thread that follows a folder of lncli's answers, and counts what it is told until so much has come. */
import { parentPort, workerData } from 'node:worker_threads';
import { lndJsonSource } from '../../../src/sources/lnd/live.ts';

const { folder, most } = workerData as { readonly folder: string; readonly most: number };
const silent = () => undefined;
const stop = new AbortController();
const run = await lndJsonSource.start({
  signal: stop.signal,
  options: { folder },
  stateDirectory: '',
  log: { debug: silent, info: silent, warn: silent, error: silent },
  known: () => ({ nodes: [], channels: () => [], facts: () => [] }),
});
let received = 0;
for await (const { fact } of run.observations) {
  if (fact.type === 'PaymentReceived' && ++received === most) stop.abort();
}
parentPort?.postMessage(received);
