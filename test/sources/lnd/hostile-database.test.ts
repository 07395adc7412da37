/** Files that somebody made to hang, fill or break a reader of bbolt files. */

import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImportError } from '../../../src/sources/importer.ts';
import { BoltFile } from '../../../src/sources/lnd/database/bbolt.ts';
import {
  parseChannelInfo,
  parseCommitment,
  parseRevocationState,
} from '../../../src/sources/lnd/database/channel-record.ts';
import { parseCloseSummary } from '../../../src/sources/lnd/database/close-summary.ts';
import { parseEdge, parsePolicy } from '../../../src/sources/lnd/database/edges.ts';
import { parseHtlcSet, parseInvoice } from '../../../src/sources/lnd/database/invoices.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { fileOf, readDatabase, realBytes, realFile } from './importing.ts';

const CASES = 1_000 * soakFactor();
const random = randomNumbers(seedOfRun());
const real = Buffer.from(realBytes('chantools-open-channels.channel.db'));
const PAGE = 4096;
const place = fileOf('channel.db', real);

const pages = suite('a page of a hostile database');
const records = suite('a record of a hostile database');

function read(bytes: Uint8Array): number | ImportError {
  writeFileSync(place, bytes);
  return readDatabase(place);
}

/** The newest meta page with another value at that byte, and its checksum made right. */
function withMeta(at: number, value: bigint): Buffer {
  const bytes = Buffer.from(real);
  for (const start of [16, PAGE + 16]) {
    bytes.writeBigUInt64LE(value, start + at);
    let sum = 0xcbf29ce484222325n;
    for (const byte of bytes.subarray(start, start + 56)) {
      sum = ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    }
    bytes.writeBigUInt64LE(sum, start + 56);
  }
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  const answer = read(bytes);
  assert.instance(answer, ImportError);
  return (answer as ImportError).message;
}

pages('is as it was where nothing was changed', () => {
  assert.is(read(real), 46);
});

pages('of which neither meta page is whole is named', () => {
  const bytes = Buffer.from(real);
  bytes[16 + 56] = (bytes[16 + 56] ?? 0) ^ 1;
  assert.is(read(bytes), read(real), 'the other one is there');
  bytes[PAGE + 16 + 56] = (bytes[PAGE + 16 + 56] ?? 0) ^ 1;
  assert.match(refusal(bytes), /neither of its two meta pages is whole/);
});

pages('that is beyond the file, or a meta page, is refused by its number', () => {
  const ROOT = 16;
  assert.match(refusal(withMeta(ROOT, 1_000_000n)), /names page 1000000, and the file ends before/);
  assert.match(refusal(withMeta(ROOT, 0xffff_ffff_ffff_ffffn)), /names page 18446744073709552000/);
  assert.match(refusal(withMeta(ROOT, 1n)), /names page 1,/);
});

pages('that leads back to itself ends the reading', () => {
  const bytes = Buffer.from(real);
  const root = Number(bytes.readBigUInt64LE(16 + 16)) * PAGE;
  // A branch page of one element, whose child it is itself.
  bytes.writeUInt16LE(1, root + 8);
  bytes.writeUInt16LE(1, root + 10);
  bytes.writeUInt32LE(0, root + 12);
  bytes.writeUInt32LE(16, root + 16);
  bytes.writeUInt32LE(4, root + 20);
  bytes.writeBigUInt64LE(BigInt(root / PAGE), root + 24);
  assert.match(refusal(bytes), /deeper than any tree|in the tree twice/);
});

pages('that tells of more than it has room for is refused', () => {
  const root = Number(real.readBigUInt64LE(16 + 16)) * PAGE;
  const many = Buffer.from(real);
  many.writeUInt16LE(0xffff, root + 10);
  assert.match(refusal(many), /tells of 65535 entries/);
  const run = Buffer.from(real);
  run.writeUInt32LE(0x7fffffff, root + 12);
  assert.match(refusal(run), /runs over \d+ bytes/);
  const long = Buffer.from(real);
  long.writeUInt32LE(0xffff_fff0, root + 16 + 12);
  assert.match(refusal(long), /goes beyond it/);
});

