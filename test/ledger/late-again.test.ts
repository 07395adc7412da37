/** What a reorganisation repeats is not lost where it is told late. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, recorderOf } from './recording.ts';
import {
  blockHash,
  Clock,
  channelStory,
  fundingOutpoint,
  opened,
  shortChannelId,
} from './story.ts';

const again = suite('a block that comes back, told late');

const confirmed: ChannelFact = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 500, blockHash, shortChannelId },
};
const unconfirmed: ChannelFact = {
  type: 'FundingUnconfirmed',
  data: { fundingOutpoint, height: 500, blockHash },
};
const shutdown: ChannelFact = { type: 'CloseStarted', data: { by: 'local', reason: 'asked to' } };

again('confirms again, and told once more it is known', async () => {
  const story = channelStory([opened, confirmed, unconfirmed, confirmed, shutdown], new Clock());
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const [first, , , , last] = story as [
    Observation,
    Observation,
    Observation,
    Observation,
    Observation,
  ];
  await recorder.record([first, last]);
  const learnedNs = last.recordedAtNs + 1n;
  const late = story.slice(1, 4).map((one) => ({ ...one, recordedAtNs: learnedNs }));
  const report = await recorder.record(late);
  assert.equal(report, { observations: 3, events: 3, known: 0, quarantined: 0 });
  const stored = (await eventsOf(store)).map(({ type }) => type);
  assert.equal(stored, [
    'ChannelOpened',
    'CloseStarted',
    'FundingConfirmed',
    'FundingUnconfirmed',
    'FundingConfirmed',
  ]);
  const repeated = await recorder.record(late);
  assert.equal(repeated, { observations: 3, events: 0, known: 3, quarantined: 0 });
});

again.run();
