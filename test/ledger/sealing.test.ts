/** Sealing shown by attack: on the file's bytes, on values that were moved, on what lies around them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Keyring } from '../../src/ledger/keyring.ts';
import { rebuildRows } from '../../src/ledger/rebuild.ts';
import { openSealed, seal } from '../../src/ledger/sealing.ts';
import { decodeEvent, type LedgerEvent } from '../../src/ledger/stored-event.ts';
import { eventTables } from '../../src/ledger/streams.ts';
import { Views } from '../../src/ledger/views.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { EventTable } from '../../src/schema/event-definition.ts';
import type { LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { eventsOf, keyringOf, ledgerKey, recorded, recorderOf } from './recording.ts';
import { Clock, channelId, channelStory, commitment, us, wholeStory } from './story.ts';

const boxes = suite('a sealed value');
const purging = suite('a purged channel');
const around = suite('around a sealed value');

const subject = `channel/${us.nodeId}/${channelId}`;
const place = { stream: 'channel-a.b.c', type: 'HtlcAdded', id: 'the id' };
const directory = temporaryDirectory();
let made = 0;

async function sealedEvents(store: LocalStore): Promise<LedgerEvent[]> {
  const events = (await eventsOf(store)).map(decodeEvent);
  return events.filter(({ sealed }) => sealed !== undefined);
}

/** What the sealed values say: each text, by the id of its event. */
async function plainTexts(store: LocalStore, keyring: Keyring): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const event of await sealedEvents(store)) {
    const opened = event.sealed && openSealed(keyring, event, event.sealed);
    if (opened?.state === 'open') texts.set(event.id, opened.text);
  }
  return texts;
}

/** The payment hash that only an observation in quarantine tells. */
const quarantinedHash = 'c0ffee'.repeat(11).slice(0, 64);

/** A sealed text and what is in it: as text, and as the bytes that its hex stands for. */
function valuesIn(text: string): Buffer[] {
  // An observation repeats public ids too; what it alone tells is its payment hash.
  if (text.startsWith('{"observation"')) {
    assert.ok(text.includes(quarantinedHash));
    return [Buffer.from(quarantinedHash), Buffer.from(quarantinedHash, 'hex')];
  }
  const values: Buffer[] = [Buffer.from(text)];
  for (const [value] of text.matchAll(/[0-9a-f]{32,}/g)) values.push(Buffer.from(value, 'hex'));
  return values;
}

function windowsOf(values: readonly Buffer[]): Set<string> {
  const windows = new Set<string>();
  for (const value of values) {
    for (let at = 0; at + 16 <= value.length; at++) {
      windows.add(value.toString('latin1', at, at + 16));
    }
  }
  return windows;
}

/** The windows that are found in one of the files of a ledger. */
function found(path: string, windows: ReadonlySet<string>): string[] {
  const hits: string[] = [];
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    if (!existsSync(path + suffix)) continue;
    const bytes = readFileSync(path + suffix).toString('latin1');
    for (let at = 0; at + 16 <= bytes.length; at++) {
      const window = bytes.slice(at, at + 16);
      if (windows.has(window)) hits.push(`${suffix} ${at}: ${Buffer.from(window, 'latin1')}`);
    }
  }
  return hits;
}

/** A story with an observation in quarantine, which holds a payment hash of the channel. */
function withQuarantine(): Observation[] {
  const wrong = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
  const held = { id: 0, direction: 'offered', amountMsat: 50_000_000n, cltvExpiry: 600 } as const;
  if (wrong.type !== 'CommitmentSeen') throw new Error('no commitment');
  const data = { ...wrong.data, htlcs: [{ ...held, paymentHash: quarantinedHash }] };
  const story = wholeStory();
  const [quarantined] = channelStory([{ ...wrong, data }], new Clock('ldk'));
  const before = story.findIndex(({ fact }) => fact.type === 'CommitmentSeen');
  const { happenedAtNs, recordedAtNs } = story[before] as Observation;
  const seen = { ...quarantined, happenedAtNs, recordedAtNs, key: 'wrong' } as Observation;
  return [...story.slice(0, before), seen, ...story.slice(before)];
}

