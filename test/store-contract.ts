/** What every event store promises. Each store's test file runs these on its own stores. */
import * as assert from 'uvu/assert';
import { eventDigest, ledgerHead } from '../src/store/digest.ts';
import {
  type EventStore,
  type NewEvent,
  NO_STREAM,
  UNKNOWN_POSITION,
} from '../src/store/event-store.ts';
import { hostileContract, limitsContract } from './store/hostile-contract.ts';
import { collect, handedIn, idsOf, sampleEvent, sampleEvents } from './store/sample-events.ts';

/** Declares a test; what `suite()` of uvu gives. */
export type Declare = (name: string, run: () => Promise<void>) => void;

/** A new, empty store for each test; closing it ends what belongs to it. */
export type MakeStore<Store extends EventStore> = () => Promise<Store>;

export function eventStoreContract(test: Declare, makeStore: MakeStore<EventStore>): void {
  const withStore = onStores(test, makeStore);
  orderContract(withStore);
  conflictContract(withStore);
  idempotenceContract(withStore);
  limitsContract(withStore);
  hostileContract(withStore);
  subscriptionContract(withStore);
}

/** Declares tests of which each has a store of its own, closed when it is over. */
export function onStores<Store extends EventStore>(test: Declare, makeStore: MakeStore<Store>) {
  return (name: string, run: (store: Store) => Promise<void>): void =>
    test(name, async () => {
      const store = await makeStore();
      try {
        await run(store);
      } finally {
        await store.close();
      }
    });
}

export type WithStore = (name: string, run: (store: EventStore) => Promise<void>) => void;

const newStream = { expectedRevision: NO_STREAM };

function orderContract(test: WithStore): void {
  test('a stream gives back what was appended, in order, each event sealing the last', async (store) => {
    const events = sampleEvents(0, 5);
    await store.append('order-1', events.slice(0, 2), newStream);
    await store.append('order-1', events.slice(2), { expectedRevision: 1 });
    const stored = await collect(store.readStream('order-1'));
    assert.equal(stored.map(handedIn), events.map(handedIn));
    assert.equal(
      stored.map((event) => event.revision),
      [0, 1, 2, 3, 4],
    );
    let previous: Uint8Array | undefined;
    for (const event of stored) {
      previous = eventDigest(event, previous);
      assert.equal(Buffer.from(event.digest), Buffer.from(previous));
      assert.is(event.stream, 'order-1');
    }
  });

  test('an append answers with the last revision, its digest and, where known, its position', async (store) => {
    const result = await store.append('order-1', sampleEvents(0, 3), newStream);
    const last = (await collect(store.readAll())).at(-1);
    assert.ok(result.ok);
    assert.is(result.lastRevision, 2);
    if (result.position !== UNKNOWN_POSITION) assert.is(result.position, last?.position);
    assert.equal(Buffer.from(result.digest), Buffer.from(last?.digest ?? []));
  });

  test('a stream can be read from a revision on, and an unknown stream is empty', async (store) => {
    const events = sampleEvents(0, 300);
    await store.append('order-1', events, newStream);
    const stored = await collect(store.readStream('order-1', 250));
    assert.equal(idsOf(stored), idsOf(events.slice(250)));
    assert.equal(await collect(store.readStream('order-1', 300)), []);
    assert.equal(await collect(store.readStream('order-2')), []);
  });

  test('all streams are read in the order of their appends, after any checkpoint', async (store) => {
    const events = sampleEvents(0, 40);
    for (const [index, event] of events.entries()) {
      const expectedRevision = Math.floor(index / 4) - 1;
      await store.append(`order-${index % 4}`, [event], { expectedRevision });
    }
    const all = await collect(store.readAll());
    assert.equal(idsOf(all), idsOf(events));
    assert.ok(all.every(({ position }, i) => i === 0 || position > (all[i - 1]?.position ?? 0)));
    for (const [index, event] of all.entries()) {
      const rest = await collect(store.readAll(store.checkpointOf(event)));
      assert.equal(idsOf(rest), idsOf(events.slice(index + 1)));
    }
  });

  test('a reader of all streams can ask for prefixes and types', async (store) => {
    const make = (n: number, type: string) => sampleEvent(n, { type });
    await store.append('a-1', [make(0, 'A'), make(1, 'B')], newStream);
    await store.append('b-1', [make(2, 'A'), make(3, 'C')], newStream);
    await store.append('ab-1', [make(4, 'B')], newStream);
    const read = async (filter: Parameters<EventStore['readAll']>[1]) =>
      (await collect(store.readAll(undefined, filter))).map((e) => JSON.parse(e.data).name);
    assert.equal(await read({ streamPrefixes: ['a-'] }), [0, 1]);
    assert.equal(await read({ streamPrefixes: ['a'] }), [0, 1, 4]);
    assert.equal(await read({ streamPrefixes: ['a-', 'ab-'], types: ['B'] }), [1, 4]);
    assert.equal(await read({ types: ['A', 'C'] }), [0, 2, 3]);
    assert.equal(await read({ types: ['D'] }), []);
    assert.equal(await read({ streamPrefixes: [], types: [] }), [0, 1, 2, 3, 4]);
  });

  test('the last checkpoint is that of the newest event', async (store) => {
    assert.is(await store.lastCheckpoint(), undefined);
    await store.append('order-1', sampleEvents(0, 2), newStream);
    const last = (await collect(store.readAll())).at(-1);
    assert.ok(last);
    assert.is(await store.lastCheckpoint(), store.checkpointOf(last));
  });

  test('the head covers every stream by its newest digest, in no order of appends', async (store) => {
    assert.equal(Buffer.from(await store.head()), Buffer.from(ledgerHead([])));
    for (const stream of ['z', 'ä', 'a', 'b'])
      await store.append(stream, sampleEvents(0, 2), newStream);
    await store.append('a', [sampleEvent(2)], { expectedRevision: 1 });
    const newest = new Map((await collect(store.readAll())).map((event) => [event.stream, event]));
    const expected = ledgerHead(newest.values());
    assert.equal(Buffer.from(await store.head()), Buffer.from(expected));
  });
}

