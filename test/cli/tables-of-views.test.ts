import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { historyLines } from '../../src/cli/history.ts';
import { namesOf } from '../../src/cli/names.ts';
import { styleFor } from '../../src/cli/style.ts';
import { displayWidth } from '../../src/cli/terminal-text.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';
import { historyEntry, newChannel, openChannel, secretPreimage } from './views.ts';

const style = styleFor({ LANG: 'C.UTF-8' }, false);

/** `$ COLUMNS COMMAND`, and below it what a terminal of that width shows. */
const sessions = readFileSync(new URL('./printed.txt', import.meta.url), 'utf8')
  .split(/^\$ /m)
  .slice(1)
  .map((session) => {
    const [head = '', ...lines] = session.trimEnd().split('\n');
    const [columns = '', ...args] = head.split(' ');
    return { columns: Number(columns), args, lines };
  });

for (const { columns, args, lines } of sessions) {
  test(`${args.join(' ')} in a terminal of ${columns} columns`, async () => {
    const env = { NO_COLOR: '1' };
    const asked = [...args, '--ledger', here];
    const { out, err, exitCode } = await runInProcess(asked, { columns, env });
    assert.is(err, '');
    assert.is(exitCode, 0);
    assert.is(out.trimEnd(), lines.join('\n'));
    for (const line of lines) {
      assert.ok(displayWidth(line) <= columns, line);
    }
  });
}

test('a line of history that a terminal has no room for stands below itself, indented', () => {
  const [whole = '', ...none] = historyLines(historyEntry, false, style, 300);
  assert.equal(none, []);
  const lines = historyLines(historyEntry, false, style, 60);
  assert.ok(lines.length > 1);
  for (const line of lines) assert.ok(displayWidth(line) <= 60, line);
  for (const line of lines.slice(1)) assert.match(line, /^ {4}\S/);
  const words = (text: string) => text.split(/\s+/).join(' ');
  assert.is(words(lines.join(' ')), words(whole));
});

test('history says what changed, and keeps secrets unless they are asked for', async () => {
  const [line = ''] = historyLines(historyEntry, false, style);
  assert.is(
    line,
    '2026-03-14 15:09:26.535      41  HtlcSettled             id=7 direction=offered ' +
      'amountMsat=40,000 isOnChain=false  [totals.sentMsat: 12,305,678 → 12,345,678]  sealed',
  );
  assert.match(historyLines(historyEntry, true, style).join(), `preimage=${secretPreimage}`);
  const json = await runInProcess(['history', '103x1x0', '--json', '--ledger', here]);
  assert.not.match(json.out, secretPreimage);
  assert.match(json.out, '"sealed":{"state":"sealed"}');
  const open = await runInProcess(['history', '103x1x0', '--secrets', '--json', '--ledger', here]);
  assert.match(open.out, secretPreimage);
});

test('a channel point is shortened only as far as no other begins so', () => {
  const names = namesOf([openChannel, newChannel], [], style);
  assert.is(names.channel(openChannel.channelId), '103x1x0');
  assert.is(names.channelPoint(openChannel.channelId), '1f1f1f1f1f1f1');
  assert.is(names.channel(newChannel.channelId), '1f1f1f1f1f1f2');
  const alone = namesOf([newChannel], [], style);
  assert.is(alone.channel(newChannel.channelId), '1f1f1f1f1f');
});

test('every list is one JSON document, amounts as decimal strings', async () => {
  for (const command of ['channels', 'peers', 'closed', 'fees', 'forwards', 'problems']) {
    const { out, exitCode } = await runInProcess([command, '--json', '--ledger', here]);
    assert.is(exitCode, 0);
    assert.ok(Array.isArray(JSON.parse(out)), command);
  }
  const { out } = await runInProcess(['--json', 'channels', '--ledger', here]);
  assert.is(JSON.parse(out)[0].localBalanceMsat, '600000500');
});

test.run();
