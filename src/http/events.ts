/**
 * `/events`: the ledger as it grows, as server-sent events. Each is pulled from the store when its
 * client has taken the one before, so a slow client costs one page of events and never more.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { eventLine } from '../ledger/event-line.ts';
import { Maybe } from '../schema/fields.ts';
import { mismatchText } from '../schema/mismatch.ts';
import { wantedStreams } from './event-filter.ts';
import { Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';

const HEARTBEAT_MS = 15_000;
const STALL_MS = 30_000;
/** Lines that come together are written together, up to this many characters. */
const FULL_BUFFER = 64 * 1024;
/** Each holds a socket and a page of events. */
const MOST_CLIENTS = 500;

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
  begin(): AbortController;
  end(client: AbortController): void;
  count(events: number): void;
  endAll(): void;
}

export function newEventClients(): EventClients {
  const open = new Set<AbortController>();
  let sent = 0;
  return {
    get size() {
      return open.size;
    },
    get sent() {
      return sent;
    },
    begin() {
      const client = new AbortController();
      open.add(client);
      return client;
    },
    end: (client) => void open.delete(client),
    count(events) {
      sent += events;
    },
    endAll() {
      for (const client of open) client.abort();
    },
  };
}

export interface EventTimes {
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
}

export function serveEvents(
  app: FastifyInstance,
  ledger: ServedLedger,
  clients: EventClients,
  times: EventTimes,
): void {
  app.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    const question = questionOf(request.query);
    const after = await startOf(request, question.after, ledger);
    const isWanted = wantedStreams(ledger, question);
    if (clients.size >= MOST_CLIENTS) {
      throw new Refusal(429, 'too many listen already', { 'retry-after': '5' });
    }
    const types = question.type?.split(',').filter((name) => name !== '');
    const client = clients.begin();
    const out = new EventOutput(begun(reply), client, times);
    try {
      const filter = types && { types };
      for await (const event of ledger.store.subscribe(after, filter, client.signal)) {
        const checkpoint = ledger.store.checkpointOf(event);
        if (isWanted(event.stream)) {
          await out.event(checkpoint, eventLine(event, checkpoint));
          clients.count(1);
        } else out.passed(checkpoint);
        if (client.signal.aborted) break;
      }
    } finally {
      out.end();
      clients.end(client);
    }
  });
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

/** Out of Fastify's hands: what it sends is one answer, and this has no end. */
function begun(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  // The first bytes tell the client that it is connected, however quiet the ledger is.
  raw.write('retry: 1000\n\n');
  return raw;
}

/** One client's stream: what waits to be written is bounded, and so is the wait. */
class EventOutput {
  readonly #raw: ServerResponse;
  readonly #client: AbortController;
  readonly #stallMs: number;
  readonly #heartbeat: NodeJS.Timeout;
  #buffer = '';
  #flushing: NodeJS.Immediate | undefined;
  #passed: string | undefined;

  constructor(raw: ServerResponse, client: AbortController, times: EventTimes) {
    const { heartbeatMs = HEARTBEAT_MS, stallMs = STALL_MS } = times;
    this.#raw = raw;
    this.#client = client;
    this.#stallMs = stallMs;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    raw.on('close', () => client.abort());
    raw.on('error', () => client.abort());
  }

  async event(checkpoint: string, line: string): Promise<void> {
    this.#buffer += `id: ${checkpoint}\ndata: ${line}\n\n`;
    this.#passed = undefined;
    if (this.#buffer.length < FULL_BUFFER) {
      // Written once nothing more is at hand.
      this.#flushing ??= setImmediate(() => this.#flush());
      return;
    }
    if (!this.#flush()) await this.#drained();
  }

  /** An event that this client did not ask for: it need not be looked at again after a reconnect. */
  passed(checkpoint: string): void {
    this.#passed = checkpoint;
  }

  end(): void {
    clearInterval(this.#heartbeat);
    if (!this.#raw.destroyed) this.#flush();
    clearImmediate(this.#flushing);
    this.#raw.end();
  }

  #beat(): void {
    // Behind anyway: more would only wait with the rest.
    if (this.#raw.writableNeedDrain) return;
    if (this.#buffer !== '') this.#flush();
    const id = this.#passed === undefined ? '' : `id: ${this.#passed}\n`;
    this.#passed = undefined;
    this.#raw.write(`: still here\n${id}\n`);
  }

  #flush(): boolean {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const text = this.#buffer;
    this.#buffer = '';
    return text === '' || this.#raw.write(text);
  }

  /** Whoever takes nothing for so long is let go: it asks again, from the last event it had. */
  async #drained(): Promise<void> {
    const { signal } = this.#client;
    const patience = AbortSignal.any([signal, AbortSignal.timeout(this.#stallMs)]);
    try {
      await once(this.#raw, 'drain', { signal: patience });
    } catch {
      this.#client.abort();
      this.#raw.destroy();
    }
  }
}
