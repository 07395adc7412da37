/** The writer thread's own file: appends that arrive while others are written share a commit. */
import { parentPort, workerData } from 'node:worker_threads';
import { StoreError } from '../event-store.ts';
import type { SealingKey } from '../unsealed.ts';
import { type Appending, Committer } from './committer.ts';
import { Heads } from './heads.ts';
import { Names } from './names.ts';
import { openConnection } from './open-connection.ts';
import { packResults, unpackRequests } from './packed.ts';
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-thread.ts';

const port = parentPort;
const { path, busyTimeoutMs, maxPages } = workerData as WriterOptions;
const connection = openConnection(path, {
  create: false,
  ...(busyTimeoutMs !== undefined && { busyTimeoutMs }),
  ...(maxPages !== undefined && { maxPages }),
});
const names = { streams: new Names(connection, 'stream'), types: new Names(connection, 'type') };
const committer = new Committer(connection, names, new Heads(connection, names.streams));
const keys: SealingKey[] = [];
let queue: (Appending & { readonly nth: number })[] = [];

port?.on('message', (message: WriterRequest | 'close' | 'forget keys') => {
  if (message === 'close') {
    writeAll();
    connection.close();
    port.close();
    return;
  }
  if (message === 'forget keys') {
    keys.length = 0;
    return;
  }
  const { nth, batch, meta, packed, newKeys, isFirstKeys } = message;
  if (isFirstKeys) keys.length = 0;
  keys.push(...newKeys);
  queue.push({ nth, batch, meta, requests: unpackRequests(packed, keys) });
  if (queue.length === 1) setImmediate(writeAll);
});

function writeAll(): void {
  const group = queue;
  queue = [];
  if (group.length === 0) return;
  for (const answer of answersOf(group)) port?.postMessage(answer);
}

function answersOf(group: typeof queue): readonly WriterAnswer[] {
  try {
    const results = committer.commit(group);
    return group.map(({ nth }, index) => ({ nth, results: packResults(results[index] ?? []) }));
  } catch (cause) {
    // A mistake of ours ends the thread, and is told with its stack.
    if (!(cause instanceof StoreError)) throw cause;
    return group.map(({ nth }) => ({ nth, error: cause.message }));
  }
}
