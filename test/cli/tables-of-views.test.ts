import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { closeReason, sweepFeesText } from '../../src/cli/closed.ts';
import { historyLines } from '../../src/cli/history.ts';
import { namesOf } from '../../src/cli/names.ts';
import { htlcLine, htlcTitle } from '../../src/cli/show-htlcs.ts';
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

test('sweep fees of which some are not told are a lower bound, and of which none is, unknown', () => {
  const isSweepFeesAtLeast = true;
  assert.is(sweepFeesText({ isSweepFeesAtLeast }, style), 'unknown');
  assert.is(sweepFeesText({}, style), '');
  assert.is(sweepFeesText({ sweepFeesSat: 1_321n, isSweepFeesAtLeast }, style), '≥1,321');
  assert.is(sweepFeesText({ sweepFeesSat: 0n }, style), '0');
});

test('what a source said before the force is told as that, and not as why it was forced', () => {
  const close = { reason: 'user', sourceReason: 'close command', outputs: [] };
  assert.is(closeReason(close, style, 99), 'user: close command');
  const overtaken = { ...close, isReasonOvertaken: true };
  const text = 'asked for before it was forced: user: close command';
  assert.is(closeReason(overtaken, style, 99), text);
});

test('pending HTLCs are those that channels counts: the others say where they stand', () => {
  const htlc = (id: number) =>
    ({ id, direction: 'offered', amountMsat: 40_000n, cltvExpiry: 144 }) as const;
  const commitment = (offered: number[]) => {
    const balances = { localBalanceMsat: 0n, remoteBalanceMsat: 0n, precision: 'msat' } as const;
    return { number: 7, ...balances, offered, received: [], at: openChannel.openedAt ?? '' };
  };
  const htlcs = [htlc(1), htlc(2), { ...htlc(3), outcome: 'settled' as const }];
  const sides = { local: commitment([1, 3]), remote: commitment([1, 2]) };
  const channel = { ...openChannel, htlcs, ...sides, pendingHtlcCount: 2 };
  assert.is(htlcTitle(channel), 'Pending HTLCs (2 in our commitment)');
  const names = namesOf([channel], [], style);
  assert.equal(
    htlcs.map((one) => htlcLine(one, channel, names)),
    [
      'offered 1, 40 sat, expires at height 144',
      'offered 2, 40 sat, expires at height 144, in their commitment, not yet in ours',
      'offered 3, 40 sat, expires at height 144, settled in their commitment, not yet in ours',
    ],
  );
  const closed = { ...channel, status: 'resolved' as const, pendingHtlcCount: 0 };
  assert.is(htlcTitle(closed), 'HTLCs at the close (all ended)');
});

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

test('history says who tells where several do', () => {
  const [line = ''] = historyLines(historyEntry, false, style, undefined, {
    source: 'electrum'.length,
  });
  assert.match(line, /^2026-03-14 15:09:26\.535 {2}ldk {11}41 {2}HtlcSettled /);
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