boxes('opens where it was sealed, and sealing it again gives the same bytes', () => {
  const keyring = keyringOf(new MemoryStore());
  const sealed = seal(keyring, subject, place, 'a text');
  assert.equal(seal(keyring, subject, place, 'a text'), sealed);
  assert.equal(openSealed(keyring, place, sealed), { state: 'open', text: 'a text' });
});

boxes('moved to another stream, type or event does not open', () => {
  const keyring = keyringOf(new MemoryStore());
  const sealed = seal(keyring, subject, place, 'a text');
  for (const moved of [
    { ...place, stream: 'channel-a.b.d' },
    { ...place, type: 'HtlcSettled' },
    { ...place, id: 'the ie' },
    // The same characters with the borders elsewhere.
    { stream: 'channel-a.b.cHtlc', type: 'Added', id: 'the id' },
    { stream: 'channel-a.b.c', type: 'HtlcAddedthe', id: ' id' },
  ]) {
    assert.equal(openSealed(keyring, moved, sealed), { state: 'damaged' });
  }
});

boxes('changed in any byte does not open', () => {
  const keyring = keyringOf(new MemoryStore());
  const sealed = seal(keyring, subject, place, 'a text');
  const box = Buffer.from(sealed.box ?? '', 'base64');
  for (let at = 0; at < box.length; at++) {
    const changed = Buffer.from(box);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const moved = { ...sealed, box: changed.toString('base64') };
    assert.equal(openSealed(keyring, place, moved), { state: 'damaged' });
  }
  for (const box of ['', 'AAAA']) {
    assert.equal(openSealed(keyring, place, { ...sealed, box }), { state: 'damaged' });
  }
});

boxes('under the key of another subject does not open', () => {
  const keyring = keyringOf(new MemoryStore());
  const sealed = seal(keyring, subject, place, 'a text');
  const other = seal(keyring, 'channel/x/y', place, 'a text');
  assert.equal(openSealed(keyring, place, { ...sealed, keyId: other.keyId }), { state: 'damaged' });
});

boxes('shares its nonce with no other text or place', () => {
  const keyring = keyringOf(new MemoryStore());
  const nonces = new Set<string>();
  let count = 0;
  for (let nth = 0; nth < 200; nth++) {
    for (const text of ['', 'a', `text ${nth % 10}`]) {
      const { box = '' } = seal(keyring, subject, { ...place, id: `id ${nth}` }, text);
      nonces.add(box.slice(0, 16));
      count++;
    }
  }
  assert.is(nonces.size, count);
});

boxes('of the same text in another place has other bytes altogether', () => {
  const keyring = keyringOf(new MemoryStore());
  const a = seal(keyring, subject, place, 'the same preimage').box ?? '';
  const b = seal(keyring, subject, { ...place, id: 'other' }, 'the same preimage').box ?? '';
  for (let at = 0; at + 12 <= a.length; at++) assert.not.match(b, a.slice(at, at + 12));
});

