/** `verify`: everything that can be checked, and what cannot and why. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { isDamage, reportOfDamage } from './damage.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { count, counted } from './format.ts';
import { jsonDocument } from './json.ts';
import type { RuleReport, VerifyReport } from './ledger-port.ts';
import { existingPath, withLedger } from './open.ts';
import { type CommonOptions, ledgerPath, optionsOf } from './options.ts';
import { withProgress } from './progress.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

const MOST_BROKEN_PLACES = 20;

export function define(command: Command, cli: Cli): void {
  command
    .option('--head <hash>', 'the head hash that "channel-ledger stats" printed earlier')
    .addHelpText('after', '\nExample: channel-ledger verify')
    .action(async () => {
      const options = optionsOf<{ readonly head?: string }>(command);
      const head = options.head?.toLowerCase();
      if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
        throw new UsageError(`--head takes 64 hex digits, not "${options.head}"`);
      }
      const report = await verified(options, head, cli);
      if (options.json) cli.out.line(jsonDocument(report));
      else for (const line of verifyLines(report, cli.out.style)) cli.out.line(line);
      if (!report.isSound) throw new AnswerIsNo();
    });
}

/** A file that cannot even be opened for its damage is not sound either. */
async function verified(
  options: CommonOptions,
  head: string | undefined,
  cli: Cli,
): Promise<VerifyReport> {
  try {
    return await withLedger(cli, options, 'read', (ledger) =>
      withProgress(cli, 'verifying', 'steps', (onProgress) =>
        ledger.verify({ onProgress, ...(head !== undefined && { head }) }),
      ),
    );
  } catch (error) {
    if (!isDamage(error)) throw error;
    return reportOfDamage(existingPath(ledgerPath(options, cli)), error);
  }
}

export function verifyLines(report: VerifyReport, style: Style): readonly string[] {
  const { paint, text } = style;
  const columns: Column<RuleReport>[] = [
    { header: 'rule', rank: 0, cell: (row) => text(row.rule) },
    { header: 'checked', rank: 0, align: 'right', cell: (row) => count(row.checked) },
    {
      header: 'broken',
      rank: 0,
      align: 'right',
      cell: (row) => count(row.broken),
      colour: (row) => (row.broken > 0 ? 'red' : undefined),
    },
    { header: 'not checkable', rank: 0, cell: (row) => notCheckable(row, style) },
  ];
  const lines = [...tableLines(report.rules, columns, { style }), ''];
  const size = `${counted(report.events, 'event')} in ${counted(report.streams, 'stream')}`;
  if (report.isSound) {
    lines.push(paint('green', `sound: ${size}`), `head ${report.head}`);
    return lines;
  }
  const [first, ...more] = report.broken;
  lines.push(paint('red', `broken: ${size}, ${counted(report.broken.length, 'finding')}`));
  if (first !== undefined) lines.push(`first: ${placeText(first, style)}`);
  for (const place of more.slice(0, MOST_BROKEN_PLACES))
    lines.push(`also: ${placeText(place, style)}`);
  const rest = more.length - MOST_BROKEN_PLACES;
  if (rest > 0) lines.push(`and ${count(rest)} more (--json has them all)`);
  return lines;
}

function placeText(place: VerifyReport['broken'][number], { text }: Style): string {
  return `${text(place.rule)} at ${text(place.where)}: ${text(place.detail)}`;
}

function notCheckable({ notCheckable: reasons }: RuleReport, { text }: Style): string {
  return reasons.map((reason) => `${count(reason.count)} (${text(reason.why)})`).join(', ');
}
