/** Stored bytes of every event type at every version ever written must keep their meaning (DESIGN §6). */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsOf, eventId } from '../../src/ledger/envelope.ts';
import { importLines } from '../../src/ledger/import-ndjson.ts';
import { exportLines } from '../../src/ledger/ndjson.ts';
import { openSealed, seal } from '../../src/ledger/sealing.ts';
import { decodeEvent } from '../../src/ledger/stored-event.ts';
import { type Category, categories, eventTables } from '../../src/ledger/streams.ts';
import { missingSteps, upcast } from '../../src/ledger/upcasters.ts';
import type { Draft } from '../../src/schema/aggregate.ts';
import type { EventTable } from '../../src/schema/event-definition.ts';
import { metadataCodec } from '../../src/schema/metadata.ts';
import {
  type NewEvent,
  NO_STREAM,
  type StoredEvent,
  StoreError,
} from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { withSealed } from '../../src/store/unsealed.ts';
import { collect } from '../store/sample-events.ts';
import { channelFacts } from './golden-channel-facts.ts';
import { gossipFacts, nodeFacts, peerFacts } from './golden-other-facts.ts';
import { keyringOf } from './recording.ts';

interface Golden {
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** The wrapped data key of what is sealed. */
  readonly key?: { readonly keyId: string; readonly wrapped: string };
}

const facts: Readonly<Record<Category, readonly Draft[]>> = {
  channel: channelFacts,
  peer: peerFacts,
  node: nodeFacts,
  gossip: gossipFacts,
};
const directory = new URL('../golden/', import.meta.url);

const files = suite('golden files');
const evolving = suite('a stored form of another version');

/**
 * `channel-HtlcAdded.1.json`: category, type, version. A field that a version is given later gets a
 * second file, `….1b.json`, and a second fact of its type in the list: the first stays as it was.
 */
function goldenName(category: Category, type: string, nth = 0): string {
  return `${category}-${type}.1${['', 'b', 'c', 'd', 'e'][nth]}.json`;
}

function golden(category: Category, type: string, nth = 0): Golden {
  const url = new URL(goldenName(category, type, nth), directory);
  return JSON.parse(readFileSync(url, 'utf8')) as Golden;
}

/** The facts of a category, each with how-many-th of its type it is. */
function examples(category: Category) {
  const seen = new Map<string, number>();
  return facts[category].map((fact) => {
    const nth = seen.get(fact.type) ?? 0;
    seen.set(fact.type, nth + 1);
    return { ...fact, nth };
  });
}

const asStored = (event: Golden): StoredEvent => {
  return { ...event, position: 1, revision: 0, digest: new Uint8Array(32) };
};

const goldenMetadata = {
  source: 'ldk',
  evidence: 'update 17',
  happenedAt: '2026-01-02T03:04:05.000000006Z',
  timeBasis: 'interpolated',
  notBefore: '2026-01-02T03:04:04.000000000Z',
  notAfter: '2026-01-02T03:04:06.000000000Z',
  blockHeight: 800_000,
  recordedAt: '2026-01-02T03:04:07.000000008Z',
  $causationId: 'cause',
  $correlationId: 'thread',
  schema: 1,
  minReader: 1,
} as const;

for (const category of categories) {
  const table: EventTable = eventTables[category];
  files(`hold every type of a ${category} stream, with every field it can have`, () => {
    for (const [type, { plain, sealed }] of Object.entries(table)) {
      const ofType = facts[category].filter((fact) => fact.type === type);
      assert.ok(ofType.length > 0, `no example of ${type}`);
      const fieldsOf = (parts: readonly object[]) =>
        [...new Set(parts.flatMap(Object.keys))].sort();
      const plainFields = fieldsOf(ofType.map(({ data }) => data));
      assert.equal(plainFields, Object.keys(plain.properties).sort(), type);
      const secrets = fieldsOf(ofType.map(({ secret }) => secret ?? {}));
      assert.equal(secrets, Object.keys(sealed?.properties ?? {}).sort(), `${type}, sealed`);
    }
  });

  for (const { type, data, secret, nth } of examples(category)) {
    files(`${category} ${type} decodes to the fact it was`, () => {
      const event = decodeEvent(asStored(golden(category, type, nth)));
      assert.equal(event.fact, { type, data });
      assert.equal(event.metadata, goldenMetadata);
      assert.is(event.sealed === undefined, secret === undefined);
    });

    files(`${category} ${type} is written today with the same bytes`, () => {
      const stored = golden(category, type, nth);
      const definition = table[type];
      assert.ok(definition);
      const { sealed } = decodeEvent(asStored(stored));
      const plain = definition.plainCodec.encode(data);
      assert.is(sealed === undefined ? plain : withSealed(plain, sealed), stored.data);
      const key = definition.factKey(data, 'record 5');
      assert.is(eventId(stored.stream, type, key), stored.id);
      const { schema, minReader } = definition;
      assert.is(metadataCodec.encode({ ...goldenMetadata, schema, minReader }), stored.metadata);
    });

    if (secret === undefined) continue;
    files(`${category} ${type} opens with its key to what was sealed`, () => {
      const stored = golden(category, type, nth);
      const store = new MemoryStore();
      const { keyId = '', wrapped = '' } = stored.key ?? {};
      const bytes = Buffer.from(wrapped, 'hex');
      store.keys.put({ keyId, subject: 'golden', wrapped: bytes, createdAtNs: 0n });
      const event = decodeEvent(asStored(stored));
      assert.ok(event.sealed);
      const opened = openSealed(keyringOf(store), event, event.sealed);
      assert.ok(opened.state === 'open');
      assert.equal(JSON.parse(opened.text), secret);
      assert.equal(seal(keyringOf(store), 'golden', event, opened.text), event.sealed);
    });
  }
}

