/** `import ndjson FILE`, `import observations FILE`, and `import SOURCE PATH…` (import-source.ts). */
import type { Command } from 'commander';
import { ImportStopped } from '../ledger/import-stopped.ts';
import type { Observation } from '../observation/observation.ts';
import { StoreError } from '../store/event-store.ts';
import type { Cli } from './cli.ts';
import { AnswerIsNo, failureOf, Refused, SourceError, UsageError } from './errors.ts';
import { count, counted } from './format.ts';
import { defineImporter } from './import-source.ts';
import { jsonDocument } from './json.ts';
import type { ImportReport, Ledger, RecordReport } from './ledger-port.ts';
import { type FileLines, openLines } from './lines.ts';
import { unmadeOnFailure } from './new-ledger.ts';
import { untilInterrupted, withLedger } from './open.ts';
import { type CommonOptions, optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

const FILE_ARGUMENT = 'the file, or - for stdin';

export function define(command: Command, cli: Cli): void {
  command.addHelpText(
    'after',
    "\nAnother program's records are files or folders: pipes are refused, for files are copied before they" +
      '\nare read. An export and observations may come from stdin, which is -.' +
      '\n\nExample: channel-ledger import ndjson ledger.ndjson',
  );
  const ndjson = command
    .command('ndjson')
    .description('the export of another ledger, verbatim; what is there already stays')
    .argument('<file>', FILE_ARGUMENT);
  ndjson.action(async (file: string) => {
    const options = optionsOf(ndjson);
    // Before the ledger: a mistyped name must not leave an empty one behind, nor must a wrong file.
    const lines = await openLines(file, cli);
    await refuseOther(lines, 'ndjson', cli);
    await unmadeOnFailure(cli, options, () => takeExport(lines, options, cli));
  });
  const observations = command
    .command('observations')
    .description('one JSON observation a line, of a program of your own')
    .argument('<file>', FILE_ARGUMENT)
    .addHelpText(
      'after',
      '\nThe first line that is not an observation ends the import, and is named. What stood before it is' +
        '\nrecorded: mend the line and run the same again, and only the rest is added. An observation that' +
        '\nbreaks a rule goes into quarantine instead (see "channel-ledger problems").' +
        '\n\nThe form is in docs/observations.md, with an example in docs/observations.ndjson.' +
        '\n\nExample: channel-ledger import observations seen.ndjson',
    );
  observations.action(async (file: string) => {
    const options = optionsOf(observations);
    const lines = await openLines(file, cli);
    await refuseOther(lines, 'observations', cli);
    await unmadeOnFailure(cli, options, () => takeObservations(lines, options, cli));
  });
  for (const entry of cli.importers) defineImporter(command, entry, cli);
}

async function takeExport(lines: FileLines, options: CommonOptions, cli: Cli): Promise<void> {
  const report = await withLedger(cli, options, 'create', (ledger) =>
    importExport(ledger, lines, cli),
  );
  cli.out.line(options.json ? jsonDocument(report) : importSentence(report));
  for (const stream of options.json ? [] : report.diverged) {
    cli.err.line(
      cli.err.style.text(`${stream} says something else here than in the file: it was left alone`),
    );
  }
  if (report.diverged.length > 0) throw new AnswerIsNo();
  if (!report.isComplete) {
    throw new Refused(
      `${lines.name} has no footer, so its end is missing: what was there is imported; export again`,
    );
  }
}

async function takeObservations(lines: FileLines, options: CommonOptions, cli: Cli): Promise<void> {
  await withLedger(cli, options, 'create', async (ledger) => {
    const report = await importObservations(ledger, lines, cli);
    cli.out.line(options.json ? jsonDocument(report) : recordSentence(report));
    saySecretChecks(ledger, cli);
  });
}

type Form = 'ndjson' | 'observations';

/** Throws where the file begins as what the other import takes, or as nothing that either does. */
async function refuseOther(lines: FileLines, wanted: Form, cli: Cli): Promise<void> {
  const first = await untilInterrupted(cli.signal, lines.first());
  if (first === undefined && wanted === 'ndjson') {
    throw new Refused(`${lines.name} is empty: is it the right file?`);
  }
  if (first === undefined || first.trim() === '') return;
  const form = formOf(first);
  if (form === wanted) return;
  await lines.close();
  if (form === undefined) {
    const why =
      wanted === 'ndjson'
        ? 'an export does not begin so: is it the right file?'
        : await flawOf(first);
    if (why === undefined) return;
    throw new Refused(`${lines.place}: ${why}`);
  }
  const what = form === 'ndjson' ? 'an export' : 'observations';
  throw new UsageError(`${lines.name} holds ${what}: write "import ${form} ${lines.name}"`);
}

/** The first line's flaw is told before a ledger is made for it. */
async function flawOf(line: string): Promise<string | undefined> {
  const { parseObservation } = await import('../ledger/observation-json.ts');
  try {
    parseObservation(JSON.parse(line));
    return undefined;
  } catch (error) {
    return `${reasonOf(error)}; nothing is recorded: mend the line and import the file again`;
  }
}

function formOf(line: string): Form | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  return 'format' in fields ? 'ndjson' : 'about' in fields ? 'observations' : undefined;
}

