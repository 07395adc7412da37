/**
 * What a file is, by its bytes or its name, as far as it is one that people may give to `import`: a wrong
 * one is told what it is, and one that is not read yet is told so, instead of a parse error or a report
 * of nothing.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { chainOfHash } from '../lightning/chain-hash.ts';
import { minorVersionOf, StoreRecords } from './gossip/store-records.ts';
import { ImportError } from './importer.ts';
import { JsonSigns } from './json-signs.ts';

export interface Recognised {
  /** `an lnd channel.db`. */
  readonly what: string;
  /** The importers that read it; none for what is not read yet, or is of no known form. */
  readonly sources: readonly string[];
  /** What to give instead, where no importer reads it; undefined where nothing is known of it. */
  readonly instead?: string;
  /** What to do with a file that is of no use as it is. */
  readonly remedy?: string;
  /** Importers that look further themselves, and name what they find. */
  readonly lookers?: readonly string[];
  /** Why it is left out of a folder, though its importer knows the form. */
  readonly whyNot?: string;
}

/** Holds SQLite's table definitions and the first pages of a bbolt file. */
const HEAD_BYTES = 256 * 1024;
/** bbolt/db.go, behind a page header of 16 bytes; in the machine's byte order. */
const BBOLT_MAGIC = 0xed0cdaed;
const BBOLT_MAGIC_AT = 16;
/** LDK's `write_ver_prefix!(1, 1)`, in monitors and in the channel manager. */
const LDK_VERSIONS = 0x0101;

const CHUNK_BYTES = 1 << 20;

/**
 * Undefined for a folder. Throws where it cannot be read, and an ImportError for a pipe or a device:
 * opening a pipe would wait for its writer. JSON is read on until it tells what it is.
 */
export async function recognise(path: string): Promise<Recognised | undefined> {
  const about = await stat(path);
  if (about.isDirectory()) return undefined;
  if (!about.isFile()) throw new ImportError(`${path} is no file: it is read more than once`);
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const head = buffer.subarray(0, bytesRead);
  const found = recognised(basename(path), head);
  if (found !== undefined) return found;
  if (isSqlite(head)) return await bySqliteTables(file);
  return isJson(head) ? await byJson(file) : UNKNOWN;
}

const UNKNOWN: Recognised = { what: 'of no form that is known here', sources: [] };

/** The same of a file's name and its first bytes; undefined where they do not tell. */
export function recognised(name: string, head: Uint8Array): Recognised | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length === 0) return { what: 'an empty file', sources: [] };
  return byName(name, bytes) ?? byMagic(bytes) ?? byText(bytes) ?? packed(bytes);
}

const SEED = 'restore it with its own program, and give the database of the node instead';

/** lnd's other bbolt files. */
const WITHOUT_CHANNELS =
  /^(wallet|macaroons|sphinxreplay|wtclient|watchtower|neutrino|wtclientv2)\.db$/;

/** Enciphered, so that nothing but the name tells them. */
function byName(name: string, bytes: Buffer): Recognised | undefined {
  if (/^emergency\.recover/.test(name)) {
    const what = "Core Lightning's emergency.recover, an enciphered static channel backup";
    return notYet(what, 'give lightningd.sqlite3 to "import cln" instead');
  }
  if (/^channels?\.backup/.test(name)) {
    const what = "lnd's static channel backup, which is enciphered and holds no states";
    return notYet(what, 'give channel.db to "import lnd" instead');
  }
  if (/^hsm_secret/.test(name)) {
    return notYet("Core Lightning's hsm_secret: keep it secret, it holds keys and no record", SEED);
  }
  if (WITHOUT_CHANNELS.test(name) && isBbolt(bytes)) {
    return notYet(`lnd's ${name}, which holds no channels`, 'give channel.db instead');
  }
  const isLdk = bytes.length > 2 && bytes.readUInt16BE(0) === LDK_VERSIONS;
  if (isLdk && /^[0-9a-f]{64}(_[0-9]+)?$/.test(name)) {
    const what = 'an LDK channel monitor';
    return notYet(
      what,
      '"record ldk" records LDK nodes, and a program of yours can say it with "import observations"',
    );
  }
  return undefined;
}

function byMagic(bytes: Buffer): Recognised | undefined {
  if (bytes.length >= 34 && bytes.readUInt16BE(0) === LDK_VERSIONS) {
    const isManager = chainOfHash(bytes.subarray(2, 34)) !== undefined;
    if (isManager) {
      return notYet(
        'an LDK channel manager',
        'a program of yours can say it with "import observations"',
      );
    }
  }
  if (isBbolt(bytes)) return { what: "a bbolt database, as lnd's channel.db is", sources: ['lnd'] };
  if (isSqlite(bytes)) return sqlite(bytes);
  if (/^QklF[MN]/.test(bytes.toString('latin1', 0, 8))) {
    const whyNot = 'it is encrypted with a password';
    return { what: 'an enciphered Electrum wallet', sources: ['electrum'], whyNot };
  }
  if (isGossipStore(bytes)) return { what: 'a gossip_store', sources: ['gossip'] };
  return undefined;
}

