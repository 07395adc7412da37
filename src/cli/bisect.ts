/** `bisect CHANNEL 'CONDITION'`: the first event after which it holds. */
import type { Command } from 'commander';
import type { Bisected } from '../ledger/answers/bisect.ts';
import type { Cli } from './cli.ts';
import { AnswerIsNo } from './errors.ts';
import { count } from './format.ts';
import { historyLines } from './history.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .argument('<condition>', 'over the fields of "show --json", in CEL: htlcs.length > 10')
    .option('--any', 'look at every state, for a condition that comes and goes')
    .addHelpText(
      'after',
      '\nWithout --any the condition is taken to stay true once it is, and few states are looked at.' +
        "\n\nExample: channel-ledger bisect 103x1x0 'localBalanceMsat < 1000000000'",
    )
    .action(async (name: string, condition: string) => {
      const options = optionsOf<{ readonly any?: boolean }>(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const looksAtEvery = options.any === true;
        const asking = { ...query, looksAtEvery, signal: cli.signal };
        const found = await ledger.forensics.bisect(name, condition, asking);
        const { out } = cli;
        const { first } = found;
        if (options.json) {
          const sealed = first?.sealed === undefined ? {} : { sealed: { state: 'sealed' } };
          out.line(jsonDocument({ ...found, ...(first && { first: { ...first, ...sealed } }) }));
        } else {
          const width = options.wide ? undefined : out.columns;
          const lines = first === undefined ? [] : historyLines(first, false, out.style, width);
          for (const line of lines) out.line(line);
          out.line(first === undefined ? nowhere(found) : `event ${first.eventId}`);
          out.line(out.style.paint('dim', lookedAt(found)));
        }
        if (first === undefined) throw new AnswerIsNo();
      });
    });
}

function nowhere({ lookedAtEvery }: Bisected): string {
  return lookedAtEvery
    ? 'it never holds'
    : 'it does not hold at the end: --any looks at every state';
}

function lookedAt({ first, asked, states, lookedAtEvery }: Bisected): string {
  const looked = `${count(asked)} of ${count(states)} states looked at`;
  const mayBeEarlier = first !== undefined && !lookedAtEvery && asked < states;
  return mayBeEarlier ? `${looked}: if it comes and goes, --any finds its first time` : looked;
}
