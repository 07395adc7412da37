/** What clients ask of `Streams`, each kind of answer once. */
import type { Exchange, RawServer } from './raw-server.ts';
import {
  appendRequests,
  type BatchPiece,
  batchRequest,
  deleteRequest,
  type EventNumber,
  type Expectation,
  type ReadPlace,
  readRequest,
  tombstoneRequest,
} from './stream-requests.ts';

export interface Case {
  readonly name: string;
  run(server: RawServer): Promise<Exchange>;
}

/** An expectation that a real server keeps in mind as long as this is past. */
const LONG_AGO = 1_000_000_000;

export const event = (n: number, type = 'T'): EventNumber => ({ n, type });
const two = [event(1), event(2)];

export async function append(
  server: RawServer,
  stream: string,
  expected: Expectation,
  events: readonly EventNumber[],
): Promise<Exchange> {
  return server.append(appendRequests(stream, expected, events));
}

/** `before` is there already, where the case needs it. */
function appending(
  name: string,
  expected: Expectation,
  events: readonly EventNumber[],
  before: readonly EventNumber[] = [],
): Case {
  return {
    name: `append: ${name}`,
    async run(server) {
      const stream = server.stream(name.replaceAll(' ', '-'));
      if (before.length > 0) await append(server, stream, 'no stream', before);
      return append(server, stream, expected, events);
    },
  };
}

export const appendCases: readonly Case[] = [
  appending('a new stream', 'no stream', two),
  appending('after the last revision', 1, [event(3)], two),
  appending('to anything', 'any', two),
  appending('to a stream that exists', 'stream exists', [event(3)], two),
  appending('the same again', 'no stream', two, two),
  // Without a revision a server goes by the ids alone, so that these are in no other stream.
  appending('the same again to anything', 'any', [event(71), event(72)], [event(71), event(72)]),
  appending('the first of the same again', 'no stream', [event(1)], two),
  appending('no stream expected', 'no stream', [event(3)], two),
  appending('an older revision expected', 0, [event(3)], two),
  appending('a later revision expected', 7, [event(3)], two),
  appending('a revision of no stream expected', 0, [event(3)]),
  appending('a stream expected that is not there', 'stream exists', [event(3)]),
  appending('no events', 'any', []),
  appending('no type', 'any', [event(1, '')]),
];

/** Sends one piece, and leaves when it is answered. */
export function appendBatch(server: RawServer, piece: BatchPiece): Promise<Exchange> {
  let isSent = false;
  const call = server.streams.batchAppend(server.metadata);
  return server.converse('Streams.BatchAppend', call, (replies) => {
    if (replies.length > 0) return 'leave';
    if (isSent) return undefined;
    isSent = true;
    return batchRequest(piece);
  });
}

function batching(
  name: string,
  piece: Omit<BatchPiece, 'append' | 'stream'>,
  before: readonly EventNumber[] = [],
): Case {
  return {
    name: `batch: ${name}`,
    async run(server) {
      const stream = server.stream(`batch-${name.replaceAll(' ', '-')}`);
      if (before.length > 0) await append(server, stream, 'no stream', before);
      return appendBatch(server, { append: 100, stream, ...piece });
    },
  };
}

export const batchCases: readonly Case[] = [
  batching('a new stream', { expected: 'no stream', events: two }),
  batching('after the last revision', { expected: 1, events: [event(3)] }, two),
  batching('to anything', { expected: 'any', events: two }),
  batching('the same again', { expected: 'no stream', events: two }, two),
  batching('no stream expected', { expected: 'no stream', events: [event(3)] }, two),
  batching('an older revision expected', { expected: 0, events: [event(3)] }, two),
  batching('a later revision expected', { expected: 7, events: [event(3)] }, two),
  batching('a stream expected that is not there', { expected: 'stream exists', events: two }),
  batching('no events', { expected: 'any', events: [] }),
  batching('a deadline that is over', { expected: 'any', events: two, deadline: LONG_AGO }),
];

const three = [event(1), event(2, 'U'), event(3)];

/** In a stream of three; `count` 0 to n, or so many answers of a subscription before it is left. */
function reading(name: string, place: Omit<ReadPlace, 'stream'>, answers?: number): Case {
  return {
    name: `read: ${name}`,
    async run(server) {
      const stream = server.stream(`read-${name.replaceAll(' ', '-')}`);
      await append(server, stream, 'no stream', three);
      return server.read(readRequest({ stream, ...place }), answers);
    },
  };
}

