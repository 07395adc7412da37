/** The books of channels that were there before their record: nothing is left out, and nothing is made up. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelDraft, ChannelEventData } from '../../../src/channel/events.ts';
import { accounting } from '../../../src/ledger/accounting/accounting.ts';
import { outpointOf, ShortChannelId, Txid } from '../../../src/lightning/ids.ts';
import { given, ofChannel, type Told, tell } from '../answers/given.ts';
import { at, channelId, fundingOutpoint } from '../answers/rows.ts';

const stream = ofChannel('lnd-rpc');
const closingTxid = Txid('cc'.repeat(32));

function adopted(changes: Partial<ChannelEventData<'ChannelAdopted'>> = {}): ChannelDraft {
  const data = { channelId, fundingOutpoint, local: {}, remote: {}, htlcs: [], why: 'met' };
  const told = { opener: 'local', capacitySat: 1_000_000n } as const;
  const shortChannelId = ShortChannelId('500x1x0');
  return { type: 'ChannelAdopted', data: { ...data, ...told, shortChannelId, ...changes } };
}

const confirmed: ChannelDraft = {
  type: 'FundingConfirmed',
  data: {
    fundingOutpoint,
    height: 500,
    blockHash: '22'.repeat(32),
    shortChannelId: ShortChannelId('500x1x0'),
    feeSat: 190n,
  },
};

function closed(changes: Partial<ChannelEventData<'ChannelClosed'>>): ChannelDraft {
  const data = { fundingOutpoint, closingTxid, kind: 'cooperative', initiator: 'unknown' } as const;
  return { type: 'ChannelClosed', data: { ...data, outputs: [], ...changes } };
}

function stated(
  totals: ChannelEventData<'BalanceObserved'>['totals'],
  localBalanceMsat: bigint,
  precision: 'sat' | 'msat' = 'msat',
): ChannelDraft {
  const remoteBalanceMsat = 1_000_000_000n - localBalanceMsat;
  const balances = { localBalanceMsat, remoteBalanceMsat, precision, unexplainedMsat: 0n };
  return { type: 'BalanceObserved', data: { ...balances, htlcs: [], ...(totals && { totals }) } };
}

async function booksOf(...told: readonly Told[]) {
  const { context } = await given(...told);
  const { entries, balanceSheets, unknownAmounts } = accounting(context);
  return {
    entries: entries.map(({ type, creditMsat, debitMsat }) => {
      return [type, creditMsat === undefined ? 'unknown' : creditMsat - (debitMsat ?? 0n)];
    }),
    whole: entries,
    unknown: unknownAmounts.map(({ what }) => what),
    sheets: balanceSheets,
  };
}

const openings = suite('the opening of a channel that was met later');

openings('of ours enters its capacity, and says what nobody told', async () => {
  const { entries, unknown, whole } = await booksOf(tell(stream, 1, adopted()));
  assert.equal(entries, [['channel-open', 1_000_000_000n]]);
  assert.equal(unknown, ['push', 'open-fee']);
  // When it was is not known either: by then it was there.
  const [{ isAtLatest, description } = {}] = whole;
  assert.is(isAtLatest, true);
  assert.is(description, 'opened by this time, in block 500');
});

openings('stands at its block where that was told, with the fee of its transaction', async () => {
  const told = [tell(stream, 1, adopted({ pushMsat: 0n })), tell(stream, 2, confirmed)];
  const { entries, unknown, whole } = await booksOf(...told);
  assert.equal(entries, [
    ['channel-open', 1_000_000_000n],
    ['open-fee', -190_000n],
  ]);
  assert.equal(unknown, []);
  assert.is(whole[0]?.isAtLatest, undefined);
});

openings('stands at the earliest time that anything of it was told, in any order', async () => {
  const other = ofChannel('cln-rpc');
  const adoption = adopted({ pushMsat: 0n });
  const movement: ChannelDraft = {
    type: 'MovementBooked',
    data: { kind: 'channel', tags: ['invoice'], creditMsat: 5n, debitMsat: 0n },
  };
  const standsAt = async (...told: readonly Told[]) => (await booksOf(...told)).whole[0]?.at;
  const [late, early] = [tell(stream, 40, adoption), tell(other, 30, adoption)];
  for (const told of [
    [late, early],
    [early, late],
  ]) {
    assert.is(await standsAt(...told), at(30));
  }
  // Of one teller too, that told of an earlier movement later on.
  assert.is(await standsAt(late, tell(stream, 20, movement, 50)), at(20));
  // What was placed was there when it cannot have been later; without such a bound it says nothing.
  const placed = { ...tell(other, 3, adoption), bounds: { notBefore: at(1), notAfter: at(25) } };
  assert.is(await standsAt(late, placed), at(25));
  const open = { ...tell(other, 3, adoption), bounds: { notBefore: at(1) } };
  assert.is(await standsAt(late, open), at(40));
});

openings('in one transaction with another channel has an unknown share of its fee', async () => {
  const other = outpointOf(Txid(fundingOutpoint.slice(0, 64)), 7);
  const second = adopted({
    channelId: 'b7'.repeat(32) as typeof channelId,
    fundingOutpoint: other,
  });
  const { unknown } = await booksOf(
    tell(stream, 1, adopted({ pushMsat: 0n })),
    tell(stream, 2, confirmed),
    tell(stream.replace(channelId, 'b7'.repeat(32)), 3, second),
  );
  assert.equal([...unknown].sort(), ['open-fee', 'open-fee', 'push']);
});

openings('enters what was given away, where the source still has it', async () => {
  const ours = await booksOf(tell(stream, 1, adopted({ pushMsat: 400_000_000n })));
  assert.equal(ours.entries, [
    ['channel-open', 1_000_000_000n],
    ['push', -400_000_000n],
  ]);
  const pushed = { opener: 'remote', pushMsat: 400_000_000n } as const;
  const theirs = await booksOf(tell(stream, 1, adopted(pushed)));
  assert.equal(theirs.entries, [
    ['channel-open', 0n],
    ['push', 400_000_000n],
  ]);
  assert.equal(theirs.unknown, []);
});

openings('enters what we put in ourselves where both ends funded it', async () => {
  const totals = { openingLocalMsat: 250_000_000n, sentMsat: 0n, receivedMsat: 0n };
  const { entries, unknown } = await booksOf(
    tell(stream, 1, adopted({ pushMsat: 0n })),
    tell(stream, 2, stated(totals, 250_000_000n)),
    tell(stream, 3, confirmed),
  );
  assert.equal(entries, [['channel-open', 250_000_000n]]);
  // Our share of the fee is not its whole.
  assert.equal(unknown, ['open-fee']);
});

openings('by nobody knows whom is entered without an amount', async () => {
  const { opener: _, ...untold } = adopted().data as ChannelEventData<'ChannelAdopted'>;
  const { entries, unknown, whole } = await booksOf(
    tell(stream, 1, { type: 'ChannelAdopted', data: untold }),
  );
  assert.equal(entries, [['channel-open', 'unknown']]);
  assert.equal(unknown, ['channel-open', 'push', 'open-fee']);
  assert.not('creditMsat' in (whole[0] ?? {}));
  assert.not('debitMsat' in (whole[0] ?? {}));
});

openings('that never was in a block is not entered', async () => {
  const { shortChannelId: _, ...unplaced } = adopted().data as ChannelEventData<'ChannelAdopted'>;
  const pending: ChannelDraft = { type: 'ChannelAdopted', data: unplaced };
  assert.equal((await booksOf(tell(stream, 1, pending))).entries, []);
  const given = closed({ kind: 'funding-cancelled' });
  assert.equal((await booksOf(tell(stream, 1, pending), tell(stream, 2, given))).entries, []);
});

openings.run();

const closes = suite('the close of a channel whose last balance nobody told');

closes('enters what came out of it, and its fee beside it where that is known', async () => {
  const told = [tell(stream, 1, adopted({ pushMsat: 0n }))];
  const settled = { settledBalanceSat: 99_817n };
  const without = await booksOf(...told, tell(stream, 2, closed(settled)));
  assert.equal(without.entries.slice(1), [['channel-close', -99_817_000n]]);
  assert.equal(without.unknown, ['open-fee', 'close-fee']);
  const fee = await booksOf(...told, tell(stream, 2, closed({ ...settled, feeSat: 183n })));
  assert.equal(fee.entries.slice(1), [
    ['channel-close', -100_000_000n],
    ['close-fee', -183_000n],
  ]);
});

closes('with our HTLCs among its outputs enters those that came back', async () => {
  const claimed: ChannelDraft = {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(closingTxid, 1),
      what: 'htlc-offered',
      stage: 'first',
      outcome: 'timed-out',
      amountSat: 1_339n,
      sweptSat: 1_171n,
      feeSat: 168n,
      sweepTxid: Txid('dd'.repeat(32)),
    },
  };
  const { entries } = await booksOf(
    tell(stream, 1, adopted({ pushMsat: 0n })),
    tell(stream, 2, closed({ kind: 'local-force', settledBalanceSat: 98_284n })),
    tell(stream, 3, claimed),
  );
  assert.equal(entries.slice(1), [
    // 98,284 and 1,339 sat.
    ['channel-close', -99_623_000n],
    ['sweep-fee', -168_000n],
  ]);
});

closes('of which the source says the last balance takes it before an older one', async () => {
  const told = [
    tell(stream, 1, adopted({ opener: 'remote', pushMsat: 0n })),
    tell(stream, 2, stated(undefined, 900_000_000n, 'sat')),
  ];
  const final = { finalLocalBalanceMsat: 600_000_400n, settledBalanceSat: 600_000n, feeSat: 200n };
  const { entries, unknown } = await booksOf(...told, tell(stream, 3, closed(final)));
  assert.equal(entries.slice(1), [
    ['channel-close', -600_000_400n],
    ['close-fee', -400n],
  ]);
  assert.equal(unknown, []);
});

closes('of which no source says what came out is entered without an amount', async () => {
  const { entries, unknown } = await booksOf(
    tell(stream, 1, adopted({ opener: 'remote', pushMsat: 0n })),
    tell(stream, 2, closed({})),
  );
  assert.equal(entries, [
    ['channel-open', 0n],
    ['channel-close', 'unknown'],
  ]);
  assert.equal(unknown, ['channel-close']);
});

closes.run();

const sheets = suite('a balance sheet by what a source states');

const totals = { openingLocalMsat: 1_000_000_000n, sentMsat: 300_000n, receivedMsat: 50_000n };

sheets('holds its opening and totals against its balance, to the msat', async () => {
  const told = [tell(stream, 1, adopted({ pushMsat: 0n }))];
  const { sheets: whole } = await booksOf(...told, tell(stream, 2, stated(totals, 999_750_000n)));
  const [{ nodeId: _, ...sheet } = { nodeId: '' }] = whole;
  assert.equal(sheet, {
    channelId,
    openingMsat: 1_000_000_000n,
    receivedMsat: 50_000n,
    sentMsat: 300_000n,
    inFlightMsat: 0n,
    closingMsat: 999_750_000n,
    unexplainedMsat: 0n,
    basis: 'stated',
    outcome: 'explained',
  });
  const short = await booksOf(...told, tell(stream, 2, stated(totals, 999_749_999n)));
  assert.equal([short.sheets[0]?.outcome, short.sheets[0]?.unexplainedMsat], ['unexplained', -1n]);
});

sheets('told in whole satoshi may be off by their rounding, and says by how much', async () => {
  const outcomeWith = async (localBalanceMsat: bigint) => {
    const told = tell(stream, 2, stated(totals, localBalanceMsat, 'sat'));
    const { sheets: whole } = await booksOf(tell(stream, 1, adopted({ pushMsat: 0n })), told);
    const [sheet] = whole;
    return [sheet?.outcome, sheet?.unexplainedMsat, sheet?.roundingMsat];
  };
  assert.equal(await outcomeWith(999_751_000n), ['explained', 1_000n, 1_000n]);
  assert.equal(await outcomeWith(999_752_000n), ['unexplained', 2_000n, 1_000n]);
});

sheets('is not made of totals that are older than the balance', async () => {
  const { sheets: whole } = await booksOf(
    tell(stream, 1, adopted({ pushMsat: 0n, totals })),
    tell(stream, 2, stated(undefined, 900_000_000n)),
  );
  assert.is(whole[0]?.outcome, 'not-checkable');
  assert.is(whole[0]?.isAtLeast, true);
});

sheets.run();
