/**
 * `/events`: the ledger as it grows, as server-sent events. Each is pulled from the store when its
 * client has taken the one before, so a slow client costs one page of events and never more.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { eventLine } from '../ledger/event-line.ts';
import { Maybe } from '../schema/fields.ts';
import { mismatchText } from '../schema/mismatch.ts';
import type { StoredEvent } from '../store/event-store.ts';
import { wantedStreams } from './event-filter.ts';
import { begun, EventOutput, type EventTimes } from './event-output.ts';
import { Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';

/** Each holds a socket and a page of events. */
const MOST_CLIENTS = 500;
/** Together at most 16 MB. */
const SHARED_LINES = 4096;
const LONGEST_SHARED = 4096;

export const EventsQuestion = Type.Object(
  {
    after: Maybe(
      Type.String({
        pattern: '^(0|[1-9][0-9]{0,15})$',
        description: 'only what came after this checkpoint; Last-Event-ID stands above it',
      }),
    ),
    channel: Maybe(Type.String({ minLength: 1, maxLength: 200, description: 'one channel' })),
    peer: Maybe(
      Type.String({ pattern: '^0[23][0-9a-f]{64}$', description: 'one peer and its channels' }),
    ),
    type: Maybe(
      Type.String({ maxLength: 2000, description: 'events of these types, with commas between' }),
    ),
  },
  { additionalProperties: false },
);
const asked = Compile(EventsQuestion);

/** Everybody who listens, so that all can be counted and ended. */
export interface EventClients {
  readonly size: number;
  /** Events given out since the server began. */
  readonly sent: number;
  /** Throws a Refusal where too many listen already. */
  begin(): AbortController;
  end(client: AbortController): void;
  count(events: number): void;
  /** A client was given the event of this position, or passed over it. */
  took(client: AbortController, position: number): void;
  /** Where the client that is furthest behind is; undefined where nobody listens. */
  readonly furthestBehind: number | undefined;
  endAll(): void;
}

export function newEventClients(): EventClients {
  const open = new Map<AbortController, number>();
  let sent = 0;
  return {
    get size() {
      return open.size;
    },
    get sent() {
      return sent;
    },
    get furthestBehind() {
      return open.size === 0 ? undefined : Math.min(...open.values());
    },
    begin() {
      if (open.size >= MOST_CLIENTS) {
        throw new Refusal(429, 'too many listen already', { 'retry-after': '5' });
      }
      const client = new AbortController();
      open.set(client, 0);
      return client;
    },
    end: (client) => void open.delete(client),
    count(events) {
      sent += events;
    },
    took(client, position) {
      open.set(client, position);
    },
    endAll() {
      for (const client of open.keys()) client.abort();
    },
  };
}

export function serveEvents(
  app: FastifyInstance,
  ledger: ServedLedger,
  clients: EventClients,
  times: EventTimes,
): void {
  const lineOf = sharedLines(ledger);
  app.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    const question = questionOf(request.query);
    const after = await startOf(request, question.after, ledger);
    const isWanted = wantedStreams(ledger, question);
    const types = question.type?.split(',').filter((name) => name !== '');
    const client = clients.begin();
    clients.took(client, Number(after ?? 0));
    const out = new EventOutput(begun(reply), client, times);
    try {
      const filter = types && { types };
      for await (const event of ledger.store.subscribe(after, filter, client.signal)) {
        const checkpoint = ledger.store.checkpointOf(event);
        if (isWanted(event.stream)) {
          await out.event(lineOf(event), checkpoint);
          clients.count(1);
        } else out.passed(checkpoint);
        clients.took(client, event.position);
        if (client.signal.aborted) break;
      }
    } finally {
      out.end();
      clients.end(client);
    }
  });
}

/** Clients that keep up want the same events at about the same time: each is spelled once. */
function sharedLines({ store }: ServedLedger): (event: StoredEvent) => string {
  const lines = new LRUCache<number, string>({ max: SHARED_LINES });
  return (event) => {
    const known = lines.get(event.position);
    if (known !== undefined) return known;
    const line = eventLine(event, store.checkpointOf(event));
    if (line.length <= LONGEST_SHARED) lines.set(event.position, line);
    return line;
  };
}

function questionOf(query: unknown): Static<typeof EventsQuestion> {
  const plain: unknown = typeof query === 'object' ? { ...query } : query;
  if (asked.Check(plain)) return plain;
  throw new Refusal(
    400,
    `the question: ${mismatchText(EventsQuestion, plain, asked.Errors(plain))}`,
  );
}

/** Where to go on from. A place the ledger does not have yet would let events pass unseen. */
async function startOf(
  { headers }: FastifyRequest,
  after: string | undefined,
  { store }: ServedLedger,
): Promise<string | undefined> {
  const lastId = headers['last-event-id'];
  const start = lastId === undefined || lastId === '' ? after : String(lastId);
  if (start === undefined) return undefined;
  if (!/^(0|[1-9][0-9]{0,15})$/.test(start)) {
    throw new Refusal(400, 'Last-Event-ID takes the id of an event of this stream');
  }
  const newest = (await store.lastCheckpoint()) ?? '0';
  if (Number(start) > Number(newest)) {
    throw new Refusal(400, `there is no checkpoint ${start}: the newest event has ${newest}`);
  }
  return start;
}
