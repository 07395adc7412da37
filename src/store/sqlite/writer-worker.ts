/** The writer thread's own file: appends that arrive while others are written share a commit. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreError } from '../event-store.ts';
import { assertStorable } from '../limits.ts';
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
const queue: Waiting[] = [];
let isClosing = false;
/** Met while a commit was made for others, who have their answer first. */
let mistake: { readonly cause: unknown } | undefined;

type Message = WriterRequest | 'close' | 'forget keys';
type Waiting = Appending & { readonly nth: number };

/** Beyond this many events a commit takes no more that came meanwhile, so that all are answered. */
const MAX_COMMIT_EVENTS = 10_000;

port?.on('message', (message: Message) => {
  take(message);
  throwMistake();
  if (isClosing) close();
  else if (queue.length === 1) setImmediate(writeAll);
});

function take(message: Message): void {
  if (message === 'close') {
    isClosing = true;
  } else if (message === 'forget keys') {
    keys.length = 0;
  } else {
    const { nth, batch, lost, meta, packed, newKeys, isFirstKeys } = message;
    committer.lose(batch, lost);
    if (isFirstKeys) keys.length = 0;
    keys.push(...newKeys);
    try {
      const requests = unpackRequests(packed, keys);
      try {
        for (const request of requests) assertStorable(request);
      } catch (cause) {
        committer.lose(batch, new Set(requests.map(({ stream }) => stream)));
        throw cause;
      }
      queue.push({ nth, batch, meta, requests });
    } catch (cause) {
      if (!(cause instanceof StoreError)) mistake ??= { cause };
      else port?.postMessage({ nth, error: cause.message } satisfies WriterAnswer);
    }
  }
}

function writeAll(): void {
  while (queue.length > 0) {
    for (const answer of answersOfQueue()) port?.postMessage(answer);
    throwMistake();
  }
  if (isClosing) close();
}

function close(): void {
  if (queue.length > 0) {
    writeAll();
    return;
  }
  connection.close();
  port?.close();
}

/** One commit, with what comes while it is made: waiting for it would take another flush of the disk. */
function answersOfQueue(): readonly WriterAnswer[] {
  const group: Waiting[] = [];
  try {
    const results = committer.commit(growing(group));
    return group.map(({ nth }, index) => ({ nth, results: packResults(results[index] ?? []) }));
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    const error = cause.message;
    return group.map(({ nth }) => ({ nth, error }));
  }
}

function* growing(group: Waiting[]): Generator<Waiting> {
  let events = 0;
  while (events < MAX_COMMIT_EVENTS) {
    const next = queue.shift() ?? received();
    if (next === undefined) return;
    group.push(next);
    for (const request of next.requests) events += request.events.length;
    yield next;
  }
}

/** What the event loop would bring next, if it brings something to write. */
function received(): Waiting | undefined {
  const next = port && receiveMessageOnPort(port);
  if (!next) return undefined;
  take(next.message as Message);
  return queue.shift();
}

/** A mistake of ours ends the thread: all that still wait are told of it. */
function throwMistake(): void {
  if (mistake !== undefined) throw mistake.cause;
}
