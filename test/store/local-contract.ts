/** What a store on this machine promises beyond the contract of every store. */
import * as assert from 'uvu/assert';
import {
  type LocalStore,
  type NewEvent,
  NO_STREAM,
  type StoredEvent,
  type StreamRange,
} from '../../src/store/event-store.ts';
import { type Declare, type MakeStore, onStores } from '../store-contract.ts';
import { HOSTILE } from './hostile-contract.ts';
import { partContract } from './part-contract.ts';
import {
  bodyOf,
  collect,
  handedIn,
  idsOf,
  randomNumbers,
  sampleEvent,
  sampleEvents,
} from './sample-events.ts';

export type WithLocalStore = (name: string, run: (store: LocalStore) => Promise<void>) => void;

export function localStoreContract(
  test: Declare,
  makeStore: MakeStore<LocalStore>,
  seed: number,
): void {
  const withStore: WithLocalStore = onStores(test, makeStore);
  nameContract(withStore);
  rangeContract(withStore, seed);
  partContract(withStore, interleaved);
  columnContract(withStore, seed);
  exactContract(withStore);
  turnContract(withStore);
  pageContract(withStore);
}

/** Pages of a store are at most this long. */
const LONGEST_PAGE = 2048;

function turnContract(test: WithLocalStore): void {
  const nothing = { types: ['NeverHappens'] };
  const fill = async (store: LocalStore) => {
    for (let stream = 0; stream < 4; stream++) {
      await store.append(`turns-${stream}`, sampleEvents(0, LONGEST_PAGE), newStream);
    }
  };
  /** How often the event loop turned until the work ended. */
  const turnsDuring = async (work: Promise<unknown>) => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await work;
    isOver = true;
    return turns;
  };

  test('a filter that matches nothing holds up nobody while all is read', async (store) => {
    await fill(store);
    assert.ok((await turnsDuring(collect(store.readAll(undefined, nothing)))) >= 2);
  });

  test('a subscriber whom nothing concerns holds up nobody while it catches up', async (store) => {
    await fill(store);
    const stop = new AbortController();
    const following = collect(store.subscribe(undefined, nothing, stop.signal));
    setImmediate(() => stop.abort());
    // Aborted by the first turn of the loop: long before the end of a longer store.
    assert.ok((await turnsDuring(following)) <= 3);
    const all = collect(store.subscribe(undefined, { types: ['X'] }, AbortSignal.timeout(200)));
    assert.ok((await turnsDuring(all)) >= 2);
  });
}

function pageContract(test: WithLocalStore): void {
  const types = ['Counted', 'Other'];
  const filters = [undefined, { types: ['Other'] }, { streamPrefixes: ['pages-1'] }];

  test('pages hold what a subscriber is given one by one, and say how far was looked', async (store) => {
    for (let nth = 0; nth < 300; nth++) {
      const event = { ...sampleEvent(String(nth)), type: types[nth % 7 === 0 ? 1 : 0] ?? '' };
      await store.append(`pages-${nth}`, [event], newStream);
    }
    const newest = await store.lastCheckpoint();
    for (const filter of filters) {
      for (const after of [undefined, '1', '150', '299', '300']) {
        const given: StoredEvent[] = [];
        let reached = after ?? '0';
        const stop = new AbortController();
        if (reached === newest) stop.abort();
        for await (const page of store.subscribePages(after, filter, stop.signal)) {
          assert.ok(page.events.every(({ position }) => position <= Number(page.checkpoint)));
          assert.ok(Number(page.checkpoint) > Number(reached));
          given.push(...page.events);
          reached = page.checkpoint;
          if (reached === newest) stop.abort();
        }
        assert.is(reached, newest);
        assert.equal(given, await collect(store.readAll(after, filter)));
      }
    }
  });
}

const newStream = { expectedRevision: NO_STREAM };

function nameContract(test: WithLocalStore): void {
  test('streams are listed by prefix, in the order of their bytes', async (store) => {
    const names = ['channel-b', 'channel-a', 'channel-', 'chan', 'peer-a', '\u{10000}', '\uffff'];
    for (const name of names) await store.append(name, [sampleEvent(name)], newStream);
    assert.equal(store.streamNames('channel-'), ['channel-', 'channel-a', 'channel-b']);
    assert.equal(store.streamNames('x'), []);
    const all = ['chan', 'channel-', 'channel-a', 'channel-b', 'peer-a', '\uffff', '\u{10000}'];
    assert.equal(store.streamNames(''), all);
    assert.equal(
      store.streamHeads('').map(({ stream }) => stream),
      all,
    );
  });

  test('an append that was refused leaves no stream behind', async (store) => {
    await store.append('never', [sampleEvent(0)], { expectedRevision: 3 });
    assert.equal(store.streamNames(''), []);
    assert.is(store.streamHead('never'), undefined);
  });

  test('the head of a stream is its newest event', async (store) => {
    await store.append('head-1', sampleEvents(0, 3), newStream);
    await store.append('head-2', sampleEvents(3, 4), newStream);
    const last = [...store.streamEvents('head-1')].at(-1);
    assert.ok(last);
    const { stream, revision, position, digest } = last;
    assert.equal(store.streamHead('head-1'), { stream, revision, position, digest });
    await store.append('head-1', [sampleEvent(4)], { expectedRevision: 2 });
    assert.is(store.streamHead('head-1')?.revision, 3);
  });
}