function conflictContract(test: WithStore): void {
  test('an append that expects another revision changes nothing and learns the real one', async (store) => {
    assert.equal(await store.append('conflict-1', [sampleEvent(9)], { expectedRevision: 0 }), {
      ok: false,
      actualRevision: NO_STREAM,
    });
    await store.append('conflict-1', sampleEvents(0, 3), newStream);
    for (const expectedRevision of [NO_STREAM, 0, 1, 3, 99]) {
      const result = await store.append('conflict-1', [sampleEvent(9)], { expectedRevision });
      assert.equal(result, { ok: false, actualRevision: 2 });
    }
    assert.equal(idsOf(await collect(store.readAll())), idsOf(sampleEvents(0, 3)));
  });

  test('of many appends at once that expect the same revision, exactly one is made', async (store) => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.append('conflict-1', [sampleEvent(n)], newStream)),
    );
    assert.is(results.filter(({ ok }) => ok).length, 1);
    assert.is((await collect(store.readAll())).length, 1);
  });

  test('many appends to many streams at once are all made', async (store) => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        store.append(`conflict-${n}`, [sampleEvent(n), sampleEvent(`${n}b`)], newStream),
      ),
    );
    assert.ok(results.every(({ ok }) => ok));
    assert.is((await collect(store.readAll())).length, 200);
  });

  test('of many requests in one call each is all or nothing by itself', async (store) => {
    await store.append('conflict-1', [sampleEvent(0)], newStream);
    const results = await store.appendMany([
      { stream: 'conflict-2', events: sampleEvents(10, 12), expectedRevision: NO_STREAM },
      { stream: 'conflict-3', events: sampleEvents(20, 22), expectedRevision: 7 },
      { stream: 'conflict-1', events: sampleEvents(30, 32), expectedRevision: 0 },
      { stream: 'conflict-1', events: sampleEvents(40, 42), expectedRevision: 2 },
    ]);
    assert.equal(
      results.map(({ ok }) => ok),
      [true, false, true, true],
    );
    assert.equal(results[1], { ok: false, actualRevision: NO_STREAM });
    const stored = await collect(store.readStream('conflict-1'));
    assert.equal(idsOf(stored), idsOf([0, 30, 31, 40, 41].map((n) => sampleEvent(n))));
    assert.equal(await store.appendMany([]), []);
  });

  test('after a conflict the later requests of the call on its stream conflict too', async (store) => {
    // Another writer was first: the second request would fit its revision by chance.
    await store.append('conflict-1', [sampleEvent(0)], newStream);
    const results = await store.appendMany([
      { stream: 'conflict-1', events: [sampleEvent(10)], expectedRevision: NO_STREAM },
      { stream: 'conflict-2', events: [sampleEvent(20)], expectedRevision: NO_STREAM },
      { stream: 'conflict-1', events: [sampleEvent(11)], expectedRevision: 0 },
    ]);
    const conflict = { ok: false, actualRevision: 0 };
    assert.equal([results[0], results[2]], [conflict, conflict]);
    assert.ok(results[1]?.ok);
    const again = await store.append('conflict-1', [sampleEvent(11)], { expectedRevision: 0 });
    assert.ok(again.ok);
    assert.equal(
      idsOf(await collect(store.readStream('conflict-1'))),
      idsOf([sampleEvent(0), sampleEvent(11)]),
    );
  });

  test('a conflict in one part of a batch is one in its later parts too', async (store) => {
    await store.append('conflict-1', [sampleEvent(0)], newStream);
    const request = (stream: string, n: number, expectedRevision: number) => {
      return { stream, events: [sampleEvent(n)], expectedRevision };
    };
    const parts = await Promise.all([
      store.appendMany([request('conflict-1', 10, NO_STREAM)], { batch: 1 }),
      store.appendMany([request('conflict-2', 20, NO_STREAM)], { batch: 2 }),
      store.appendMany([request('conflict-1', 11, 0), request('conflict-2', 21, 0)], { batch: 1 }),
    ]);
    assert.equal(
      parts.flat().map(({ ok }) => ok),
      [false, true, false, true],
    );
    const [other] = await store.appendMany([request('conflict-1', 12, 0)], { batch: 3 });
    assert.ok(other?.ok);
  });
}

