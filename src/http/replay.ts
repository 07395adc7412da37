/** `/replay`: what was recorded, in the rhythm in which it happened, as server-sent events. */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { eventLine } from '../ledger/event-line.ts';
import type { Replayed } from '../ledger/forensics/replay.ts';
import { Maybe } from '../schema/fields.ts';
import { begun, EventOutput } from './event-output.ts';
import type { Streaming } from './events.ts';
import { type PlaceLimits, Places } from './places.ts';
import { allTypes, channelTypes, narrowing, queryOf, span, spanOf, typesOf } from './question.ts';
import { readerOf } from './route.ts';
import type { ServedLedger } from './served-ledger.ts';

const MS_PER_SECOND = 1000;
/** Each reads what it gives out at its beginning, and holds its order until its end. */
const PLACES: PlaceLimits = { most: 4, mostOfOne: 2, what: 'replays' };
/** A day in its own rhythm: what is left open longer is more likely forgotten than watched. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
const CUT = 'a replay lasts a day at most: go on with "from", or faster with "speed"';

export const ReplayQuestion = Type.Object(
  {
    ...narrowing,
    ...span,
    channel: Maybe(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'one channel; without, all there is',
      }),
    ),
    type: Maybe(Type.String({ maxLength: 2000, description: 'these types, with commas between' })),
    speed: Maybe(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000_000_000,
        description: 'so many times as fast as it happened; 1 without',
      }),
    ),
    maxPause: Maybe(
      Type.Number({
        minimum: 0,
        maximum: 1_000_000,
        description: 'seconds that a longer pause is shortened to, and said so; 5 without',
      }),
    ),
  },
  { additionalProperties: false },
);
const questionIn = readerOf('the question', ReplayQuestion);

/** Ends with an event `end`, cut or whole: a browser that is not told would begin it again. */
export function serveReplay(
  app: FastifyInstance,
  ledger: ServedLedger,
  { clients, times, isLetIn, whoOf, onError }: Streaming,
): void {
  const places = new Places(PLACES);
  const { longestMs = LONGEST_MS } = times;
  app.get('/replay', { exposeHeadRoute: false }, async (request, reply) => {
    const asked = questionIn(request.query);
    const who = whoOf(request);
    const leave = places.take(who);
    let client: AbortController;
    try {
      client = clients.begin(who);
    } catch (error) {
      leave();
      throw error;
    }
    let isCut = false;
    const life = setTimeout(() => {
      isCut = true;
      client.abort();
    }, longestMs);
    const over = () => {
      clearTimeout(life);
      clients.end(client);
      leave();
    };
    // It is behind by intent.
    clients.took(client, Number.POSITIVE_INFINITY);
    let events: AsyncGenerator<Replayed>;
    try {
      events = replayOf(ledger, asked, client.signal);
    } catch (error) {
      over();
      throw error;
    }
    const listener = { client, isLetIn: () => isLetIn(request) };
    const out = new EventOutput(begun(reply), listener, times);
    try {
      for await (const each of events) {
        if (each.kind === 'event') {
          const { event } = each;
          await out.event(eventLine(event, ledger.store.checkpointOf(event)));
          clients.count(1);
        } else {
          const { pauseMs, waitedMs } = each;
          await out.told('shortened', { pauseMs: Math.round(pauseMs), waitedMs });
        }
        if (client.signal.aborted) break;
      }
      if (isCut) await out.told('end', { cut: CUT });
      else if (!client.signal.aborted) await out.told('end', {});
    } catch (error) {
      onError(error, 'the stream of /replay');
    } finally {
      out.end();
      over();
    }
  });
}

function replayOf(
  ledger: ServedLedger,
  asked: Static<typeof ReplayQuestion>,
  signal: AbortSignal,
): AsyncGenerator<Replayed> {
  const { channel, type, speed, maxPause } = asked;
  const scope = { isOneChannel: channel !== undefined };
  const types = typesOf(type, channel === undefined ? allTypes : channelTypes);
  const query = {
    ...queryOf(asked, ledger, scope),
    ...spanOf(asked, scope),
    ...(types && { types }),
  };
  return ledger.forensics.replay(channel, query, {
    signal,
    ...(speed !== undefined && { speed }),
    ...(maxPause !== undefined && { maxPauseMs: maxPause * MS_PER_SECOND }),
  });
}
