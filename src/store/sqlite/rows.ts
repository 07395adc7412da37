/** Rows and snapshots: derived data beside the events, written by compare-and-set. */
import { type KeptRow, type KeptSnapshot, StoreError, type StreamPlace } from '../event-store.ts';
import { quote } from '../limits.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';

type RowTuple = [stream: number, revision: number, version: number, json: string];
type SnapshotTuple = [
  stream: bigint,
  revision: bigint,
  version: bigint,
  json: string,
  position: bigint,
  happenedAtNs: bigint,
];

const PAGE_ROWS = 128;
const ROW = 'SELECT stream, revision, version, json FROM kept_row WHERE projection = ?';
const SNAPSHOT_COLUMNS = 'stream, revision, version, snapshot.json, position, happened_at';
const SNAPSHOT = `SELECT ${SNAPSHOT_COLUMNS} FROM snapshot WHERE projection = ?`;
/** Takes pairs of a stream and a revision as a JSON array: a third of the time of so many questions. */
const SNAPSHOTS_AT = `SELECT ${SNAPSHOT_COLUMNS} FROM json_each(?) AS place CROSS JOIN snapshot
  ON projection = ? AND stream = place.value ->> 0
  AND revision = (SELECT max(revision) FROM snapshot
    WHERE projection = ? AND stream = place.value ->> 0 AND revision <= place.value ->> 1)`;
const KEEP_ROW = `INSERT INTO kept_row(projection, stream, revision, version, json)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT(projection, stream) DO UPDATE
  SET revision = excluded.revision, version = excluded.version, json = excluded.json
  WHERE revision <= excluded.revision OR version <> excluded.version`;
const KEEP_SNAPSHOT = `INSERT INTO snapshot(projection, stream, revision, version, position,
    happened_at, json) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(projection, stream, revision) DO UPDATE SET version = excluded.version,
    position = excluded.position, happened_at = excluded.happened_at, json = excluded.json`;

export class Rows {
  readonly #connection: Connection;
  readonly #streams: Names;

  constructor(connection: Connection, streams: Names) {
    this.#connection = connection;
    this.#streams = streams;
  }

