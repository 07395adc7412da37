/** `problems`: what does not fit, one entry per cause, and what to do; `problems retry`. */
import type { Command } from 'commander';
import type { ProblemView } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { counted, time } from './format.ts';
import { jsonDocument } from './json.ts';
import { type Names, namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import type { Colour, Style } from './style.ts';

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
          for (const line of problemLines(problem, names, style)) await cli.out.streamLine(line);
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

export function problemLines(problem: ProblemView, names: Names, style: Style): readonly string[] {
  const { kind, rule, count, firstAt, lastAt, detail, sides = [], whatToDo } = problem;
  const { paint, text, glyphs } = style;
  const [from, to] = [time(firstAt), time(lastAt)];
  const when = from === to ? from : `${from} ${glyphs.arrow} ${to}`;
  const times = count === 1 ? '' : `${counted(count, 'time')}, `;
  return [
    `${paint(colourOf(problem), `${kind}: ${text(rule)}`)}  ${subjectOf(problem, names, style)}`,
    `    ${text(detail)} (${times}${when})`,
    ...sides.map(({ who, says }) => `    ${text(who)} says ${text(says)}`),
    `    ${glyphs.arrow} ${text(whatToDo)}`,
  ];
}

function subjectOf(
  { subject, channelId, nodeId }: ProblemView,
  names: Names,
  style: Style,
): string {
  if (channelId === undefined) return style.text(subject);
  const of = names.hasSeveralNodes && nodeId !== undefined ? ` of ${names.node(nodeId)}` : '';
  return `channel ${names.channel(channelId)}${of}`;
}

function colourOf({ kind }: ProblemView): Colour {
  return kind === 'gap' || kind === 'unexplained' ? 'yellow' : 'red';
}
