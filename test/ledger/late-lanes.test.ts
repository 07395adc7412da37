/** Late facts of a large batch are placed ahead of their appending: what others tell meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { ChannelId, Outpoint } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { AppendOptions, AppendRequest } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { policies, policy } from './policies.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { Clock, channelStory, openingOf } from './story.ts';

const test = suite('late facts in several lanes');
/** So many that the late ones behind them are placed some parts before they are appended. */
const MANY = 2500;

const clock = new Clock();

const story = (name: string, facts: readonly ChannelFact[]) =>
  channelStory(facts, clock, ChannelId(name.repeat(32)));

const opening = (name: string) => story(name, [openingOf(Outpoint(`${name.repeat(32)}:0`))]);

/** Writes one call after the other, each a while after it was made. */
class Unhurried extends MemoryStore {
  appends = 0;
  #line: Promise<unknown> = Promise.resolve();

  override appendMany(requests: readonly AppendRequest[], options: AppendOptions = {}) {
    this.appends++;
    const made = this.#line.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return super.appendMany(requests, options);
    });
    this.#line = made.catch(() => undefined);
    return made;
  }
}

async function policiesOf(store: MemoryStore, name: string): Promise<readonly string[]> {
  const events = (await eventsOf(store)).filter(({ stream }) => stream.includes(name.repeat(32)));
  const ids = events.filter(({ type }) => type === 'FeePolicyChanged').map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length, 'an event is there twice');
  return ids;
}

test('one that is placed and not stored yet is known to nobody else, and is stored once', async () => {
  const store = new Unhurried();
  const recorder = recorderOf(store);
  const [first, early, second] = [opening('11'), story('11', policies(1, 2)), opening('88')];
  await recorder.record([...first, ...story('11', [policy(9)]), ...second]);
  const [one, two] = early as [Observation, Observation];
  const large = recorder.record([one, ...story('88', policies(10, MANY)), two]);
  const small = recorder.record([two]);
  const reports = await Promise.all([large, small]);
  assert.is(reports[0].events + reports[1].events, MANY + 2);
  assert.is(reports[0].known + reports[1].known, 1);
  assert.is((await policiesOf(store, '11')).length, 3);
});

test('two large batches that are late in each other’s channels both end', async () => {
  const store = new Unhurried();
  const recorder = recorderOf(store);
  const openings = ['11', '22', '88', '99'].flatMap(opening);
  const [ones, twos] = [story('11', policies(1, 3)), story('22', policies(1, 3))];
  await recorder.record([...openings, ...story('11', [policy(9)]), ...story('22', [policy(9)])]);
  const [one, two] = [story('88', policies(10, MANY)), story('99', policies(10, MANY))];
  const crossing = [
    [...ones.slice(0, 1), ...one, ...twos, ...ones],
    [...twos.slice(0, 1), ...two, ...ones, ...twos],
  ];
  const reports = await Promise.all(crossing.map((batch) => recorder.record(batch)));
  const events = reports.reduce((sum, report) => sum + report.events, 0);
  assert.is(events, 2 * MANY + 6);
  assert.is((await policiesOf(store, '11')).length, 4);
  assert.is((await policiesOf(store, '22')).length, 4);
});

test('those that fit no schema are put into quarantine with few appends', async () => {
  const store = new Unhurried();
  const recorder = recorderOf(store);
  const [first, unfit] = [opening('11'), story('11', Array.from({ length: 300 }, nonsense))];
  await recorder.record([...first, ...story('11', [policy(9)])]);
  store.appends = 0;
  const report = await recorder.record(unfit);
  assert.is(report.quarantined, 300);
  assert.ok(store.appends < 5, `${store.appends} appends`);
});

/** As a source of a later version, or with a mistake, may tell it. */
function nonsense(_: unknown, nth: number): ChannelFact {
  const txid = (nth + 1).toString(16).padStart(64, '0');
  const data = { txid, purpose: 'nonsense', by: 'local' };
  return JSON.parse(JSON.stringify({ type: 'TransactionBroadcast', data }));
}

test.run();