  keptRow(projection: string, stream: string): KeptRow | undefined {
    const id = this.#streams.find(stream);
    if (id === undefined) return undefined;
    const sql = `${ROW} AND stream = ?`;
    const row = this.#connection.guard(() =>
      this.#connection.rows<RowTuple>(sql).get(projection, id),
    );
    return row === undefined ? undefined : this.#row(projection, row);
  }

  *keptRows(projection: string): Generator<KeptRow> {
    const sql = `${ROW} AND stream > ? ORDER BY stream LIMIT ${PAGE_ROWS}`;
    let after = 0;
    for (;;) {
      const page = this.#connection.guard(() =>
        this.#connection.rows<RowTuple>(sql).all(projection, after),
      );
      for (const row of page) {
        after = row[0];
        yield this.#row(projection, row);
      }
      if (page.length < PAGE_ROWS) return;
    }
  }

  snapshotAt(projection: string, stream: string, revision: number): KeptSnapshot | undefined {
    const id = this.#streams.find(stream);
    if (id === undefined) return undefined;
    const sql = `${SNAPSHOT} AND stream = ? AND revision <= ? ORDER BY revision DESC LIMIT 1`;
    const row = this.#connection.guard(() =>
      this.#connection.bigRows<SnapshotTuple>(sql).get(projection, id, revision),
    );
    return row === undefined ? undefined : this.#snapshot(projection, row);
  }

  snapshotsAt(projection: string, places: readonly StreamPlace[]): readonly KeptSnapshot[] {
    const asked = places.flatMap(({ stream, revision }) => {
      const id = this.#streams.find(stream);
      return id === undefined ? [] : [[id, revision]];
    });
    const rows = this.#connection.guard(() =>
      this.#connection
        .bigRows<SnapshotTuple>(SNAPSHOTS_AT)
        .all(JSON.stringify(asked), projection, projection),
    );
    return rows.map((row) => this.#snapshot(projection, row));
  }

  *keptSnapshots(projection: string): Generator<KeptSnapshot> {
    const sql = `${SNAPSHOT} AND (stream, revision) > (?, ?)
      ORDER BY stream, revision LIMIT ${PAGE_ROWS}`;
    let after: readonly [bigint, bigint] = [0n, 0n];
    for (;;) {
      const page = this.#connection.guard(() =>
        this.#connection.bigRows<SnapshotTuple>(sql).all(projection, ...after),
      );
      for (const row of page) {
        after = [row[0], row[1]];
        yield this.#snapshot(projection, row);
      }
      if (page.length < PAGE_ROWS) return;
    }
  }

  keepRows(
    rows: readonly KeptRow[],
    snapshots: readonly KeptSnapshot[],
  ): readonly { readonly projection: string; readonly stream: string }[] {
    if (rows.length === 0 && snapshots.length === 0) return [];
    const keepRow = this.#connection.command(KEEP_ROW);
    const keepSnapshot = this.#connection.command(KEEP_SNAPSHOT);
    return this.#connection.lazyTransaction(() => {
      const lost: { projection: string; stream: string }[] = [];
      for (const { projection, stream, revision, version, json } of rows) {
        const id = this.#streamOf(stream);
        const { changes } = keepRow.run(projection, id, revision, version, json);
        if (changes === 0) lost.push({ projection, stream });
      }
      for (const { projection, stream, revision, version, position, ...rest } of snapshots) {
        const id = this.#streamOf(stream);
        const { happenedAtNs, json } = rest;
        keepSnapshot.run(projection, id, revision, version, position, happenedAtNs, json);
      }
      return lost;
    });
  }

  forgetRows(
    projections: readonly string[],
    stream: string | undefined,
    fromRevision: number,
  ): void {
    const id = stream === undefined ? undefined : this.#streams.find(stream);
    if (stream !== undefined && id === undefined) return;
    this.#connection.lazyTransaction(() => {
      for (const table of ['kept_row', 'snapshot'] as const) {
        if (id === undefined && fromRevision === 0 && this.#areAll(table, projections)) {
          this.#connection.command(`DELETE FROM ${table}`).run();
          continue;
        }
        const sql = `DELETE FROM ${table} WHERE projection = ? AND revision >= ?`;
        const ofStream = this.#connection.command(id === undefined ? sql : `${sql} AND stream = ?`);
        const more = id === undefined ? [] : [id];
        for (const projection of projections) ofStream.run(projection, fromRevision, ...more);
      }
    });
  }

  /** True where a table has nothing of others: SQLite empties it whole without looking at its rows. */
  #areAll(table: 'kept_row' | 'snapshot', projections: readonly string[]): boolean {
    const sql = `WITH RECURSIVE found(projection) AS (SELECT min(projection) FROM ${table} UNION ALL
      SELECT (SELECT min(projection) FROM ${table} WHERE projection > found.projection) FROM found
      WHERE projection IS NOT NULL) SELECT projection FROM found WHERE projection IS NOT NULL`;
    return this.#connection
      .values<string>(sql)
      .all()
      .every((name) => projections.includes(name));
  }

  #streamOf(stream: string): number {
    const id = this.#streams.find(stream);
    if (id === undefined) throw new StoreError(`a row of ${quote(stream)}, which has no events`);
    return id;
  }

  #row(projection: string, [stream, revision, version, json]: RowTuple): KeptRow {
    return { projection, stream: this.#streams.nameOf(stream), revision, version, json };
  }

  #snapshot(projection: string, row: SnapshotTuple): KeptSnapshot {
    const [stream, revision, version, json, position, happenedAtNs] = row;
    return {
      projection,
      stream: this.#streams.nameOf(Number(stream)),
      revision: Number(revision),
      version: Number(version),
      json,
      position: Number(position),
      happenedAtNs,
    };
  }
}
