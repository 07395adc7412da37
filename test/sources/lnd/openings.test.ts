/** When the channels of a real channel.db were opened, as far as their node's own word bounds it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTimeNs as ns } from '../../../src/schema/time.ts';
import { emptyLedger, importInto, observationsOf, realFile } from './importing.ts';

const open = realFile('chantools-open-channels.channel.db');

test('a channel was there when its node signed a policy of it', async () => {
  const { told } = await observationsOf([open]);
  const ofChannels = told.flatMap((one) => (one.about === 'channel' ? [one] : []));
  const signed = new Map<string, bigint>();
  for (const { channelId, fact } of ofChannels) {
    if (fact.type !== 'FeePolicyChanged' || fact.data.side !== 'local') continue;
    signed.set(channelId, BigInt(fact.data.timestamp) * 1_000_000_000n);
  }
  const openings = ofChannels.filter(({ fact }) => fact.type === 'FundingConfirmed');
  assert.is(openings.length, 4);
  for (const { channelId, timeBasis, notAfterNs } of openings) {
    assert.equal([timeBasis, notAfterNs], ['interpolated', signed.get(channelId)]);
  }
});

/** Of block 0 of regtest; and when the node signed the policies that are in the file. */
const GENESIS = '2011-02-02T23:16:42.000000000Z';
const SIGNED = '2020-12-31T14:54:28.000000000Z';

test('one whose block nothing dates stands at the time by which it was there', async () => {
  const ledger = await emptyLedger();
  await importInto(ledger, [open]);
  const { entries } = ledger.accounting();
  const openings = entries.filter(({ type }) => type === 'channel-open');
  assert.is(openings.length, 4);
  for (const { at, isAtLatest, atBounds, description } of openings) {
    assert.equal([at, isAtLatest], [SIGNED, true]);
    assert.equal(atBounds, { notBefore: GENESIS, notAfter: SIGNED });
    assert.match(String(description), /^opened by this time, in block 1(25|31)$/);
  }
  const between = (from: string, to?: string) => {
    const toNs = to === undefined ? {} : { toNs: ns(to) };
    return ledger.accounting({ fromNs: ns(from), ...toNs });
  };
  assert.is(between('2012-01-01').entries.length, entries.length);
  const year = between('2015-01-01', '2016-01-01');
  assert.equal([year.entries.length, year.maybeEntries.length], [0, entries.length]);
  assert.is(between('2021-01-01').maybeEntries.length, 0);
  await ledger.close();
});

test('years before its record it is neither open nor left out', async () => {
  const ledger = await emptyLedger();
  await importInto(ledger, [open]);
  const shown = (at: string) => {
    const all = ledger.channels({ at: { kind: 'time', timeNs: ns(at) } });
    return all.map(({ shortChannelId = '', status, isUntoldThen, localBalanceMsat }) => {
      return [shortChannelId, status, isUntoldThen, localBalanceMsat];
    });
  };
  const sorted = shown('2015-01-01').sort();
  assert.equal(
    sorted,
    ['125x1x0', '125x2x0', '125x3x0', '131x1x0'].map((id) => [id, 'unknown', true, undefined]),
  );
  const then = shown('2021-01-01').map(([, status, isUntold]) => [status, isUntold]);
  assert.equal(then, Array(4).fill(['open', undefined]));
  await ledger.close();
});

test('a list of a later day tells of the channels that were open before it', async () => {
  const ledger = await emptyLedger();
  await importInto(ledger, [realFile('lnd_testnet_state.json')]);
  const at = { kind: 'time', timeNs: ns('2021-01-01') } as const;
  const told = ledger.channels({ at });
  assert.ok(told.every((channel) => channel.isUntoldThen && !('localBalanceMsat' in channel)));
  const idsOf = (status: string) =>
    told.flatMap((one) => (one.status === status ? [one.shortChannelId] : [])).sort();
  // By the heights of the real lists: open on 2021-07-04, or closed above block 1,902,860.
  assert.equal(idsOf('open'), [
    ...['1664955x193x0', '1781398x62x0', '1838116x23x0', '1838295x42x0', '1838299x1x1'],
    ...['1865321x24x0', '1865329x14x0', '1865332x16x0', '1865335x14x0', '1865356x31x0'],
    ...['1865359x45x0', '1865362x54x0', '1865365x31x0', '1865368x39x0', '1865371x13x0'],
    ...['1865581x10x0', '1892038x7x0', '1898068x49x1'],
  ]);
  // Their blocks were found between two invoices, one of December and one of January.
  assert.equal(idsOf('unknown'), ['1902703x22x1', '1902707x344x1', '1902713x350x1']);
  await ledger.close();
});

test.run();