interface Element {
  readonly key: string;
  /** The page of a bucket, or a value. */
  readonly value: number | string;
  /** How far the value reaches beyond its own bytes. */
  readonly tooLong?: number;
}

/** A leaf page, its data behind its elements and in their order, as bbolt writes it. */
function leaf(elements: readonly Element[]): Buffer {
  const bytes = Buffer.alloc(PAGE);
  bytes.writeUInt16LE(2, 8);
  bytes.writeUInt16LE(elements.length, 10);
  let end = 16 + 16 * elements.length;
  for (const [nth, { key, value, tooLong = 0 }] of elements.entries()) {
    const at = 16 + 16 * nth;
    const data = typeof value === 'string' ? Buffer.from(value) : Buffer.alloc(16);
    if (typeof value === 'number') data.writeUInt32LE(value);
    bytes.writeUInt32LE(typeof value === 'number' ? 1 : 0, at);
    bytes.writeUInt32LE(end - at, at + 4);
    bytes.writeUInt32LE(key.length, at + 8);
    bytes.writeUInt32LE(data.length + tooLong, at + 12);
    bytes.write(key, end);
    data.copy(bytes, end + key.length);
    end += key.length + data.length;
  }
  return bytes;
}

/** Pages from number 2 on, which is the root. */
function fileOfPages(...leaves: readonly Buffer[]): Buffer {
  return Buffer.concat([withMeta(16, 2n).subarray(0, 2 * PAGE), ...leaves]);
}

pages('that its own buckets lead to again is refused', () => {
  const circle = ['a', 'b', 'c'].map((key) => ({ key, value: 3 }));
  const bytes = fileOfPages(leaf([{ key: 'open-chan-bucket', value: 3 }]), leaf(circle));
  assert.is(refusal(bytes), 'the database is damaged: page 3 is in the tree twice');
});

pages('that two buckets share is refused', () => {
  const peers = leaf([
    { key: 'a', value: 4 },
    { key: 'b', value: 4 },
  ]);
  const bytes = fileOfPages(leaf([{ key: 'open-chan-bucket', value: 3 }]), peers, leaf([]));
  assert.is(refusal(bytes), 'the database is damaged: page 4 is in the tree twice');
});

pages('that another runs over into is refused', () => {
  const peers = leaf([
    { key: 'a', value: 4 },
    { key: 'b', value: 5 },
  ]);
  const long = leaf([]);
  long.writeUInt32LE(1, 12);
  const bytes = fileOfPages(leaf([{ key: 'open-chan-bucket', value: 3 }]), peers, long, leaf([]));
  assert.is(refusal(bytes), 'the database is damaged: page 5 is in the tree twice');
});

pages('whose entries share bytes is refused, so that few bytes never become many', () => {
  const bytes = fileOfPages(
    leaf([
      { key: 'a', value: 'one', tooLong: 1 },
      { key: 'open-chan-bucket', value: 3 },
    ]),
    leaf([]),
  );
  assert.is(refusal(bytes), 'the database is damaged: two entries on page 2 share their bytes');
});

pages('of a file cut off anywhere is an answer or a refusal', () => {
  for (let nth = 0; nth < CASES / 10; nth++) {
    const answer = read(real.subarray(0, random(real.length)));
    assert.ok(typeof answer === 'number' || answer.message.length > 0);
  }
});

