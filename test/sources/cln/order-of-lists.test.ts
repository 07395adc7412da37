/** What `lightning-cli` prints of one node, a list at a time: any two of them, in either order. */
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Imported, importCln, L1, ledgerOf, NOW_NS, shownAnswers } from './real-cln.ts';

const COMMANDS = [
  ...['listpeerchannels', 'listclosedchannels', 'listforwards', 'listhtlcs'],
  ...['bkpr-listaccountevents', 'listchannelmoves', 'listchainmoves'],
];

const lists = await Promise.all(
  COMMANDS.flatMap((command) =>
    shownAnswers(command).map(async (path, nth) => {
      const imported = await importCln([path], { nodeId: L1, chain: 'regtest' });
      return { name: `${command} ${nth}`, imported };
    }),
  ),
);

/** All that is shown, but for what names the events that say it and counts them. */
async function shownAfter(...imports: readonly Imported[]) {
  const ledger = await ledgerOf(...imports);
  const accounts = ledger.accounting();
  const shown = {
    channels: ledger.channels().map(({ eventCount: _, ...row }) => row),
    closed: ledger.closed().map(({ eventCount: _, ...row }) => row),
    forwards: ledger.forwards(),
    entries: accounts.entries.filter(({ type }) => type !== 'channel-open'),
    sheets: accounts.balanceSheets,
    problems: ledger.problems(),
  };
  const verified = await ledger.verify();
  await ledger.close();
  assert.ok(verified.isSound);
  return shown;
}

test('each two of them say the same in either order, and nothing is quarantined', async () => {
  assert.is(lists.length, 13);
  for (const [nth, one] of lists.entries()) {
    for (const other of lists.slice(nth + 1)) {
      const there = await shownAfter(one.imported, other.imported);
      const back = await shownAfter(other.imported, one.imported);
      const names = `${one.name} and ${other.name}`;
      assert.equal(there, back, names);
      assert.equal(
        there.problems.filter(({ kind }) => kind === 'quarantine'),
        [],
        names,
      );
    }
  }
});

test('a close that is told after what was booked of its channel is shown, and its capacity', async () => {
  const [closes] = lists.filter(({ name }) => name.startsWith('listclosedchannels'));
  assert.ok(closes);
  for (const { name, imported } of lists) {
    if (!/events|moves/.test(name)) continue;
    const ledger = await ledgerOf(imported, closes.imported);
    // As "listclosedchannels" of the documentation shows the two.
    assert.equal(
      ledger
        .closed()
        .filter(({ close }) => close?.finalLocalBalanceMsat !== undefined)
        .map(({ channelId, status, capacitySat, close }) => [
          `${channelId.slice(0, 8)} ${status}`,
          capacitySat,
          close?.finalLocalBalanceMsat,
        ])
        .sort(),
      [
        ['58073dac resolved', 1_000_000n, 500_000_000n],
        ['c51daaf6 resolved', 1_000_000n, 489_809_898n],
      ],
      name,
    );
    await ledger.close();
  }
});

test('a close without any time is no older than its block can be, and was so by the reading', async () => {
  const [path] = shownAnswers('listclosedchannels');
  const printed = readFileSync(path ?? '', 'utf8').replace(
    /,\s*"last_stable_connection": \d+/g,
    '',
  );
  assert.not(printed.includes('last_stable_connection'));
  writeFileSync(path ?? '', printed);
  const read = (nowNs: bigint) => {
    return importCln([path ?? ''], { nodeId: L1, chain: 'regtest', nowNs });
  };
  const ledger = await ledgerOf(await read(NOW_NS));
  const bounds = () => ledger.closed().map(({ status, close }) => [status, close.closedAtBounds]);
  // Block 0 of regtest, and the day of the test.
  const expected = {
    notBefore: '2011-02-02T23:16:42.000000000Z',
    notAfter: '2026-11-20T00:00:00.000000000Z',
  };
  assert.equal(bounds(), Array(2).fill(['resolved', expected]));
  // The same list, read a day later, says nothing new.
  const again = await ledger.record((await read(NOW_NS + 86_400_000_000_000n)).observations);
  assert.equal([again.events, again.quarantined], [0, 0]);
  assert.equal(bounds(), Array(2).fill(['resolved', expected]));
  await ledger.close();
});

test.run();
