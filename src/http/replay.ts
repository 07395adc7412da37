/** `/replay`: what was recorded, in the rhythm in which it happened, as server-sent events. */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { eventLine } from '../ledger/event-line.ts';
import type { Replayed } from '../ledger/forensics/replay.ts';
import { Maybe } from '../schema/fields.ts';
import { begun, EventOutput, type EventTimes } from './event-output.ts';
import type { EventClients } from './events.ts';
import { narrowing, queryOf, span, spanOf } from './question.ts';
import { readerOf } from './route.ts';
import type { ServedLedger } from './served-ledger.ts';

const MS_PER_SECOND = 1000;

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
  clients: EventClients,
  times: EventTimes,
): void {
  app.get('/replay', { exposeHeadRoute: false }, async (request, reply) => {
    const asked = questionIn(request.query);
    const client = clients.begin();
    // It is behind by intent.
    clients.took(client, Number.POSITIVE_INFINITY);
    let events: AsyncGenerator<Replayed>;
    try {
      events = replayOf(ledger, asked, client.signal);
    } catch (error) {
      clients.end(client);
      throw error;
    }
    const out = new EventOutput(begun(reply), client, times);
    try {
      for await (const each of events) {
        if (each.kind === 'event') {
          const { event } = each;
          await out.event(eventLine(event, ledger.store.checkpointOf(event)));
          clients.count(1);
        } else {
          const { pauseMs, waitedMs } = each;
          out.told('shortened', { pauseMs: Math.round(pauseMs), waitedMs });
        }
        if (client.signal.aborted) break;
      }
      out.told('end', {});
    } finally {
      out.end();
      clients.end(client);
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
  const types = type?.split(',').filter((name) => name !== '');
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
