/** `export --format`: what it prints, what it refuses, and when the answer is no. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Accounting, Ledger } from '../../src/cli/ledger-port.ts';
import { entryOf } from '../../src/ledger/accounting/entry.ts';
import { fakeLedger, fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';

const nodeId = `02${'aa'.repeat(32)}`;
const channelId = 'c'.repeat(64);
const books: Accounting = {
  entries: [
    entryOf({
      at: '2026-03-14T15:09:26.000000000Z',
      nodeId,
      chain: 'bitcoin',
      channelId,
      type: 'forward',
      creditMsat: 1_500n,
      eventIds: ['00000000-0000-8000-8000-000000000001'],
    }),
  ],
  maybeEntries: [],
  balanceSheets: [
    {
      nodeId,
      channelId,
      openingMsat: 1_000n,
      receivedMsat: 0n,
      sentMsat: 0n,
      inFlightMsat: 0n,
      closingMsat: 1_000n,
      unexplainedMsat: 0n,
      basis: 'recorded',
      outcome: 'explained',
    },
  ],
  unknownAmounts: [],
};

function run(changes: Partial<Ledger>, ...options: string[]) {
  return runInProcess(['export', ...options, '--ledger', here], {
    ledgers: { ...fakeLedgers, openLedger: (at) => fakeLedger(at, changes) },
  });
}

test('the books are printed in the format that is named', async () => {
  const { out, exitCode } = await run({ accounting: () => books }, '--format', 'quickbooks');
  assert.is(exitCode, 0);
  assert.is(
    out,
    'Date,Description,Credit,Debit\n' +
      `14/03/2026,"routed (${channelId}) btc: no desc [event 00000000-0000-8000-8000-000000000001]",0.00000001500,\n`,
  );
});

test('as JSON they are one document, with balance sheets and what is not known', async () => {
  const { out } = await run({ accounting: () => books }, '--format', 'json');
  const document = JSON.parse(out);
  assert.is(document.format, 'channel-ledger/accounting/1');
  assert.is(document.entries[0].creditMsat, '1500');
  assert.is(document.balanceSheets[0].outcome, 'explained');
  assert.equal(document.unknownAmounts, []);
});

test('the span is asked of the books, from its first nanosecond to before its last', async () => {
  const asked: unknown[] = [];
  const accounting = (query: unknown) => {
    asked.push(query);
    return books;
  };
  await run({ accounting }, '--format', 'csv', '--from', '2026-01-01', '--to', '2027-01-01');
  assert.equal(asked, [{ fromNs: 1_767_225_600_000_000_000n, toNs: 1_798_761_600_000_000_000n }]);
});

test('entries that are left out, and may lie in the span by their bounds, are counted', async () => {
  const said = async (maybeEntries: Accounting['entries']) => {
    const { err, exitCode } = await run(
      { accounting: () => ({ ...books, maybeEntries }) },
      ...['--format', 'csv', '--from', '2026-01-01'],
    );
    assert.is(exitCode, 0);
    return err;
  };
  const why =
    'left out that may lie within --from and --to: when is not told exactly, and the bounds reach into it (--format json has maybeEntries)\n';
  assert.is(await said([...books.entries]), `1 entry is ${why}`);
  assert.is(await said([...books.entries, ...books.entries]), `2 entries are ${why}`);
});

test('a balance that is not explained is a no, and says by how much', async () => {
  const [sheet] = books.balanceSheets;
  assert.ok(sheet);
  const unexplained = { ...sheet, unexplainedMsat: -7n, outcome: 'unexplained' as const };
  const accounting = () => ({ ...books, balanceSheets: [unexplained] });
  const { out, err, exitCode } = await run({ accounting }, '--format', 'csv');
  assert.is(exitCode, 1);
  assert.is(err, `channel ${channelId}: -0.007 sat of its balance are unexplained\n`);
  assert.match(out, 'forward');
});

test('amounts that nobody told are counted, and are no reason for a no', async () => {
  const fee = {
    at: '2026-03-14T15:09:26.000000000Z',
    nodeId,
    what: 'open-fee',
    eventId: 'x',
  } as const;
  const push = { ...fee, what: 'push' } as const;
  const accounting = () => ({ ...books, unknownAmounts: [fee, push, fee] });
  const { err, exitCode } = await run({ accounting }, '--format', 'csv');
  assert.is(exitCode, 0);
  assert.is(
    err,
    '3 amounts not told by any source and in no sum (--format json lists them): 1 push, 2 open-fee\n',
  );
});

test('what only one of the two kinds of export has is refused for the other', async () => {
  for (const options of [
    ['--from', '2026-01-01'],
    ['--to', '2026-01-01'],
    ['--node', 'aa'],
  ]) {
    const { err, exitCode } = await run({}, ...options);
    assert.is(exitCode, 2, options.join(' '));
    assert.match(err, 'leave --from, --to and --node out');
  }
  const keys = await run({}, '--format', 'csv', '--with-keys');
  assert.is(keys.exitCode, 2);
  const turned = await run({}, '--format', 'csv', '--from', '2024-01-01', '--to', '2023-01-01');
  assert.is(turned.exitCode, 2);
  assert.match(turned.err, '--from is later than --to');
  const height = await run({}, '--format', 'csv', '--from', 'height:500');
  assert.is(height.exitCode, 2);
  assert.match(height.err, 'books are kept by time');
});

test.run();
