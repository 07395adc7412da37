/** `why CHANNEL`: the dossier of a close, as text, JSON, or a file to attach to a bug report. */
import type { Command } from 'commander';
import { inFull, redacted, type WrittenDossier } from '../ledger/forensics/redact.ts';
import { dossierLines, htmlOf, markdownOf } from '../ledger/forensics/write.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import { wrapped } from './terminal-text.ts';
import { writeWhole } from './whole-file.ts';

interface WhyOptions {
  readonly html?: string;
  readonly markdown?: string;
  readonly full?: boolean;
  readonly redact?: boolean;
  readonly overwrite?: boolean;
  readonly events?: boolean;
}

const INDENT = '  ';
const TEXT_INDENT = ' '.repeat(17);

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .option('--html <file>', 'write it as one HTML page, for a bug report')
    .option('--markdown <file>', 'write it as Markdown, for a bug report')
    .option(
      '--full',
      'keep ids, heights, times and words in such a file; without, they are left out',
    )
    .option('--redact', 'leave them out of what is printed too')
    .option('--events', 'print with each line the ids of the events it rests on')
    .option('--overwrite', 'replace a file that is there')
    .addHelpText('after', '\nExample: channel-ledger why 103x1x0 --html why.html')
    .action(async (name: string) => {
      const options = optionsOf<WhyOptions>(command);
      if (options.full && options.redact)
        throw new UsageError('--full and --redact exclude each other');
      await withLedger(cli, options, 'read', async (ledger) => {
        const dossier = await ledger.forensics.why(
          name,
          queryOf(options, ledger, { isOneChannel: true }),
        );
        const forFile = options.full ? inFull(dossier) : redacted(dossier);
        const { html, markdown } = options;
        const { overwrite = false } = options;
        if (html !== undefined) writeWhole(html, htmlOf(forFile), overwrite);
        if (markdown !== undefined) writeWhole(markdown, markdownOf(forFile), overwrite);
        print(cli, options.redact ? redacted(dossier) : inFull(dossier), options);
      });
    });
}

function print(
  { out }: Cli,
  dossier: WrittenDossier,
  { json, wide, events: withEvents = false }: WhyOptions & { json?: boolean; wide?: boolean },
): void {
  if (json) {
    out.line(jsonDocument(dossier));
    return;
  }
  const width = wide ? Number.POSITIVE_INFINITY : (out.columns ?? Number.POSITIVE_INFINITY);
  for (const line of dossierLines(dossier, { withEvents })) {
    const isOfSection = line.startsWith(INDENT);
    const room = isOfSection ? width - TEXT_INDENT.length : width;
    const [first = '', ...more] = wrapped(out.style.text(line.trim()), room);
    out.line(isOfSection ? INDENT + first : first);
    for (const rest of more) out.line(isOfSection ? TEXT_INDENT + rest : rest);
  }
}
