/** A live recorder's clock is no place: what it sees comes after all that is known, whatever the clock says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeEvent } from '../../src/ledger/stored-event.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { channelStory, opening, payment } from './story.ts';

const live = suite('a live fact among facts told late');

const [opened, confirmed] = opening;
const [committed, revoked] = payment;

live('stands behind what is recorded, also where its clock is behind', async () => {
  assert.ok(opened && confirmed && committed && revoked);
  // What is revoked at clock 2 follows the commitment of clock 3.
  const story = channelStory([opened, confirmed, revoked, committed]);
  const [first, late, seen, last] = story as [Observation, Observation, Observation, Observation];
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  await recorder.record([first, last]);
  const recordedAtNs = last.recordedAtNs + 1n;
  const ofClock = { ...seen, timeBasis: 'recorded' } as const;
  const report = await recorder.record([{ ...late, recordedAtNs }, ofClock]);
  assert.equal(report, { observations: 2, events: 2, known: 0, quarantined: 0 });
  const stored = (await eventsOf(store)).map(decodeEvent);
  assert.equal(
    stored.map(({ type, metadata }) => [type, metadata.happenedAt]),
    [
      ['ChannelOpened', '2026-01-01T00:00:00.000000000Z'],
      ['HtlcAdded', '2026-01-01T00:00:03.000000000Z'],
      ['CommitmentUpdated', '2026-01-01T00:00:03.000000000Z'],
      ['FundingConfirmed', '2026-01-01T00:00:01.000000000Z'],
      ['CommitmentRevoked', '2026-01-01T00:00:03.000000001Z'],
    ],
  );
});

live.run();
