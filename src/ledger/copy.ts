/**
 * A ledger copied from one store into another, event by event, verbatim. What is there already is
 * recognised by its digest, so that a copy that was interrupted goes on where it stopped.
 */
import {
  type AppendRequest,
  type EventStore,
  type LocalStore,
  NO_STREAM,
  type StoredEvent,
  StoreError,
} from '../store/event-store.ts';
import type { ReplicaHead } from './replica-plan.ts';
import { verbatimEvent } from './verbatim-event.ts';

export interface CopyReport {
  readonly events: number;
  readonly appended: number;
  readonly known: number;
  /** Streams that say something else there than here: they were left alone. */
  readonly diverged: readonly string[];
  /** Streams whose beginning is gone from where they come from. */
  readonly truncated: readonly string[];
}

export interface CopyTarget {
  readonly store: Pick<EventStore, 'appendMany'>;
  headOf(stream: string): Promise<ReplicaHead | undefined>;
  digestAt(stream: string, revision: number): Promise<Uint8Array | undefined>;
}

const BATCH_EVENTS = 1000;
/** Of text, so that events of the greatest size do not pile up. */
const BATCH_CHARACTERS = 4_000_000;

export function localTarget(store: LocalStore): CopyTarget {
  return {
    store,
    headOf: async (stream) => store.streamHead(stream),
    digestAt: async (stream, revision) => {
      const range = { fromRevision: revision, toRevision: revision };
      const [event] = store.streamEvents(stream, range);
      return event?.digest;
    },
  };
}

/** Copies what `from` holds now. `onProgress` is told how many events were looked at. */
export async function copyEvents(
  from: Pick<EventStore, 'readAll'>,
  target: CopyTarget,
  options: { readonly onProgress?: (events: number) => void; readonly signal?: AbortSignal } = {},
): Promise<CopyReport> {
  const pass = new CopyPass(target);
  for await (const event of from.readAll()) {
    await pass.take(event);
    if (pass.events % BATCH_EVENTS === 0) options.onProgress?.(pass.events);
    if (options.signal?.aborted === true) break;
  }
  return pass.finish();
}

/** What is known of a stream there: up to its head it is compared, after it appended. */
interface Place {
  readonly head: ReplicaHead | undefined;
  next: number;
  /** The newest event here that lies below the head there: not compared yet. */
  below: ReplicaHead | undefined;
}

class CopyPass {
  events = 0;
  readonly #target: CopyTarget;
  readonly #places = new Map<string, Place>();
  readonly #diverged = new Set<string>();
  readonly #truncated = new Set<string>();
  #appended = 0;
  #known = 0;
  #batch: { readonly request: AppendRequest; readonly event: StoredEvent }[] = [];
  #characters = 0;

  constructor(target: CopyTarget) {
    this.#target = target;
  }

  async take(event: StoredEvent): Promise<void> {
    const { stream, revision } = event;
    this.events++;
    if (this.#diverged.has(stream) || this.#truncated.has(stream)) return;
    const place = await this.#placeOf(stream);
    if (revision !== place.next) {
      this.#truncated.add(stream);
      return;
    }
    place.next++;
    const last = place.head?.revision ?? NO_STREAM;
    if (revision < last) {
      this.#known++;
      place.below = { revision, digest: event.digest };
    } else if (revision === last) {
      place.below = undefined;
      this.#compare(event, place.head);
    } else {
      await this.#add(event);
    }
  }

  async finish(): Promise<CopyReport> {
    await this.#flush();
    for (const [stream, { below }] of this.#places) {
      if (below === undefined) continue;
      // The stream goes on there: it must be what it is here up to where it ends here.
      const there = await this.#target.digestAt(stream, below.revision);
      const isSame = there !== undefined && Buffer.compare(there, below.digest) === 0;
      if (!isSame) this.#diverged.add(stream);
    }
    return {
      events: this.events,
      appended: this.#appended,
      known: this.#known,
      diverged: [...this.#diverged].sort(),
      truncated: [...this.#truncated].sort(),
    };
  }

  async #placeOf(stream: string): Promise<Place> {
    const known = this.#places.get(stream);
    if (known !== undefined) return known;
    const head = await this.#target.headOf(stream);
    const place = { head, next: 0, below: undefined };
    this.#places.set(stream, place);
    return place;
  }

  /** The head's digest seals everything before it: one comparison tells of the whole stream. */
  #compare(event: StoredEvent, head: ReplicaHead | undefined): void {
    if (head !== undefined && Buffer.compare(head.digest, event.digest) === 0) this.#known++;
    else this.#diverged.add(event.stream);
  }

  async #add(event: StoredEvent): Promise<void> {
    const { stream, revision } = event;
    const request = { stream, events: [verbatimEvent(event)], expectedRevision: revision - 1 };
    this.#batch.push({ request, event });
    this.#characters += event.data.length + event.metadata.length;
    const isFull = this.#batch.length >= BATCH_EVENTS || this.#characters >= BATCH_CHARACTERS;
    if (isFull) await this.#flush();
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    const results = await this.#target.store.appendMany(batch.map(({ request }) => request));
    for (const [nth, { event }] of batch.entries()) {
      const result = results[nth];
      if (result?.ok !== true) {
        this.#diverged.add(event.stream);
      } else if (Buffer.compare(result.digest, event.digest) === 0) {
        this.#appended++;
      } else {
        throw new StoreError(
          `${event.stream} revision ${event.revision} got another digest there than it has here: verify where it comes from`,
        );
      }
    }
  }
}
