/** `replay CHANNEL|--all`: the recorded events once more, as `tail` prints them, in their own rhythm. */
import type { Command } from 'commander';
import { eventLine } from '../ledger/event-line.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { knownTypes } from './known-types.ts';
import { interruption, withLedger } from './open.ts';
import {
  addSpanOptions,
  addTypeOption,
  everyNarrowing,
  narrowedBy,
  optionsOf,
  queryOf,
  type SpanOptions,
  spanOf,
} from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';

interface ReplayOptions extends SpanOptions {
  readonly all?: boolean;
  readonly type?: readonly string[];
  readonly speed?: number;
  readonly maxPause?: number;
}

const MS_PER_SECOND = 1000;

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  addTypeOption(addSpanOptions(command), 'only events of this type; may be repeated');
  command
    .argument('[channel]', CHANNEL_ARGUMENT)
    .option('--all', 'the whole ledger: every channel, peer and node')
    .option('--speed <n>', 'so many times as fast as it happened', numberOf('--speed'))
    .option(
      '--max-pause <seconds>',
      'a longer pause is shortened to this, and said so; 5 without',
      numberOf('--max-pause'),
    )
    .addHelpText('after', '\nExample: channel-ledger replay 103x1x0 --speed 60')
    .action(async (name: string | undefined) => {
      const options = optionsOf<ReplayOptions>(command);
      if ((name === undefined) !== (options.all === true)) {
        throw new UsageError('replay takes one channel, or --all: name one of the two');
      }
      const types = await knownTypes(options.type, name === undefined ? 'any' : 'channel');
      await withLedger(cli, options, 'read', async (ledger) => {
        const scope = { isOneChannel: name !== undefined };
        const { speed, maxPause } = options;
        const query = {
          ...queryOf(options, ledger, scope),
          ...spanOf(options, scope),
          ...(types && { types }),
        };
        const pace = {
          signal: cli.signal,
          ...(speed !== undefined && { speed }),
          ...(maxPause !== undefined && { maxPauseMs: maxPause * MS_PER_SECOND }),
        };
        for await (const each of ledger.forensics.replay(name, query, pace)) {
          if (each.kind === 'event') {
            const { event } = each;
            await cli.out.streamLine(eventLine(event, ledger.store.checkpointOf(event)));
          } else {
            cli.err.line(shortenedText(each));
          }
        }
        if (cli.signal.aborted) throw interruption(cli.signal);
      });
    });
}

/** On stderr, so that stdout stays the events alone. */
function shortenedText(each: { readonly pauseMs: number; readonly waitedMs: number }): string {
  const [pause, waited] = [each.pauseMs, each.waitedMs].map(secondsText);
  return `channel-ledger: nothing happened for ${pause} at this speed: shortened to ${waited}`;
}

function secondsText(ms: number): string {
  return `${Math.round(ms) / MS_PER_SECOND} s`;
}

function numberOf(option: string): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(number) || (option === '--speed' && number === 0)) {
      const least = option === '--speed' ? 'above 0' : 'of 0 or more';
      throw new UsageError(`${option} takes a number ${least} such as 60 or 0.5, not "${text}"`);
    }
    return number;
  };
}
