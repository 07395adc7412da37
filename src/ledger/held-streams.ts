/** The streams whose state is kept ready to decide on; the others are read again when they are written to. */
import { LRUCache } from 'lru-cache';
import { type LocalStore, NO_STREAM } from '../store/event-store.ts';
import type { InFlight } from './in-flight.ts';
import type { Keyring } from './keyring.ts';
import { RecordedStream } from './recorded-stream.ts';
import { type StreamBase, StreamWriter } from './stream-writer.ts';

const HOT_STREAMS = 20_000;
/** Beyond so many events it is remembered where a stream was read up to, for so many streams. */
const LONG_STREAM = 256;
const KEPT_BASES = 256;
/** A long one takes some 30 MB for a million events, and a while to be read again. */
const RECORDED_STREAMS = 4;

export class HeldStreams {
  readonly #store: LocalStore;
  readonly #keyring: Keyring;
  readonly #inFlight: InFlight;
  readonly #writers = new LRUCache<string, StreamWriter>({ max: HOT_STREAMS });
  readonly #bases = new LRUCache<string, StreamBase>({ max: KEPT_BASES });
  readonly #recorded = new LRUCache<string, RecordedStream>({ max: RECORDED_STREAMS });
  #last: StreamWriter | undefined;

  constructor(parts: {
    readonly store: LocalStore;
    readonly keyring: Keyring;
    readonly inFlight: InFlight;
  }) {
    this.#store = parts.store;
    this.#keyring = parts.keyring;
    this.#inFlight = parts.inFlight;
  }

  writer(stream: string): StreamWriter {
    // Deciding on it and writing to it ask for the same one.
    if (this.#last?.stream === stream) return this.#last;
    const writer = this.#writers.get(stream) ?? this.#load(stream);
    this.#last = writer;
    return writer;
  }

  /** What is recorded of it, for facts that are to be placed there. */
  recorded(stream: string): RecordedStream {
    const held = this.#recorded.get(stream);
    const { aggregate } = this.writer(stream);
    const recorded = held ?? new RecordedStream(this.#store, stream, aggregate);
    if (held === undefined) this.#recorded.set(stream, recorded);
    return recorded.refresh();
  }

  /** It is read again when it is needed. */
  forget(stream: string): void {
    this.#last = undefined;
    this.#writers.delete(stream);
  }

  /** Whether reading it now would miss what is on its way to it. */
  isUnread(stream: string): boolean {
    const isHeld = this.#last?.stream === stream || this.#writers.has(stream);
    return !isHeld && this.#inFlight.of(stream) !== undefined;
  }

  /** Whether somebody else wrote to it. */
  isBehind(stream: string): boolean {
    const { revision } = this.writer(stream);
    return (this.#store.streamHead(stream)?.revision ?? NO_STREAM) > revision;
  }

  /** From where it was read up to before, where that was a long way: who lost a race must not be slow. */
  #load(stream: string): StreamWriter {
    const base = this.#bases.get(stream);
    const writer = new StreamWriter(stream, this.#keyring).load(this.#store, base);
    if (writer.revision >= LONG_STREAM) this.#bases.set(stream, writer.base());
    this.#writers.set(stream, writer);
    return writer;
  }
}
