/** What clients ask of `PersistentSubscriptions`, each kind of answer once. */
import { setTimeout } from 'node:timers/promises';
import {
  ackRequest,
  createRequest,
  deleteGroupRequest,
  type GroupPlace,
  infoRequest,
  joinRequest,
  listRequest,
  nackRequest,
  replayRequest,
} from './group-requests.ts';
import { OWN_ID } from './plain.ts';
import type { Exchange, RawServer } from './raw-server.ts';
import { append, type Case, event } from './stream-cases.ts';
import { type ReadPlace, readRequest } from './stream-requests.ts';

const SERVICE = 'PersistentSubscriptions';
/** A server keeps its books a little behind. */
const SETTLED_MS = 1500;

/** A stream of three events and a group of it. */
async function withGroup(server: RawServer, name: string): Promise<GroupPlace> {
  const place = { stream: server.stream(`group-${name}`), group: 'g' };
  await append(server, place.stream, 'no stream', [event(1), event(2), event(3)]);
  await server.unary('', server.groups, 'create', createRequest(place));
  return place;
}

function consuming(
  server: RawServer,
  place: GroupPlace,
  next: (replies: readonly object[]) => ReturnType<typeof ackRequest> | 'leave' | undefined,
  bufferSize?: number,
): Promise<Exchange> {
  let isJoined = false;
  const call = server.groups.read(server.metadata);
  return server.converse(`${SERVICE}.Read`, call, (replies) => {
    if (isJoined) return next(replies);
    isJoined = true;
    return joinRequest(place, bufferSize);
  });
}

const idOf = (n: number) => OWN_ID + String(n).padStart(12, '0');

/** Says something about each event the first time it comes, and leaves after `answers` answers. */
function answering(
  answers: number,
  saying: (n: number) => ReturnType<typeof ackRequest> | undefined,
) {
  let said = 0;
  return (replies: readonly object[]) => {
    while (said < 3 && replies.length > said + 1) {
      const request = saying(++said);
      if (request !== undefined) return request;
    }
    return replies.length >= answers ? 'leave' : undefined;
  };
}

async function parked(server: RawServer, name: string): Promise<GroupPlace> {
  const place = await withGroup(server, name);
  const park = answering(4, (n) => nackRequest(idOf(n), 'PARK'));
  await consuming(server, place, park);
  await setTimeout(SETTLED_MS);
  return place;
}

interface Asking {
  readonly method: 'create' | 'delete' | 'getInfo' | 'replayParked';
  readonly request: (place: GroupPlace) => Parameters<RawServer['unary']>[3];
}

function asking(name: string, { method, request }: Asking, isThere: boolean): Case {
  return {
    name: `group: ${name}`,
    async run(server) {
      const text = name.replaceAll(' ', '-');
      const stream = server.stream(`group-${text}`);
      const place = isThere ? await withGroup(server, text) : { stream, group: 'g' };
      const call = `${SERVICE}.${method.charAt(0).toUpperCase()}${method.slice(1)}`;
      return server.unary(call, server.groups, method, request(place));
    },
  };
}

const creating: Asking = { method: 'create', request: createRequest };
const deleting: Asking = { method: 'delete', request: deleteGroupRequest };
const informing: Asking = { method: 'getInfo', request: infoRequest };
const replaying: Asking = { method: 'replayParked', request: replayRequest };

/** What the server wrote into the stream of a group's parked events. */
function parkedEvents(name: string, options: Omit<ReadPlace, 'stream'>): Case {
  return {
    name: `group: ${name}`,
    async run(server) {
      const { stream, group } = await parked(server, name.replaceAll(' ', '-'));
      const own = `$persistentsubscription-${stream}::${group}-parked`;
      return server.read(readRequest({ stream: own, ...options }));
    },
  };
}

export const groupCases: readonly Case[] = [
  asking('create', creating, false),
  asking('create what is there', creating, true),
  asking('delete', deleting, true),
  asking('delete what is missing', deleting, false),
  asking('info of a new one', informing, true),
  asking('info of what is missing', informing, false),
  asking('replay of what is missing', replaying, false),
  asking('replay of nothing', replaying, true),
  {
    name: 'group: list of one stream',
    async run(server) {
      const { stream } = await withGroup(server, 'listed');
      return server.unary(`${SERVICE}.List`, server.groups, 'list', listRequest(stream));
    },
  },
  {
    name: 'group: list of a stream without one',
    run: (server) =>
      server.unary(
        `${SERVICE}.List`,
        server.groups,
        'list',
        listRequest(server.stream('group-none')),
      ),
  },
  {
    name: 'group: consume what is missing',
    run: (server) =>
      consuming(server, { stream: server.stream('no-group'), group: 'g' }, () => undefined),
  },
  {
    name: 'group: consume and acknowledge',
    async run(server) {
      const place = await withGroup(server, 'acknowledged');
      return consuming(
        server,
        place,
        answering(4, (n) => ackRequest(idOf(n))),
      );
    },
  },
  {
    name: 'group: no more than there is room for',
    async run(server) {
      const place = await withGroup(server, 'narrow');
      const late = setTimeout(SETTLED_MS).then(() =>
        server.unary('', server.groups, 'delete', deleteGroupRequest(place)),
      );
      const exchange = await consuming(server, place, () => undefined, 2);
      await late;
      return exchange;
    },
  },
  {
    name: 'group: one consumer too many',
    async run(server) {
      const place = await withGroup(server, 'full');
      const late = setTimeout(SETTLED_MS);
      const first = consuming(
        server,
        place,
        (replies) => (replies.length > 3 ? 'leave' : undefined),
        2,
      );
      await setTimeout(SETTLED_MS / 3);
      const second = await consuming(server, place, () => undefined);
      await late;
      await server.unary('', server.groups, 'delete', deleteGroupRequest(place));
      await first;
      return second;
    },
  },
  {
    name: 'group: tried again',
    async run(server) {
      const place = await withGroup(server, 'again');
      return consuming(
        server,
        place,
        answering(5, (n) => (n === 1 ? nackRequest(idOf(1), 'RETRY') : ackRequest(idOf(n)))),
      );
    },
  },
  {
    name: 'group: info with parked events',
    async run(server) {
      const place = await parked(server, 'informed');
      return server.unary(`${SERVICE}.GetInfo`, server.groups, 'getInfo', infoRequest(place));
    },
  },
  parkedEvents('parked events', { count: 10 }),
  {
    name: 'group: parked events replayed',
    async run(server) {
      const place = await parked(server, 'replayed');
      await server.unary('', server.groups, 'replayParked', replayRequest(place));
      return consuming(
        server,
        place,
        answering(4, (n) => ackRequest(idOf(n))),
      );
    },
  },
];
