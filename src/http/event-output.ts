/** The writing side of server-sent events: nothing is made that its client did not make room for. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { Slices } from '../ledger/slices.ts';
import { jsonText } from '../schema/json-text.ts';

const HEARTBEAT_MS = 15_000;
export const STALL_MS = 30_000;
/** Lines that come together are written together, up to this many characters. */
const FULL_BUFFER = 64 * 1024;

export interface EventTimes {
  readonly heartbeatMs?: number;
  readonly stallMs?: number;
  /** Of a replay. */
  readonly longestMs?: number;
}

/** What a stream is given to: who listens, and whether it still may. */
export interface Listener {
  readonly client: AbortController;
  /** Asked before each writing: a token may be taken back while its stream is open. */
  readonly isLetIn: () => boolean;
}

/** Out of Fastify's hands: what it sends is one answer, and this has no end. */
export function begun(reply: FastifyReply): ServerResponse {
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

/** A recorded event with its id, from which a client resumes. */
export function eventText(line: string, id: string): string {
  return `id: ${id}\ndata: ${line}\n\n`;
}

/** One client's stream: what waits to be written is bounded, and so is the wait. */
export class EventOutput {
  readonly #raw: ServerResponse;
  readonly #client: AbortController;
  readonly #isLetIn: () => boolean;
  readonly #stallMs: number;
  readonly #heartbeat: NodeJS.Timeout;
  /** A socket can take what is written as quickly as it comes: nobody else would have a turn. */
  readonly #slices = new Slices();
  #buffer = '';
  #flushing: NodeJS.Immediate | undefined;
  #passed: (() => string | undefined) | undefined;

  constructor(raw: ServerResponse, { client, isLetIn }: Listener, times: EventTimes) {
    const { heartbeatMs = HEARTBEAT_MS, stallMs = STALL_MS } = times;
    this.#raw = raw;
    this.#client = client;
    this.#isLetIn = isLetIn;
    this.#stallMs = stallMs;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    raw.on('close', () => client.abort());
    raw.on('error', () => client.abort());
  }

  /** One that is no place to resume from. */
  async event(line: string): Promise<void> {
    await this.#room();
    this.#buffer += `data: ${line}\n\n`;
    if (this.#buffer.length < FULL_BUFFER) {
      // Written once nothing more is at hand.
      this.#flushing ??= setImmediate(() => this.#flush());
      return;
    }
    if (!this.#flush()) await this.#drained();
  }

  /** Several at once, as `eventText` spells each: the same bytes can go to many clients. */
  async events(bytes: Uint8Array): Promise<void> {
    await this.#room();
    this.#flush();
    if (!this.#mayGoOn()) return;
    this.#passed = undefined;
    if (!this.#raw.write(bytes)) await this.#drained();
  }

  /** Something of another kind than a recorded event; it is no place to resume from. */
  async told(kind: string, data: object): Promise<void> {
    await this.#room();
    this.#buffer += `event: ${kind}\ndata: ${jsonText(data)}\n\n`;
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  /**
   * An event that this client did not ask for: it need not be looked at again after a reconnect. Its id
   * is asked for only where a heartbeat tells it.
   */
  passed(idOf: () => string | undefined): void {
    this.#passed = idOf;
  }

  end(): void {
    clearInterval(this.#heartbeat);
    if (!this.#raw.destroyed) this.#flush();
    clearImmediate(this.#flushing);
    this.#raw.end();
  }

  #beat(): void {
    if (!this.#mayGoOn()) return;
    // Behind anyway: more would only wait with the rest.
    if (this.#raw.writableNeedDrain) return;
    if (this.#buffer !== '') this.#flush();
    const id = this.#passed?.();
    this.#passed = undefined;
    this.#raw.write(`: still here\n${id === undefined ? '' : `id: ${id}\n`}\n`);
  }

  #flush(): boolean {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const text = this.#buffer;
    this.#buffer = '';
    if (text === '' || !this.#mayGoOn()) return true;
    return this.#raw.write(text);
  }

  /** What waits for one who may not see it any more is thrown away. */
  #mayGoOn(): boolean {
    if (this.#isLetIn()) return true;
    this.#buffer = '';
    this.#client.abort();
    return false;
  }

  /** What was written alone, event by event, is behind as well as what was written together. */
  async #room(): Promise<void> {
    if (this.#slices.isOver) await this.#slices.rest();
    if (this.#raw.writableNeedDrain) await this.#drained();
  }

  /** Whoever takes nothing for so long is let go: it asks again, from the last event it had. */
  async #drained(): Promise<void> {
    const { signal } = this.#client;
    // A timer goes with its wait; a signal with a time of its own stays until that is over.
    const stall = setTimeout(() => this.#client.abort(), this.#stallMs);
    try {
      await once(this.#raw, 'drain', { signal });
    } catch {
      this.#client.abort();
      this.#raw.destroy();
    } finally {
      clearTimeout(stall);
    }
  }
}
