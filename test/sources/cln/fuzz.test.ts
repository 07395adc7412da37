/**
 * Hostile files of every kind that the importer reads. It may refuse one with a sentence, or name bad
 * records and read on; what it does tell must fit its schema, so that a ledger can keep it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { assertFramed } from '../../../src/ledger/observation-frame.ts';
import { observationText } from '../../../src/ledger/observation-json.ts';
import { SchemaError } from '../../../src/schema/codec.ts';
import { keptTransaction } from '../../../src/sources/cln/bitcoin.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import {
  randomNumbers,
  seedOfRun,
  soakFactor,
  temporaryDirectory,
} from '../../store/sample-events.ts';
import { isNotItsOwn } from '../own-contradictions.ts';
import { importCln, L1, ledgerOf, NOW_NS, realDatabase, shownAnswers } from './real-cln.ts';

const test = suite('hostile files');
const CASES = 1_000 * soakFactor();
const directory = temporaryDirectory();
const below = randomNumbers(seedOfRun());
const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const named = { nodeId: L1, chain: 'regtest' } as const;

const originals = [
  'l1-before-moves-in-db',
  'v0.12.1-forward',
  'l2-missed-p2wpkh-CLOSED',
  'l1-bkpr-accounts',
].map((name) => readFileSync(realDatabase(name)));

/** Where the case came to; anything but a refusal in a sentence fails the test. */
async function outcomeOf(path: string): Promise<'refused' | 'read'> {
  try {
    const { observations, tally } = await importCln([path], named);
    for (const [nth, observation] of observations.entries()) {
      assertFramed(observation, nth);
      ok(observation.happenedAtNs <= NOW_NS);
      try {
        observationText(observation);
      } catch (cause) {
        // It will be quarantined, whole.
        ok(cause instanceof SchemaError, String(cause));
      }
    }
    ok(tally.bad.named.length <= 20);
    return 'read';
  } catch (cause) {
    ok(cause instanceof ImportError, cause instanceof Error ? cause.stack : String(cause));
    ok(cause.message.length < 1_000);
    return 'refused';
  }
}

/** One change of the file's bytes: at random, of a page's own structure, or of its length. */
function damage(bytes: Buffer): Buffer {
  const pageSize = 4096;
  const pages = Math.floor(bytes.length / pageSize);
  const page = below(pages) * pageSize;
  switch (below(7)) {
    case 0:
      return bytes.subarray(0, below(bytes.length));
    case 1:
      for (let n = below(20); n >= 0; n--) {
        const at = below(bytes.length);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
      }
      return bytes;
    case 2: {
      // A page in the place of another, so that one is there twice.
      const other = below(pages) * pageSize;
      bytes.copyWithin(page, other, other + pageSize);
      return bytes;
    }
    case 3:
      // The b-tree page's header: kind, first free block, number of cells, where they begin.
      bytes[page + below(12)] = below(256);
      return bytes;
    case 4:
      // Pointers to cells, and the pages that an inner page points to: in a circle too.
      bytes.writeUInt32BE(below(pages + 2), page + 8);
      return bytes;
    case 5:
      bytes.writeUInt16BE(below(65_536), page + 8 + 2 * below(40));
      return bytes;
    default:
      // The file's header: page size, versions, free list, text encoding.
      bytes[below(100)] = below(256);
      return bytes;
  }
}

test('databases with broken bytes are refused, or read without anything false', async () => {
  const outcomes = { refused: 0, read: 0 };
  for (let nth = 0; nth < CASES; nth++) {
    let bytes = Buffer.from(oneOf(originals));
    for (let times = below(3); times >= 0; times--) {
      if (bytes.length > 8192) bytes = Buffer.from(damage(bytes));
    }
    const path = join(directory, 'broken.sqlite3');
    writeFileSync(path, bytes);
    outcomes[await outcomeOf(path)]++;
  }
  is(outcomes.refused + outcomes.read, CASES);
  ok(outcomes.refused > 0 && outcomes.read > 0, JSON.stringify(outcomes));
});

const VALUES = [
  ...['NULL', '-1', '0', '1', '2', '3', '255', '65536', '9007199254740993', '1e300'],
  ...['9223372036854775807', '-9223372036854775808', "''", "'x'", "x''", "x'00'", "x'ff'"],
  ...['zeroblob(32)', 'zeroblob(33)', 'randomblob(32)', 'randomblob(33)', 'zeroblob(100000)'],
  ...["'103x1x1'", "'99999999x99999999x99999'", 'hex(zeroblob(50000))', "x'70736274ff01'"],
  ...["cast(x'fffe' AS TEXT)", "x'70736274ff01020402000000010401fd010501fd00'"],
];

