/** `step`: what keys do to its view, what its screen shows, and all of it in a real pseudo terminal. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import { equal, is, match, not, ok } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { type Key, keysOf } from '../../src/cli/step-keys.ts';
import { stepScreen } from '../../src/cli/step-screen.ts';
import { pressed, type StepView } from '../../src/cli/step-view.ts';
import { styleFor } from '../../src/cli/style.ts';
import { displayWidth } from '../../src/cli/terminal-text.ts';
import { parseMoment } from '../../src/ledger/answers/moments.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { Clock, channelId, commitment, opened, wholeStory } from '../ledger/story.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-step-'));
const path = join(directory, 'ledger.db');
const ledger = await openLedger(path, { create: true, seed: 'step' });
await ledger.recordBatch(wholeStory());
await ledger.close();
// The same in memory: the file is for the command itself.
const memory = await openLedger(MEMORY, { create: true, seed: 'step' });
await memory.recordBatch(wholeStory());
const start = startOf(memory);
const count = start.walk.steps.length;

const style = styleFor({ LANG: 'C.UTF-8' }, false);
const size = { columns: 80, rows: 24 };

/** Before the first event. */
function startOf({ forensics }: Ledger): StepView {
  const walk = forensics.step(channelId);
  return { walk, whole: walk, walkAt: (at) => forensics.step(channelId, { at }) };
}

function after(...keys: readonly Key[]): StepView {
  return keys.reduce<StepView>((view, key) => {
    const next = pressed(view, key);
    if (next === undefined) throw new Error('it ended');
    return next;
  }, start);
}

const text = (typed: string): readonly Key[] => [...typed].map((each) => ({ text: each }));

const tests = suite('step');

tests('the sequences of keys are read, several in one chunk too', () => {
  equal(keysOf('\x1b[C\x1b[D\x1bOHq'), ['right', 'left', 'home', { text: 'q' }]);
  equal(keysOf('\x1b[5~\x1b[6~\x1b[4~\r\x7f\x03'), [
    'page-up',
    'page-down',
    'end',
    'enter',
    'backspace',
    'interrupt',
  ]);
  // F5 and a mouse's report are no key here, and not the letters they are spelled with.
  equal(keysOf('\x1b[15~\x1b[<0;10;5M'), []);
  equal(keysOf('\x1b'), ['escape']);
});

tests('arrows go on and back, and say where there is no further', () => {
  is(after('right', 'right', 'left').walk.index, 0);
  is(after('left').notice, 'this is before the first event');
  is(after('end').walk.index, count - 1);
  is(after('end', 'right').notice, 'this is the last event');
  is(after('end', 'home').walk.index, -1);
  is(after('page-down', 'page-up').walk.index, -1);
});

tests('a time, a commitment and a field are typed', () => {
  const there = after({ text: 'c' }, ...text('2'), 'enter').walk;
  equal(there.steps[there.index]?.event.commitment, { side: 'local', number: 2 });
  const { at } = there.steps[3]?.event ?? { at: '' };
  is(after({ text: 't' }, ...text(at), 'enter').walk.index, 3);
  is(after({ text: 't' }, ...text('revision:2'), 'enter').walk.index, 2);
  const changed = after({ text: 'f' }, ...text('htlcsx'), 'backspace', 'enter');
  is(changed.walk.steps[changed.walk.index]?.event.type, 'HtlcAdded');
  const again = pressed(changed, { text: 'n' });
  ok((again?.walk.index ?? 0) > changed.walk.index);
  is(again && pressed(again, { text: 'N' })?.walk.index, changed.walk.index);
});

/** The row that `show --at` prints, and what stands on the screen. */
const typedInto = (view: StepView, moment: string) =>
  [{ text: 't' }, ...text(moment), 'enter' as const].reduce<StepView>((at, key) => {
    return pressed(at, key) ?? at;
  }, view);

