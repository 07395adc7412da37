import { setTimeout as delay } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Change, Changes, handleInTurn } from '../../src/ledger/changes.ts';
import type { StoredEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, recorded, recorderOf } from './recording.ts';
import { Clock, channelStory, START_NS, wholeStory } from './story.ts';

const following = suite('changes');
const bounded = suite('a consumer slower than the recorder');

const idOf = ({ event }: Change) => event.id;

following('catch up, then go on live, and miss and repeat nothing', async () => {
  const store = await recorded(wholeStory().slice(0, 12));
  const seen = lastValueFrom(new Changes(store).pipe(take(27), toArray()));
  const recorder = recorderOf(store);
  for (const observation of wholeStory().slice(12)) {
    await recorder.record([observation]);
    await delay(0);
  }
  assert.equal(
    (await seen).map(idOf),
    (await eventsOf(store)).map(({ id }) => id),
  );
});

following('after any checkpoint are exactly the events after it', async () => {
  const store = await recorded(wholeStory());
  const all = await lastValueFrom(new Changes(store).pipe(take(27), toArray()));
  for (const [index, { checkpoint }] of all.entries()) {
    const rest = all.length - index - 1;
    if (rest === 0) continue;
    const later = await lastValueFrom(new Changes(store, checkpoint).pipe(take(rest), toArray()));
    assert.equal(later.map(idOf), all.slice(index + 1).map(idOf));
  }
});

following('of a filter are only those it asks for, with checkpoints that go on', async () => {
  const store = await recorded(wholeStory());
  const filter = { streamPrefixes: ['channel-'], types: ['CommitmentRevoked'] };
  const [first, ...rest] = await lastValueFrom(
    new Changes(store, undefined, filter).pipe(take(4), toArray()),
  );
  assert.ok([first, ...rest].every((one) => one?.event.type === 'CommitmentRevoked'));
  const again = await lastValueFrom(
    new Changes(store, first?.checkpoint, filter).pipe(take(3), toArray()),
  );
  assert.equal(again.map(idOf), rest.map(idOf));
});

following('are given to every subscriber from the start', async () => {
  const changes = new Changes(await recorded(wholeStory()));
  const [a, b] = await Promise.all([firstValueFrom(changes), firstValueFrom(changes)]);
  assert.is(a.event.id, b.event.id);
});

following('end when the store closes, and when the subscriber goes', async () => {
  const store = await recorded(wholeStory());
  const all = lastValueFrom(new Changes(store).pipe(toArray()));
  const left: string[] = [];
  const subscription = new Changes(store).subscribe((change) => left.push(idOf(change)));
  await delay(5);
  subscription.unsubscribe();
  await recorderOf(store).record(channelStory().map((one) => ({ ...one, source: 'other' })));
  await delay(5);
  assert.is(left.length, 27);
  await store.close();
  assert.ok((await all).length > 27);
});

following(
  'what no checkpoint is has the same sentence, of whatever type JavaScript hands in',
  async () => {
    const store = await recorded(wholeStory());
    const strange: unknown[] = [-1, 1.5, {}, 'soon', null];
    const told = strange.map(async (checkpoint) => {
      // As a program without types would.
      const changes: Changes = Reflect.construct(Changes, [store, checkpoint]);
      return firstValueFrom(changes).catch((error: Error) => error.message);
    });
    const names = ['-1', '1.5', '[object Object]', 'soon', 'null'];
    assert.equal(
      await Promise.all(told),
      names.map((name) => `"${name}" is not a checkpoint of this ledger`),
    );
  },
);

following('a checkpoint of another ledger is an error with a sentence', async () => {
  const store = await recorded(wholeStory());
  const failed = await lastValueFrom(new Changes(store, '9999')).catch(
    (error: Error) => error.message,
  );
  assert.match(String(failed), 'it belongs to another ledger');
});

following('what a handler throws reaches the subscriber and ends the following', async () => {
  const store = await recorded(wholeStory());
  let handled = 0;
  const changes = new Changes(store).pipe(
    handleInTurn(() => {
      if (++handled === 3) throw new Error('the handler failed');
    }),
  );
  const failed = await lastValueFrom(changes).catch((error: Error) => error.message);
  assert.is(failed, 'the handler failed');
  await delay(5);
  assert.is(handled, 3);
});

/** A store that counts the events it gave out and that nobody has taken in yet. */
class CountingStore extends MemoryStore {
  given = 0;
  taken = 0;
  mostWaiting = 0;

  override async *subscribe(
    ...rest: Parameters<MemoryStore['subscribe']>
  ): AsyncGenerator<StoredEvent> {
    for await (const event of super.subscribe(...rest)) {
      this.given++;
      this.mostWaiting = Math.max(this.mostWaiting, this.given - this.taken);
      yield event;
    }
  }
}

const MANY = 40;

async function longStore(): Promise<CountingStore> {
  const store = new CountingStore();
  const recorder = recorderOf(store);
  for (let nth = 0; nth < MANY; nth++) {
    const clock = new Clock(`s${nth}`, START_NS);
    await recorder.record(channelStory(undefined, clock));
  }
  return store;
}

bounded('is handed one change at a time, however many wait', async () => {
  const store = await longStore();
  const total = (await eventsOf(store)).length;
  assert.ok(total >= 20 * MANY);
  let inHand = 0;
  const order: string[] = [];
  const slow = new Changes(store).pipe(
    handleInTurn(async ({ event }) => {
      assert.is(++inHand, 1);
      // A hundred turns of the loop for each one that a recorder needs.
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      order.push(event.id);
      inHand--;
      store.taken++;
    }),
    take(total),
    toArray(),
  );
  const recorder = recorderOf(store);
  const recording = (async () => {
    for (const one of channelStory(undefined, new Clock('live'))) await recorder.record([one]);
  })();
  const seen = await lastValueFrom(slow);
  await recording;
  assert.equal(seen.map(idOf), order.slice(0, total));
  assert.ok(store.mostWaiting <= 2, `${store.mostWaiting} events were read ahead`);
});

bounded('that iterates pulls one at a time too', async () => {
  const store = await longStore();
  const total = (await eventsOf(store)).length;
  let count = 0;
  for await (const { event } of new Changes(store)) {
    assert.ok(event.id);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    store.taken++;
    if (++count === total) break;
  }
  assert.ok(store.mostWaiting <= 2, `${store.mostWaiting} events were read ahead`);
});

bounded(
  'must be first in line: behind another operator nothing could hold the reading up',
  async () => {
    const changes = new Changes(await recorded(wholeStory()));
    const notFirst = changes.pipe(take(5));
    assert.throws(
      () => notFirst.pipe(handleInTurn(() => undefined)),
      'handleInTurn must be the first operator',
    );
  },
);

following.run();
bounded.run();
