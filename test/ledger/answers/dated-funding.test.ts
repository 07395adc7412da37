/** What was placed of a channel that was met later, once the times of blocks are known. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { datedFunding, fundingTime, isThereBy } from '../../../src/ledger/answers/dated-funding.ts';
import { BlockTimes } from '../../../src/lightning/block-times.ts';
import { Outpoint, ShortChannelId } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { at, channelRow, fundingOutpoint, shortChannelId } from './rows.ts';

const HEIGHT = 102;
const blocks = new BlockTimes();
blocks.addBlock(HEIGHT, timeNsOf(at(20)));
const known = () => blocks;
const notAsked = (): BlockTimes => {
  throw new Error('asked for blocks');
};

const placed = { notBefore: at(0), notAfter: at(50) };
const met = channelRow({
  isAdopted: true,
  shortChannelId,
  balanceAt: at(1),
  balanceAtBounds: placed,
  lastEventAt: at(1),
  lastEventAtBounds: placed,
});

test('a placed balance is no older than the block of the funding', () => {
  const bounds = { notBefore: at(20), notAfter: at(50) };
  assert.equal(datedFunding(met, known), {
    ...met,
    balanceAt: at(20),
    balanceAtBounds: bounds,
    lastEventAt: at(20),
    lastEventAtBounds: bounds,
  });
  assert.not(isThereBy(met, timeNsOf(at(19)), known));
  assert.ok(isThereBy(met, timeNsOf(at(20)), known));
});

test('bounds that are later than the block, or before it, stay', () => {
  for (const balanceAtBounds of [
    { notBefore: at(30), notAfter: at(50) },
    { notBefore: at(0), notAfter: at(10) },
  ]) {
    const balanceAt = balanceAtBounds.notBefore;
    const last = { lastEventAt: balanceAt, lastEventAtBounds: balanceAtBounds };
    const row = { ...met, balanceAt, balanceAtBounds, ...last };
    assert.equal(datedFunding(row, known), row);
  }
});

test('what was told stays, and nobody is asked for blocks', () => {
  const { balanceAtBounds: _a, lastEventAtBounds: _b, ...told } = met;
  assert.is(datedFunding(told, notAsked), told);
  assert.ok(isThereBy(told, 0n, notAsked));
});

test('a channel that was seen opening, one that was spliced, and an alias name no such block', () => {
  const spliced = [Outpoint(`${'22'.repeat(32)}:0`), fundingOutpoint];
  for (const changes of [
    { isAdopted: false },
    { outpoints: spliced },
    { shortChannelId: ShortChannelId('16000000x1x0') },
  ]) {
    const row = { ...met, ...changes };
    assert.is(datedFunding(row, notAsked), row);
    assert.ok(isThereBy(row, 0n, notAsked));
    assert.is(fundingTime(row, { at: at(1), bounds: placed }, notAsked), undefined);
  }
});

test('a close that nothing was told before is not there before its own block', () => {
  const { balanceAt: _a, balanceAtBounds: _b, ...alone } = met;
  const close = { height: 103, closedAt: at(1), closedAtBounds: placed, outputs: [] };
  const both = new BlockTimes();
  both.addBlock(HEIGHT, timeNsOf(at(20)));
  both.addBlock(103, timeNsOf(at(40)));
  const isThere = (row: typeof met, minute: number) =>
    isThereBy(row, timeNsOf(at(minute)), () => both);
  assert.equal([isThere({ ...alone, close }, 39), isThere({ ...alone, close }, 40)], [false, true]);
  assert.ok(isThere({ ...met, close }, 20), 'its balance was told before');
});

test('an opening stands at its block where that is dated from both sides, or the meeting is placed', () => {
  const met = { at: at(45), bounds: undefined };
  assert.equal(fundingTime(channelRow({ isAdopted: true, shortChannelId }), met, known), {
    at: at(20),
  });
  const later = channelRow({ isAdopted: true, shortChannelId: ShortChannelId('103x1x0') });
  assert.is(fundingTime(later, met, known), undefined, 'the told meeting bounds it better');
  assert.equal(fundingTime(later, { at: at(20), bounds: placed }, known), {
    at: '2026-03-14T15:20:00.000001000Z',
    atBounds: { notBefore: at(20), notAfter: at(50) },
  });
  const before = channelRow({ isAdopted: true, shortChannelId: ShortChannelId('101x1x0') });
  assert.is(fundingTime(before, met, known), undefined);
});

test.run();