/** Fields that a reader follows: of page headers and of elements. */
function mutated(): Buffer {
  const bytes = Buffer.from(real);
  const count = bytes.length / PAGE;
  for (let times = 1 + random(4); times > 0; times--) {
    const page = (2 + random(count - 2)) * PAGE;
    const element = page + 16 + 16 * random(8);
    const anywhere = page + random(PAGE);
    const hostile = [0, 1, 2, 0x7fff_ffff, 0xffff_ffff, random(count), random(PAGE)];
    const value = hostile[random(hostile.length)] ?? 0;
    switch (random(6)) {
      case 0:
        bytes.writeUInt16LE(value & 0xffff, page + 8 + 2 * random(2));
        break;
      case 1:
        bytes.writeUInt32LE(value, page + 12);
        break;
      case 2:
        bytes.writeUInt32LE(value, element + 4 * random(4));
        break;
      case 3:
        bytes[anywhere] = (bytes[anywhere] ?? 0) ^ (1 << random(8));
        break;
      case 4: {
        const other = (2 + random(count - 2)) * PAGE;
        real.copy(bytes, page, other, other + PAGE);
        break;
      }
      default:
        bytes.writeBigUInt64LE(BigInt(value), anywhere > bytes.length - 8 ? page : anywhere);
    }
  }
  return bytes;
}

pages(`changed in ${CASES} ways never breaks the reader`, () => {
  let answers = 0;
  for (let nth = 0; nth < CASES; nth++) if (typeof read(mutated()) === 'number') answers++;
  assert.ok(answers > 0);
});

/** Real values by the parser that reads them. */
function samples(): readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] {
  const found: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [];
  const open = BoltFile.open(realFile('chantools-open-channels.channel.db'));
  const closed = BoltFile.open(realFile('closed-channels.channel.db'));
  const first = (file: BoltFile, name: string) => [...(file.bucket(name)?.entries() ?? [])];
  const take = (
    name: string,
    value: Uint8Array | undefined,
    parse: (bytes: Uint8Array) => unknown,
  ) => {
    if (value === undefined) throw new Error(`the fixture has no ${name}`);
    found.push([name, Uint8Array.from(value), parse]);
  };
  for (const { bucket } of closed.bucket('historical-chan-bucket')?.buckets() ?? []) {
    take('chan-info-key', bucket.get('chan-info-key'), parseChannelInfo);
    take('commitment', bucket.get(Buffer.from('chan-commitment-key\0', 'latin1')), parseCommitment);
    take('revocation-state', bucket.get('revocation-state-key'), parseRevocationState);
  }
  take('closed-chan-bucket', first(closed, 'closed-chan-bucket')[0]?.value, parseCloseSummary);
  const edges = [...(open.bucket('graph-edge')?.bucket('edge-index')?.entries() ?? [])];
  const key = edges[0]?.key ?? Buffer.alloc(8);
  take('edge-index', edges[0]?.value, (bytes) => parseEdge(key, bytes));
  const policy = first(open, 'graph-edge').find((entry) => !entry.isBucket);
  const chain = new Uint8Array(32);
  take('graph-edge', policy?.value, (bytes) => parsePolicy(policy?.key ?? key, bytes, chain));
  for (const entry of first(closed, 'invoices').filter(({ isBucket }) => !isBucket)) {
    take('invoices', entry.value, entry.key.length > 4 ? parseHtlcSet : parseInvoice);
  }
  open.close();
  closed.close();
  return found;
}

records(`changed in ${CASES} ways each is read or refused with an Error`, () => {
  for (const [name, value, parse] of samples()) {
    assert.ok(parse(value), name);
    for (let nth = 0; nth < CASES; nth++) {
      const bytes = Uint8Array.from(value);
      for (let times = 1 + random(3); times > 0; times--) {
        const at = random(bytes.length);
        const hostile = [0, 0x7f, 0x80, 0xfd, 0xfe, 0xff];
        bytes[at] = random(2) === 0 ? (hostile[random(6)] ?? 0) : random(256);
      }
      const cut = random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
      try {
        parse(cut);
      } catch (error) {
        assert.ok(error instanceof Error, name);
        assert.not.instance(error, RangeError, `${name}: ${String(error)}`);
        assert.not.instance(error, TypeError, `${name}: ${String(error)}`);
      }
    }
  }
});

pages.run();
records.run();
