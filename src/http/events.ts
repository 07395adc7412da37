/**
 * `/events`: the ledger as it grows, as server-sent events. A page of them is pulled from the store when
 * its client has taken the one before, so a slow client costs one page and never more.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { eventLine } from '../ledger/event-line.ts';
import { Maybe } from '../schema/fields.ts';
import type { StoredEvent } from '../store/event-store.ts';
import { wantedStreams } from './event-filter.ts';
import { begun, EventOutput, type EventTimes, eventText } from './event-output.ts';
import { type PlaceLimits, Places } from './places.ts';
import { type OnError, Refusal } from './problem.ts';
import { allTypes, typesOf } from './question.ts';
import { checkedPlace, PLACE, resumeId, resumeIdAt } from './resume.ts';
import { readerOf } from './route.ts';
import type { ServedLedger } from './served-ledger.ts';

/** Each holds a socket and a page of events. */
const PLACES: PlaceLimits = { most: 500, mostOfOne: 250, what: 'streams' };

export const EventsQuestion = Type.Object(
  {
    after: Maybe(
      Type.String({
        pattern: PLACE.source,
        description:
          'only what came after this checkpoint, or after the event with this id of the stream; Last-Event-ID stands above it',
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
const questionIn = readerOf('the question', EventsQuestion);

/** Everybody who listens, so that all can be counted and ended. */
export interface EventClients {
  readonly size: number;
  /** Events given out since the server began. */
  readonly sent: number;
  /** Throws a Refusal where too many listen already, or too many of one token or address. */
  begin(who: string): AbortController;
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
  const places = new Places(PLACES);
  const leaving = new WeakMap<AbortController, () => void>();
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
    begin(who) {
      const leave = places.take(who);
      const client = new AbortController();
      leaving.set(client, leave);
      open.set(client, 0);
      return client;
    },
    end(client) {
      leaving.get(client)?.();
      open.delete(client);
    },
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

/** What every stream of this server shares. */
export interface Streaming {
  readonly clients: EventClients;
  readonly times: EventTimes;
  /** Whether what the request brought still opens what it opened. */
  readonly isLetIn: (request: FastifyRequest) => boolean;
  /** The token or, without one, the address that a request came with. */
  readonly whoOf: (request: FastifyRequest) => string;
  readonly onError: OnError;
}

export function serveEvents(
  app: FastifyInstance,
  ledger: ServedLedger,
  { clients, times, isLetIn, whoOf, onError }: Streaming,
): void {
  const bytesOf = sharedBytes(ledger);
  app.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    const question = questionIn(request.query);
    const after = await startOf(request, question.after, ledger);
    const types = typesOf(question.type, allTypes);
    const isWanted = wantedEvents(ledger, { ...question, types });
    const client = clients.begin(whoOf(request));
    clients.took(client, Number(after ?? 0));
    const listener = { client, isLetIn: () => isLetIn(request) };
    const out = new EventOutput(begun(reply), listener, times);
    const passedId = (checkpoint: string) => {
      try {
        return resumeIdAt(ledger.store, checkpoint);
      } catch (error) {
        onError(error, 'the stream of /events');
        client.abort();
        return undefined;
      }
    };
    try {
      // Events of a channel tell its new names and whose it is, whichever types are asked for.
      const filter = types && isWanted === undefined ? { types } : undefined;
      for await (const page of ledger.store.subscribePages(after, filter, client.signal)) {
        const { checkpoint } = page;
        const wanted = isWanted ? page.events.filter(isWanted) : page.events;
        if (wanted.length > 0) await out.events(bytesOf(wanted));
        const last = wanted.at(-1);
        if (last === undefined || ledger.store.checkpointOf(last) !== checkpoint) {
          out.passed(() => passedId(checkpoint));
        }
        clients.count(wanted.length);
        clients.took(client, Number(checkpoint));
        if (client.signal.aborted) break;
      }
    } catch (error) {
      // The answer has begun: its client asks again, and is told why there is none.
      onError(error, 'the stream of /events');
    } finally {
      out.end();
      clients.end(client);
    }
  });
}

interface EventsWanted extends Pick<Static<typeof EventsQuestion>, 'channel' | 'peer'> {
  readonly types: readonly string[] | undefined;
}

/** Undefined where all that the store gives are. */
function wantedEvents(
  ledger: ServedLedger,
  { channel, peer, types }: EventsWanted,
): ((event: StoredEvent) => boolean) | undefined {
  if (channel === undefined && peer === undefined) return undefined;
  const isWanted = wantedStreams(ledger, { channel, peer });
  return ({ stream, type }) => isWanted(stream) && (types?.includes(type) ?? true);
}

/** Clients that keep up are handed the same page at about the same time: it is spelled once. */
function sharedBytes({ store }: ServedLedger): (events: readonly StoredEvent[]) => Uint8Array {
  const known = new WeakMap<readonly StoredEvent[], Uint8Array>();
  return (events) => {
    const shared = known.get(events);
    if (shared !== undefined) return shared;
    const text = events.map((event) => {
      return eventText(eventLine(event, store.checkpointOf(event)), resumeId(store, event));
    });
    const bytes = Buffer.from(text.join(''));
    known.set(events, bytes);
    return bytes;
  };
}

/** Where to go on from: an id alone stands in the header, so that it can be checked. */
async function startOf(
  { headers }: FastifyRequest,
  after: string | undefined,
  { store }: ServedLedger,
): Promise<string | undefined> {
  const lastId = headers['last-event-id'];
  if (lastId === undefined || lastId === '') {
    return after === undefined ? undefined : checkedPlace(store, after);
  }
  const id = String(lastId);
  if (!PLACE.exec(id)?.[2]) {
    const detail =
      'Last-Event-ID takes the id of an event of this stream; a checkpoint goes in after=';
    throw new Refusal(400, detail);
  }
  return checkedPlace(store, id);
}
