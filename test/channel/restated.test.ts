/** The same fact told again is known; told otherwise it is refused, never swallowed (DESIGN §4). */
import { suite } from 'uvu';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Outpoint, Txid } from '../../src/lightning/ids.ts';
import { commitment, given, htlc, opened } from './given.ts';
import { candidate, claimed, closed, confirmed, otherBlock } from './on-chain.ts';

const again = suite('a fact told again');

const broadcast = {
  type: 'TransactionBroadcast',
  data: { txid: Txid('33'.repeat(32)), purpose: 'commitment', by: 'local' },
} satisfies ChannelFact;
const otherwise = (type: string) => `${type} was recorded before with other values`;

again('is known: a broadcast, a shutdown', () => {
  given([opened, broadcast]).when(broadcast).thenNothing();
  const shutdown: ChannelFact = { type: 'ShutdownStarted', data: { by: 'local' } };
  given([opened, shutdown]).when(shutdown).thenNothing();
  const other: ChannelFact = { type: 'ShutdownStarted', data: { by: 'remote' } };
  given([opened, shutdown]).when(other).then([other]);
});

again("is refused where a broadcast has another purpose, or is another end's", () => {
  for (const data of [{ purpose: 'sweep' }, { by: 'remote' }] as const) {
    given([opened, broadcast])
      .when({ ...broadcast, data: { ...broadcast.data, ...data } })
      .thenRefused('fact-restated', otherwise('TransactionBroadcast'));
  }
});

again('is refused where another block confirms the funding, without an undo between', () => {
  given([opened, confirmed]).when(confirmed).thenNothing();
  for (const data of [{ blockHash: otherBlock }, { height: 4 }]) {
    given([opened, confirmed])
      .when({ ...confirmed, data: { ...confirmed.data, ...data } })
      .thenRefused('fact-restated', otherwise('FundingConfirmed'));
  }
});

again('is refused where the same closing transaction is told to be another', () => {
  given([opened, closed]).when(closed).thenNothing();
  const outputs = [{ index: 0, valueSat: 999_817n, what: 'to-remote' as const }];
  for (const data of [{ blockHash: otherBlock }, { kind: 'breach' as const }, { outputs }]) {
    given([opened, closed])
      .when({ ...closed, data: { ...closed.data, ...data } })
      .thenRefused('fact-restated', otherwise('ChannelClosed'));
  }
});

again('is refused where a claim has other amounts or another outcome', () => {
  given([opened, closed, claimed]).when(claimed).thenNothing();
  for (const data of [{ sweptSat: 999_701n, feeSat: 116n }, { outcome: 'lost' as const }]) {
    given([opened, closed, claimed])
      .when({ ...claimed, data: { ...claimed.data, ...data } })
      .thenRefused('fact-restated', otherwise('OutputResolved'));
  }
});

const offer = { ...htlc('offered', 0, 50_000_000n), paymentLink: 'ab'.repeat(16) };
const held = [opened, commitment('remote', 1, { htlcs: [offer] })];

again(
  'is known: a commitment, an HTLC on its other side, with what a coarser source leaves out',
  () => {
    const { paymentLink: _, ...coarser } = offer;
    given(held)
      .when(commitment('remote', 1, { htlcs: [offer] }))
      .thenPast();
    given(held)
      .when(commitment('remote', 1, { htlcs: [coarser] }))
      .thenPast();
    given(held)
      .when(commitment('local', 1, { htlcs: [coarser] }))
      .then([
        {
          type: 'CommitmentUpdated',
          data: {
            side: 'local',
            number: 1,
            fundingOutpoint: opened.data.fundingOutpoint,
            feeratePerKw: 253,
            localBalanceMsat: 750_000_000n,
            remoteBalanceMsat: 200_000_000n,
            precision: 'msat',
            offered: [0],
            received: [],
          },
        },
      ]);
  },
);

again('is known where only a link is another: each recorder links by a key of its own', () => {
  given(held)
    .when(commitment('remote', 1, { htlcs: [{ ...offer, paymentLink: 'cd'.repeat(16) }] }))
    .thenPast();
});

again('is refused where an HTLC has another amount or expiry, on either side', () => {
  const told = 'offered HTLC 0 was told with';
  const cases = [
    [{ amountMsat: 51_000_000n }, `${told} msat 50000000, and now with 51000000`],
    [{ cltvExpiry: 501 }, `${told} expiry 500, and now with 501`],
  ] as const;
  for (const [other, detail] of cases) {
    for (const side of ['remote', 'local'] as const) {
      given(held)
        .when(commitment(side, 1, { htlcs: [{ ...offer, ...other }] }))
        .thenRefused('fact-restated', detail);
    }
  }
});

again(
  'may be a commitment of the funding that a splice spent: of another funding it is unknown',
  () => {
    const { kind: _, ...inForce } = candidate.data;
    const data = { ...inForce, previousOutpoint: opened.data.fundingOutpoint };
    const spliced: readonly ChannelFact[] = [
      opened,
      commitment('local', 1),
      candidate,
      { type: 'FundingReplaced', data },
    ];
    given(spliced).when(commitment('local', 1)).thenPast();
    const unknown = Outpoint(`${'77'.repeat(32)}:0`);
    given(spliced)
      .when(commitment('local', 1, { fundingOutpoint: unknown }))
      .thenRefused('funding-known', `no funding ${unknown}`);
  },
);

again.run();
