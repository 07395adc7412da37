/** `export`: the whole ledger as NDJSON, byte for byte what `import ndjson` takes back. */

import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { OutputClosed, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { harmlessJson } from './json.ts';
import { interruption, withLedger } from './open.ts';
import { optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

interface ExportOptions {
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly withKeys?: boolean;
}

const CHUNK_CHARACTERS = 256 * 1024;

export function define(command: Command, cli: Cli): void {
  command
    .option('--output <file>', 'into this file, which appears when it is complete')
    .option('--overwrite', 'replace the file that --output names')
    .option(
      '--with-keys',
      'the wrapped keys of sealed fields too: whoever has the key file can open them',
    )
    .addHelpText('after', '\nExample: channel-ledger export > ledger.ndjson')
    .action(async () => {
      const options = optionsOf<ExportOptions>(command);
      const { output, overwrite = false } = options;
      const write = output === undefined ? undefined : await writerFor(output, overwrite);
      await withLedger(cli, options, 'read', async (ledger) => {
        const lines = ledger.exportNdjson({ withKeys: options.withKeys ?? false });
        if (output === undefined || write === undefined) return print(lines, cli);
        const written = await write(lines, output, cli);
        cli.err.line(cli.err.style.text(`${counted(written, 'line')} written to ${output}`));
      });
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
  if (target?.isFile() && !isOurOwn && !overwrite) {
    throw new UsageError(
      `there is a file ${path} already: --overwrite replaces it, or name another with --output`,
    );
  }
  return isPlain ? writeWhole : writeStraight;
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
    throw error;
  }
}

/** What cannot be made is told by the name that was given. */
async function opened(partial: string, path: string): Promise<FileHandle> {
  try {
    return await open(partial, 'w', 0o600);
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
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
    throw hasCode(error, 'EPIPE') ? new OutputClosed() : error;
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
    if (chunk.length < CHUNK_CHARACTERS) continue;
    if (signal.aborted) throw interruption(signal);
    await file.appendFile(chunk);
    chunk = '';
  }
  await file.appendFile(chunk);
  return done;
}