/** By the checksum of one of its first records: a byte of version says little, but of a new store. */
function isGossipStore(bytes: Buffer): boolean {
  try {
    const minor = minorVersionOf(bytes[0], 'it');
    // A store of nothing yet; a file of one line's end is none.
    if (bytes.length === 1) return bytes.toString('latin1').trim() !== '';
    const records = [...new StoreRecords(minor, 'it').take(bytes.subarray(1))];
    return records.some(({ isSound, message }) => isSound && message.length > 1);
  } catch (cause) {
    if (cause instanceof ImportError) return false;
    throw cause;
  }
}

function isBbolt(bytes: Buffer): boolean {
  if (bytes.length <= 64) return false;
  return [bytes.readUInt32LE(BBOLT_MAGIC_AT), bytes.readUInt32BE(BBOLT_MAGIC_AT)].includes(
    BBOLT_MAGIC,
  );
}

function isSqlite(bytes: Buffer): boolean {
  return bytes.subarray(0, 16).toString('latin1') === 'SQLite format 3\0';
}

/** Undefined where the tables stand elsewhere in the file, or are those of another program. */
function sqlite(bytes: Buffer): Recognised | undefined {
  const has = (text: string) => bytes.includes(text, 0, 'latin1');
  if (has('CREATE TABLE shachain_known') || has('channel_htlcs')) {
    return { what: "Core Lightning's database", sources: ['cln'] };
  }
  if (has('CREATE TABLE chain_events') || has('CREATE TABLE channel_events')) {
    return { what: "Core Lightning's bookkeeper database", sources: ['cln'] };
  }
  if (has('local_channels') && has('htlc_infos')) {
    return notYet("Eclair's database", 'a program of yours can say it with "import observations"');
  }
  return undefined;
}

/** Tables that were made late stand far back in a large file. */
async function bySqliteTables(file: FileHandle): Promise<Recognised> {
  // One piece overlaps the next, so that no name is cut.
  const overlap = 64;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let position = 0; ; position += CHUNK_BYTES - overlap) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    const found = sqlite(chunk.subarray(0, bytesRead));
    if (found !== undefined) return found;
    if (bytesRead < CHUNK_BYTES) break;
  }
  return { what: 'a SQLite database of another program', sources: [], lookers: ['cln', 'lnd'] };
}

const LOG_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[[A-Z]{3}\] /;

function byText(bytes: Buffer): Recognised | undefined {
  const text = bytes.toString('latin1', 0, 4096).trimStart();
  if (LOG_LINE.test(text)) return { what: "lnd's log", sources: ['lnd'] };
  if (text.startsWith('PGDMP') || /^--\s*(?:--\s*)?PostgreSQL database dump/m.test(text)) {
    return { what: 'a dump of a Postgres database', sources: [], lookers: ['lnd'] };
  }
  // Python's own notation was what Electrum wrote before version 2.8.
  if (text.startsWith("{'")) return { what: 'an old Electrum wallet', sources: ['electrum'] };
  if (/^[0-9a-f]{120,}\s*$/.test(text)) {
    const instead = 'ask for it with verbosity 2 ("bitcoin-cli getrawtransaction TXID 2")';
    return notYet('a transaction in hex alone', instead);
  }
  if (!isJson(bytes)) return undefined;
  const has = (name: string) => text.includes(`"${name}"`);
  if (has('single_chan_backups') || has('multi_chan_backup')) {
    const what = "lnd's static channel backup, which is enciphered and holds no states";
    return notYet(what, 'give channel.db to "import lnd" instead');
  }
  if (has('format') && has('channel-ledger')) {
    return notYet('an export of a ledger', 'write "channel-ledger import ndjson" for it');
  }
  if (has('about') && has('happenedAt')) {
    return notYet('observations', 'write "channel-ledger import observations" for it');
  }
  return undefined;
}

function isJson(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?\s*[{[]/.test(bytes.toString('latin1', 0, 4096));
}

async function byJson(file: FileHandle): Promise<Recognised> {
  const signs = new JsonSigns();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    const sign = signs.take(chunk.subarray(0, bytesRead));
    if (sign !== undefined) return sign;
    position += bytesRead;
  }
  if (signs.isCutOff) {
    const what = `JSON that ends in the middle, at byte ${position}`;
    return { what, sources: [], remedy: 'it is not whole: copy it again' };
  }
  return signs.end() ?? { what: 'JSON without any list that a node prints', sources: [] };
}

/** Of 4 KiB packed at most 4 MB come out. */
const MOST_PACKED = 4096;

/** lnd packs the logs that it puts aside. */
function packed(bytes: Buffer): Recognised | undefined {
  const is = (...magic: readonly number[]) =>
    bytes.subarray(0, magic.length).equals(Buffer.from(magic));
  if (is(0x1f, 0x8b)) {
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH };
      const text = gunzipSync(bytes.subarray(0, MOST_PACKED), options).toString('latin1');
      if (new RegExp(LOG_LINE.source, 'm').test(text)) {
        return { what: "lnd's log, packed", sources: ['lnd'] };
      }
    } catch {
      // No gzip behind the two bytes of one: it is told as what it claims to be.
    }
  }
  const isPacked = is(0x1f, 0x8b) || is(0xfd, 0x37, 0x7a, 0x58) || is(0x28, 0xb5, 0x2f, 0xfd);
  const isArchive = is(0x50, 0x4b, 3, 4) || is(0x42, 0x5a, 0x68);
  if (!isPacked && !isArchive) return undefined;
  return notYet('a packed file', 'unpack it first');
}

function notYet(what: string, instead: string): Recognised {
  return { what, sources: [], instead };
}
