/** What a channel that was met later was at a time before: by its block and its close alone. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { untoldThen } from '../../../src/ledger/answers/untold-then.ts';
import { BlockTimes } from '../../../src/lightning/block-times.ts';
import { Outpoint, ShortChannelId } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { at, channelRow, fundingOutpoint } from './rows.ts';

/** Block 100 at minute 10, 110 at minute 20: 105 lies between the two. */
const blocks = new BlockTimes();
blocks.addBlock(100, timeNsOf(at(10)));
blocks.addBlock(110, timeNsOf(at(20)));

const met = {
  isAdopted: true,
  status: 'open',
  shortChannelId: ShortChannelId('105x1x0'),
  capacitySat: 1_000_000n,
  localBalanceMsat: 5_000n,
  remoteBalanceMsat: 999_995_000n,
} as const;

function statusAt(minute: number, changes: Partial<ChannelRow> = {}) {
  const now = mergeChannel({ rows: [channelRow({ ...met, ...changes })] });
  return untoldThen(now, timeNsOf(at(minute)), () => blocks)?.status;
}

const closeAt = (minute: number, closedAtBounds?: { notBefore: string; notAfter: string }) => ({
  status: 'closed' as const,
  close: { closedAt: at(minute), ...(closedAtBounds && { closedAtBounds }), outputs: [] },
});

test('it was not there before its block could be, may have been, and was behind it', () => {
  assert.equal(
    [9, 10, 19, 20, 40].map((minute) => statusAt(minute)),
    [undefined, 'unknown', 'unknown', 'open', 'open'],
  );
  const inBlock = { shortChannelId: ShortChannelId('110x1x0') };
  assert.equal([statusAt(19, inBlock), statusAt(20, inBlock)], [undefined, 'open']);
});

test('a close ends it, at the latest by its upper bound', () => {
  assert.equal([statusAt(29, closeAt(30)), statusAt(30, closeAt(30))], ['open', undefined]);
  const placed = closeAt(30, { notBefore: at(25), notAfter: at(35) });
  assert.equal(
    [24, 25, 34, 35].map((minute) => statusAt(minute, placed)),
    ['open', 'unknown', 'unknown', undefined],
  );
  const untold: Partial<ChannelRow> = { status: 'resolved', close: { outputs: [] } };
  assert.is(statusAt(30, untold), 'unknown');
});

test('where no block is named nothing says when it was opened', () => {
  assert.is(statusAt(1, { shortChannelId: ShortChannelId('16000000x1x0') }), 'unknown');
});

test('one that was seen opening, or whose funding was given up, was not there', () => {
  assert.is(statusAt(40, { isAdopted: false }), undefined);
  const givenUp: ChannelRow['close'] = { kind: 'funding-cancelled', outputs: [] };
  assert.is(statusAt(25, { status: 'closed', close: givenUp }), undefined);
});

test('nothing of it that changes is told: no balance, no HTLC, no sum; after a splice no capacity', () => {
  const shown = (changes: Partial<ChannelRow>) => {
    const now = mergeChannel({ rows: [channelRow({ ...met, ...changes })] });
    const then = untoldThen(now, timeNsOf(at(40)), () => blocks);
    return [then?.capacitySat, then?.localBalanceMsat, then?.pendingHtlcCount, then?.lifetime];
  };
  const { lifetime } = mergeChannel({
    rows: [channelRow({ totals: { ...channelRow({}).totals, isAtLeast: true } })],
  });
  assert.equal(shown({}), [1_000_000n, undefined, undefined, lifetime]);
  const spliced = { outpoints: [Outpoint(`${'22'.repeat(32)}:0`), fundingOutpoint] };
  assert.equal(shown(spliced), [undefined, undefined, undefined, lifetime]);
});

test.run();
