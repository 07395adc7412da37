/** `export`: the whole ledger as NDJSON, byte for byte what `import ndjson` takes back. */

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { counted } from './format.ts';
import { harmlessJson } from './json.ts';
import { interruption, withLedger } from './open.ts';
import { optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

interface ExportOptions {
  readonly output?: string;
  readonly withKeys?: boolean;
}

const CHUNK_CHARACTERS = 256 * 1024;

export function define(command: Command, cli: Cli): void {
  command
    .option('--output <file>', 'into this file, which appears when it is complete')
    .option(
      '--with-keys',
      'the wrapped keys of sealed fields too: whoever has the key file can open them',
    )
    .addHelpText('after', '\nExample: channel-ledger export > ledger.ndjson')
    .action(async () => {
      const options = optionsOf<ExportOptions>(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const lines = ledger.exportNdjson({ withKeys: options.withKeys ?? false });
        if (options.output === undefined) return print(lines, cli);
        const written = await writeFile(lines, options.output, cli);
        cli.err.line(
          cli.err.style.text(`${counted(written, 'line')} written to ${options.output}`),
        );
      });
    });
}

async function print(lines: AsyncIterable<string>, { out }: Cli): Promise<void> {
  // A terminal obeys what it is shown; a file must get the very bytes.
  const shown = out.isTerminal ? harmlessJson : (line: string) => line;
  for await (const line of lines) await out.streamLine(shown(line));
}

/** Beside its final name first: an interrupted export leaves no half file under it. */
async function writeFile(lines: AsyncIterable<string>, path: string, cli: Cli): Promise<number> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w', 0o600);
  try {
    let written = 0;
    try {
      written = await withProgress(cli, 'exporting', 'lines', (update) =>
        writeLines(lines, file, update, cli.signal),
      );
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
