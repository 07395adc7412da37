import { test } from 'uvu';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { channelId } from '../channel/given.ts';
import {
  commitmentEvent,
  commitmentRow,
  noTotals,
  openedEvent,
  openedRow,
  shown,
  story,
} from './channel-story.ts';
import { at } from './rows-after.ts';

const offered = { id: 0, direction: 'offered', amountMsat: 9000n, cltvExpiry: 500 } as const;
const received = { id: 0, direction: 'received', amountMsat: 4000n, cltvExpiry: 510 } as const;
const forwardOf = { channelId, htlcId: 3, amountMsat: 10_000n };

test('a forwarded HTLC goes through both commitments, settles, and earns its fee', () => {
  const full = [800_000_000n, 200_000_000n] as const;
  const pending = [799_991_000n, 200_000_000n] as const;
  const paid = [799_991_000n, 200_009_000n] as const;
  const held = { offered: [0] };
  const htlc = { ...offered, forwardOf, addedAt: at(1) };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'HtlcAdded', data: { ...offered, forwardOf, paymentLink: '00'.repeat(16) } },
      { htlcs: [htlc], nextOfferedId: 1, status: 'open' },
    )
    .after(commitmentEvent('remote', 1, pending, held), {
      remote: commitmentRow(2, 1, pending, held),
    })
    .after({ type: 'CommitmentRevoked', data: { side: 'remote', number: 0 } }, { remoteRevoked: 0 })
    .after(commitmentEvent('local', 1, pending, held), {
      local: commitmentRow(4, 1, pending, held),
      ...shown(4, pending),
    })
    .after({ type: 'CommitmentRevoked', data: { side: 'local', number: 0 } }, { localRevoked: 0 })
    .after(
      {
        type: 'HtlcSettled',
        data: { id: 0, direction: 'offered', amountMsat: 9000n, isOnChain: false },
      },
      {
        htlcs: [{ ...htlc, outcome: 'settled' }],
        totals: {
          ...noTotals,
          sentMsat: 9000n,
          sentCount: 1,
          forwardedMsat: 9000n,
          forwardedCount: 1,
          feesEarnedMsat: 1000n,
        },
      },
    )
    .after(commitmentEvent('remote', 2, paid), { remote: commitmentRow(7, 2, paid) })
    .after(commitmentEvent('local', 2, paid), {
      local: commitmentRow(8, 2, paid),
      htlcs: [],
      ...shown(8, paid),
    })
    .after(commitmentEvent('local', 3, full), {
      local: commitmentRow(9, 3, full),
      ...shown(9, full),
    });
});

test('own payments, received ones and failed ones are counted, each once', () => {
  const totals = { ...noTotals, receivedMsat: 4000n, receivedCount: 1 };
  const ended = (type: 'HtlcSettled' | 'HtlcFailed', htlc: typeof offered | typeof received) => {
    const { id, direction, amountMsat } = htlc;
    return { type, data: { id, direction, amountMsat, isOnChain: false } } satisfies ChannelEvent;
  };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'HtlcAdded', data: received },
      { htlcs: [{ ...received, addedAt: at(1) }], nextReceivedId: 1, status: 'open' },
    )
    .after(
      { type: 'HtlcAdded', data: offered },
      {
        htlcs: [
          { ...received, addedAt: at(1) },
          { ...offered, addedAt: at(2) },
        ],
        nextOfferedId: 1,
      },
    )
    .after(ended('HtlcSettled', received), {
      htlcs: [
        { ...received, addedAt: at(1), outcome: 'settled' },
        { ...offered, addedAt: at(2) },
      ],
      totals,
    })
    .after(ended('HtlcFailed', offered), {
      htlcs: [
        { ...received, addedAt: at(1), outcome: 'settled' },
        { ...offered, addedAt: at(2), outcome: 'failed' },
      ],
      totals: { ...totals, failedCount: 1 },
    })
    .after(ended('HtlcSettled', { ...offered, id: 0 }), {
      htlcs: [
        { ...received, addedAt: at(1), outcome: 'settled' },
        { ...offered, addedAt: at(2), outcome: 'settled' },
      ],
      totals: { ...totals, failedCount: 1, sentMsat: 9000n, sentCount: 1 },
    });
});

test('an HTLC nobody told the adding of is counted when it settles', () => {
  const totals = { ...noTotals, sentMsat: 5n, sentCount: 1 };
  story().after(
    { type: 'HtlcSettled', data: { id: 9, direction: 'offered', amountMsat: 5n, isOnChain: true } },
    { totals },
  );
});

test('missed commitments are a gap, the next one tells its HTLCs in full, and sums are at least', () => {
  const gap = {
    what: 'commitments',
    side: 'local',
    lastKnown: 0,
    firstKnown: 5,
    why: 'local commitment 1 to 4 were not seen',
  } as const;
  const full = { id: 6, direction: 'received', amountMsat: 4000n, cltvExpiry: 510 } as const;
  const balances = [700_000_000n, 299_996_000n] as const;
  const told = { unknownHtlcs: [full], stated: { localSat: 1n }, txid: Txid('ab'.repeat(32)) };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'RecordingGap', data: gap },
      { gaps: [{ ...gap, at: at(1) }], totals: { ...noTotals, isAtLeast: true } },
    )
    .after(commitmentEvent('local', 5, balances, { received: [6] }, told), {
      local: commitmentRow(2, 5, balances, { received: [6] }),
      status: 'open',
      htlcs: [full],
      nextReceivedId: 7,
      ...shown(2, balances),
    })
    .after(
      { type: 'HtlcAdded', data: { ...full, forwardOf } },
      { htlcs: [{ ...full, forwardOf, addedAt: at(3) }] },
    );
});

