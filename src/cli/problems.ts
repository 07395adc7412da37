/** `problems`: what does not fit, one entry per cause, and what to do; `problems retry`. */
import type { Command } from 'commander';
import type { ProblemView } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import { type Names, namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Colour, Style } from './style.ts';
import { wrapped } from './terminal-text.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .addHelpText('after', '\nExample: channel-ledger problems --node alice')
    .action(async () => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: false });
        const problems = ledger.problems(query);
        if (options.json) return cli.out.line(jsonDocument(problems));
        if (problems.length === 0) return cli.out.line('no problem');
        const { style } = cli.out;
        const names = namesIn(ledger, query, style);
        for (const problem of problems) {
          const width = options.wide ? undefined : cli.out.columns;
          for (const line of problemLines(problem, names, style, width)) {
            await cli.out.streamLine(line);
          }
        }
      });
    });
  const retry = command.command('retry').description('try quarantined observations again');
  retry.action(async () => {
    const options = optionsOf(retry);
    await withLedger(cli, options, 'write', async (ledger) => {
      const report = await ledger.retryProblems();
      if (options.json) return cli.out.line(jsonDocument(report));
      const { released, remaining } = report;
      const rest = remaining === 0 ? 'none remains' : `${remaining} still break a rule`;
      cli.out.line(`${counted(released, 'quarantined observation')} recorded, ${rest}`);
    });
  });
}

export function problemLines(
  problem: ProblemView,
  names: Names,
  style: Style,
  width?: number,
): readonly string[] {
  const { kind, rule, count, firstAt, lastAt, detail, sides = [], whatToDo } = problem;
  const { paint, text, glyphs } = style;
  const from = placedTime(firstAt, problem.firstAtBounds, style);
  const to = placedTime(lastAt, problem.lastAtBounds, style);
  const when = from === to ? from : `${from} ${glyphs.arrow} ${to}`;
  const times = count === 1 ? '' : `${counted(count, 'time')}, `;
  return [
    `${paint(colourOf(problem), `${kind}: ${text(rule)}`)}  ${subjectOf(problem, names, style)}`,
    ...indented(`${text(detail)} (${times}${when})`, 4, width),
    ...sides.flatMap(({ who, says }) => indented(`${text(who)} says ${text(says)}`, 4, width)),
    ...indented(text(whatToDo), 6, width).map((line, index) => {
      return index === 0 ? `    ${glyphs.arrow} ${line.trimStart()}` : line;
    }),
  ];
}

function indented(text: string, indent: number, width: number | undefined): readonly string[] {
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - indent;
  return wrapped(text, room).map((line) => ' '.repeat(indent) + line);
}

function subjectOf(
  { subject, channelId, nodeId }: ProblemView,
  names: Names,
  style: Style,
): string {
  if (channelId === undefined && subject === nodeId) return `node ${names.node(nodeId)}`;
  if (channelId === undefined) return style.text(subject);
  const of = names.hasSeveralNodes && nodeId !== undefined ? ` of ${names.node(nodeId)}` : '';
  return `channel ${names.channel(channelId)}${of}`;
}

function colourOf({ kind }: ProblemView): Colour {
  return kind === 'gap' || kind === 'unexplained' ? 'yellow' : 'red';
}