/** Of $all only what this case wrote. */
function readingAll(name: string, place: ReadPlace, answers: number): Case {
  return {
    name: `all: ${name}`,
    async run(server) {
      const prefix = server.stream(`all-${name.replaceAll(' ', '-')}`);
      await append(server, `${prefix}-a`, 'no stream', three);
      const ends = place.typeRegex === undefined ? { prefix } : {};
      return server.read(readRequest({ ...ends, ...place }), answers);
    },
  };
}

export const readCases: readonly Case[] = [
  reading('forwards', { count: 10 }),
  reading('forwards from a revision', { from: 1, count: 1 }),
  reading('forwards beyond the end', { from: 9, count: 10 }),
  reading('forwards from the end', { from: 'end', count: 10 }),
  reading('backwards from the end', { from: 'end', isBackwards: true, count: 2 }),
  reading('backwards from a revision', { from: 1, isBackwards: true, count: 10 }),
  reading('backwards from beyond the end', { from: 9, isBackwards: true, count: 1 }),
  reading('no events wanted', { count: 0 }),
  reading('ids as two numbers', { count: 1, isStructured: true }),
  {
    name: 'read: a missing stream',
    run: (server) => server.read(readRequest({ stream: server.stream('missing'), count: 1 })),
  },
  {
    name: 'read: an empty name',
    run: (server) => server.read(readRequest({ stream: '', count: 1 })),
  },
  readingAll('forwards by prefix', { count: 10 }, 3),
  readingAll('backwards by prefix', { from: 'end', isBackwards: true, count: 2 }, 2),
  {
    // How often a server says how far it has looked depends on all that lies in it.
    name: 'all: a subscription by prefix, checkpoints aside',
    async run(server) {
      const prefix = server.stream('all-subscribed');
      await append(server, `${prefix}-a`, 'no stream', three);
      const isLast = (reply: object) => 'caughtUp' in reply && reply.caughtUp !== undefined;
      const exchange = await server.read(readRequest({ prefix }), undefined, isLast);
      const replies = exchange.replies.filter(
        (reply) => !Object.hasOwn(Object(reply), 'checkpoint'),
      );
      return { ...exchange, replies };
    },
  },
  {
    name: 'all: a checkpoint where nothing is wanted',
    run: (server) =>
      server.read(
        readRequest({ prefix: server.stream('nobody'), window: 1 }),
        undefined,
        (reply) => 'checkpoint' in reply && reply.checkpoint !== undefined,
      ),
  },
  reading('a subscription', {}, 5),
  reading('a subscription after a revision', { from: 1 }, 3),
  reading('a subscription from the end', { from: 'end' }, 2),
  {
    name: 'read: a subscription to a missing stream',
    run: (server) => server.read(readRequest({ stream: server.stream('not-there') }), 2),
  },
  {
    name: 'all: a filter that is no regular expression',
    run: (server) => server.read(readRequest({ typeRegex: '(', count: 1 })),
  },
];

async function without(server: RawServer, name: string, isForEver: boolean): Promise<string> {
  const stream = server.stream(name);
  await append(server, stream, 'no stream', three);
  const { streams } = server;
  if (isForEver) await server.unary('', streams, 'tombstone', tombstoneRequest(stream));
  else await server.unary('', streams, 'delete', deleteRequest(stream));
  return stream;
}

export const deleteCases: readonly Case[] = [
  {
    name: 'delete: a stream',
    async run(server) {
      const stream = server.stream('deleting');
      await append(server, stream, 'no stream', three);
      return server.unary('Streams.Delete', server.streams, 'delete', deleteRequest(stream));
    },
  },
  {
    name: 'delete: a stream for ever',
    async run(server) {
      const stream = server.stream('entombing');
      await append(server, stream, 'no stream', three);
      const request = tombstoneRequest(stream);
      return server.unary('Streams.Tombstone', server.streams, 'tombstone', request);
    },
  },
  {
    name: 'delete: reading what was deleted',
    run: async (server) =>
      server.read(readRequest({ stream: await without(server, 'deleted', false), count: 10 })),
  },
  {
    name: 'delete: reading what was deleted for ever',
    run: async (server) =>
      server.read(readRequest({ stream: await without(server, 'entombed', true), count: 10 })),
  },
  {
    name: 'delete: appending to what was deleted',
    run: async (server) =>
      append(server, await without(server, 'written-on', false), 'no stream', [event(4)]),
  },
  {
    name: 'delete: appending to what was deleted for ever',
    run: async (server) => append(server, await without(server, 'closed', true), 'any', [event(4)]),
  },
];
