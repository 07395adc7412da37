/**
 * What a file is, by its first bytes or its name, as far as it is one that people may give to `import`:
 * a wrong one is told what it is, and one that is not read yet is told so, instead of a parse error.
 */
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { chainOfHash } from '../lightning/chain-hash.ts';
import { minorVersionOf, StoreRecords } from './gossip/store-records.ts';
import { ImportError } from './importer.ts';

export interface Recognised {
  /** `an lnd channel.db`. */
  readonly what: string;
  /** The importers that read it; none for what is not read yet. */
  readonly sources: readonly string[];
  /** What to give instead, where no importer reads it. */
  readonly instead: string;
}

/** Holds SQLite's table definitions and the first pages of a bbolt file. */
const HEAD_BYTES = 256 * 1024;
/** bbolt/db.go, behind a page header of 16 bytes; in the machine's byte order. */
const BBOLT_MAGIC = 0xed0cdaed;
const BBOLT_MAGIC_AT = 16;
/** LDK's `write_ver_prefix!(1, 1)`, in monitors and in the channel manager. */
const LDK_VERSIONS = 0x0101;

/**
 * Undefined for a folder, and for what is not known. Throws where it cannot be read, and an ImportError
 * for a pipe or a device: opening a pipe would wait for its writer.
 */
export async function recognise(path: string): Promise<Recognised | undefined> {
  const about = await stat(path);
  if (about.isDirectory()) return undefined;
  if (!about.isFile()) throw new ImportError(`${path} is no file: it is read more than once`);
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return recognised(basename(path), buffer.subarray(0, bytesRead));
}

/** For what an importer reads that this version may not have. */
const NO_IMPORTER = 'this version has no importer for it';

/** The same of a file's name and its first bytes. */
export function recognised(name: string, head: Uint8Array): Recognised | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  return byName(name, bytes) ?? byMagic(bytes) ?? byJson(bytes);
}

const SEED = 'restore it with its own program, and give the database of the node instead';

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
  if (bytes.length > 64 && bboltMagics(bytes).includes(BBOLT_MAGIC)) {
    return {
      what: "a bbolt database, as lnd's channel.db is",
      sources: ['lnd'],
      instead: NO_IMPORTER,
    };
  }
  if (bytes.subarray(0, 16).toString('latin1') === 'SQLite format 3\0') return sqlite(bytes);
  if (/^QklF[MN]/.test(bytes.toString('latin1', 0, 8))) {
    return { what: 'an enciphered Electrum wallet', sources: ['electrum'], instead: NO_IMPORTER };
  }
  if (isGossipStore(bytes)) {
    return { what: 'a gossip_store', sources: ['gossip'], instead: NO_IMPORTER };
  }
  return undefined;
}

/** By the checksum of its first record: one byte of version says little. */
function isGossipStore(bytes: Buffer): boolean {
  try {
    const minor = minorVersionOf(bytes[0], 'it');
    const [first] = new StoreRecords(minor, 'it').take(bytes.subarray(1));
    return first?.isSound === true && first.message.length > 1;
  } catch (cause) {
    if (cause instanceof ImportError) return false;
    throw cause;
  }
}

function bboltMagics(bytes: Buffer): readonly number[] {
  return [bytes.readUInt32LE(BBOLT_MAGIC_AT), bytes.readUInt32BE(BBOLT_MAGIC_AT)];
}

function sqlite(bytes: Buffer): Recognised | undefined {
  const has = (text: string) => bytes.includes(text, 0, 'latin1');
  if (has('CREATE TABLE shachain_known') || has('channel_htlcs')) {
    return { what: "Core Lightning's database", sources: ['cln'], instead: NO_IMPORTER };
  }
  if (has('CREATE TABLE chain_events') || has('CREATE TABLE channel_events')) {
    return { what: "Core Lightning's bookkeeper database", sources: ['cln'], instead: NO_IMPORTER };
  }
  if (has('local_channels') && has('htlc_infos')) {
    return notYet("Eclair's database", 'a program of yours can say it with "import observations"');
  }
  return undefined;
}

/** By members that stand at its beginning; the rest is not looked at. */
function byJson(bytes: Buffer): Recognised | undefined {
  const text = bytes.toString('latin1', 0, 4096);
  if (!/^\s*[{[]/.test(text)) return undefined;
  const has = (name: string) => text.includes(`"${name}"`);
  if (bytes.includes('"seed_version"') && bytes.includes('"wallet_type"')) {
    return { what: 'an Electrum wallet', sources: ['electrum'], instead: NO_IMPORTER };
  }
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
  if (has('tx_hash') && has('block_hash')) {
    return { what: "lnd's listchaintxns", sources: ['lnd', 'chain'], instead: NO_IMPORTER };
  }
  const isBlock = has('merkleroot') && has('nonce');
  if ((has('txid') && has('vin')) || isBlock) {
    return {
      what: "bitcoin-cli's JSON of transactions or blocks",
      sources: ['chain'],
      instead: NO_IMPORTER,
    };
  }
  return undefined;
}

function notYet(what: string, instead: string): Recognised {
  return { what, sources: [], instead };
}
