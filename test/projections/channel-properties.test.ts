import fc from 'fast-check';
import { enablePatches, Immer, type Patch } from 'immer';
import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import type { ChannelRow } from '../../projections/channel-row.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { evolve } from '../../src/channel/evolve.ts';
import { activeFunding, type ChannelState, newChannel } from '../../src/channel/state.ts';
import { happenedAtOf } from '../../src/ledger/event-times.ts';
import { foldOf } from '../../src/ledger/fold.ts';
import { viewOf } from '../../src/ledger/view.ts';
import type { NewEvent } from '../../src/store/event-store.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { START_NS, storedForm } from '../stored-form.ts';
import { stream } from './channel-story.ts';

enablePatches();
const seed = 20_260_314;
const fold = foldOf(channelProjection);
const view = viewOf(channelProjection);

function stored(events: readonly ChannelEvent[]): readonly NewEvent[] {
  return events.map((event, nth) => {
    return storedForm(stream, event, String(nth), { happenedAtNs: START_NS + BigInt(nth) });
  });
}

function applyTo(row: ChannelRow, event: NewEvent, revision: number): void {
  const { type, data, metadata } = event;
  fold.apply(row, { type, data, metadata, revision }, happenedAtOf(metadata), stream);
}

test('folded as immer drafts of any length and plainly, a history gives the same row', () => {
  const property = fc.property(historySteps, fc.integer({ min: 1, max: 40 }), (steps, batch) => {
    const events = stored(historyOf(steps));
    const plain = fold.initial(stream);
    for (const [nth, event] of events.entries()) applyTo(plain, event, nth);
    const immer = new Immer({ autoFreeze: true });
    let row = fold.initial(stream);
    let copy = structuredClone(row);
    for (let from = 0; from < events.length; from += batch) {
      let patches: readonly Patch[] = [];
      const draft = immer.createDraft(row) as ChannelRow;
      for (const [nth, event] of events.slice(from, from + batch).entries()) {
        applyTo(draft, event, from + nth);
      }
      row = immer.finishDraft(draft, (made) => {
        patches = made;
      }) as ChannelRow;
      copy = immer.applyPatches(copy, patches);
    }
    equal(row, plain);
    equal(copy, plain);
  });
  fc.assert(property, { seed, numRuns: 100 });
});

test('a row is the same after it was written and read, whatever its history', () => {
  const property = fc.property(historySteps, (steps) => {
    const row = fold.initial(stream);
    for (const [nth, event] of stored(historyOf(steps)).entries()) applyTo(row, event, nth);
    if (row.eventCount === 0) return;
    const kept = view.text.encode(stream, row);
    is.not(kept, undefined);
    if (kept !== undefined) equal(view.text.decode(kept), row);
  });
  fc.assert(property, { seed, numRuns: 100 });
});

test('after every event the row holds the commitments and HTLCs that the state holds', () => {
  const property = fc.property(historySteps, (steps) => {
    const row = fold.initial(stream);
    const events = historyOf(steps);
    const texts = stored(events);
    let state = newChannel;
    for (const [nth, event] of events.entries()) {
      const text = texts[nth];
      if (text !== undefined) applyTo(row, text, nth);
      state = evolve(state, event);
      equal(ofRow(row), ofState(state), `after ${event.type} (${nth})`);
    }
  });
  fc.assert(property, { seed, numRuns: 100 });
});

function ofRow(row: ChannelRow) {
  return {
    fundings: [row.fundingOutpoint, ...row.candidates.map((other) => other.fundingOutpoint)],
    local: row.local && commitmentOf(row.local),
    remote: row.remote && commitmentOf(row.remote),
    htlcs: row.htlcs.map(htlcOf),
    isClosed: row.status === 'closed' || row.status === 'resolved',
    isPurged: row.isPurged,
  };
}

function ofState(state: ChannelState) {
  const active = activeFunding(state);
  const [, ...candidates] = state.fundings.map(({ outpoint }) => outpoint);
  return {
    fundings: [active?.outpoint, ...candidates],
    local: active?.local && commitmentOf(active.local),
    remote: active?.remote && commitmentOf(active.remote),
    htlcs: state.htlcs.map(htlcOf),
    isClosed: state.phase === 'closed' || state.isFullyResolved,
    isPurged: state.isPurged,
  };
}

interface Balances {
  readonly number: number;
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
  readonly offered: readonly number[];
  readonly received: readonly number[];
}

function commitmentOf(commitment: Balances) {
  const { number, localBalanceMsat, remoteBalanceMsat, offered, received } = commitment;
  return { number, localBalanceMsat, remoteBalanceMsat, offered, received };
}

function htlcOf(htlc: { readonly id: number; readonly direction: string; outcome?: string }) {
  return `${htlc.direction}/${htlc.id}/${htlc.outcome ?? 'pending'}`;
}

test('events out of the blue, in any order and with any missing, are folded and kept', () => {
  const shuffled = historySteps
    .map((steps) => stored(historyOf(steps)))
    .chain((events) => fc.shuffledSubarray([...events]));
  const property = fc.property(shuffled, (events) => {
    const row = fold.initial(stream);
    for (const [nth, event] of events.entries()) applyTo(row, event, nth);
    is(row.eventCount, events.length);
    if (events.length > 0) is.not(view.text.encode(stream, row), undefined);
  });
  fc.assert(property, { seed, numRuns: 100 });
});

test.run();
