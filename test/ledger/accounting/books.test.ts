/** Channels' books: openings, closes, penalties and balance sheets, from events told past `decide`. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelDraft } from '../../../src/channel/events.ts';
import { accounting } from '../../../src/ledger/accounting/accounting.ts';
import { outpointOf, ShortChannelId, Txid } from '../../../src/lightning/ids.ts';
import { given, ofChannel, ofNode, opened, type Told, tell, updated } from '../answers/given.ts';
import { channelId, fundingOutpoint } from '../answers/rows.ts';

const blockHash = '22'.repeat(32);
const closingTxid = Txid('cc'.repeat(32));

const confirmed: ChannelDraft = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 500, blockHash, shortChannelId: ShortChannelId('500x1x0') },
};
const added = (id: number, amountMsat: bigint): ChannelDraft => {
  return { type: 'HtlcAdded', data: { id, direction: 'offered', amountMsat, cltvExpiry: 600 } };
};
const settled = (id: number, amountMsat: bigint): ChannelDraft => {
  return { type: 'HtlcSettled', data: { id, direction: 'offered', amountMsat, isOnChain: false } };
};

function closedBy(
  kind: 'cooperative' | 'breach',
  outputs: Extract<ChannelDraft, { type: 'ChannelClosed' }>['data']['outputs'],
  feeSat?: bigint,
): ChannelDraft {
  const data = {
    fundingOutpoint,
    closingTxid,
    height: 510,
    blockHash,
    kind,
    initiator: 'remote' as const,
    outputs,
    ...(feeSat !== undefined && { feeSat }),
  };
  return { type: 'ChannelClosed', data };
}

async function booksOf(...told: readonly Told[]) {
  const { context } = await given(...told);
  const { entries, balanceSheets, unknownAmounts } = accounting(context);
  return {
    entries: entries.map(({ type, creditMsat = 0n, debitMsat = 0n }) => [
      type,
      creditMsat - debitMsat,
    ]),
    sheets: balanceSheets.map(({ outcome, unexplainedMsat, whyNot }) => {
      return [outcome, unexplainedMsat ?? whyNot];
    }),
    unknownAmounts: unknownAmounts.map(({ what }) => what),
  };
}

const stream = ofChannel();

const openings = suite('an opening');

openings('enters what we put in, what we gave away, and our share of the fee', async () => {
  const { entries, unknownAmounts } = await booksOf(
    tell(stream, 1, opened({ fundingFeeSat: 190n, ourFundingFeeSat: 190n })),
    tell(stream, 2, confirmed),
  );
  assert.equal(entries, [
    ['channel-open', 1_000_000_000n],
    ['open-fee', -190_000n],
    ['push', -400_000_000n],
  ]);
  assert.equal(unknownAmounts, []);
});

openings('by the peer enters what it gave us', async () => {
  const theirs = opened({
    opener: 'remote',
    localBalanceMsat: 400_000_000n,
    remoteBalanceMsat: 600_000_000n,
  });
  const { entries } = await booksOf(tell(stream, 1, theirs), tell(stream, 2, confirmed));
  assert.equal(entries, [
    ['channel-open', 0n],
    ['push', 400_000_000n],
  ]);
});

openings('of ours whose fee nobody told has an unknown one', async () => {
  const { unknownAmounts } = await booksOf(tell(stream, 1, opened()), tell(stream, 2, confirmed));
  assert.equal(unknownAmounts, ['open-fee']);
});

openings('that is in no block yet is not entered', async () => {
  const { entries } = await booksOf(tell(stream, 1, opened()));
  assert.equal(entries, []);
});

/** Of the given opening, which pushes 400,000 of its 1,000,000 sat. */
const OPENING = [
  ['channel-open', 1_000_000_000n],
  ['push', -400_000_000n],
];

openings('that was spent was in a block, whether that was told or not', async () => {
  const { entries, unknownAmounts } = await booksOf(
    tell(stream, 1, opened()),
    tell(stream, 2, closedBy('cooperative', [], 0n)),
  );
  assert.equal(entries, [...OPENING, ['channel-close', -600_000_000n]]);
  assert.equal(unknownAmounts, ['open-fee']);
});

openings.run();

const closes = suite('a close');

closes('enters our last balance and the fee that the opener pays', async () => {
  const { entries } = await booksOf(
    tell(stream, 1, opened({ ourFundingFeeSat: 0n })),
    tell(stream, 3, closedBy('cooperative', [], 183n)),
  );
  assert.equal(entries, [...OPENING, ['channel-close', -600_000_000n], ['close-fee', -183_000n]]);
});

