/** Where facts came late, bisect searches the states in their order, and not in the order of appending. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import {
  blockHash,
  Clock,
  channelId,
  channelStory,
  fundingOutpoint,
  opened,
  shortChannelId,
} from '../story.ts';

const tests = suite('bisect of late facts');

const inBlock: ChannelFact = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 500, blockHash, shortChannelId },
};
const given: ChannelFact = { type: 'CloseStarted', data: { by: 'local', reason: 'asked to' } };

tests('the first state is the first of those that were, whenever it was learned', async () => {
  const [first, confirmed, last] = channelStory([opened, inBlock, given], new Clock());
  if (first === undefined || confirmed === undefined || last === undefined)
    throw new Error('short');
  const ledger = await openLedger(MEMORY, { create: true, seed: 'bisect late' });
  await ledger.recordBatch([first, last]);
  await ledger.recordBatch([{ ...confirmed, recordedAtNs: last.recordedAtNs + 1n }]);
  const entries = [...ledger.history(channelId)].map(({ type, revision }) => [type, revision]);
  equal(entries, [
    ['ChannelOpened', 0],
    ['FundingConfirmed', 2],
    ['CloseStarted', 1],
  ]);
  const of = async (condition: string) => {
    const { first: found, lookedAtEvery } = await ledger.forensics.bisect(channelId, condition);
    return [found?.type, lookedAtEvery];
  };
  // The newest state is that of the close, though what was appended last is the block.
  equal(await of('shortChannelId == "500x1x0"'), ['FundingConfirmed', true]);
  equal(await of('status == "closing"'), ['CloseStarted', true]);
  equal(await of('status == "closing" && shortChannelId == "500x1x0"'), ['CloseStarted', true]);
  await ledger.close();
});

tests.run();
