import fc from 'fast-check';
import { applyPatches, enablePatches } from 'immer';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import type { RowPatch } from '../../src/ledger/live-rows.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { channelStream, Growing, naiveRow, policies, policyAt, second } from './growing.ts';

enablePatches();
const test = suite('patches of rows');
const writeAfterMs = 2 ** 30;
const seed = 20_260_314;

/** A copy of the rows somewhere else, that hears only of patches. */
class Follower {
  readonly rows = new Map<string, object>();
  readonly heard: RowPatch[] = [];

  readonly hear = (patch: RowPatch): void => {
    this.heard.push(patch);
    const before = this.rows.get(patch.stream) ?? {};
    this.rows.set(patch.stream, applyPatches(before, [...patch.patches]));
  };

  /** Takes the last change back. */
  undo(): void {
    const patch = this.heard.pop();
    if (patch === undefined) return;
    const after = this.rows.get(patch.stream) ?? {};
    this.rows.set(patch.stream, applyPatches(after, [...patch.inversePatches]));
  }
}

test('let a copy follow every change, late facts among them, and go back again', async () => {
  const batches = fc.array(fc.tuple(fc.nat(2), historySteps, fc.nat(300), fc.boolean()), {
    minLength: 1,
    maxLength: 8,
    size: 'max',
  });
  const property = fc.asyncProperty(batches, async (told) => {
    const store = new MemoryStore();
    const growing = new Growing(store);
    const rows = new LedgerRows(store, { writeAfterMs });
    const follower = new Follower();
    rows.onPatch(follower.hear);
    const states: (readonly [string, unknown])[] = [];
    let count = 0;
    for (const [channel, steps, lateBy, isAsked] of told) {
      const name = channelStream(channel);
      const events = historyOf(steps).map((event) => {
        const happenedAtNs = second(count++) - (lateBy > 250 ? second(lateBy) - second(0) : 0n);
        return { event, times: { happenedAtNs, recordedAtNs: second(count) } };
      });
      if (events.length === 0) continue;
      const before = follower.heard.length;
      rows.applyLive([await growing.append(name, events)]);
      if (isAsked) rows.one(channelProjection, name);
      equal(follower.rows.get(name), naiveRow(store, name));
      is(follower.heard.length, before + 1);
      states.push([name, structuredClone(follower.rows.get(name))]);
    }
    for (const [name, state] of states.reverse()) {
      equal(follower.rows.get(name), state);
      follower.undo();
    }
  });
  await fc.assert(property, { seed, numRuns: 40 });
});

test('name the projection, the stream and the last event in them', async () => {
  const store = new MemoryStore();
  const rows = new LedgerRows(store, { writeAfterMs });
  const growing = new Growing(store);
  const heard: RowPatch[] = [];
  const stream = channelStream(0);
  rows.applyLive([await growing.append(stream, policies(0, 3))]);
  const stop = rows.onPatch((patch) => heard.push(patch));
  rows.applyLive([await growing.append(stream, policies(3, 5))]);
  stop();
  rows.applyLive([await growing.append(stream, policies(5, 6))]);
  equal(
    heard.map(({ projection, stream: name, revision }) => [projection, name, revision]),
    [['channel', stream, 4]],
  );
  const paths = heard[0]?.patches.map(({ path }) => path.join('/')).sort();
  equal(paths, ['eventCount', 'lastEventAt', 'localPolicy', 'remotePolicy']);
});

test('tell what another process recorded, as soon as the row is asked for', async () => {
  const store = new MemoryStore();
  const rows = new LedgerRows(store, { writeAfterMs });
  const growing = new Growing(store);
  const follower = new Follower();
  rows.onPatch(follower.hear);
  const stream = channelStream(0);
  rows.applyLive([await growing.append(stream, policies(0, 3))]);
  await growing.append(stream, policies(3, 300));
  rows.one(channelProjection, stream);
  equal(follower.rows.get(stream), naiveRow(store, stream));
  const late = { event: policyAt(1), times: { happenedAtNs: second(1) + 1n } };
  await growing.append(stream, [late]);
  rows.one(channelProjection, stream);
  equal(follower.rows.get(stream), naiveRow(store, stream));
});

test.run();
