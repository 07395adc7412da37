/** `/replay`: what was recorded, in the rhythm in which it happened, as server-sent events. */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { eventLine } from '../ledger/event-line.ts';
import type { Replayed } from '../ledger/forensics/replay.ts';
import { Maybe } from '../schema/fields.ts';
import { begun, EventOutput } from './event-output.ts';
import type { Streaming } from './events.ts';
import { Refusal } from './problem.ts';
import { allTypes, channelTypes, narrowing, queryOf, span, spanOf, typesOf } from './question.ts';
import { readerOf } from './route.ts';
import type { ServedLedger } from './served-ledger.ts';

const MS_PER_SECOND = 1000;
/** Each reads what it gives out at its beginning, and holds its order until its end. */
const MOST_REPLAYS = 4;

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

/** Ends with an event `end`: a browser that is not told would begin it again. */
export function serveReplay(
  app: FastifyInstance,
  ledger: ServedLedger,
  { clients, times, isLetIn, onError }: Streaming,
): void {
  const running = new Set<AbortController>();
  app.get('/replay', { exposeHeadRoute: false }, async (request, reply) => {
    const asked = questionIn(request.query);
    if (running.size >= MOST_REPLAYS) {
      const detail = `${MOST_REPLAYS} replays are under way: wait until one ends`;
      throw new Refusal(429, detail, { 'retry-after': '5' });
    }
    const client = clients.begin();
    running.add(client);
    const over = () => {
      running.delete(client);
      clients.end(client);
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
      await out.told('end', {});
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
