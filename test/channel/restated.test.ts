/** The same fact told again is known; told otherwise it is refused, never swallowed (DESIGN §4). */
import { suite } from 'uvu';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { given, opened } from './given.ts';

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

again.run();
