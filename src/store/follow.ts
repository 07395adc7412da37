/**
 * Reading on and waiting for more, the same for every local store. A subscriber pulls pages, so
 * memory is bounded by a page whatever its pace, and what it has not pulled is still in the store.
 */
import { setImmediate } from 'node:timers/promises';
import type { EventPage, ReadFilter, StoredEvent } from './event-store.ts';

/** Decides whether an event is wanted; undefined when all are. */
export type Wanted = (stream: string, type: string) => boolean;

export function wantedBy(filter: ReadFilter | undefined): Wanted | undefined {
  const prefixes = filter?.streamPrefixes ?? [];
  const types = new Set(filter?.types ?? []);
  if (prefixes.length === 0 && types.size === 0) return undefined;
  return (stream, type) =>
    (types.size === 0 || types.has(type)) &&
    (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix)));
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** Where to read on; equal to the place asked for when nothing came later. */
  readonly position: number;
}

export interface Followable {
  /** The next events after a position; a page may hold none and still move on. */
  readPage(afterPosition: number, wanted: Wanted | undefined): Page;
  /** Changes whenever there may be something new. */
  pulse(): number;
  readonly waiters: Waiters;
}

/**
 * Events after a position, up to the one that was the newest. Between two pages the event loop turns:
 * a filter that hardly ever matches would hold up everything else for as long as the store is long.
 */
export async function* readOn(
  source: Pick<Followable, 'readPage'>,
  afterPosition: number,
  newest: number,
  wanted: Wanted | undefined,
): AsyncGenerator<StoredEvent, void, undefined> {
  let position = afterPosition;
  while (position < newest) {
    const page = source.readPage(position, wanted);
    for (const event of page.events) {
      if (event.position > newest) return;
      yield event;
    }
    if (page.position === position) return;
    position = page.position;
    if (position < newest) await setImmediate();
  }
}

/** Events from a position on, for ever: ends when the signal aborts or the store closes. */
export async function* follow(
  source: Followable,
  afterPosition: number,
  wanted: Wanted | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredEvent, void, undefined> {
  for await (const page of followPages(source, afterPosition, wanted, signal)) {
    for (const event of page.events) {
      yield event;
      if (isOver(source, signal)) return;
    }
  }
}

function isOver({ waiters }: Pick<Followable, 'waiters'>, signal: AbortSignal | undefined) {
  return waiters.isClosed || (signal?.aborted ?? false);
}

/** The same page by page; one may hold no events, and tells how far was looked. */
export async function* followPages(
  source: Followable,
  afterPosition: number,
  wanted: Wanted | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<EventPage, void, undefined> {
  let position = afterPosition;
  while (!isOver(source, signal)) {
    // The pulse is taken before the page is read: what is written between the two wakes us.
    const pulse = source.pulse();
    const page = source.readPage(position, wanted);
    if (page.position !== position) {
      yield { events: page.events, checkpoint: String(page.position) };
    }
    if (page.position === position) await source.waiters.wait(pulse, signal);
    else await setImmediate();
    position = page.position;
  }
}

/** Those who wait for the next event, and the timer that looks for other processes' events. */
export class Waiters {
  readonly #pulse: () => number;
  readonly #pollMs: number | undefined;
  readonly #waiting = new Set<{ readonly pulse: number; readonly wake: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  isClosed = false;

  /** `pollMs` undefined: nothing but this process writes. */
  constructor(pulse: () => number, pollMs?: number) {
    this.#pulse = pulse;
    this.#pollMs = pollMs;
  }

  /** Resolves when the pulse is no longer the given one, at abort and at close. */
  wait(pulse: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.isClosed || signal?.aborted === true || this.#pulse() !== pulse) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', wake);
        if (this.#waiting.size === 0) this.#stopTimer();
        resolve();
      };
      const waiter = { pulse, wake };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', wake, { once: true });
      // Not unref'd: who waits for events wants the process to live.
      this.#timer ??=
        this.#pollMs === undefined ? undefined : setInterval(() => this.#poll(), this.#pollMs);
    });
  }

  wakeAll(): void {
    for (const { wake } of [...this.#waiting]) wake();
  }

  close(): void {
    this.isClosed = true;
    this.wakeAll();
    this.#stopTimer();
  }

  #poll(): void {
    let pulse: number;
    try {
      pulse = this.#pulse();
    } catch {
      // The subscriber's own next read meets the same error, where someone can handle it.
      this.wakeAll();
      return;
    }
    for (const waiter of [...this.#waiting]) if (waiter.pulse !== pulse) waiter.wake();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
