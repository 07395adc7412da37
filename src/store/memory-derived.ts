/** What a memory store keeps beside its events: rows, snapshots, keys and small facts. */
import {
  type EventBody,
  type KeptRow,
  type KeptSnapshot,
  type MetaUpdate,
  StoreError,
  type StreamPart,
  type StreamPlace,
  type StreamRange,
} from './event-store.ts';
import type { KeyTable, NewKey, StoredKey } from './key-table.ts';
import { quote } from './limits.ts';

export abstract class MemoryDerived {
  readonly #rows = new Map<string, Map<string, KeptRow>>();
  /** By projection, then stream; each list is sorted by revision. */
  readonly #snapshots = new Map<string, Map<string, KeptSnapshot[]>>();
  readonly #meta = new Map<string, string>();
  readonly keys: KeyTable = new MemoryKeys();

  /** Nothing is written while a synchronous function runs. */
  inOneReading<T>(work: () => T): T {
    return work();
  }

  protected abstract hasStream(stream: string): boolean;
  abstract streamBodies(stream: string, range?: StreamRange): Iterable<EventBody>;

  bodiesOfParts(parts: readonly StreamPart[]): Iterable<EventBody> {
    return parts.flatMap((part) => [...this.streamBodies(part.stream, part)]);
  }

  keptRow(projection: string, stream: string): KeptRow | undefined {
    return this.#rows.get(projection)?.get(stream);
  }

  *keptRows(projection: string): Generator<KeptRow> {
    yield* [...(this.#rows.get(projection)?.values() ?? [])];
  }

  snapshotAt(projection: string, stream: string, revision: number): KeptSnapshot | undefined {
    const kept = this.#snapshots.get(projection)?.get(stream);
    return kept?.findLast((snapshot) => snapshot.revision <= revision);
  }

  snapshotsAt(projection: string, places: readonly StreamPlace[]): readonly KeptSnapshot[] {
    return places.flatMap((place) => {
      return this.snapshotAt(projection, place.stream, place.revision) ?? [];
    });
  }

  *keptSnapshots(projection: string): Generator<KeptSnapshot> {
    for (const kept of [...(this.#snapshots.get(projection)?.values() ?? [])]) yield* [...kept];
  }

  keepRows(
    rows: readonly KeptRow[],
    snapshots: readonly KeptSnapshot[],
  ): readonly { readonly projection: string; readonly stream: string }[] {
    for (const { stream } of [...rows, ...snapshots]) {
      if (this.hasStream(stream)) continue;
      throw new StoreError(`a row of ${quote(stream)}, which has no events`);
    }
    const lost: { projection: string; stream: string }[] = [];
    for (const { projection, stream, revision, version, json } of rows) {
      const kept = this.keptRow(projection, stream);
      if (kept !== undefined && kept.version === version && kept.revision > revision) {
        lost.push({ projection, stream });
        continue;
      }
      const ofProjection = this.#rows.get(projection) ?? new Map<string, KeptRow>();
      ofProjection.set(stream, { projection, stream, revision, version, json });
      this.#rows.set(projection, ofProjection);
    }
    for (const snapshot of snapshots) this.#keepSnapshot(snapshot);
    return lost;
  }

  forgetRows(projections: readonly string[], stream?: string, fromRevision = 0): void {
    for (const projection of projections) this.#forgetRows(projection, stream, fromRevision);
  }

  #forgetRows(projection: string, stream: string | undefined, fromRevision: number): void {
    const streams =
      stream === undefined
        ? new Set([
            ...(this.#rows.get(projection)?.keys() ?? []),
            ...(this.#snapshots.get(projection)?.keys() ?? []),
          ])
        : [stream];
    for (const name of streams) {
      const row = this.keptRow(projection, name);
      if (row !== undefined && row.revision >= fromRevision) {
        this.#rows.get(projection)?.delete(name);
      }
      const kept = this.#snapshots.get(projection)?.get(name);
      if (kept === undefined) continue;
      const staying = kept.filter(({ revision }) => revision < fromRevision);
      this.#snapshots.get(projection)?.set(name, staying);
    }
  }

  getMeta(key: string): string | undefined {
    return this.#meta.get(key);
  }

  setMeta(key: string, text: string): void {
    this.#meta.set(key, text);
  }

  updateMeta(key: string, update: MetaUpdate): void {
    const text = update(this.getMeta(key));
    if (text !== undefined) this.setMeta(key, text);
  }

  #keepSnapshot(snapshot: KeptSnapshot): void {
    const { projection, stream } = snapshot;
    const ofProjection = this.#snapshots.get(projection) ?? new Map<string, KeptSnapshot[]>();
    const others = ofProjection.get(stream)?.filter((s) => s.revision !== snapshot.revision) ?? [];
    const { revision, version, json, position, happenedAtNs } = snapshot;
    others.push({ projection, stream, revision, version, json, position, happenedAtNs });
    ofProjection.set(
      stream,
      others.sort((a, b) => a.revision - b.revision),
    );
    this.#snapshots.set(projection, ofProjection);
  }
}

class MemoryKeys implements KeyTable {
  readonly #keys = new Map<string, StoredKey>();

  /** Nobody else writes to this process's memory. */
  version(): number {
    return 0;
  }

  put(key: NewKey): boolean {
    if (this.#keys.has(key.keyId)) return false;
    const { keyId, subject, wrapped, createdAtNs } = key;
    const kept = {
      keyId,
      subject,
      wrapped: Buffer.from(wrapped),
      createdAtNs,
      destroyedAtNs: null,
    };
    this.#keys.set(keyId, kept);
    return true;
  }

  putAll(keys: readonly NewKey[]): void {
    for (const key of keys) this.put(key);
  }

  flush(): void {
    // Memory has no disk.
  }

  byId(keyId: string): StoredKey | undefined {
    return this.#keys.get(keyId);
  }

  bySubject(subject: string): readonly StoredKey[] {
    return this.all().filter((key) => key.subject === subject);
  }

  all(): readonly StoredKey[] {
    return [...this.#keys.values()];
  }

  rewrap(keyId: string, wrapped: Uint8Array): boolean {
    const key = this.#keys.get(keyId);
    if (key === undefined || key.wrapped === null) return false;
    this.#keys.set(keyId, { ...key, wrapped: Buffer.from(wrapped) });
    return true;
  }

  destroy(keyId: string, destroyedAtNs: bigint): boolean {
    const key = this.#keys.get(keyId);
    if (key === undefined) return false;
    key.wrapped?.fill(0);
    if (key.wrapped !== null) this.#keys.set(keyId, { ...key, wrapped: null, destroyedAtNs });
    return true;
  }
}