/** A table's column gets a hostile value in some rows or all, or the table other columns, or rows twice. */
function disturb(path: string): void {
  const database = new Database(path);
  database.pragma('synchronous = OFF');
  database.pragma('journal_mode = MEMORY');
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
  const full = tables.filter(
    (table) => database.prepare(`SELECT 1 FROM ${table}`).get() !== undefined,
  );
  for (let times = 1 + below(4); times > 0; times--) {
    const table = oneOf(full);
    const columns = database
      .prepare('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(table) as string[];
    const column = oneOf(columns);
    const where = below(2) === 0 ? '' : ' WHERE rowid % 2 = 0';
    const statement = oneOf([
      `UPDATE ${table} SET ${column} = ${oneOf(VALUES)}${where}`,
      `UPDATE ${table} SET ${column} = ${oneOf(VALUES)}${where}`,
      `UPDATE ${table} SET ${column} = ${oneOf(VALUES)}${where}`,
      `UPDATE ${table} SET ${column} = -${column}`,
      `ALTER TABLE ${table} RENAME COLUMN ${column} TO other`,
      `DELETE FROM ${table}${where}`,
    ]);
    try {
      database.exec(statement);
    } catch {
      // A constraint of the table's own: the next one.
    }
  }
  database.close();
}

test('databases with hostile values are read around them, and a ledger keeps all that is told', async () => {
  const outcomes = { refused: 0, read: 0 };
  for (let nth = 0; nth < CASES; nth++) {
    const path = join(directory, 'disturbed.sqlite3');
    writeFileSync(path, oneOf(originals));
    disturb(path);
    outcomes[await outcomeOf(path)]++;
    if (nth % 50 !== 0) continue;
    const told = await importCln([path], named).catch(() => undefined);
    if (told === undefined) continue;
    const ledger = await ledgerOf(told);
    const { broken } = await ledger.verify();
    equal(broken.filter(isNotItsOwn), []);
  }
  ok(outcomes.read > CASES / 10, JSON.stringify(outcomes));
});

const answers = [
  ...['listpeerchannels', 'listclosedchannels', 'listforwards', 'listhtlcs'],
  ...['bkpr-listaccountevents', 'listchannelmoves', 'listchainmoves'],
].flatMap((command) => shownAnswers(command).map((path) => readFileSync(path, 'utf8')));

const WORDS = [
  ...['null', 'true', '-1', '1e400', '99999999999999999999999999', '1738000000.9', '{}', '[]'],
  ...['""', '"\\u0000"', '"\\ud800"', '"x"', '[[[[]]]]', '{"a":{"b":[1]}}', '"1x1x1"', '0.5'],
  ...[`"${'ab'.repeat(32)}"`, `"${'ab'.repeat(32)}:4294967295"`, '"18446744073709551615msat"'],
];

/** A value in the text in the place of another, or the text itself cut, doubled or spoilt. */
function spoil(text: string): string {
  switch (below(6)) {
    case 0:
      return text.slice(0, below(text.length));
    case 1: {
      const at = below(text.length);
      return text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1);
    }
    case 2: {
      const [from, to] = [below(text.length), below(text.length)].sort((a, b) => a - b);
      return text.slice(0, to) + text.slice(from);
    }
    default: {
      const values = [...text.matchAll(/: ("[^"]*"|-?[0-9.]+|true|false|null)/g)];
      const found = values[below(Math.max(1, values.length))];
      if (found === undefined) return `${text}}`;
      const start = found.index + 2;
      return text.slice(0, start) + oneOf(WORDS) + text.slice(start + found[0].length - 2);
    }
  }
}

test('JSON that was cut, spoilt or made up is refused or read around', async () => {
  const outcomes = { refused: 0, read: 0 };
  for (let nth = 0; nth < CASES; nth++) {
    let text = oneOf(answers);
    for (let times = below(3); times >= 0; times--) if (text.length > 20) text = spoil(text);
    const path = join(directory, 'spoilt.json');
    writeFileSync(path, below(10) === 0 ? Buffer.from(text, 'latin1') : text);
    if (!/^\s*[{[]/.test(text)) continue;
    outcomes[await outcomeOf(path)]++;
  }
  ok(outcomes.refused > 0 && outcomes.read > 0, JSON.stringify(outcomes));
});

test('nesting, a record without an end and text without an end are refused', async () => {
  for (const text of [
    '['.repeat(100_000),
    `{"forwards": [${'{"a":'.repeat(1_000)}`,
    `{"forwards": [{"a": "${'x'.repeat(9 << 20)}"}]}`,
    '{"forwards": [{"a": "',
    '{"forwards": [}',
    `{"forwards": [{"a": [${'[],'.repeat(600_000)}1]}]}`,
  ]) {
    const path = join(directory, 'endless.json');
    writeFileSync(path, text);
    is(await outcomeOf(path), 'refused');
  }
});

test('transactions and PSBTs of any bytes are parsed or refused', () => {
  const database = new Database(realDatabase('v0.12.1-forward'), { readonly: true });
  const kept = database
    .prepare('SELECT last_tx FROM channels UNION ALL SELECT rawtx FROM transactions')
    .pluck()
    .all() as Buffer[];
  database.close();
  for (let nth = 0; nth < CASES; nth++) {
    let bytes = Buffer.from(oneOf(kept));
    for (let times = below(5); times > 0; times--) bytes[below(bytes.length)] = below(256);
    if (below(4) === 0) bytes = bytes.subarray(0, below(bytes.length));
    try {
      keptTransaction(bytes);
    } catch (cause) {
      ok(cause instanceof Error && cause.constructor === Error, String(cause));
    }
  }
});

test.run();