tests('whatever moment is typed, the state is the one that the ledger has for it', async () => {
  // A fee policy of the second second, told when a commitment of the third was recorded already.
  const late = await openLedger(MEMORY, { create: true, seed: 'late' });
  const clock = new Clock();
  const about = (fact: ChannelFact, header = clock.next({ blockHeight: 700 })): Observation => ({
    ...header,
    about: 'channel',
    channelId,
    fact,
  });
  await late.recordBatch([about(opened)]);
  const header = clock.next({ blockHeight: 700 });
  const made = about(commitment('local', 1), clock.next({ blockHeight: 701 }));
  await late.recordBatch([made]);
  const policy: ChannelFact = {
    type: 'FeePolicyChanged',
    data: {
      side: 'local',
      feeBaseMsat: 7n,
      feeProportionalMillionths: 77,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      isDisabled: false,
      timestamp: 1,
    },
  };
  const recordedAtNs = made.recordedAtNs + 5_000_000_000n;
  await late.recordBatch([about(policy, { ...header, recordedAtNs })]);
  equal(late.problems(), []);
  const view = startOf(late);
  equal(
    view.whole.steps.map(({ event }) => event.revision),
    [0, 2, 1],
  );
  const moments = [
    'revision:0',
    'revision:1',
    'revision:2',
    'position:1',
    'position:2',
    'position:3',
    'height:699',
    'height:700',
    'height:701',
    'commitment:local:1',
    '2025-01-01T00:00:00Z',
    '2026-01-01T00:00:01Z',
    '2099-01-01T00:00:00Z',
  ];
  const [stream = ''] = late.store.streamNames('channel-');
  for (const moment of moments) {
    const there = typedInto(view, moment);
    const at = parseMoment(moment, { isOneChannel: true });
    const row = late.rows.one(channelProjection, stream, { at })?.row;
    equal(there.walk.row, row ?? view.walk.row, moment);
  }
  // What was recorded by then is a walk of its own, and says so on each of its screens.
  const known = typedInto(view, 'revision:1');
  equal([known.walk.index, known.walk.steps.length, known.asOf], [1, 2, 'revision:1']);
  match(known.notice ?? '', /^as of revision:1, with what was recorded by then alone/);
  const back = pressed(known, 'left');
  match(stepScreen('x', back ?? known, size, style)[0] ?? '', /^x {2}1 of 2 as of revision:1 {2}/);
  // Another moment is one of the whole again.
  const whole = typedInto(known, 'revision:2');
  equal([whole.walk.index, whole.walk.steps.length, whole.asOf], [2, 3, undefined]);
  await late.close();
});

tests('what moves comes before keys and terms', () => {
  const lines = stepScreen('500x1x0', after('end'), { columns: 80, rows: 200 }, style);
  const place = (field: string) => lines.findIndex((line) => line.startsWith(`  ${field}`));
  const fields = ['status', 'localBalanceMsat', 'remoteBalanceMsat', 'capacitySat', 'nodeId'];
  const places = fields.map(place).filter((at) => at >= 0);
  ok(places.length > 2);
  equal(
    places,
    [...places].sort((a, b) => a - b),
  );
});

tests('what cannot be found is said, and nothing moves', () => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['t', 'tomorrow', /is no moment/],
    ['t', 'commitment:local:99', /^no local commitment 99 of this channel is recorded/],
    ['t', 'revision:99', /^there is no revision 99: the channel's revisions are 0 to \d+$/],
    ['f', 'noSuchField', /a channel has no field "noSuchField"/],
    ['f', 'isPurged', /^no event after this one changes "isPurged"$/],
    ['n', '', /press f/],
  ];
  for (const [letter, typed, notice] of wrong) {
    const keys = letter === 'n' ? [] : [...text(typed), 'enter' as const];
    const view = after('right', { text: letter }, ...keys);
    match(view.notice ?? '', notice);
    is(view.walk.index, 0);
  }
  is(after({ text: 't' }, ...text('x'), 'escape').prompt, undefined);
});

tests('q, Ctrl-C and Ctrl-D end it; while something is typed, only the last two', () => {
  for (const key of [{ text: 'q' }, 'interrupt'] as const) is(pressed(start, key), undefined);
  const typing = after({ text: 'f' });
  is(pressed(typing, { text: 'q' })?.prompt?.typed, 'q');
  is(pressed(typing, 'interrupt'), undefined);
});

tests('Escape puts away what is typed, or what was said of it, and never ends it', () => {
  equal(pressed(start, 'escape'), start);
  const refused = after({ text: 't' }, ...text('x'), 'enter');
  ok(refused.notice !== undefined);
  equal(pressed(refused, 'escape'), start);
});