function idempotenceContract(test: WithStore): void {
  test('the same append again gives the first answer, whatever was appended since', async (store) => {
    const first = await store.append('again-1', sampleEvents(0, 2), newStream);
    const second = await store.append('again-1', sampleEvents(2, 4), { expectedRevision: 1 });
    assert.equal(await store.append('again-1', sampleEvents(0, 2), newStream), first);
    assert.equal(
      await store.append('again-1', sampleEvents(2, 4), { expectedRevision: 1 }),
      second,
    );
    assert.is((await collect(store.readAll())).length, 4);
  });

  test('the same append twice at once is made once, and both hear the same', async (store) => {
    const events = sampleEvents(0, 20);
    const [a, b] = await Promise.all([
      store.append('again-1', events, newStream),
      store.append('again-1', events, newStream),
    ]);
    assert.equal(a, b);
    assert.is((await collect(store.readAll())).length, 20);
  });

  test('an append that repeats only in part, or with other bytes, is a conflict', async (store) => {
    const events = sampleEvents(0, 3);
    await store.append('again-1', events, newStream);
    const conflict = { ok: false, actualRevision: 2 };
    const changed = (change: Partial<NewEvent>) =>
      events.map((event, index) => (index === 1 ? { ...event, ...change } : event));
    for (const attempt of [
      sampleEvents(0, 4),
      [...events.slice(0, 2), sampleEvent(7)],
      changed({ data: '{"name":1}' }),
      changed({ metadata: '{}' }),
      changed({ type: 'Other' }),
    ]) {
      assert.equal(await store.append('again-1', attempt, newStream), conflict);
    }
    assert.equal(await store.append('again-1', events, { expectedRevision: 0 }), conflict);
    assert.is((await collect(store.readAll())).length, 3);
  });
}

function subscriptionContract(test: WithStore): void {
  test('a subscription catches up, then goes on live, and misses and repeats nothing', async (store) => {
    const total = 600;
    await store.append('live-0', sampleEvents(0, 200), newStream);
    const [first] = await collect(store.readAll());
    assert.ok(first);
    const abort = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of store.subscribe(store.checkpointOf(first), {}, abort.signal)) {
        seen.push(event.id);
        if (seen.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        if (seen.length === total - 1) abort.abort();
      }
    })();
    for (let n = 200; n < total; n += 5) {
      await store.append(`live-${n}`, sampleEvents(n, n + 5), newStream);
    }
    await reading;
    assert.equal(seen, idsOf(sampleEvents(1, total)));
  });

  test('a subscription gives only what its filter asks for', async (store) => {
    const seen: string[] = [];
    const abort = new AbortController();
    const filter = { streamPrefixes: ['live-a'], types: ['Wanted'] };
    const reading = (async () => {
      for await (const event of store.subscribe(undefined, filter, abort.signal)) {
        seen.push(event.stream);
        if (seen.length === 3) abort.abort();
      }
    })();
    for (const stream of ['live-a1', 'live-b1', 'live-a2', 'live-b2', 'live-a3']) {
      const events = [sampleEvent(stream, { type: 'Wanted' }), sampleEvent(`${stream} other`)];
      await store.append(stream, events, newStream);
    }
    await reading;
    assert.equal(seen, ['live-a1', 'live-a2', 'live-a3']);
  });

  test('a waiting subscription ends when it is aborted and when the store closes', async (store) => {
    const abort = new AbortController();
    const aborted = collect(store.subscribe(undefined, undefined, abort.signal));
    const closed = collect(store.subscribe());
    const never = collect(store.subscribe(undefined, undefined, AbortSignal.abort()));
    await store.append('live-1', [sampleEvent(0)], newStream);
    assert.equal(await never, []);
    setTimeout(() => abort.abort(), 20);
    assert.is((await aborted).length, 1);
    setTimeout(() => store.close(), 20);
    assert.is((await closed).length, 1);
  });

  test('a subscriber that breaks off disturbs nobody', async (store) => {
    await store.append('live-1', sampleEvents(0, 5), newStream);
    for await (const event of store.subscribe()) if (event.revision === 2) break;
    assert.ok((await store.append('live-1', [sampleEvent(5)], { expectedRevision: 4 })).ok);
  });
}
