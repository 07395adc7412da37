/** Which of the files a person names are lnd's, and what each is, by its first bytes. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ImportError, SourceFailed } from '../importer.ts';

export type FileKind = 'database' | 'json' | 'log';

export interface InputFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly bytes: number;
}

const HEAD_BYTES = 4096;
/** bbolt's meta page: a page header of 16 bytes, then the magic number. */
const BOLT_MAGIC = 0xed0cdaed;
const BOLT_MAGIC_AT = 16;
/** lnd's own folder is deeper than this nowhere: data/graph/mainnet, logs/bitcoin/mainnet. */
const MAX_DEPTH = 6;
/** A folder with more is no node's. */
const MAX_FILES = 10_000;
/** lnd's other bbolt files, which hold no channels. */
const OTHER_DATABASES: ReadonlySet<string> = new Set([
  'wallet.db',
  'macaroons.db',
  'sphinxreplay.db',
  'wtclient.db',
  'watchtower.db',
  'neutrino.db',
]);

/** The files, those of a folder sorted by name. Throws an ImportError where one is none of lnd's. */
export async function inputFiles(paths: readonly string[]): Promise<readonly InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) {
    const { isFolder, bytes } = await look(path);
    if (isFolder) files.push(...(await filesIn(path)));
    else files.push({ path, kind: kindOf(path, await headOf(path)), bytes });
  }
  if (files.length === 0) {
    throw new ImportError(
      `${paths.join(', ') || 'nothing'} holds no channel.db, no JSON that lncli printed and no lnd.log`,
    );
  }
  return files;
}

async function look(path: string): Promise<{ readonly isFolder: boolean; readonly bytes: number }> {
  try {
    const found = await stat(path);
    const isFolder = found.isDirectory();
    if (isFolder || found.isFile()) return { isFolder, bytes: found.size };
  } catch (cause) {
    throw new SourceFailed(`${path} cannot be read: is it the right path?`, { cause });
  }
  throw new ImportError(`${path} is no file: it is read more than once`);
}

/** Of a folder, the files that look like lnd's by their names; what they are is seen in them. */
async function filesIn(folder: string): Promise<readonly InputFile[]> {
  const found: InputFile[] = [];
  const waiting = [{ path: folder, depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const entries = await readdir(next.path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next.path, entry.name);
      if (entry.isDirectory() && next.depth < MAX_DEPTH) {
        waiting.push({ path, depth: next.depth + 1 });
      }
      if (!entry.isFile() || !isNamedLikeLnds(entry.name)) continue;
      if (found.length === MAX_FILES) throw new ImportError(`${folder} holds too many files`);
      const { bytes } = await look(path);
      found.push({ path, kind: kindOf(path, await headOf(path)), bytes });
    }
  }
  return found;
}

function isNamedLikeLnds(name: string): boolean {
  if (OTHER_DATABASES.has(name)) return false;
  return /\.(?:db|json|sqlite)$/.test(name) || /^lnd\.log(?:\.|$)/.test(name);
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

function kindOf(path: string, head: Buffer): FileKind {
  const text = head.toString('latin1');
  const start = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (head.length >= 20 && head.readUInt32LE(BOLT_MAGIC_AT) === BOLT_MAGIC) return 'database';
  if (text.startsWith('SQLite format 3\0')) {
    throw notYet(path, "a SQLite database, perhaps lnd's with db.backend=sqlite");
  }
  if (text.startsWith('PGDMP')) {
    throw notYet(path, "a dump of a Postgres database, perhaps lnd's with db.backend=postgres");
  }
  if (/^--\s*(?:--\s*)?PostgreSQL database dump/m.test(text)) {
    throw notYet(path, "a dump of a Postgres database, perhaps lnd's with db.backend=postgres");
  }
  if (/channel\.backup$/.test(path)) {
    throw notYet(path, 'a static channel backup: it names channels and peers, no balance');
  }
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (isGzip || LOG_LINE.test(start)) return 'log';
  if (start.startsWith('{')) return 'json';
  throw new ImportError(
    `${path} is no channel.db, no JSON that lncli printed and no lnd.log: is it the right file?`,
  );
}

const LOG_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \[[A-Z]{3}\] /;

function notYet(path: string, what: string): ImportError {
  return new ImportError(
    `${basename(path)}: not yet, this is ${what}; give the JSON that lncli prints instead ` +
      '(getinfo, listchannels, closedchannels, listpayments, listinvoices, fwdinghistory)',
  );
}
