/** `step CHANNEL`: forward and back through its states, a screen each, by the arrow keys. */
import { on } from 'node:events';
import type { Command } from 'commander';
import type { Moment } from '../ledger/query.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { interruption, withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import { plainValue } from './value-text.ts';

/** A screen of its own, so that what was on the terminal is there again afterwards; no cursor. */
const BEGIN_SCREEN = '\x1b[?1049h\x1b[?25l';
const END_SCREEN = '\x1b[?25h\x1b[?1049l';
const TO_TOP = '\x1b[H';
const CLEAR_REST_OF_LINE = '\x1b[K';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .addHelpText(
      'after',
      '\nBegins at the newest state, or at that of --at.' +
        '\n\nKeys: the right and left arrow step, Home and End go to the ends, t goes to a time or another' +
        '\nmoment, c to a commitment number, f to the next change of a field (n again, N back), Esc puts' +
        '\naway what is typed, q ends.' +
        '\n\nExample: channel-ledger step 103x1x0',
    )
    .action(async (name: string) => {
      const options = optionsOf<object>(command);
      if (options.json || !cli.out.isTerminal || cli.stdin.isTTY !== true) {
        throw new UsageError(
          'step needs a terminal to show its states in: elsewhere, "history" lists the events and ' +
            '"show --at revision:N" one state',
        );
      }
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const { channelId, shortChannelId } = ledger.channel(name, query);
        const title = shortChannelId ?? plainValue(channelId, cli.out.style);
        const walkAt = (at: Moment) => ledger.forensics.step(name, { ...query, at });
        await walked(cli, title, { walk: ledger.forensics.step(name, query), walkAt });
      });
    });
}

type Begin = Pick<Parameters<typeof import('./step-screen.ts').stepScreen>[1], 'walk' | 'walkAt'>;

async function walked(
  { out, stdin, signal }: Cli,
  title: string,
  { walk, walkAt }: Begin,
): Promise<void> {
  // Loaded late: with them come the projection and immer, which help needs not.
  const [{ stepScreen }, { pressed, beginning }, { keysOf }] = await Promise.all([
    import('./step-screen.ts'),
    import('./step-view.ts'),
    import('./step-keys.ts'),
  ]);
  let view = beginning(walk, walkAt);
  const draw = () => {
    const size = { columns: out.columns ?? 80, rows: out.rows ?? 24 };
    const lines = stepScreen(title, view, size, out.style);
    out.raw(TO_TOP + lines.map((line) => line + CLEAR_REST_OF_LINE).join('\r\n'));
  };
  stdin.setRawMode?.(true);
  out.raw(BEGIN_SCREEN);
  try {
    draw();
    for await (const chunk of chunksOf(stdin, signal)) {
      for (const key of keysOf(chunk)) {
        const next = pressed(view, key);
        if (next === undefined) return;
        view = next;
      }
      draw();
    }
    if (signal.aborted) throw interruption(signal);
  } finally {
    out.raw(END_SCREEN);
    stdin.setRawMode?.(false);
  }
}

/** What is typed, until the terminal hangs up or the process is asked to end. */
async function* chunksOf(stdin: Cli['stdin'], signal: AbortSignal): AsyncGenerator<string> {
  stdin.setEncoding('utf8');
  try {
    for await (const [chunk] of on(stdin, 'data', { signal, close: ['end', 'close'] })) {
      yield String(chunk);
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    // A terminal that is listened to would keep the process.
    stdin.pause();
  }
}
