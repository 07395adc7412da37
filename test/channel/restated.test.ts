/** The same fact told again is known; told otherwise it is refused, never swallowed (DESIGN §4). */
import { suite } from 'uvu';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { given, opened } from './given.ts';
import { claimed, closed, confirmed, otherBlock } from './on-chain.ts';

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

again.run();