purging('leaves no window of 16 bytes of any plaintext, nor of its key, in any file', async () => {
  const path = join(directory, `${made++}.db`);
  const store = openSqliteStore(path);
  // A key of its own, not one of a seed that could be made again.
  const keyring = new Keyring({ table: store.keys, ledgerKey, nowNs: () => 5n });
  await recorderOf(store, keyring).record(withQuarantine());
  const texts = await plainTexts(store, keyring);
  assert.ok(texts.size >= 9, `${texts.size} sealed values`);
  assert.ok([...texts.values()].some((text) => text.includes('observation')));
  const plain = windowsOf([...texts.values()].flatMap(valuesIn));
  assert.ok(plain.size > 500);
  const keys = store.keys.bySubject(subject).map((key) => Buffer.from(key.wrapped ?? []));
  assert.is(keys.length, 1);
  assert.equal(found(path, plain), [], 'before the purge');
  assert.ok(found(path, windowsOf(keys)).length > 0, 'the search finds what is there');

  assert.ok(keyring.destroy(subject));
  assert.equal(found(path, plain), [], 'after the purge');
  assert.equal(found(path, windowsOf(keys)), [], 'the wrapped key');
  assert.equal(found(path, windowsOf([Buffer.from(ledgerKey)])), [], "the ledger's key");
  const left = await plainTexts(
    store,
    new Keyring({ table: store.keys, ledgerKey, nowNs: () => 5n }),
  );
  assert.equal(left, new Map());
  await store.close();
  assert.equal(found(path, plain), [], 'after closing');
  assert.equal(found(path, windowsOf(keys)), [], 'the wrapped key, after closing');
});

purging('drops the sealed fields of later facts and marks them so', async () => {
  const store = await recorded(channelStory());
  const keyring = keyringOf(store);
  keyring.destroy(subject);
  const later = channelStory(undefined, new Clock('another'));
  await recorderOf(store, keyring).record(later);
  const sealed = (await sealedEvents(store)).filter(({ stream }) => stream.endsWith('.another'));
  assert.ok(sealed.length > 3);
  const keyId = keyring.keyIdOf(subject);
  for (const event of sealed) {
    assert.equal(event.sealed, { keyId });
    assert.equal(openSealed(keyring, event, { keyId: keyId ?? '' }), { state: 'purged' });
  }
});

purging('has the rows it had with the key, without it, and before', async () => {
  const store = await recorded(withQuarantine());
  const rowsNow = async () => {
    const views = new Views().all();
    await rebuildRows(store, views);
    return views.flatMap(({ name }) => [...store.keptRows(name)]);
  };
  const withKey = await rowsNow();
  assert.is(withKey.length, 4);
  keyringOf(store).destroy(subject);
  assert.equal(await rowsNow(), withKey);
});

around('no plain field, key or evidence holds a sealed value', async () => {
  const store = await recorded(withQuarantine());
  const texts = await plainTexts(store, keyringOf(store));
  const told = [...texts.values()].filter((text) => !text.startsWith('{"observation"'));
  const values = told.flatMap((text) => [...text.matchAll(/[0-9a-f]{32,}/g)].map(([hex]) => hex));
  const secrets = [...new Set([...values, quarantinedHash])];
  assert.ok(secrets.length >= 8, `${secrets.length} secrets`);
  for (const { data, metadata, stream, id, type } of await eventsOf(store)) {
    const visible = [data, metadata, stream, id].join('\n');
    for (const value of secrets) {
      assert.not(visible.includes(value), `${type} shows a sealed value`);
      const base64 = Buffer.from(value, 'hex').toString('base64').slice(0, 20);
      assert.not(visible.includes(base64), `${type} shows a sealed value in base64`);
    }
  }
});

around('no sealed field is a plain one too, or part of a key', () => {
  for (const table of Object.values(eventTables) as EventTable[]) {
    for (const [type, definition] of Object.entries(table)) {
      const inKey = [...definition.key.matchAll(/\{([^}]*)\}/g)].flatMap(([, names = '']) => {
        return names.split('|');
      });
      for (const field of Object.keys(definition.sealed?.properties ?? {})) {
        assert.not(field in definition.plain.properties, `${type}.${field}`);
        assert.not(inKey.includes(field), `the key of ${type}`);
      }
    }
  }
});

around('the facts that decisions and rows are made of have no sealed part', async () => {
  const store = await recorded(wholeStory());
  for (const event of await sealedEvents(store)) {
    assert.not('sealed' in (event.fact?.data ?? {}), event.type);
  }
});

boxes.run();
purging.run();
around.run();
