/** What every store refuses, and what it must not be hurt by. */
import * as assert from 'uvu/assert';
import {
  MAX_APPEND_BYTES,
  MAX_EVENT_BYTES,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from '../../src/store/event-store.ts';
import type { WithStore } from '../store-contract.ts';
import { collect, handedIn, idsOf, sampleEvent } from './sample-events.ts';

const newStream = { expectedRevision: NO_STREAM };

async function refuses(run: () => Promise<unknown>, words: RegExp): Promise<void> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, StoreError);
    assert.match(error instanceof Error ? error.message : '', words);
    return;
  }
  assert.unreachable(`not refused: ${words}`);
}

export function limitsContract(test: WithStore): void {
  const LONE = '\ud800';
  const refused: readonly (readonly [string, RegExp, string, readonly NewEvent[], number?])[] = [
    ['an empty stream name', /stream name is empty/, '', [sampleEvent(1)]],
    ['an empty type', /type name is empty/, 's', [sampleEvent(1, { type: '' })]],
    ['a stream name of 513 bytes', /over 512 bytes/, `${'é'.repeat(256)}x`, [sampleEvent(1)]],
    ['a type of 513 bytes', /over 512 bytes/, 's', [sampleEvent(1, { type: 'x'.repeat(513) })]],
    ['half a character in a name', /not well-formed/, `s${LONE}`, [sampleEvent(1)]],
    ['half a character in a type', /not well-formed/, 's', [sampleEvent(1, { type: LONE })]],
    ['half a character in data', /not well-formed/, 's', [sampleEvent(1, { data: LONE })]],
    ['half a character in metadata', /not well-formed/, 's', [sampleEvent(1, { metadata: LONE })]],
    ['something else than an id', /is not an event id/, 's', [sampleEvent(1, { id: 'X' })]],
    ['an id in capitals', /is not an event id/, 's', [sampleEvent(1, { id: 'A'.repeat(36) })]],
    ['one id twice', /same event id twice/, 's', [sampleEvent(1), sampleEvent(1)]],
    ['nothing', /no events/, 's', []],
    ['a revision that is none', /expectedRevision/, 's', [sampleEvent(1)], -2],
    ['half a revision', /expectedRevision/, 's', [sampleEvent(1)], 0.5],
    [
      'a time beyond 64 bits',
      /64 bits/,
      's',
      [sampleEvent(1, { columns: { happenedAtNs: 2n ** 63n } })],
    ],
    [
      'an amount beyond 64 bits',
      /64 bits/,
      's',
      [sampleEvent(1, { columns: { amount2: -(2n ** 63n) - 1n } })],
    ],
  ];
  for (const [what, words, stream, events, expectedRevision = NO_STREAM] of refused) {
    test(`an append of ${what} is refused and nothing is stored`, async (store) => {
      await refuses(() => store.append(stream, events, { expectedRevision }), words);
      const good = { stream: 'good', events: [sampleEvent(2)], expectedRevision: NO_STREAM };
      await refuses(() => store.appendMany([good, { stream, events, expectedRevision }]), words);
      assert.equal(await collect(store.readAll()), []);
    });
  }

  test('the largest event and the largest append are taken, one byte more is refused', async (store) => {
    const sized = (name: string, bytes: number) =>
      sampleEvent(name, { data: 'é'.repeat(bytes / 2 - 2), metadata: '1234' });
    const halves = [sized('a', MAX_APPEND_BYTES / 2), sized('b', MAX_APPEND_BYTES / 2)];
    assert.ok((await store.append('size-1', [sized('x', MAX_EVENT_BYTES)], newStream)).ok);
    assert.ok((await store.append('size-2', halves, newStream)).ok);
    const over = { ...sized('x', MAX_EVENT_BYTES), metadata: '12345' };
    await refuses(() => store.append('size-3', [over], newStream), /over the limit of 524288/);
    const more = [...halves, sampleEvent(1, { data: '1', metadata: '' })];
    await refuses(() => store.append('size-3', more, newStream), /over the limit of 1000000/);
    assert.is((await collect(store.readAll())).length, 3);
  });

  test('a closed store refuses appends', async (store) => {
    await store.close();
    await refuses(() => store.append('closed-1', [sampleEvent(0)], newStream), /closed/);
  });

  test('a checkpoint of another ledger is refused', async (store) => {
    await refuses(() => collect(store.readAll('nonsense')), /checkpoint/);
  });
}

/** Text that has broken something somewhere. */
export const HOSTILE: readonly string[] = [
  '\0',
  'a\0b',
  '\ufffd',
  '\ufeffbom',
  '😀 漢字 é e\u0301',
  "'; DROP TABLE ev; --",
  '"\\"\n\r\t\u2028',
  '\u001b[31mred\u001b[0m',
  '%s%n{{}}$x',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '\u202eright to left',
  ' leading and trailing ',
];

export function hostileContract(test: WithStore): void {
  test('names and payloads of any text come back as they were', async (store) => {
    const events = HOSTILE.map((text, n) =>
      sampleEvent(n, { type: text, data: text, metadata: `{"x":${JSON.stringify(text)}}` }),
    );
    for (const text of HOSTILE) await store.append(text, events, newStream);
    for (const text of HOSTILE) {
      const stored = await collect(store.readStream(text));
      assert.equal(stored.map(handedIn), events.map(handedIn));
      assert.ok(stored.every(({ stream }) => stream === text));
      const filter = { streamPrefixes: [text], types: [text] };
      assert.ok((await collect(store.readAll(undefined, filter))).length >= 1);
    }
  });

  test('names that differ in their last character, or only in form, are two streams', async (store) => {
    const names = ['é', 'e\u0301', 'a', 'A', 'a\0', 'a ', 'x'.repeat(511), 'x'.repeat(512)];
    for (const [n, name] of names.entries()) await store.append(name, [sampleEvent(n)], newStream);
    for (const [n, name] of names.entries()) {
      assert.equal(idsOf(await collect(store.readStream(name))), [sampleEvent(n).id]);
    }
  });

  test('an empty payload is a payload', async (store) => {
    await store.append('empty', [sampleEvent(0, { data: '', metadata: '' })], newStream);
    const [stored] = await collect(store.readStream('empty'));
    assert.is(stored?.data, '');
    assert.is(stored?.metadata, '');
  });
}