test('a gap is not listed once what it misses was told', () => {
  const balances = [800_000_000n, 200_000_000n] as const;
  const missing = { side: 'local', why: '' } as const;
  const gap = (data: object): ChannelEvent => ({
    type: 'RecordingGap',
    data: { what: 'commitments', ...missing, ...data },
  });
  story()
    .after(openedEvent, openedRow)
    .after(commitmentEvent('local', 1, balances), {
      local: commitmentRow(1, 1, balances),
      status: 'open',
      ...shown(1, balances),
    })
    .after(gap({ firstKnown: 2 }), {})
    .after({ type: 'CommitmentRevoked', data: { side: 'local', number: 0 } }, { localRevoked: 0 })
    .after(gap({ what: 'revocations', firstKnown: 1 }), {})
    .after(gap({ what: 'revocations', firstKnown: 3 }), {
      gaps: [{ what: 'revocations', ...missing, firstKnown: 3, at: at(5) }],
    })
    .after(
      { type: 'HtlcAdded', data: offered },
      { htlcs: [{ ...offered, addedAt: at(6) }], nextOfferedId: 1 },
    )
    .after(gap({ what: 'htlcs', firstKnown: 1 }), {})
    .after(gap({ what: 'htlcs', lastKnown: 0 }), {
      gaps: [
        { what: 'revocations', ...missing, firstKnown: 3, at: at(5) },
        { what: 'htlcs', ...missing, lastKnown: 0, at: at(8) },
      ],
      totals: { ...noTotals, isAtLeast: true },
    })
    .after(
      {
        type: 'HtlcFailed',
        data: { id: 0, direction: 'offered', amountMsat: 9000n, isOnChain: false },
      },
      {
        htlcs: [{ ...offered, addedAt: at(6), outcome: 'failed' }],
        totals: { ...noTotals, isAtLeast: true, failedCount: 1 },
      },
    )
    .after(gap({ what: 'htlcs', lastKnown: 0 }), {});
});

test('a source of snapshots shows the balance, its HTLCs and what they do not explain', () => {
  const snapshot = { localBalanceMsat: 10n, remoteBalanceMsat: 20n, precision: 'msat' } as const;
  const htlc = { id: 4, direction: 'offered', amountMsat: 9n, cltvExpiry: 1 } as const;
  story()
    .after(
      {
        type: 'BalanceObserved',
        data: {
          ...snapshot,
          htlcs: [htlc],
          unexplainedMsat: -3n,
          stated: { localSat: 0n },
          totals: { sentMsat: 1n, receivedMsat: 2n },
        },
      },
      {
        status: 'open',
        ...shown(0, [10n, 20n]),
        precision: 'msat',
        unexplainedMsat: -3n,
        statedTotals: { sentMsat: 1n, receivedMsat: 2n },
        statedTotalsAt: at(0),
        htlcs: [htlc],
        totals: { ...noTotals, isAtLeast: true },
      },
    )
    .after(
      { type: 'BalanceObserved', data: { ...snapshot, htlcs: [], unexplainedMsat: 0n } },
      { balanceAt: at(1), unexplainedMsat: undefined, htlcs: [] },
    );
});

test('beside commitments a newer snapshot is what is shown, until the next commitment', () => {
  const balances = [799_000_000n, 201_000_000n] as const;
  story()
    .after(openedEvent, openedRow)
    .after(
      {
        type: 'BalanceObserved',
        data: {
          localBalanceMsat: 1n,
          remoteBalanceMsat: 2n,
          precision: 'sat',
          htlcs: [],
          unexplainedMsat: 5n,
        },
      },
      { ...shown(1, [1n, 2n]), precision: 'sat', unexplainedMsat: 5n },
    )
    .after(commitmentEvent('local', 1, balances), {
      local: commitmentRow(2, 1, balances),
      status: 'open',
      ...shown(2, balances),
      precision: 'msat',
      unexplainedMsat: undefined,
    });
});

test('the fee that a commitment places on neither side is shown as unexplained', () => {
  const balances = [799_817_000n, 200_000_000n] as const;
  const placed = [800_000_000n, 200_000_000n] as const;
  const asStated = { precision: 'sat', unexplainedMsat: 183_000n } as const;
  story()
    .after(openedEvent, openedRow)
    .after(commitmentEvent('local', 1, balances, {}, asStated), {
      local: { ...commitmentRow(1, 1, balances), precision: 'sat' },
      status: 'open',
      ...shown(1, balances),
      ...asStated,
    })
    .after(commitmentEvent('remote', 1, balances, {}, asStated), {
      remote: { ...commitmentRow(2, 1, balances), precision: 'sat' },
    })
    .after(commitmentEvent('local', 2, placed), {
      local: commitmentRow(3, 2, placed),
      ...shown(3, placed),
      precision: 'msat',
      unexplainedMsat: undefined,
    });
});

test.run();
