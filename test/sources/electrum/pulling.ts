/** A thread that asks a wallet for its first observations, as many as it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { opened } from './wallets.ts';

const { path, most } = workerData as { readonly path: string; readonly most: number };
const run = await opened(path);
let count = 0;
for await (const _ of run.observations) if (++count === most) break;
parentPort?.postMessage({ count, bad: run.tally.report().bad.named.map(({ reason }) => reason) });
