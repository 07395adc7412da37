/** `verify`: everything that can be checked, and what cannot and why. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { isDamage, reportOfDamage } from './damage.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { count, counted } from './format.ts';
import { jsonDocument } from './json.ts';
import type { Difference, Ledger, RuleReport, VerifyReport } from './ledger-port.ts';
import { type Names, namesIn } from './names.ts';
import { existingPath, withLedger } from './open.ts';
import { type CommonOptions, ledgerPath, optionsOf } from './options.ts';
import { withProgress } from './progress.ts';
import { proofLines } from './proof-table.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';
import { hanging } from './terminal-text.ts';

const MOST_BROKEN_PLACES = 20;

interface VerifyOptions {
  readonly signatures?: boolean;
  readonly head?: string;
  readonly against?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .option('--against <ledger>', 'and whether every stream ends as it does in that other ledger')
    .option('--head <hash>', 'the head hash that "channel-ledger stats" printed earlier')
    .option('--signatures', 'and rebuild every commitment, and check who signed it and the closes')
    .addHelpText('after', '\nExample: channel-ledger verify --signatures')
    .action(async () => {
      const options = optionsOf<VerifyOptions & CommonOptions>(command);
      const head = options.head?.toLowerCase();
      if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
        throw new UsageError(`--head takes 64 hex digits, not "${options.head}"`);
      }
      const { report, names } = await verified(options, head, cli);
      const against = await heldAgainst(options, cli);
      if (options.json) cli.out.line(jsonDocument({ ...report, ...against }));
      else {
        const width = options.wide ? undefined : cli.out.columns;
        const { style } = cli.out;
        const proved = names && proofLines(report.channels ?? [], names, style, width);
        for (const line of proved ?? []) cli.out.line(line);
        if (proved !== undefined) cli.out.line('');
        for (const line of verifyLines(report, style, width)) cli.out.line(line);
        for (const line of againstLines(against, cli.out.style)) cli.out.line(line);
      }
      if (!report.isSound || (against?.differences.length ?? 0) > 0) throw new AnswerIsNo();
    });
}

interface Against {
  readonly against: string;
  readonly streams: number;
  readonly differences: readonly Difference[];
}

/** Both ledgers' last digests, one ledger opened after the other. */
async function heldAgainst(
  options: VerifyOptions & CommonOptions,
  cli: Cli,
): Promise<Against | undefined> {
  const { against } = options;
  if (against === undefined) return undefined;
  const { differences } = await import('../ledger/against.ts');
  const heads = (ledger: Ledger) => Promise.resolve(ledger.store.streamHeads(''));
  const here = await withLedger(cli, options, 'read', heads);
  const there = await withLedger(cli, { ...options, ledger: against }, 'read', heads);
  const shown = existingPath(against).replace(/\/\/[^@/]*@/, '//');
  return { against: shown, streams: there.length, differences: differences(here, there) };
}

function againstLines(against: Against | undefined, { paint, text }: Style): readonly string[] {
  if (against === undefined) return [];
  const { streams, differences: found } = against;
  const other = text(against.against);
  if (found.length === 0) {
    return [
      paint('green', `the same as ${other}: ${counted(streams, 'stream')}, every last digest`),
    ];
  }
  const lines = found.slice(0, MOST_BROKEN_PLACES).map(({ stream, what }) => {
    return `${text(stream)}: ${text(what)}`;
  });
  const rest = found.length - lines.length;
  if (rest > 0) lines.push(`and ${count(rest)} more (--json has them all)`);
  return [paint('red', `${counted(found.length, 'stream')} not as in ${other}`), ...lines];
}

/** A file that cannot even be opened for its damage is not sound either. */
async function verified(
  options: VerifyOptions & CommonOptions,
  head: string | undefined,
  cli: Cli,
): Promise<{ readonly report: VerifyReport; readonly names?: Names }> {
  const { signatures = false } = options;
  try {
    return await withLedger(cli, options, 'read', async (ledger) => {
      const report = await withProgress(cli, 'verifying', 'steps', (onProgress) =>
        ledger.verify({ onProgress, signatures, ...(head !== undefined && { head }) }),
      );
      return signatures ? { report, names: namesIn(ledger, {}, cli.out.style) } : { report };
    });
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { report: reportOfDamage(existingPath(ledgerPath(options, cli)), error) };
  }
}

export function verifyLines(
  report: VerifyReport,
  style: Style,
  width: number | undefined,
): readonly string[] {
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
    {
      header: 'not checkable',
      rank: 1,
      mayStandBelow: true,
      cell: (row) => notCheckable(row, style),
    },
  ];
  const lines = [...tableLines(report.rules, columns, { style, width }), ''];
  const size = `${counted(report.events, 'event')} in ${counted(report.streams, 'stream')}`;
  if (report.isSound) {
    lines.push(paint('green', `sound: ${size}`), `head ${report.head}`);
    return lines;
  }
  const [first, ...more] = report.broken;
  lines.push(paint('red', `broken: ${size}, ${counted(report.broken.length, 'finding')}`));
  if (first !== undefined) lines.push(...hanging('first: ', placeText(first, style), width));
  for (const place of more.slice(0, MOST_BROKEN_PLACES))
    lines.push(...hanging('also: ', placeText(place, style), width));
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