tests('every screen fits its terminal, with the event on top and its changes marked', () => {
  for (const { columns, rows } of [size, { columns: 40, rows: 10 }, { columns: 200, rows: 60 }]) {
    for (let index = 0; index <= count; index += 1) {
      const view = after(...Array<Key>(index).fill('right'));
      const lines = stepScreen('103x1x0', view, { columns, rows }, style);
      is(lines.length, rows);
      for (const line of lines) ok(displayWidth(line) <= columns, line);
    }
  }
  const lines = stepScreen('500x1x0', after('right', 'right'), size, style);
  match(lines[0] ?? '', /^500x1x0 {2}2 of \d+ {2}FundingConfirmed {2}2026-01-01 00:00:0/);
  match(lines[1] ?? '', /^revision 1 {2}event [0-9a-f-]{36}$/);
  is(lines[3], '* shortChannelIds: [500x1x0]  (new)', lines.join('\n'));
  ok(lines.some((line) => /^ {2}status: pending$/.test(line)));
});

tests('without a terminal it says in one sentence what to ask instead', async () => {
  for (const columns of [undefined, 80]) {
    const { exitCode, err } = await runInProcess(
      ['step', '103x1x0', '--ledger', here],
      columns === undefined ? {} : { columns },
    );
    is(exitCode, 2);
    is(err.trim().split('\n').length, 1);
    match(err, /step needs a terminal .* "show --at revision:N"/);
  }
});

const PATIENCE_MS = 60_000;

/** The real command in a pseudo terminal of util-linux's `script`, with keys pressed as screens come. */
async function inTerminal(presses: readonly (readonly [until: RegExp, keys: string])[]) {
  const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
  const command = `stty rows 24 cols 80; '${process.execPath}' '${program}' step ${channelId} --ledger '${path}'`;
  const child = spawn('script', ['-qec', command, join(directory, 'typescript')], {
    env: { ...process.env, LANG: 'C.UTF-8', TERM: 'xterm', HOME: directory },
  });
  const waiting = [...presses];
  const seen: string[] = [];
  let all = '';
  let since = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    all += chunk;
    since += chunk;
    const [next] = waiting;
    if (next === undefined || !next[0].test(since)) return;
    waiting.shift();
    seen.push(since);
    since = '';
    child.stdin.write(next[1]);
  });
  // A screen that never comes is a failure, not a wait without end.
  const patience = setTimeout(() => child.kill(), PATIENCE_MS);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(patience);
  return { code, all, seen, left: waiting.length };
}

tests(
  'in a real terminal, keys walk through the channel, and the screen is given back',
  async () => {
    const { code, all, seen, left } = await inTerminal([
      // It begins where it all ended.
      [new RegExp(`${count} of ${count} {2}[A-Z][\\s\\S]*q quit`), '\x1b[H'],
      [/before the first event[\s\S]*q quit/, '\x1b[C'],
      [/1 of \d+ {2}ChannelOpened[\s\S]*\* status: pending[\s\S]*q quit/, '\x1b[C\x1b[C'],
      [/3 of \d+ {2}ChannelReady[\s\S]*\* status: open[\s\S]*q quit/, '\x1b[D'],
      [/2 of \d+ {2}FundingConfirmed[\s\S]*q quit/, 'c2'],
      [/commitment:local:2/, '\r'],
      [/CommitmentUpdated[\s\S]*\* local.number: 2 {2}\(was 1\)[\s\S]*q quit/, 'q'],
    ]);
    is(code, 0, all);
    is(left, 0, JSON.stringify(seen.at(-1)));
    ok(all.includes('\x1b[?1049h'));
    // The last thing a terminal hears: the cursor is shown, the screen of before is back.
    ok(all.trimEnd().endsWith('\x1b[?25h\x1b[?1049l'), JSON.stringify(all.slice(-80)));
    not.match(all, /at .*\.ts:\d+/);
  },
);

tests('Ctrl-C in a real terminal ends it quietly', async () => {
  const { code, all } = await inTerminal([[/q quit/, '\x03']]);
  is(code, 0, all);
  ok(all.trimEnd().endsWith('\x1b[?25h\x1b[?1049l'), JSON.stringify(all.slice(-80)));
});

tests.after(async () => {
  await memory.close();
  rmSync(directory, { recursive: true });
});
tests.run();
