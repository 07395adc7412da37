/** One byte of the event rows of a ledger's file changed, each in turn: verify finds every one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  randomNumbers,
  seedOfRun,
  soakFactor,
  temporaryDirectory,
} from '../store/sample-events.ts';
import { keyringOf, recorderOf } from './recording.ts';
import { announcement, channelStory, opening, payment, shortChannelId } from './story.ts';

const test = suite('a byte of a ledger changed');
const random = randomNumbers(seedOfRun());
const directory = temporaryDirectory();
const path = join(directory, 'sound.db');
const PAGE_BYTES = 4096;

/** So long that its row goes on in overflow pages. */
const longAnnouncement: ChannelFact = {
  type: 'ChannelAnnounced',
  data: { shortChannelId, raw: announcement.repeat(5) },
};
const [opened] = opening as [ChannelFact];
const [remote1] = payment as [ChannelFact];

await makeLedger();

async function makeLedger(): Promise<void> {
  const store = openSqliteStore(path);
  const facts = [opened, longAnnouncement, remote1];
  await recorderOf(store).record(channelStory(facts));
  await store.close();
}

/** True when verify, or already the opening, says that something is wrong. */
async function isFound(file: Buffer): Promise<boolean> {
  const copy = join(directory, 'changed.db');
  writeFileSync(copy, file);
  let store: ReturnType<typeof openSqliteStore> | undefined;
  try {
    store = openSqliteStore(copy, { readonly: true });
    const { isSound, broken } = await verifyLedger({ store, keyring: keyringOf(store) });
    // The announcement repeats itself, so that its own form is wrong from the start.
    return !isSound && broken.some(({ rule }) => rule !== 'gossip-signatures');
  } catch (error) {
    assert.instance(error, StoreError);
    return true;
  } finally {
    await store?.close();
  }
}

interface PageRow {
  readonly pageno: number;
  readonly pagetype: string;
}

function pagesOf(table: string): readonly PageRow[] {
  const database = new Database(path, { readonly: true });
  const sql = 'SELECT pageno, pagetype FROM dbstat WHERE name = ? ORDER BY pageno';
  const pages = database.prepare<[string], PageRow>(sql).all(table);
  database.close();
  return pages;
}

const u16 = (file: Buffer, at: number) => file.readUInt16BE(at);

/** https://www.sqlite.org/fileformat2.html#varint: value and length. */
function varint(file: Buffer, at: number): readonly [value: number, bytes: number] {
  let value = 0;
  for (let nth = 0; nth < 9; nth++) {
    const byte = file[at + nth] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, nth + 1];
  }
  return [value, 9];
}

/** §1.6: how much of a table leaf's payload is on its own page. */
function localBytes(payload: number): number {
  const most = PAGE_BYTES - 35;
  if (payload <= most) return payload;
  const least = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
  const rest = least + ((payload - least) % (PAGE_BYTES - 4));
  return rest <= most ? rest : least;
}

/** Header, cell pointers and cells of a leaf: all of it but the free space between and in them. */
function leafBytes(file: Buffer, page: number): { readonly used: Set<number>; overflow: number } {
  const start = (page - 1) * PAGE_BYTES;
  const used = new Set<number>();
  const take = (from: number, bytes: number) => {
    for (let offset = from; offset < from + bytes; offset++) used.add(start + offset);
  };
  const cells = u16(file, start + 3);
  take(0, 8 + 2 * cells);
  let overflow = 0;
  for (let nth = 0; nth < cells; nth++) {
    const at = u16(file, start + 8 + 2 * nth);
    const [payload, payloadBytes] = varint(file, start + at);
    const [, rowidBytes] = varint(file, start + at + payloadBytes);
    const local = localBytes(payload);
    const head = payloadBytes + rowidBytes;
    take(at, head + local + (local < payload ? 4 : 0));
    overflow += payload - local;
  }
  return { used, overflow };
}

/** All bytes of the file that hold event rows, and how they are spread. */
function rowBytes(file: Buffer) {
  const pages = pagesOf('ev');
  const leaves = pages.filter(({ pagetype }) => pagetype === 'leaf');
  const used = new Set<number>();
  let left = 0;
  for (const { pageno } of leaves) {
    const leaf = leafBytes(file, pageno);
    for (const at of leaf.used) used.add(at);
    left += leaf.overflow;
  }
  const overflows = pages.filter(({ pagetype }) => pagetype === 'overflow');
  // One long row: its pages are full but the last, each with the next one's number in front.
  for (const { pageno } of overflows) {
    const content = Math.min(left, PAGE_BYTES - 4);
    left -= content;
    for (let offset = 0; offset < 4 + content; offset++) {
      used.add((pageno - 1) * PAGE_BYTES + offset);
    }
  }
  assert.is(left, 0);
  return { used: [...used], pages, leaves, overflows };
}

test('the ledger is sound before', async () => {
  assert.not(await isFound(readFileSync(path)));
});

test('each byte of its event rows is found', async () => {
  const sound = readFileSync(path);
  const { used, pages, leaves, overflows } = rowBytes(sound);
  assert.ok(leaves.length > 0 && overflows.length > 0);
  assert.ok(used.length > 5000, `${used.length} bytes`);
  // What is left out of these pages is free space, which no row is in.
  const interior = pages.length - leaves.length - overflows.length;
  assert.ok(used.length <= (pages.length - interior) * PAGE_BYTES);
  const hidden: string[] = [];
  for (const at of used) {
    for (let round = 0; round < soakFactor(); round++) {
      const mask = 1 + random(255);
      const file = Buffer.from(sound);
      file[at] = (file[at] ?? 0) ^ mask;
      if (await isFound(file)) continue;
      const page = Math.floor(at / PAGE_BYTES) + 1;
      hidden.push(`byte ${at % PAGE_BYTES} of page ${page}, mask ${mask}`);
    }
  }
  console.log(`${used.length} bytes of ${pages.length} pages changed, ${hidden.length} not found`);
  assert.equal(hidden, []);
});

test('the bytes left out hold nothing: changed all at once, every answer is the same', async () => {
  const sound = readFileSync(path);
  const { used, leaves, overflows } = rowBytes(sound);
  const holding = new Set(used);
  const file = Buffer.from(sound);
  let free = 0;
  for (const { pageno } of [...leaves, ...overflows]) {
    for (let at = (pageno - 1) * PAGE_BYTES; at < pageno * PAGE_BYTES; at++) {
      if (holding.has(at)) continue;
      file[at] = 0xa5;
      free++;
    }
  }
  assert.ok(free > 0);
  assert.not(await isFound(file));
});

test.run();
