/** `step`: what keys do to its view, what its screen shows, and all of it in a real pseudo terminal. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import { equal, is, match, not, ok } from 'uvu/assert';
import { type Key, keysOf } from '../../src/cli/step-keys.ts';
import { stepScreen } from '../../src/cli/step-screen.ts';
import { pressed, type StepView } from '../../src/cli/step-view.ts';
import { styleFor } from '../../src/cli/style.ts';
import { displayWidth } from '../../src/cli/terminal-text.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelId, wholeStory } from '../ledger/story.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-step-'));
const path = join(directory, 'ledger.db');
const ledger = await openLedger(path, { create: true, seed: 'step' });
await ledger.recordBatch(wholeStory());
const start: StepView = { walk: ledger.forensics.step(channelId) };
const count = start.walk.steps.length;
await ledger.close();

const style = styleFor({ LANG: 'C.UTF-8' }, false);
const size = { columns: 80, rows: 24 };

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

tests('a height goes where the ledger has it', () => {
  const asked: number[] = [];
  const view: StepView = {
    ...start,
    indexAtHeight(height) {
      asked.push(height);
      return 4;
    },
  };
  const keys: readonly Key[] = [{ text: 't' }, ...text('height:500'), 'enter'];
  const there = keys.reduce<StepView | undefined>((at, key) => at && pressed(at, key), view);
  equal(asked, [500]);
  is(there?.walk.index, 4);
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
    ['t', 'commitment:local:99', /this channel has no commitment:local:99/],
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

tests('q, Escape, Ctrl-C and Ctrl-D end it; while something is typed, only the last two', () => {
  for (const key of [{ text: 'q' }, 'escape', 'interrupt'] as const)
    is(pressed(start, key), undefined);
  const typing = after({ text: 'f' });
  is(pressed(typing, { text: 'q' })?.prompt?.typed, 'q');
  is(pressed(typing, 'interrupt'), undefined);
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

tests.after(() => rmSync(directory, { recursive: true }));
tests.run();
