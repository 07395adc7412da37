/** One time told by several: which is shown, with which bounds, and when two cannot both be right. */
import fc from 'fast-check';
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelRow, CloseRow } from '../../../projections/channel-row.ts';
import { channel, channels, closed } from '../../../src/ledger/answers/channels.ts';
import type { HistoryContext } from '../../../src/ledger/answers/history.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { problems } from '../../../src/ledger/answers/problems.ts';
import type { ChannelView } from '../../../src/ledger/view-types.ts';
import { Txid } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { closedBy, given, ofChannel, opened, type Told, tell } from './given.ts';
import { at, channelId, channelRow, shortChannelId } from './rows.ts';

const closingTxid = Txid('99'.repeat(32));
const between = (from: number, to: number) => ({ notBefore: at(from), notAfter: at(to) });

function closing(source: string, happened: number, bounds?: Told['bounds'], data: object = {}) {
  const told = tell(ofChannel(source), happened, closedBy(closingTxid, data));
  return bounds === undefined ? told : { ...told, bounds };
}

const times = suite('a time');

times('that was placed is shown with its bounds', async () => {
  const ledger = await given(
    { ...tell(ofChannel('lnd-db'), 3, opened()), bounds: between(1, 9) },
    closing('lnd-db', 20, between(10, 40)),
  );
  ledger
    .when((c) => closed(c).map(({ openedAt, openedAtBounds }) => [openedAt, openedAtBounds]))
    .then([[at(3), between(1, 9)]]);
  ledger
    .when((c) => closed(c).map(({ close }) => [close.closedAt, close.closedAtBounds]))
    .then([[at(20), between(10, 40)]]);
  ledger
    .when((c) => closed(c).map((view) => [view.lastEventAt, view.lastEventAtBounds]))
    .then([[at(20), between(10, 40)]]);
});

times('that could lie after the one asked for marks what is answered of it', async () => {
  const ledger = await given(
    { ...tell(ofChannel('lnd-db'), 3, opened()), bounds: between(1, 9) },
    closing('lnd-db', 20, between(10, 40)),
  );
  const asOf = (minute: number) =>
    ({ at: { kind: 'time', timeNs: timeNsOf(at(minute)) } }) as const;
  const marks = (views: readonly ChannelView[]) => views.map((view) => view.isOnlyPlaced);
  const one = (c: HistoryContext, minute: number) =>
    channel(c, channelId, asOf(minute)).isOnlyPlaced;
  ledger
    .when((c) => [
      marks(channels(c, asOf(8))),
      marks(channels(c, asOf(9))),
      marks(closed(c, asOf(30))),
    ])
    .then([[true], [undefined], [true]]);
  ledger
    .when((c) => [8, 9, 19, 20, 39, 40].map((minute) => one(c, minute)))
    .then([true, undefined, undefined, true, true, undefined]);
  ledger.when((c) => marks(closed(c))).then([undefined]);
});

times('that was told has none, and nobody’s opening is invented', async () => {
  const ledger = await given(
    tell(ofChannel('lnd-db'), 3, {
      type: 'BalanceObserved',
      data: {
        localBalanceMsat: 1n,
        remoteBalanceMsat: 2n,
        precision: 'sat',
        unexplainedMsat: 0n,
        htlcs: [],
      },
    }),
  );
  ledger
    .when((c) => channels(c).map((view) => ['openedAt' in view, 'openedAtBounds' in view]))
    .then([[false, false]]);
  ledger
    .when((c) => channels(c).map((view) => [view.lastEventAt, 'lastEventAtBounds' in view]))
    .then([[at(3), false]]);
});

times('of the block beats one that was placed, whoever was imported first', async () => {
  const orders = [
    [closing('lnd-rpc', 20, between(10, 40)), closing('chain', 25, undefined, { height: 7 })],
    [closing('chain', 25, undefined, { height: 7 }), closing('lnd-rpc', 20, between(10, 40))],
    // Even where the one who placed it knows more of the close.
    [closing('lnd-rpc', 20, between(10, 40), { height: 7 }), closing('chain', 25)],
  ];
  for (const events of orders) {
    const ledger = await given(...events);
    ledger
      .when((c) => closed(c).map(({ close }) => [close.closedAt, 'closedAtBounds' in close]))
      .then([[at(25), false]]);
    ledger.when((c) => problems(c).map(({ rule }) => rule)).then([]);
  }
});

