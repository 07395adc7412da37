/** A client of `/events` that keeps what came, and can stop reading. */

import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { StoredEvent } from '../../src/store/event-store.ts';

export interface Received {
  readonly id: string;
  readonly data: { readonly type: string; readonly stream: string; readonly position: number };
}

export interface EventClient {
  readonly response: IncomingMessage;
  /** Everything so far. */
  readonly events: readonly Received[];
  /** As a browser remembers it: of comments and empty blocks too. */
  readonly lastId: string | undefined;
  readonly isEnded: boolean;
  /** Waits until so many have come. */
  until(count: number): Promise<void>;
  /** Waits until the stream is over, whoever ended it. */
  ended(): Promise<void>;
  close(): void;
}

export interface EventsAsked {
  readonly query?: string;
  readonly lastEventId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of an event in the stream: its checkpoint, and sixteen digits of its digest. */
export function idOf({ position, digest }: StoredEvent): string {
  return `${position}-${Buffer.from(digest).toString('hex').slice(0, 16)}`;
}

/** The checkpoint that an id begins with. */
export function placeOf(id: string | undefined): number {
  return Number.parseInt(id ?? '', 10);
}

export async function listen(
  port: number,
  { query = '', lastEventId, headers = {} }: EventsAsked = {},
): Promise<EventClient> {
  const sent: ClientRequest = request({
    port,
    host: '127.0.0.1',
    path: `/events${query}`,
    headers: { ...headers, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
  }).end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
  const events: Received[] = [];
  const state = { lastId: lastEventId, isEnded: false };
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (id !== undefined) state.lastId = id;
      if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
    }
    response.emit('taken');
  });
  response.on('error', () => undefined);
  response.on('close', () => {
    state.isEnded = true;
    response.emit('taken');
  });
  return {
    response,
    events,
    get lastId() {
      return state.lastId;
    },
    get isEnded() {
      return state.isEnded;
    },
    async until(count) {
      while (events.length < count) {
        if (state.isEnded) throw new Error(`the stream ended after ${events.length} events`);
        await once(response, 'taken');
      }
    },
    async ended() {
      // Where the other side cut it off, that comes as an error first.
      while (!state.isEnded) await once(response, 'taken').catch(() => undefined);
    },
    close() {
      sent.destroy();
    },
  };
}
