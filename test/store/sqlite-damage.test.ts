/** One byte of the file changed: it is found, or it was a byte that means nothing. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventDigest } from '../../src/store/digest.ts';
import { type ExactEvent, NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  randomNumbers,
  sampleEvent,
  seedOfRun,
  soakFactor,
  temporaryDirectory,
} from './sample-events.ts';

const test = suite('a damaged ledger');
const random = randomNumbers(seedOfRun());
const directory = temporaryDirectory();
const path = join(directory, 'sound.db');
const PAGE_BYTES = 4096;

/** The data repeats the columns, as the ledger's JSON does. */
function telling(n: number) {
  const columns = {
    happenedAtNs: 1_700_000_000_000_000_000n + BigInt(n),
    recordedAtNs: 1_700_000_000_000_000_100n + BigInt(n),
    amount1: n % 3 === 0 ? null : BigInt(n - 4),
    amount2: n % 2 === 0 ? null : 5_000_000_000n * BigInt(n),
    isMarked: n % 4 === 0,
  };
  const data = columnsText(columns);
  return sampleEvent(n, { type: n % 2 === 0 ? 'Even\ufffd' : 'Odd', data, columns });
}

function columnsText(columns: ExactEvent['columns']): string {
  return JSON.stringify(columns, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

const original = await makeLedger();

async function makeLedger(): Promise<readonly string[]> {
  const store = openSqliteStore(path);
  for (let n = 0; n < 12; n++) {
    const stream = `damage\ufffd-${n % 2}`;
    const expectedRevision = store.streamHead(stream)?.revision ?? NO_STREAM;
    await store.append(stream, [telling(n)], { expectedRevision });
  }
  // One stream is marked late.
  await store.append('damage\ufffd-1', [telling(-5)], { expectedRevision: 5 });
  const texts = [...store.exactEvents()].map(exactText);
  await store.close();
  return texts;
}

function exactText(event: ExactEvent): string {
  const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
  const { position, stream, revision, id, type, data, metadata, digest, columns } = event;
  const bytes = [stream, id, type, data, metadata, digest].map(hex);
  return [position, revision, ...bytes, columnsText(columns)].join(' ');
}

/** What `verify` can know by itself: the engine's check, forms, digests, columns. */
function isFound(copy: string): boolean | 'unchanged' {
  try {
    const store = openSqliteStore(copy, { readonly: true });
    try {
      if (store.integrity().length > 0) return true;
      const events = [...store.exactEvents()];
      if (!isConsistent(events)) return true;
      return events.map(exactText).join('\n') === original.join('\n') ? 'unchanged' : false;
    } finally {
      void store.close();
    }
  } catch (error) {
    assert.instance(error, StoreError);
    return true;
  }
}

function isConsistent(events: readonly ExactEvent[]): boolean {
  const heads = new Map<string, Uint8Array>();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const event of events) {
    if (event.defects.length > 0) return false;
    if (event.stream === undefined || event.type === undefined) return false;
    try {
      const stream = decoder.decode(event.stream);
      const type = decoder.decode(event.type);
      const digest = Buffer.from(eventDigest({ ...event, stream, type }, heads.get(stream)));
      if (!digest.equals(event.digest)) return false;
      heads.set(stream, digest);
      if (decoder.decode(event.data) !== columnsText(event.columns)) return false;
    } catch {
      return false;
    }
  }
  return true;
}

function withFlipped(sound: Buffer, at: number, mask: number): string {
  const copy = join(directory, 'flipped.db');
  const damaged = Buffer.from(sound);
  damaged[at] = (damaged[at] ?? 0) ^ mask;
  writeFileSync(copy, damaged);
  return copy;
}

/** Offsets of all bytes of a leaf page that are in use: header, cell pointers and cells. */
function usedBytes(sound: Buffer, page: number): number[] {
  const start = (page - 1) * PAGE_BYTES;
  const headerBytes = 8;
  const cells = sound.readUInt16BE(start + 3);
  const firstCell = sound.readUInt16BE(start + 5);
  const bytes = Array.from({ length: PAGE_BYTES }, (_, offset) => offset);
  return bytes
    .filter((offset) => offset < headerBytes + 2 * cells || offset >= firstCell)
    .map((offset) => start + offset);
}

test('the sound ledger is found sound', () => {
  assert.is(isFound(path), 'unchanged');
});

test('every byte of the event rows and their names, changed in turn, is found', () => {
  const sound = readFileSync(path);
  const database = new Database(path, { readonly: true });
  const pages = database
    .prepare<[], number>(
      `SELECT pageno FROM dbstat WHERE name IN ('ev', 'stream', 'type') AND pagetype = 'leaf'`,
    )
    .pluck()
    .all();
  database.close();
  assert.ok(pages.length >= 3);
  const hidden: string[] = [];
  let flips = 0;
  for (const at of pages.flatMap((page) => usedBytes(sound, page))) {
    const mask = 1 + random(255);
    flips++;
    if (isFound(withFlipped(sound, at, mask)) !== true) {
      hidden.push(
        `byte ${at % PAGE_BYTES} of page ${Math.floor(at / PAGE_BYTES) + 1}, mask ${mask}`,
      );
    }
  }
  assert.ok(flips > 3000);
  assert.equal(hidden, []);
});

test('any byte of the whole file changed: found, or nothing that is read has changed', () => {
  const sound = readFileSync(path);
  for (let n = 0; n < 400 * soakFactor(); n++) {
    const at = random(sound.length);
    const mask = 1 + random(255);
    const found = isFound(withFlipped(sound, at, mask));
    assert.is.not(found, false, `byte ${at}, mask ${mask}`);
  }
});

test('a text that is of another kind is found, on whatever way it is read', () => {
  for (const [column, value] of [
    ['data', 'NULL'],
    ['metadata', 'CAST(metadata AS BLOB)'],
  ]) {
    const copy = join(directory, `${column}.db`);
    copyFileSync(path, copy);
    // No statement may put it there: a changed byte of a row's header does.
    const database = new Database(copy);
    database.unsafeMode(true);
    database.pragma('writable_schema = 1');
    const loosened = "replace(replace(sql, ' NOT NULL', ''), 'STRICT', '')";
    database.exec(`UPDATE sqlite_master SET sql = ${loosened} WHERE name = 'ev'`);
    database.close();
    const again = new Database(copy);
    again.exec(`UPDATE ev SET ${column} = ${value} WHERE rowid = 3`);
    again.close();
    const store = openSqliteStore(copy, { readonly: true });
    for (const read of [
      () => [...store.streamEvents('damage\ufffd-0')],
      () => [...store.streamBodies('damage\ufffd-0')],
      () => [
        ...store.bodiesOfParts([{ stream: 'damage\ufffd-0', fromRevision: 0, toRevision: 99 }]),
      ],
    ]) {
      const isTold = (error: unknown) =>
        error instanceof StoreError && error.message.includes('(event 3 is no text)');
      assert.throws(read, isTold, column);
    }
    assert.ok([...store.exactEvents()].some(({ defects }) => defects.length > 0));
    void store.close();
  }
});

test('a file cut short is found', () => {
  const sound = readFileSync(path);
  for (let pages = 1; pages * PAGE_BYTES < sound.length; pages++) {
    const copy = join(directory, 'short.db');
    copyFileSync(path, copy);
    writeFileSync(copy, sound.subarray(0, pages * PAGE_BYTES));
    assert.is(isFound(copy), true, `${pages} pages`);
  }
});

test.run();