async function importExport(ledger: Ledger, lines: FileLines, cli: Cli): Promise<ImportReport> {
  return withProgress(cli, 'importing', 'bytes', async (update) => {
    try {
      return await ledger.importNdjson(watched(lines, update));
    } catch (error) {
      throw error instanceof ImportStopped ? stopOf(error, lines) : error;
    }
  });
}

/** The ledger counts lines; only here is it known of which file. */
function stopOf({ line, reason, kept, cause }: ImportStopped, lines: FileLines): Error {
  if (line !== undefined) return new Refused(`${lines.place}: ${reason}; ${kept}`, { cause });
  const sentence = `${failureOf(cause).sentence ?? reason}; ${kept}`;
  const isOfFile = cause instanceof Refused;
  return isOfFile ? new Refused(sentence, { cause }) : new SourceError(sentence, { cause });
}

async function importObservations(
  ledger: Ledger,
  lines: FileLines,
  cli: Cli,
): Promise<RecordReport> {
  return withProgress(cli, 'importing', 'bytes', async (update) => {
    try {
      return await ledger.record(observationsIn(lines, update));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const kept = 'what is recorded stays: run it again, and the rest is added';
      throw new SourceError(`${error.message}; ${kept}`, { cause: error });
    }
  });
}

/** Loaded late: it compiles the schema of every kind of observation. */
async function* observationsIn(
  lines: FileLines,
  update: (done: number, total?: number) => void,
): AsyncGenerator<Observation, void, undefined> {
  const { parseObservation } = await import('../ledger/observation-json.ts');
  for await (const line of watched(lines, update)) {
    if (line.trim() === '') continue;
    let observation: Observation;
    try {
      observation = parseObservation(JSON.parse(line));
    } catch (error) {
      throw new Refused(
        `${lines.place}: ${reasonOf(error)}; what stood before is recorded: ` +
          'mend the line and import the same file again, which adds only the rest',
      );
    }
    yield observation;
  }
}

/** A parser's own message quotes the line, and with it perhaps a secret. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  const why = error instanceof Error ? error.message : String(failureOf(error).sentence);
  return why.replace(/^observation: /, '');
}

async function* watched(
  lines: FileLines,
  update: (done: number, total?: number) => void,
): AsyncGenerator<string, void, undefined> {
  for await (const line of lines) {
    yield line;
    update(lines.doneBytes, lines.totalBytes);
  }
}

function importSentence({ appended, known, keys, diverged }: ImportReport): string {
  const parts = [
    `${counted(appended, 'event')} imported`,
    `${counted(known, 'event')} known already`,
  ];
  if (keys > 0) parts.push(`${counted(keys, 'key')} taken over`);
  if (diverged.length > 0) parts.push(`${counted(diverged.length, 'stream')} diverged`);
  return parts.join(', ');
}

export function recordSentence(report: RecordReport): string {
  const { observations, events, known, quarantined } = report;
  const parts = [
    `${counted(observations, 'observation')}: ${counted(events, 'event')} recorded`,
    `${counted(known, 'observation')} known already`,
  ];
  if (quarantined > 0) {
    parts.push(
      `${counted(quarantined, 'observation')} in quarantine (see "channel-ledger problems")`,
    );
  }
  return parts.join(', ');
}

/** What was checked beside the recording and is not right, or could not be checked: the answer is no. */
export function saySecretChecks(ledger: Ledger, { err }: Cli): void {
  const { broken, unchecked, failure } = ledger.secretChecks();
  if (broken > 0) {
    err.line(`${counted(broken, 'revealed secret')} wrong: "channel-ledger verify" says where`);
  }
  if (failure !== undefined) {
    const why = err.style.text(failure);
    err.line(
      `everything is recorded, but the check of revealed secrets failed (${why}), ` +
        `${count(unchecked)} of them unchecked: "channel-ledger verify" checks them all`,
    );
  }
  if (broken > 0 || failure !== undefined) throw new AnswerIsNo();
}