times('placed twice is shown as placed by the narrower bounds', async () => {
  const ledger = await given(
    closing('lnd-db', 20, between(10, 40)),
    closing('cln-db', 22, between(18, 25)),
    closing('mine', 21, { notBefore: at(19) }),
    closing('other', 24, {}),
  );
  ledger
    .when((c) => closed(c).map(({ close }) => [close.closedAt, close.closedAtBounds]))
    .then([[at(22), between(18, 25)]]);
});

times('beyond the bounds of another by more than clocks may err is a problem', async () => {
  const day = (nth: number) => `2026-03-${String(nth).padStart(2, '0')}T00:00:00.000000000Z`;
  const placed = { notBefore: day(1), notAfter: day(3) };
  const far = await given(closing('lnd-rpc', 20, placed), closing('chain', 25));
  far
    .when((c) => problems(c).map(({ kind, detail, sides }) => ({ kind, detail, sides })))
    .then([
      {
        kind: 'tellers-differ',
        detail: 'they differ on the time of the close',
        sides: [
          { who: 'lnd-rpc', says: `not before ${day(1)}, not after ${day(3)}` },
          { who: 'chain', says: at(25) },
        ],
      },
    ]);
  // Half an hour: a block's time may be two hours ahead of the clocks.
  const near = await given(closing('lnd-rpc', 20, between(1, 3)), closing('chain', 33));
  near.when((c) => problems(c)).then([]);
});

const anyTime = fc.oneof(
  fc.nat(50).map((minute) => ({ minute, bounds: undefined })),
  fc
    .tuple(fc.nat(9), fc.nat(9), fc.constantFrom('both', 'before', 'after', 'none'))
    .map(([less, more, which]) => ({
      minute: 20,
      bounds: {
        ...((which === 'both' || which === 'before') && { notBefore: at(20 - less) }),
        ...((which === 'both' || which === 'after') && { notAfter: at(20 + more) }),
      },
    })),
);

const SOURCES = ['lnd-rpc', 'ldk', 'lnd-db', 'mine', 'chain'];

times('told by any mixture of tellers in any order is the same', () => {
  const anyRows = fc.array(anyTime, { minLength: 2, maxLength: 5 }).map((all) =>
    all.map(({ minute, bounds }, nth): ChannelRow => {
      const close: CloseRow = { outputs: [], closingTxid, closedAt: at(minute) };
      const row = channelRow({
        source: SOURCES[nth] ?? 'x',
        status: 'closed',
        openedAt: at(minute),
      });
      if (bounds === undefined) return { ...row, close };
      return { ...row, openedAtBounds: bounds, close: { ...close, closedAtBounds: bounds } };
    }),
  );
  const shown = (rows: readonly ChannelRow[]) => {
    const { openedAt, openedAtBounds, close } = mergeChannel({ rows });
    return [openedAt, openedAtBounds, close?.closedAt, close?.closedAtBounds];
  };
  fc.assert(
    fc.property(
      anyRows.chain((rows) =>
        fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
      ),
      ([rows, shuffled]) => {
        equal(shown(shuffled), shown(rows));
        // A time that was told is never hidden by one that was placed.
        const isTold = rows.some(({ openedAtBounds }) => openedAtBounds === undefined);
        equal(shown(rows)[1] === undefined, isTold);
        equal(shown(rows)[3] === undefined, isTold);
      },
    ),
    { seed: 12, numRuns: 500 },
  );
});

times.run();

const announced = suite('whether a channel was announced');

announced('is known to who heard it, and to who would have', async () => {
  const announcement = {
    type: 'ChannelAnnounced',
    data: { shortChannelId, raw: '00' },
  } as const;
  const live = { ...tell(ofChannel('ldk'), 0, opened()), timeBasis: 'recorded' } as const;
  const cases: readonly (readonly [readonly Told[], boolean | undefined])[] = [
    [[tell(ofChannel('lnd-db'), 0, opened())], undefined],
    // BOLT 7, announcement_signatures: without announce_channel no announcement may follow.
    [[tell(ofChannel('lnd-db'), 0, opened({ isPrivate: true }))], false],
    [[live], false],
    [[tell(ofChannel('lnd-db'), 0, opened()), live], false],
    [[live, tell(ofChannel('ldk'), 1, announcement)], true],
  ];
  for (const [events, isAnnounced] of cases) {
    const ledger = await given(...events);
    ledger.when((c) => channels(c).map((view) => view.isAnnounced)).then([isAnnounced]);
  }
});

announced.run();