/** Two streams, interleaved, of two types. */
async function interleaved(store: LocalStore, count: number): Promise<NewEvent[]> {
  const events = Array.from({ length: count }, (_, n) =>
    sampleEvent(n, { type: n % 3 === 0 ? 'Rare' : 'Usual', columns: { isMarked: n % 3 === 0 } }),
  );
  await store.appendMany(
    events.map((event, n) => ({
      stream: `range-${n % 2}`,
      events: [event],
      expectedRevision: Math.floor(n / 2) - 1,
    })),
  );
  return events;
}

function rangeContract(test: WithLocalStore, seed: number): void {
  test('any range of a stream holds exactly the events it names', async (store) => {
    await interleaved(store, 700);
    const stored = [...store.streamEvents('range-1')];
    assert.is(stored.length, 350);
    const random = randomNumbers(seed);
    const maybe = <T>(value: T) => (random(2) === 0 ? [] : [value]);
    for (let round = 0; round < 60; round++) {
      const range: StreamRange = Object.assign(
        {},
        ...maybe({ fromRevision: random(400) - 5 }),
        ...maybe({ toRevision: random(400) - 5 }),
        ...maybe({ toPosition: random(750) }),
        ...maybe({ types: [['Rare'], ['Rare', 'Usual', 'Unknown'], ['Unknown'], []][random(4)] }),
      );
      const { fromRevision = 0, toRevision = 1000, toPosition = 1000, types } = range;
      const expected = stored.filter(
        ({ revision, position, type }) =>
          revision >= fromRevision &&
          revision <= toRevision &&
          position <= toPosition &&
          (types === undefined || types.includes(type)),
      );
      assert.equal([...store.streamEvents('range-1', range)], expected, JSON.stringify(range));
      assert.equal([...store.streamBodies('range-1', range)].map(bodyOf), expected.map(bodyOf));
    }
  });

  test('all events, and the marked ones, are read after any position', async (store) => {
    const events = await interleaved(store, 700);
    const all = [...store.allEvents()];
    assert.equal(all.map(handedIn), events.map(handedIn));
    for (const after of [0, 1, 15, 16, 17, 400, 699, 700, 800]) {
      const rest = all.filter(({ position }) => position > after);
      assert.equal([...store.allEvents(after)], rest);
      assert.equal([...store.allBodies(after)].map(bodyOf), rest.map(bodyOf));
      const marked = rest.filter(({ type }) => type === 'Rare');
      assert.equal([...store.markedEvents(['Rare'], after)], marked);
      assert.equal([...store.markedEvents(['Usual', 'Rare', 'Unknown', 'Rare'], after)], marked);
    }
    assert.equal([...store.markedEvents([])], []);
  });

  test('marked events of several types come in the order of the store', async (store) => {
    const types = ['A', 'B', 'C'];
    const events = Array.from({ length: 300 }, (_, n) =>
      sampleEvent(n, { type: types[(n * 7) % 3] ?? 'A', columns: { isMarked: n % 2 === 0 } }),
    );
    await store.append('marked-1', events, newStream);
    const expected = events.filter((event) => event.columns.isMarked && event.type !== 'B');
    assert.equal(idsOf([...store.markedEvents(['C', 'A'])]), idsOf(expected));
  });

  test('a reading in progress neither holds up appends nor sees them', async (store) => {
    await interleaved(store, 700);
    const seen: StoredEvent[] = [];
    for (const event of store.allEvents()) {
      seen.push(event);
      if (seen.length % 100 !== 0) continue;
      const n = 10_000 + seen.length;
      await store.append(`other-${n}`, [sampleEvent(n)], newStream);
    }
    assert.is(seen.length, 700);
    assert.is([...store.allEvents()].length, 707);
  });
}

