/**
 * `export`: the whole ledger as NDJSON, byte for byte what `import ndjson` takes back, or with --format a
 * node's books (books.ts).
 */

import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXPORT_FORMAT } from '../ledger/ndjson.ts';
import { harmlessJson } from '../schema/json-text.ts';
import { assertApart } from './apart.ts';
import {
  assertFits,
  type BookFormat,
  bookFormats,
  bookLines,
  booksBegin,
  booksOf,
  sayWhatIsLeft,
} from './books.ts';
import type { Cli } from './cli.ts';
import { OutputClosed, UsageError } from './errors.ts';
import { counted } from './format.ts';
import type { Ledger } from './ledger-port.ts';
import { existingPath, interruption, withLedger } from './open.ts';
import {
  addSpanOptions,
  choiceOption,
  ledgerPath,
  narrowedBy,
  optionsOf,
  type SpanOptions,
} from './options.ts';
import { withProgress } from './progress.ts';

interface ExportOptions extends SpanOptions {
  readonly format?: BookFormat;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly withKeys?: boolean;
}

const CHUNK_CHARACTERS = 256 * 1024;
/** How long a file's export may take to end after Ctrl-C. */
const PATIENCE_MS = 10_000;
/** Of any version: `{"format":"channel-ledger/`; and how each form of the books begins. */
const EXPORT_BEGINS = [
  JSON.stringify({ format: EXPORT_FORMAT }).replace(/[0-9]+"}$/, ''),
  ...booksBegin,
];
const LONGEST_BEGIN = Math.max(...EXPORT_BEGINS.map((begin) => begin.length));

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, ['node']);
  addSpanOptions(command)
    .addOption(
      choiceOption(
        '--format <format>',
        "a node's books instead: income, expenses, transfers",
        bookFormats,
      ),
    )
    .option('--output <file>', 'into this file, which appears when it is complete')
    .option('--overwrite', 'replace the file that --output names')
    .option(
      '--with-keys',
      'the wrapped keys of sealed fields too: whoever has the key file can open them',
    )
    .addHelpText(
      'after',
      "\nWith --with-keys, put a copy of this ledger's key file beside the new one first (ledger.db.key for" +
        '\nledger.db), and import then: without it those keys are refused, for nothing would open them.' +
        '\n\nWith --format the answer is no (exit 1) where a balance is not explained to the last msat.' +
        '\n\nExamples: channel-ledger export > ledger.ndjson' +
        '\n          channel-ledger export --format koinly --from 2026-01-01 > 2026.csv',
    )
    .action(async () => {
      const options = optionsOf<ExportOptions>(command);
      const { format, output, overwrite = false } = options;
      assertFits(format, options);
      if (output !== undefined) assertApart(output, existingPath(ledgerPath(options, cli)));
      const write = output === undefined ? undefined : await writerFor(output, overwrite);
      const work = async (ledger: Ledger) => {
        const books = format === undefined ? undefined : booksOf(ledger, options);
        const lines =
          format === undefined || books === undefined
            ? ledger.exportNdjson({ withKeys: options.withKeys ?? false })
            : bookLines(format, books);
        if (output === undefined || write === undefined) await print(lines, cli);
        else {
          const written = await write(lines, output, cli);
          cli.err.line(cli.err.style.text(`${counted(written, 'line')} written to ${output}`));
        }
        if (books !== undefined) sayWhatIsLeft(books, cli);
      };
      // Ctrl-C leaves the half file its time to go away; what waits for a pipe's reader would not end.
      await withLedger(cli, options, 'read', work, write === writeWhole ? PATIENCE_MS : 0);
    });
}

async function print(lines: AsyncIterable<string>, { out }: Cli): Promise<void> {
  // A terminal obeys what it is shown; a file must get the very bytes.
  const shown = out.isTerminal ? harmlessJson : (line: string) => line;
  for await (const line of lines) await out.streamLine(shown(line));
}

type Writer = (lines: AsyncIterable<string>, path: string, cli: Cli) => Promise<number>;

/** Asked before the ledger is read: a refusal must not come after an hour. */
async function writerFor(path: string, overwrite: boolean): Promise<Writer> {
  const there = await ifThere(lstat(path));
  if (there === undefined) return writeWhole;
  // What a link, a pipe or a device leads to cannot be replaced by renaming.
  const isPlain = there.isFile();
  const target = isPlain ? there : await ifThere(stat(path));
  if (target?.isDirectory()) throw new UsageError(`${path} is a directory: name a file in it`);
  const isOurOwn = /^\/(dev|proc)\//.test(path);
  if (target?.isFile() && !isOurOwn) {
    if (!overwrite) {
      throw new UsageError(
        `there is a file ${path} already: --overwrite replaces it, or name another with --output`,
      );
    }
    if (!(await isEmptyOrExport(path))) {
      throw new UsageError(
        `${path} is no export, and --overwrite replaces nothing else: name another file with --output`,
      );
    }
  }
  return isPlain ? writeWhole : writeStraight;
}

/** A slip of the hand must not cost somebody a file that no export brings back. */
async function isEmptyOrExport(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_BEGIN));
    const begin = buffer.toString('latin1');
    return bytesRead === 0 || EXPORT_BEGINS.some((known) => begin.startsWith(known));
  } finally {
    await file.close();
  }
}

async function ifThere(looked: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await looked;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Beside its final name first: an interrupted export leaves no half file under it. */
async function writeWhole(lines: AsyncIterable<string>, path: string, cli: Cli): Promise<number> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await opened(partial, path);
  try {
    let written = 0;
    try {
      written = await writeAll(lines, file, cli);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    return written;
  } catch (error) {
    await rm(partial, { force: true });
    throw named(error, path);
  }
}

/** What cannot be made is told by the name that was given. */
async function opened(partial: string, path: string): Promise<FileHandle> {
  try {
    return await open(partial, 'w', 0o600);
  } catch (error) {
    throw named(error, path);
  }
}

/** An error of the system says so where it knows no name, or another. */
function named(error: unknown, path: string): unknown {
  const isSystems = error instanceof Error && 'syscall' in error;
  return isSystems ? Object.assign(error, { path }) : error;
}

async function writeStraight(
  lines: AsyncIterable<string>,
  path: string,
  cli: Cli,
): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    return await writeAll(lines, file, cli);
  } catch (error) {
    // The reader of a pipe may leave when it has seen enough.
    throw hasCode(error, 'EPIPE') ? new OutputClosed() : named(error, path);
  } finally {
    await file.close();
  }
}

function writeAll(lines: AsyncIterable<string>, file: FileHandle, cli: Cli): Promise<number> {
  return withProgress(cli, 'exporting', 'lines', (update) =>
    writeLines(lines, file, update, cli.signal),
  );
}

async function writeLines(
  lines: AsyncIterable<string>,
  file: FileHandle,
  update: (done: number) => void,
  signal: AbortSignal,
): Promise<number> {
  let done = 0;
  let chunk = '';
  for await (const line of lines) {
    chunk += `${line}\n`;
    update(++done);
    if (signal.aborted) throw interruption(signal);
    if (chunk.length < CHUNK_CHARACTERS) continue;
    await file.appendFile(chunk);
    chunk = '';
  }
  await file.appendFile(chunk);
  return done;
}
