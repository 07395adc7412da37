/** `replay`: the lines of `tail` once more, shortened pauses said on stderr, and a clean end at Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal, is, match } from 'uvu/assert';
import { Interrupted } from '../../src/cli/errors.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelId, wholeStory } from '../ledger/story.ts';
import { fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-replay-'));
const path = join(directory, 'ledger.db');
const written = await openLedger(path, { create: true, seed: 'replay' });
await written.recordBatch(wholeStory());
await written.close();

const ledgers = { ...fakeLedgers, openLedger };
const run = (args: readonly string[], signal?: AbortSignal) =>
  runInProcess([...args, '--ledger', path], { ledgers, ...(signal && { signal }) });
const linesOf = (out: string) => out.split('\n').filter((line) => line !== '');

const tests = suite('replay');

tests('its lines are those of tail, a channel alone or all', async () => {
  const tail = linesOf((await run(['tail'])).out);
  const all = await run(['replay', '--all', '--max-pause', '0']);
  is(all.exitCode, 0);
  equal(linesOf(all.out), tail);
  const one = await run(['replay', channelId, '--max-pause', '0']);
  equal(
    linesOf(one.out),
    tail.filter((line) => line.includes(`"stream":"channel-`)),
  );
  const types = await run(['replay', channelId, '--max-pause', '0', '--type', 'HtlcSettled']);
  is(linesOf(types.out).length, 1);
});

tests('a shortened pause is said on stderr, and stdout stays the events', async () => {
  const { out, err } = await run(['replay', channelId, '--speed', '5', '--max-pause', '0.001']);
  for (const line of linesOf(out)) is(typeof JSON.parse(line).type, 'string');
  // A second apart each: a fifth of one at this speed, which is told of from a tenth on.
  const [first = ''] = linesOf(err);
  match(
    first,
    /^channel-ledger: nothing happened for 0\.\d+ s at this speed: shortened to 0\.001 s$/,
  );
});

tests('what is not asked well is refused with a sentence', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['replay'], /one channel, or --all/],
    [['replay', channelId, '--all'], /one channel, or --all/],
    [['replay', '--all', '--speed', '0'], /--speed takes a number above 0/],
    [['replay', '--all', '--speed', 'fast'], /--speed takes a number above 0 .* not "fast"/],
    [['replay', '--all', '--max-pause', '-1'], /--max-pause takes a number of 0 or more/],
    [['replay', '--all', '--at', 'revision:3'], /a revision belongs to one channel/],
  ];
  for (const [args, sentence] of wrong) {
    const { exitCode, out, err } = await run(args);
    is(exitCode, 2, args.join(' '));
    is(out, '');
    match(err, sentence);
  }
});

tests('Ctrl-C ends it between two events', async () => {
  const stop = new AbortController();
  const running = run(['replay', channelId], stop.signal);
  setImmediate(() => stop.abort(new Interrupted('stopped by Ctrl-C', 130)));
  const { exitCode, err } = await running;
  is(exitCode, 130);
  match(err, /stopped by Ctrl-C/);
});

tests.after(() => rmSync(directory, { recursive: true }));
tests.run();