function columnContract(test: WithLocalStore, seed: number): void {
  test('points give times and amounts of the types asked for', async (store) => {
    const big = 2n ** 63n - 1n;
    const columns = [
      { happenedAtNs: big, amount1: big, amount2: -big - 1n },
      { happenedAtNs: 1n, amount1: null, amount2: 0n },
      { happenedAtNs: 0n },
    ];
    const events = columns.map((own, n) =>
      sampleEvent(n, { type: n === 2 ? 'Other' : 'Balance', columns: own }),
    );
    await store.append('points-1', events, newStream);
    const [a, b] = [...store.streamPoints('points-1', ['Balance'])];
    assert.equal(a, { revision: 0, position: 1, type: 'Balance', ...columns[0] });
    assert.equal(b, { revision: 1, position: 2, type: 'Balance', ...columns[1] });
    assert.is([...store.streamPoints('points-1', ['Balance', 'Other'])].length, 3);
    assert.equal([...store.streamPoints('points-1', ['Unknown'])], []);
    assert.equal([...store.streamPoints('points-2', ['Balance'])], []);
  });

  test('a stream is out of order from its first event that happened before an earlier one', async (store) => {
    const at = (n: number, happenedAtNs: bigint) => sampleEvent(n, { columns: { happenedAtNs } });
    assert.not(store.isOutOfOrder('late-1'));
    await store.append('late-1', [at(0, 5n), at(1, 5n), at(2, 6n)], newStream);
    await store.append('late-2', [at(0, -5n)], newStream);
    assert.not(store.isOutOfOrder('late-1'));
    await store.append('late-1', [at(3, 5n)], { expectedRevision: 2 });
    assert.ok(store.isOutOfOrder('late-1'));
    await store.append('late-1', [at(4, 9n)], { expectedRevision: 3 });
    assert.ok(store.isOutOfOrder('late-1'));
    assert.not(store.isOutOfOrder('late-2'));
    await store.append('late-2', [at(1, -6n)], { expectedRevision: 0 });
    assert.ok(store.isOutOfOrder('late-2'));
    assert.equal(store.integrity(), []);
  });

  test('the revision at a time or a position is the one counting would give', async (store) => {
    const random = randomNumbers(seed);
    let time = 1_700_000_000_000_000_000n;
    const events = Array.from({ length: 200 }, (_, n) => {
      // Repeated times, small steps and leaps: whatever the search guesses by must not matter.
      time += [0n, 1n, 1000n, 10n ** 15n][random(4)] ?? 0n;
      const recordedAtNs = time + BigInt(n);
      return sampleEvent(n, { columns: { happenedAtNs: time, recordedAtNs } });
    });
    for (const [n, event] of events.entries()) {
      await store.append('other', [sampleEvent(`o${n}`)], { expectedRevision: n - 1 });
      await store.append('when-1', [event], { expectedRevision: n - 1 });
    }
    const count = (isBy: (event: NewEvent, n: number) => boolean) => events.filter(isBy).length - 1;
    for (const { columns } of events) {
      for (const offset of [-1n, 0n, 1n]) {
        const at = columns.happenedAtNs + offset;
        const happened = count((event) => event.columns.happenedAtNs <= at);
        assert.is(store.revisionHappenedBy('when-1', at), happened);
        const recorded = count((event) => event.columns.recordedAtNs <= at);
        assert.is(store.revisionRecordedBy('when-1', at), recorded);
      }
    }
    for (let position = 0; position <= 402; position++) {
      const expected = count((_, n) => 2 * n + 2 <= position);
      assert.is(store.revisionAtPosition('when-1', position), expected);
    }
    assert.is(store.revisionHappenedBy('when-2', time), -1);
    assert.is(store.revisionAtPosition('when-2', 5), -1);
  });
}

function exactContract(test: WithLocalStore): void {
  test('the exact reading gives the bytes and columns that were handed in', async (store) => {
    const events = HOSTILE.map((text, n) =>
      sampleEvent(n, {
        type: text,
        data: text.repeat(50),
        metadata: text,
        columns: { amount1: BigInt(n), isMarked: n % 2 === 0, happenedAtNs: -1n },
      }),
    );
    await store.append('exact\0é', events, newStream);
    const stored = [...store.streamEvents('exact\0é')];
    for (const [n, exact] of [...store.exactEvents()].entries()) {
      assert.equal(exact.defects, []);
      assert.equal(Buffer.from(exact.stream ?? []).toString(), 'exact\0é');
      assert.equal(Buffer.from(exact.type ?? []).toString(), events[n]?.type);
      assert.equal(Buffer.from(exact.data).toString(), events[n]?.data);
      assert.equal(Buffer.from(exact.metadata).toString(), events[n]?.metadata);
      assert.equal(exact.columns, events[n]?.columns);
      assert.equal(Buffer.from(exact.digest), stored[n]?.digest);
      assert.is(Buffer.from(exact.id).toString('hex'), stored[n]?.id.replaceAll('-', ''));
      assert.is(exact.revision, n);
      assert.is(exact.position, n + 1);
    }
    assert.is([...store.exactEvents()].length, HOSTILE.length);
    assert.equal(store.integrity(), []);
  });
}