closes('whose transaction nobody told has an unknown fee, never 0', async () => {
  const { entries, unknownAmounts } = await booksOf(
    tell(stream, 1, opened({ ourFundingFeeSat: 0n })),
    tell(stream, 3, closedBy('cooperative', [])),
  );
  assert.equal(entries, [...OPENING, ['channel-close', -600_000_000n]]);
  assert.equal(unknownAmounts, ['close-fee']);
});

closes('with anchors enters those that have an output, where we opened', async () => {
  const anchors = [
    { index: 0, valueSat: 330n, what: 'anchor-local' as const },
    { index: 1, valueSat: 330n, what: 'anchor-remote' as const },
  ];
  const { entries } = await booksOf(
    tell(stream, 1, opened({ ourFundingFeeSat: 0n })),
    tell(stream, 3, closedBy('cooperative', anchors, 200n)),
  );
  assert.equal(entries.at(-1), ['anchors', -660_000n]);
});

/** 1,000 sat of fee; the cheater wants 649,000 sat, the other end had 350,000 sat then. */
function breach(
  initiator: 'local' | 'remote',
  feeSat: bigint | null = 1_000n,
  resolution: Extract<ChannelDraft, { type: 'ChannelFullyResolved' }>['data'] = { height: 520 },
): readonly Told[] {
  const [theirs, ours] =
    initiator === 'remote'
      ? (['to-remote', 'to-local'] as const)
      : (['to-local', 'to-remote'] as const);
  const outputs = [
    { index: 0, valueSat: 649_000n, what: theirs },
    { index: 1, valueSat: 350_000n, what: ours },
  ];
  const resolved = (index: number, outcome: 'punished' | 'claimed'): ChannelDraft => {
    const { valueSat: amountSat, what } = outputs[index] ?? {
      valueSat: 0n,
      what: 'unknown' as const,
    };
    const sweep = { sweptSat: amountSat - 100n, feeSat: 100n, sweepTxid: Txid('dd'.repeat(32)) };
    const data = {
      outpoint: outpointOf(closingTxid, index),
      what,
      stage: 'last' as const,
      outcome,
      amountSat,
    };
    return { type: 'OutputResolved', data: { ...data, ...sweep, height: 511, blockHash } };
  };
  const close = closedBy('breach', outputs, feeSat ?? undefined);
  return [
    tell(stream, 3, { ...close, data: { ...close.data, initiator } } as ChannelDraft),
    tell(stream, 4, resolved(0, 'punished')),
    ...(initiator === 'remote' ? [tell(stream, 5, resolved(1, 'claimed'))] : []),
    tell(stream, 6, { type: 'ChannelFullyResolved', data: resolution }),
  ];
}

closes('by a commitment that the peer had revoked enters what it lost to us', async () => {
  const balances = { localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n };
  const { entries } = await booksOf(
    tell(stream, 1, opened({ opener: 'remote', ...balances })),
    ...breach('remote'),
  );
  assert.equal(entries, [
    ['channel-open', 0n],
    ['push', 400_000_000n],
    ['channel-close', -400_000_000n],
    ['sweep-fee', -100_000n],
    ['sweep-fee', -100_000n],
    // 649,000 and 350,000 sat came, 400,000 sat were ours.
    ['penalty', 599_000_000n],
  ]);
});

closes('counts what a second stage brought where its first stage is, once', async () => {
  const balances = { localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n };
  const stage = {
    what: 'htlc-received',
    stage: 'last',
    outcome: 'claimed',
    amountSat: 50_000n,
    height: 512,
    blockHash,
  } as const;
  const outpoint = outpointOf(Txid('dd'.repeat(32)), 0);
  const { entries } = await booksOf(
    tell(stream, 1, opened({ opener: 'remote', ...balances })),
    ...breach('remote'),
    tell(stream, 7, { type: 'OutputResolved', data: { ...stage, outpoint } }),
  );
  // Its output is no output of the close: 649,000 and 350,000 sat came, as without it.
  assert.equal(entries.at(-1), ['penalty', 599_000_000n]);
});

closes(
  'by a commitment that we had revoked enters what we lost, and no sweep of the peer’s',
  async () => {
    const { entries } = await booksOf(
      tell(stream, 1, opened({ ourFundingFeeSat: 0n })),
      ...breach('local'),
    );
    assert.equal(entries, [
      ...OPENING,
      ['channel-close', -600_000_000n],
      ['close-fee', -1_000_000n],
      ['penalty', -599_000_000n],
    ]);
  },
);