files('are all of a type that is known, and none was forgotten', () => {
  const names = readdirSync(directory).sort();
  const expected = categories.flatMap((category) =>
    examples(category).map(({ type, nth }) => goldenName(category, type, nth)),
  );
  assert.equal(names, expected.sort());
});

/** A golden event with its metadata changed. */
function changed(event: Golden, metadata: object, data: string = event.data): StoredEvent {
  const text = JSON.stringify({ ...JSON.parse(event.metadata), ...metadata });
  return { ...asStored(event), data, metadata: text };
}

evolving('that demands a newer reader stops with a sentence', () => {
  const event = changed(golden('channel', 'HtlcAdded'), { schema: 9, minReader: 2 });
  let error: unknown;
  try {
    decodeEvent(event);
  } catch (thrown) {
    error = thrown;
  }
  assert.instance(error, StoreError);
  assert.match((error as StoreError).message, 'was written for a newer channel-ledger: upgrade');
  assert.match((error as StoreError).message, event.stream);
});

evolving('that is newer and allows this reader is read by the fields it knows', () => {
  const stored = golden('channel', 'HtlcAdded');
  const data = stored.data.replace('"id":3,', '"id":3,"mood":{"later":"1"},');
  const event = decodeEvent(changed(stored, { schema: 2 }, data));
  assert.ok(event.fact?.type === 'HtlcAdded');
  assert.is(event.fact.data.amountMsat, 50_000_000n);
});

evolving('of a type that is not known is kept and ignored', () => {
  const event = decodeEvent({ ...asStored(golden('channel', 'HtlcAdded')), type: 'HtlcDreamt' });
  assert.is(event.fact, undefined);
  assert.is(event.type, 'HtlcDreamt');
});

evolving('with unknown types and fields survives export and import byte for byte', async () => {
  const store = new MemoryStore();
  const stored = golden('channel', 'HtlcAdded');
  const { happenedAt, recordedAt } = goldenMetadata;
  const columns = columnsOf('HtlcAdded', {}, { happenedAt, recordedAt });
  const data = stored.data.replace('"id":3,', '"id":3,"mood":{"later":[1,"\\u0000"]},');
  const metadata = stored.metadata.replace('"schema":1', '"schema":2,"origin":"later"');
  const events: NewEvent[] = [
    { ...stored, data, metadata, columns },
    { ...stored, id: stored.id.replace(/^./, 'f'), type: 'HtlcDreamt', metadata, columns },
  ];
  await store.append(stored.stream, events, { expectedRevision: NO_STREAM });
  const lines = await collect(exportLines(store));
  const copy = new MemoryStore();
  await importLines(copy, keyringOf(copy), lines);
  assert.equal(await collect(exportLines(copy)), lines);
  assert.equal(
    [...copy.streamEvents(stored.stream)].map((event) => [event.data, event.metadata]),
    events.map((event) => [event.data, event.metadata]),
  );
});

evolving('that is older is lifted step by step, and a step that is missing ends it', () => {
  // A made-up history: version 1 counted in sat, version 2 in msat, version 3 names the side.
  const known = {
    'FeeMeant/1': (data: unknown) => {
      const { feeSat } = data as { readonly feeSat: string };
      return { feeMsat: `${feeSat}000` };
    },
    'FeeMeant/2': (data: unknown) => ({ ...(data as object), side: 'local' }),
  };
  const lifted = (from: number, to: number, data: unknown) =>
    upcast('FeeMeant', { from, to }, data, known);
  assert.equal(lifted(1, 3, { feeSat: '7' }), { feeMsat: '7000', side: 'local' });
  assert.equal(lifted(2, 3, { feeMsat: '7' }), { feeMsat: '7', side: 'local' });
  assert.equal(lifted(3, 3, { feeMsat: '7' }), { feeMsat: '7' });
  // A newer form than this reader's is read as far as it is known.
  assert.equal(lifted(4, 3, { feeMsat: '7', more: 1 }), { feeMsat: '7', more: 1 });
  const sentence = /FeeMeant was stored in form 1, and this channel-ledger cannot lift form 3 to 4/;
  assert.throws(() => lifted(1, 4, { feeSat: '7' }), sentence);
  assert.equal(missingSteps({ FeeMeant: { schema: 4 } }, known), ['FeeMeant/3']);
});

evolving('that is older can be lifted, whatever its type and version', () => {
  for (const table of Object.values(eventTables)) assert.equal(missingSteps(table), []);
});

files.run();
evolving.run();
