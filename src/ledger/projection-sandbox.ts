/**
 * EventStoreDB's projection API for one text, as its interpreter behaves (23.10): what the server
 * would refuse when it is too late to say so is refused here, before anything is deployed.
 * `node:vm` keeps mistakes apart, not attackers: only the texts of this package are run in it.
 */
import { type Context, createContext, Script } from 'node:vm';

export interface SandboxEvent {
  readonly streamId: string;
  readonly sequenceNumber: number;
  readonly eventType: string;
  readonly bodyRaw: string | null;
  /** Events of a ledger are bytes to the server: it parses none of them (default false). */
  readonly isJson?: boolean;
}

export interface Link {
  readonly stream: string;
  /** `3@channel-…`, as the server writes it. */
  readonly target: string;
}

export type Source =
  | { readonly kind: 'all' }
  | { readonly kind: 'category'; readonly category: string }
  | { readonly kind: 'streams'; readonly streams: readonly string[] };

type Handler = (...args: unknown[]) => unknown;

/** What may follow: a chain that the server does not know is a TypeError here as well. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  fromAll: ['when', 'foreachStream'],
  fromCategory: ['when', 'foreachStream'],
  fromStream: ['when'],
  fromStreams: ['when'],
  foreachStream: ['when'],
  when: [],
};
const SPECIAL = ['$init', '$any', '$deleted'];
const TIME_LIMIT_MS = 250;

export class ProjectionSandbox {
  readonly #context: Context;
  readonly #handlers = new Map<string, Handler>();
  readonly #states = new Map<string, string>();
  #source: Source | undefined;
  #isByStream = false;
  #isRunning = false;
  #links: Link[] = [];

  /** Throws what the server would answer with: a syntax error, or the name of what it does not know. */
  constructor(text: string) {
    const globals = Object.create(null) as Record<string, unknown>;
    Object.assign(globals, this.#sources(), {
      log: () => undefined,
      linkTo: (...args: unknown[]) => this.#linkTo(args),
      emit: (...args: unknown[]) => this.#emit(args),
    });
    const codeGeneration = { strings: false, wasm: false };
    this.#context = createContext(globals, { codeGeneration });
    new Script(text).runInContext(this.#context, { timeout: TIME_LIMIT_MS });
    if (this.#source === undefined) throw new Error('the projection reads from nowhere');
    if (this.#handlers.size === 0) throw new Error('the projection handles nothing: call when()');
    for (const name of Object.keys(this.#sources())) delete globals[name];
    this.#isRunning = true;
  }

  get source(): Source {
    if (this.#source === undefined) throw new Error('the projection reads from nowhere');
    return this.#source;
  }

  /** The links that an event makes; none for one that the server would not hand in. */
  handle(event: SandboxEvent): readonly Link[] {
    const handler = this.#handlers.get(event.eventType) ?? this.#handlers.get('$any');
    if (handler === undefined || !this.#isRead(event.streamId)) return [];
    const partition = this.#isByStream ? event.streamId : '';
    const kept = this.#states.get(partition);
    const state: unknown = kept === undefined ? this.#initial() : JSON.parse(kept);
    this.#links = [];
    const returned = handler(state, envelopeOf(event));
    const next = JSON.stringify(returned === undefined ? state : returned);
    if (next === undefined) throw new Error('the state is nothing that can be stored as JSON');
    this.#states.set(partition, next);
    return this.#links;
  }

  /** All that a server keeps between two runs. */
  checkpoint(): ReadonlyMap<string, string> {
    return new Map(this.#states);
  }

  restore(states: ReadonlyMap<string, string>): void {
    this.#states.clear();
    for (const [partition, state] of states) this.#states.set(partition, state);
  }

  #initial(): unknown {
    return this.#handlers.get('$init')?.() ?? {};
  }

  #isRead(stream: string): boolean {
    const { source } = this;
    if (source.kind === 'all') return true;
    if (source.kind === 'streams') return source.streams.includes(stream);
    const dash = stream.indexOf('-');
    return dash > 0 && stream.slice(0, dash) === source.category;
  }

  #sources(): Record<string, Handler> {
    const from =
      (name: string, source: (args: unknown[]) => Source) =>
      (...args: unknown[]) => {
        if (this.#source !== undefined) throw new Error(`${name} after another source`);
        this.#source = source(args);
        return this.#chain(name);
      };
    return {
      fromAll: from('fromAll', () => ({ kind: 'all' })),
      fromCategory: from('fromCategory', ([name]) => ({ kind: 'category', category: text(name) })),
      fromStream: from('fromStream', ([name]) => ({ kind: 'streams', streams: [text(name)] })),
      fromStreams: from('fromStreams', (args) => {
        const names = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
        return { kind: 'streams', streams: names.map(text) };
      }),
    };
  }

  #chain(name: string): Record<string, Handler> {
    const all: Record<string, Handler> = {
      foreachStream: () => {
        this.#isByStream = true;
        return this.#chain('foreachStream');
      },
      when: (handlers) => {
        this.#when(handlers);
        return this.#chain('when');
      },
    };
    return Object.fromEntries((AFTER[name] ?? []).map((next) => [next, all[next] as Handler]));
  }

  #when(handlers: unknown): void {
    if (typeof handlers !== 'object' || handlers === null) throw new Error('when takes an object');
    for (const [name, handler] of Object.entries(handlers)) {
      if (typeof handler !== 'function') throw new Error(`the handler of ${name} is no function`);
      if (name.startsWith('$') && !SPECIAL.includes(name)) throw new Error(`unknown: ${name}`);
      this.#handlers.set(name, handler as Handler);
    }
  }

  #linkTo(args: readonly unknown[]): void {
    this.#assertRunning('linkTo');
    if (args.length !== 2 && args.length !== 3)
      throw new Error('linkTo takes a stream and an event');
    const stream = text(args[0]);
    const { streamId, sequenceNumber } = (args[1] ?? {}) as Record<string, unknown>;
    if (typeof streamId !== 'string' || !Number.isInteger(sequenceNumber)) {
      throw new Error(`invalid link to event ${String(sequenceNumber)}@${String(streamId)}`);
    }
    this.#links.push({ stream, target: `${String(sequenceNumber)}@${streamId}` });
  }

  /** A projection of links that writes events of its own would be a second ledger. */
  #emit(_args: readonly unknown[]): void {
    this.#assertRunning('emit');
    throw new Error('only links are made here: emit is refused');
  }

  #assertRunning(name: string): void {
    if (!this.#isRunning) throw new ReferenceError(`${name} is not defined outside of a handler`);
  }
}

/** The server parses `body` when it is asked for, and faults over what is no object. */
function envelopeOf({ isJson = false, ...event }: SandboxEvent): object {
  const parsed = () => {
    if (!isJson || event.bodyRaw === null) return undefined;
    const body: unknown = JSON.parse(event.bodyRaw);
    if (typeof body !== 'object' || body === null) throw new Error('the body is no object');
    return body;
  };
  const parsedLate = { get: parsed, enumerable: false };
  return Object.freeze(
    Object.defineProperties({ ...event, isJson }, { body: parsedLate, data: parsedLate }),
  );
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`a stream or category is named by text, not by ${String(value)}`);
}
