/** A live recorder's clock is no place: what it sees comes after all that is known, whatever the clock says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { decodeEvent } from '../../src/ledger/stored-event.ts';
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

const live = suite('a live fact among facts told late');

const confirmed: ChannelFact = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 500, blockHash, shortChannelId },
};
const unconfirmed: ChannelFact = {
  type: 'FundingUnconfirmed',
  data: { fundingOutpoint, height: 500, blockHash },
};
const ready: ChannelFact = { type: 'ChannelReady', data: { fundingOutpoint } };

live('stands behind what is recorded, also where its clock is behind', async () => {
  const story = channelStory([opened, ready, unconfirmed, confirmed], new Clock());
  const [first, late, seen, last] = story as [Observation, Observation, Observation, Observation];
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  await recorder.record([first, last]);
  const recordedAtNs = last.recordedAtNs + 1n;
  // Its clock stands before the confirmation, which is what it takes back.
  const ofClock = { ...seen, timeBasis: 'recorded' } as const;
  const report = await recorder.record([{ ...late, recordedAtNs }, ofClock]);
  assert.equal(report, { observations: 2, events: 2, known: 0, quarantined: 0 });
  const stored = (await eventsOf(store)).map(decodeEvent);
  assert.equal(
    stored.map(({ type, metadata }) => [type, metadata.happenedAt]),
    [
      ['ChannelOpened', '2026-01-01T00:00:00.000000000Z'],
      ['FundingConfirmed', '2026-01-01T00:00:03.000000000Z'],
      ['ChannelReady', '2026-01-01T00:00:01.000000000Z'],
      ['FundingUnconfirmed', '2026-01-01T00:00:03.000000001Z'],
    ],
  );
});

live.run();