closes('leaves a penalty unknown beside a closing fee of ours that nobody told', async () => {
  const { entries, unknownAmounts } = await booksOf(
    tell(stream, 1, opened({ ourFundingFeeSat: 0n })),
    ...breach('local', null),
  );
  assert.equal(entries, [
    ['channel-open', 1_000_000_000n],
    ['push', -400_000_000n],
    ['channel-close', -600_000_000n],
  ]);
  assert.equal(unknownAmounts, ['close-fee', 'penalty']);
});

closes('leaves a penalty unknown where nobody told since when all is resolved', async () => {
  const balances = { localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n };
  const { entries, unknownAmounts } = await booksOf(
    tell(stream, 1, opened({ opener: 'remote', ...balances })),
    ...breach('remote', null, { isTimeUntold: true }),
  );
  assert.ok(entries.every(([type]) => type !== 'penalty'));
  assert.equal(unknownAmounts, ['penalty']);
});

closes.run();

const sheets = suite('a balance sheet');

sheets('is explained where the HTLCs make up the difference to the msat', async () => {
  const books = await booksOf(
    tell(stream, 1, opened()),
    tell(stream, 2, added(0, 1_001n)),
    tell(stream, 3, updated('local', 1, 599_998_999n, { offered: [0] }, 400_000_000n)),
    tell(stream, 4, settled(0, 1_001n)),
    tell(stream, 5, updated('local', 2, 599_998_999n)),
  );
  assert.equal(books.sheets, [['explained', 0n]]);
});

sheets('counts what is in flight, and what ours still holds of what ended elsewhere', async () => {
  const inFlight = [
    tell(stream, 1, opened()),
    tell(stream, 2, added(0, 1_001n)),
    tell(stream, 3, updated('local', 1, 599_998_999n, { offered: [0] }, 400_000_000n)),
  ];
  assert.equal((await booksOf(...inFlight)).sheets, [['explained', 0n]]);
  const ended = [
    tell(stream, 4, settled(0, 1_001n)),
    tell(stream, 5, updated('remote', 1, 599_998_999n)),
  ];
  assert.equal((await booksOf(...inFlight, ...ended)).sheets, [['explained', 0n]]);
});

sheets('counts no receipt before ours has taken it in', async () => {
  const received = { id: 0, direction: 'received', amountMsat: 1_001n } as const;
  const told = [
    tell(stream, 1, opened()),
    tell(stream, 2, { type: 'HtlcAdded', data: { ...received, cltvExpiry: 600 } }),
    tell(stream, 3, updated('local', 1, 600_000_000n, { received: [0] }, 399_998_999n)),
    tell(stream, 4, { type: 'HtlcSettled', data: { ...received, isOnChain: false } }),
    tell(stream, 5, updated('remote', 1, 600_001_001n, {}, 399_998_999n)),
  ];
  assert.equal((await booksOf(...told)).sheets, [['explained', 0n]]);
});

sheets('has no balancing row: one msat left over is unexplained', async () => {
  const books = await booksOf(
    tell(stream, 1, opened()),
    tell(stream, 3, updated('local', 1, 599_999_999n)),
  );
  assert.equal(books.sheets, [['unexplained', -1n]]);
});

sheets('of a channel met on its way is not checkable, and says why', async () => {
  const adopted: ChannelDraft = {
    type: 'ChannelAdopted',
    data: { channelId, fundingOutpoint, local: {}, remote: {}, htlcs: [], why: 'met' },
  };
  const books = await booksOf(
    tell(stream, 1, adopted),
    tell(ofNode(), 2, {
      type: 'BestBlockChanged',
      data: { height: 500, blockHash },
    }),
  );
  assert.equal(books.sheets, [['not-checkable', 'what it began with is not known']]);
});

sheets('is the same whichever of two tellers was imported first', async () => {
  const [one, other] = [ofChannel('ldk'), ofChannel('electrum')];
  const story = (name: string) => [
    tell(name, 1, opened()),
    tell(name, 2, added(0, 1_001n)),
    tell(name, 3, updated('local', 1, 599_998_999n, { offered: [0] }, 400_000_000n)),
    tell(name, 4, settled(0, 1_001n)),
    tell(name, 5, updated('local', 2, 599_998_999n)),
    tell(name, 6, closedBy('cooperative', [], 183n)),
  ];
  const first = await booksOf(...story(one), ...story(other));
  const second = await booksOf(...story(other), ...story(one));
  assert.equal(first, second);
  assert.equal(
    first.entries.map(([type]) => type),
    ['channel-open', 'push', 'payment', 'channel-close', 'close-fee'],
  );
});

sheets.run();
