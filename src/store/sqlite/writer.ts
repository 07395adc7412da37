/**
 * Appending. Requests that come while others wait share one commit (group commit): a commit costs
 * a flush of the disk, an insert a few microseconds.
 */
import { eventDigest, uuidText, writeUuid } from '../digest.ts';
import {
  type AppendRequest,
  type AppendResult,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from '../event-store.ts';
import { isSameEvent } from '../limits.ts';
import type { Connection } from './connection.ts';
import type { Head, Heads } from './heads.ts';
import { Inserter } from './inserter.ts';
import type { Names } from './names.ts';

interface Waiting {
  readonly requests: readonly AppendRequest[];
  readonly resolve: (results: readonly AppendResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond this many events the next commit begins, so that memory and latency stay bounded. */
const MAX_COMMIT_EVENTS = 10_000;

const LAST_POSITION = 'SELECT max(rowid) FROM ev';
const REPEATED = `SELECT rowid, id, type, digest, data, metadata FROM ev
  WHERE stream = ? AND revision = ?`;
const MARK_LATE = 'UPDATE stream SET late = 1 WHERE rowid = ?';

export class Writer {
  readonly #connection: Connection;
  readonly #heads: Heads;
  readonly #streams: Names;
  readonly #types: Names;
  readonly #onCommit: () => void;
  readonly #inserter: Inserter;
  #queue: Waiting[] = [];
  #isScheduled = false;
  #position = 0;

  constructor(
    connection: Connection,
    names: { readonly streams: Names; readonly types: Names },
    heads: Heads,
    onCommit: () => void,
  ) {
    this.#connection = connection;
    this.#streams = names.streams;
    this.#types = names.types;
    this.#heads = heads;
    this.#onCommit = onCommit;
    this.#inserter = new Inserter(connection);
  }

  /** Answers when the requests are on disk. */
  enqueue(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ requests, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // After everything that is ready to run: each of those may have its append to add.
      setImmediate(() => this.flush());
    });
  }

  /** Writes everything that waits, in order. */
  flush(): void {
    this.#isScheduled = false;
    while (this.#queue.length > 0) this.#commit(this.#nextGroup());
  }

  #nextGroup(): readonly Waiting[] {
    let events = 0;
    let count = 0;
    for (const { requests } of this.#queue) {
      if (events >= MAX_COMMIT_EVENTS) break;
      count++;
      for (const request of requests) events += request.events.length;
    }
    const group = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return group;
  }

  #commit(group: readonly Waiting[]): void {
    let results: AppendResult[][];
    try {
      results = this.#connection.transaction(() => {
        this.#heads.refresh();
        this.#position = this.#connection.values<number | null>(LAST_POSITION).get() ?? 0;
        const made = group.map(({ requests }) => {
          const lost = new Set<string>();
          return requests.map((request) => this.#append(request, lost));
        });
        this.#inserter.flush();
        return made;
      });
    } catch (error) {
      // What was interned and moved on in memory is not in the file.
      this.#inserter.discard();
      this.#heads.forget();
      this.#streams.forget();
      this.#types.forget();
      for (const { reject } of group) reject(error);
      return;
    }
    group.forEach(({ resolve }, index) => {
      resolve(results[index] ?? []);
    });
    this.#onCommit();
  }

  /** `lost`: streams on which a request of the same call met a conflict before. */
  #append(request: AppendRequest, lost: Set<string>): AppendResult {
    const { stream, events, expectedRevision } = request;
    const existing = this.#headOf(stream);
    const actualRevision = existing?.revision ?? NO_STREAM;
    if (actualRevision !== expectedRevision || lost.has(stream)) {
      const isRetry = existing !== undefined && !lost.has(stream);
      const first = isRetry ? this.#firstResult(request, existing) : undefined;
      if (first === undefined) lost.add(stream);
      return first ?? { ok: false, actualRevision };
    }
    // Only here, so that a conflict leaves no name behind.
    const head = existing ?? this.#heads.create(stream);
    for (const event of events) this.#insert(stream, event, head);
    if (head.digest === undefined) throw new StoreError('an append has no events');
    return {
      ok: true,
      lastRevision: head.revision,
      position: head.position,
      digest: head.digest,
    };
  }

  #headOf(stream: string): Head | undefined {
    const cached = this.#heads.cached(stream);
    if (cached !== undefined) return cached;
    this.#inserter.flush();
    return this.#heads.read(stream);
  }

  #insert(stream: string, event: NewEvent, head: Head): void {
    const { type, data, metadata, columns } = event;
    const isFirst = head.digest === undefined;
    const id = this.#inserter.nextId();
    writeUuid(id, event.id);
    head.revision++;
    head.digest = eventDigest(
      { stream, revision: head.revision, id, type, data, metadata },
      head.digest,
    );
    head.position = ++this.#position;
    this.#inserter.add(event, head, this.#types.intern(type), head.digest);
    if (!isFirst && columns.happenedAtNs < head.happenedAtNs && !head.isLate) {
      this.#connection.command(MARK_LATE).run(head.stream);
      head.isLate = true;
    }
    head.happenedAtNs = columns.happenedAtNs;
  }

  /** The result the same request got before, or undefined when it is another one. */
  #firstResult(request: AppendRequest, head: Head): AppendResult | undefined {
    const { events, expectedRevision } = request;
    const lastRevision = expectedRevision + events.length;
    if (lastRevision > head.revision) return undefined;
    this.#inserter.flush();
    const statement =
      this.#connection.rows<[number, Buffer, number, Buffer, string, string]>(REPEATED);
    let result: AppendResult | undefined;
    for (const [index, event] of events.entries()) {
      const row = statement.get(head.stream, expectedRevision + 1 + index);
      if (row === undefined) return undefined;
      const [position, id, type, digest, data, metadata] = row;
      const stored = { id: uuidText(id), type: this.#types.nameOf(type), data, metadata };
      if (!isSameEvent(stored, event)) return undefined;
      result = { ok: true, lastRevision, position, digest };
    }
    return result;
  }
}
