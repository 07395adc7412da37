/** `diff CHANNEL --from MOMENT --to MOMENT`: what changed, field by field, and the events that did it. */
import type { Command } from 'commander';
import { parseMoment } from '../ledger/answers/moments.ts';
import type { Cli } from './cli.ts';
import { exactTime } from './format.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import { plainValue } from './value-text.ts';

interface DiffOptions {
  readonly from: string;
  readonly to: string;
}

const MOST_EVENTS = 5;

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, ['knownAt', 'node', 'source']);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .requiredOption('--from <moment>', 'the earlier state: a moment as of --at')
    .requiredOption('--to <moment>', 'the later state')
    .addHelpText(
      'after',
      '\nExample: channel-ledger diff 103x1x0 --from revision:40 --to revision:60',
    )
    .action(async (name: string) => {
      const options = optionsOf<DiffOptions>(command);
      const [from, to] = [options.from, options.to].map((text) => {
        return parseMoment(text, { isOneChannel: true });
      });
      if (from === undefined || to === undefined) return;
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const changes = await ledger.forensics.diff(name, { ...query, from, to });
        const { out } = cli;
        if (options.json) return out.line(jsonDocument(changes));
        if (changes.length === 0) out.line('nothing changed');
        for (const { field, from: before, to: after, events } of changes) {
          const text = (value: unknown) =>
            value === undefined ? 'none' : plainValue(value, out.style);
          out.line(
            `${out.style.text(field)}: ${text(before)} ${out.style.glyphs.arrow} ${text(after)}`,
          );
          for (const { at, type, eventId } of events.slice(-MOST_EVENTS)) {
            const line = `    ${exactTime(at)}  ${out.style.text(type)}  ${eventId}`;
            out.line(out.style.paint('dim', line));
          }
          const more = events.length - MOST_EVENTS;
          if (more > 0) out.line(out.style.paint('dim', `    and ${more} before these`));
        }
      });
    });
}
