/** `export`: the whole ledger as NDJSON, byte for byte what `import ndjson` takes back. */
import type { Command } from 'commander';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { Cli } from './cli.ts';
import { counted } from './format.ts';
import { harmlessJson } from './json.ts';
import { withLedger } from './open.ts';
import { optionsOf } from './options.ts';
import { withProgress } from './progress.ts';
import { interruption } from './open.ts';

interface ExportOptions {
  readonly output?: string;
  readonly withKeys?: boolean;
}

export function define(command: Command, cli: Cli): void {
  command
    .option('--output <file>', 'into this file, which appears when it is complete')
    .option('--with-keys', 'the wrapped keys of sealed fields too: whoever has the key file can open them')
    .addHelpText('after', '\nExample: channel-ledger export > ledger.ndjson')
    .action(async () => {
      const options = optionsOf<ExportOptions>(command, []);
      await withLedger(cli, options, 'read', async (ledger) => {
        const lines = ledger.exportNdjson({ withKeys: options.withKeys ?? false });
        if (options.output === undefined) return print(lines, cli);
        const written = await writeFile(lines, options.output, cli);
        cli.err.line(cli.err.style.text(`${counted(written, 'line')} written to ${options.output}`));
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
  const file = createWriteStream(partial, { mode: 0o600 });
  try {
    await once(file, 'open');
    const written = await withProgress(cli, 'exporting', 'lines', async (update) => {
      let done = 0;
      for await (const line of lines) {
        if (cli.signal.aborted) throw interruption(cli.signal);
        if (!file.write(`${line}\n`)) await once(file, 'drain');
        done += 1;
        update(done);
      }
      return done;
    });
    file.end();
    await once(file, 'finish');
    renameSync(partial, path);
    return written;
  } catch (error) {
    file.destroy();
    rmSync(partial, { force: true });
    throw error;
  }
}
