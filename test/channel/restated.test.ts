/** The same fact told again is known; told otherwise it is refused, never swallowed (DESIGN §4). */
import { suite } from 'uvu';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Outpoint, ShortChannelId, Txid } from '../../src/lightning/ids.ts';
import { blockHash, fundingOutpoint, given, opened } from './given.ts';

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

const otherBlock = '23'.repeat(32);
const confirmed = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 3, blockHash, shortChannelId: ShortChannelId('3x1x0') },
} satisfies ChannelFact;

again('is refused where another block confirms the funding, without an undo between', () => {
  given([opened, confirmed]).when(confirmed).thenNothing();
  for (const data of [{ blockHash: otherBlock }, { height: 4 }]) {
    given([opened, confirmed])
      .when({ ...confirmed, data: { ...confirmed.data, ...data } })
      .thenRefused('fact-restated', otherwise('FundingConfirmed'));
  }
});

const closingTxid = Txid('33'.repeat(32));
const closed = {
  type: 'ChannelClosed',
  data: {
    fundingOutpoint,
    closingTxid,
    height: 10,
    blockHash,
    kind: 'local-force',
    initiator: 'local',
    outputs: [{ index: 0, valueSat: 999_817n, what: 'to-local' }],
    feeSat: 183n,
  },
} satisfies ChannelFact;

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
  const claim = {
    type: 'OutputResolved',
    data: {
      outpoint: Outpoint(`${closingTxid}:0`),
      what: 'to-local',
      stage: 'last',
      outcome: 'claimed',
      amountSat: 999_817n,
      sweptSat: 999_700n,
      feeSat: 117n,
      sweepTxid: Txid('44'.repeat(32)),
      height: 12,
      blockHash,
    },
  } satisfies ChannelFact;
  given([opened, closed, claim]).when(claim).thenNothing();
  for (const data of [{ sweptSat: 999_701n, feeSat: 116n }, { outcome: 'lost' as const }]) {
    given([opened, closed, claim])
      .when({ ...claim, data: { ...claim.data, ...data } })
      .thenRefused('fact-restated', otherwise('OutputResolved'));
  }
});

again.run();
