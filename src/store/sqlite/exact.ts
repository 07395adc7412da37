/**
 * The event rows as they lie in the file, for `verify`. Decoding would hide damage: a broken UTF-8
 * byte reads as U+FFFD, a text where a number belongs as 0. So everything is read as bytes, with
 * the kind SQLite stored it as.
 */
import type { ExactEvent } from '../event-store.ts';
import type { Connection } from './connection.ts';
import { NO_AMOUNT } from './schema.ts';

type ExactRow = [
  position: bigint,
  stream: Buffer | null,
  revision: bigint,
  id: Buffer,
  type: Buffer | null,
  data: Buffer,
  metadata: Buffer,
  digest: Buffer,
  happenedAtNs: bigint,
  recordedAtNs: bigint,
  amount1: bigint | null,
  amount2: bigint | null,
  marked: bigint,
  kinds: string,
];

const KINDS: readonly (readonly [column: string, kind: RegExp])[] = [
  ['ev.stream', /^integer$/],
  ['ev.revision', /^integer$/],
  ['ev.type', /^integer$/],
  ['happened_at', /^integer$/],
  ['recorded_at', /^integer$/],
  ['amount1', /^(integer|none)$/],
  ['amount2', /^(integer|none)$/],
  ['marked', /^integer$/],
  ['ev.id', /^blob$/],
  ['digest', /^blob$/],
  ['data', /^text$/],
  ['metadata', /^text$/],
  ['stream.name', /^text$/],
  ['type.name', /^text$/],
];

const PAGE_EVENTS = 64;
const EXACT = `SELECT ev.rowid, CAST(stream.name AS BLOB), CAST(revision AS INT),
    CAST(ev.id AS BLOB), CAST(type.name AS BLOB), CAST(data AS BLOB), CAST(metadata AS BLOB),
    CAST(digest AS BLOB), CAST(happened_at AS INT), CAST(recorded_at AS INT),
    ${amountOf('amount1')}, ${amountOf('amount2')}, CAST(marked AS INT),
    ${KINDS.map(([column]) => kindOf(column)).join(" || ' ' || ")}
  FROM ev LEFT JOIN stream ON stream.rowid = ev.stream LEFT JOIN type ON type.rowid = ev.type
  WHERE ev.rowid > ? ORDER BY ev.rowid LIMIT ${PAGE_EVENTS}`;

const NOTHING = Buffer.alloc(0);

export function* exactEvents(connection: Connection): Generator<ExactEvent> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = connection.guard(() => connection.bigRows<ExactRow>(EXACT).all(after));
    for (const row of page) {
      after = Number(row[0]);
      yield exactEvent(row);
    }
    if (page.length < PAGE_EVENTS) return;
  }
}

function amountOf(column: string): string {
  return `CASE typeof(${column}) WHEN 'integer' THEN ${column} END`;
}

function kindOf(column: string): string {
  if (!column.startsWith('amount')) return `typeof(${column})`;
  return `CASE ${column} WHEN '${NO_AMOUNT}' THEN 'none' ELSE typeof(${column}) END`;
}

function exactEvent(row: ExactRow): ExactEvent {
  const [position, stream, revision, id, type, data, metadata, digest] = row;
  const [, , , , , , , , happenedAtNs, recordedAtNs, amount1, amount2, marked, kinds] = row;
  return {
    position: Number(position),
    stream: stream ?? undefined,
    revision: Number(revision),
    id: id ?? NOTHING,
    type: type ?? undefined,
    data: data ?? NOTHING,
    metadata: metadata ?? NOTHING,
    digest: digest ?? NOTHING,
    columns: {
      happenedAtNs: happenedAtNs ?? 0n,
      recordedAtNs: recordedAtNs ?? 0n,
      amount1,
      amount2,
      isMarked: marked === 1n,
    },
    defects: defects(kinds, marked),
  };
}

function defects(kinds: string, marked: bigint): readonly string[] {
  const found: string[] = [];
  for (const [index, kind] of kinds.split(' ').entries()) {
    const expected = KINDS[index];
    if (expected !== undefined && !expected[1].test(kind)) {
      found.push(`${expected[0]} is stored as ${kind}`);
    }
  }
  if (marked !== 0n && marked !== 1n) found.push(`marked is ${marked}`);
  return found;
}

/** What SQLite says of its own file, and whether the marks on late streams are right. */
export function integrity(connection: Connection): readonly string[] {
  const found = connection.guard(() =>
    connection
      .values<string>('PRAGMA integrity_check')
      .all()
      .filter((line) => line !== 'ok'),
  );
  // On a broken file the other question may not come to an end.
  if (found.length > 0) return found;
  const rows = connection.guard(() => connection.rows<[number, number | null]>(POSITIONS).get());
  const [count = 0, newest] = rows ?? [];
  if (count !== (newest ?? 0)) return [`${count} events, but the newest has position ${newest}`];
  const wrong = connection.guard(() => connection.values<string>(WRONGLY_MARKED).all());
  return wrong.map((name) => `stream ${JSON.stringify(name)} is wrongly marked as (not) late`);
}

/** Positions go from 1 on without a gap: an event taken out of the middle is missed. */
const POSITIONS = 'SELECT count(*), max(rowid) FROM ev';

const WRONGLY_MARKED = `SELECT name FROM stream LEFT JOIN
    (SELECT s, max(back) AS back FROM
      (SELECT stream AS s,
          happened_at < lag(happened_at) OVER (PARTITION BY stream ORDER BY revision) AS back
        FROM ev)
      GROUP BY s) ON s = stream.rowid
  WHERE late <> ifnull(back, 0)`;
