/**
 * One commit: the requests of those who waited, in one transaction, each decided by the stream's head
 * as it is then. The digest chain is made here, where the order is known.
 */
import { Conflicts } from '../conflicts.ts';
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

const LAST_POSITION = 'SELECT max(rowid) FROM ev';
const REPEATED = `SELECT rowid, id, type, digest, data, metadata FROM ev
  WHERE stream = ? AND revision = ?`;
const KEEP_META = 'INSERT OR REPLACE INTO meta(key, text) VALUES (?, ?)';
const MARK_LATE = 'UPDATE stream SET late = 1 WHERE rowid = ?';

/** What one caller appends at once. */
export interface Appending {
  readonly requests: readonly AppendRequest[];
  readonly batch: number | undefined;
  /** Kept with them, if all of them are made. */
  readonly meta: { readonly key: string; readonly text: string } | undefined;
}

export class Committer {
  readonly #connection: Connection;
  readonly #heads: Heads;
  readonly #streams: Names;
  readonly #types: Names;
  readonly #inserter: Inserter;
  readonly #conflicts = new Conflicts();
  #position = 0;

  constructor(
    connection: Connection,
    names: { readonly streams: Names; readonly types: Names },
    heads: Heads,
  ) {
    this.#connection = connection;
    this.#streams = names.streams;
    this.#types = names.types;
    this.#heads = heads;
    this.#inserter = new Inserter(connection);
  }

  /** All of it durably, or nothing and a StoreError. `group` may grow while it is gone through. */
  commit(group: Iterable<Appending>): readonly (readonly AppendResult[])[] {
    const begun: Appending[] = [];
    try {
      return this.#connection.transaction(() => {
        this.#heads.refresh();
        this.#position = this.#connection.values<number | null>(LAST_POSITION).get() ?? 0;
        const made: (readonly AppendResult[])[] = [];
        for (const appending of group) {
          begun.push(appending);
          made.push(this.#appendAll(appending));
        }
        this.#inserter.flush();
        return made;
      });
    } catch (error) {
      // What was interned and moved on in memory is not in the file.
      this.#inserter.discard();
      this.#heads.forget();
      this.#streams.forget();
      this.#types.forget();
      // Where the transaction could not even begin, it failed for all that waited.
      if (begun.length === 0) begun.push(...group);
      for (const { requests, batch } of begun) {
        this.#conflicts.keep(batch, new Set(requests.map(({ stream }) => stream)));
      }
      throw error;
    }
  }

  /** What a batch has lost here: the writer that takes its next part must know. */
  lostOf(batch: number | undefined): ReadonlySet<string> {
    return this.#conflicts.of(batch);
  }

  /** The same of another writer. */
  lose(batch: number | undefined, streams: ReadonlySet<string>): void {
    this.#conflicts.keep(batch, streams);
  }

  #appendAll({ requests, batch, meta }: Appending): readonly AppendResult[] {
    const lost = this.#conflicts.of(batch);
    const results = requests.map((request) => this.#append(request, lost));
    this.#conflicts.keep(batch, lost);
    if (meta !== undefined && results.every(({ ok }) => ok)) {
      this.#connection.command(KEEP_META).run(meta.key, meta.text);
    }
    return results;
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
