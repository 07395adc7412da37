import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Keyring } from '../../src/ledger/keyring.ts';
import { keyPathOf, ledgerKey, saltOf } from '../../src/ledger/ledger-key.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { type LocalStore, type MetaUpdate, StoreError } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { keyringOf, ledgerKey as testKey } from './recording.ts';

const making = suite('a data key');
const losing = suite('a data key that cannot be had');
const links = suite('a payment link');
const files = suite("the ledger's key");

const directory = temporaryDirectory();
let made = 0;
const stores: readonly (readonly [string, () => LocalStore])[] = [
  ['in memory', () => new MemoryStore()],
  ['in a file', () => openSqliteStore(join(directory, `${made++}.db`))],
];
const random = (store: LocalStore, key: Uint8Array | undefined = testKey) =>
  new Keyring({ table: store.keys, ledgerKey: key, nowNs: () => 5n });

/** The bytes a key object stands for. */
function bytesOf(keyring: Keyring, subject: string): string {
  const state = keyring.forSealing(subject);
  assert.ok(state.state === 'open');
  return state.key.encryptionKey.export().toString('hex');
}

for (const [where, makeStore] of stores) {
  making(`${where} is made on first use, for each subject its own, and stays`, async () => {
    const store = makeStore();
    const keyring = random(store);
    const [a, b] = [bytesOf(keyring, 'channel/a'), bytesOf(keyring, 'channel/b')];
    assert.is.not(a, b);
    assert.is(bytesOf(keyring, 'channel/a'), a);
    assert.is(bytesOf(random(store), 'channel/a'), a);
    assert.is(store.keys.all().length, 2);
    await store.close();
  });

  making(`${where} lies wrapped, and none of its bytes beside it`, async () => {
    const store = makeStore();
    const keyring = random(store);
    const bytes = bytesOf(keyring, 'channel/a');
    const [stored] = store.keys.all();
    assert.is(stored?.wrapped?.length, 40);
    assert.not.match(Buffer.from(stored?.wrapped ?? []).toString('hex'), bytes.slice(0, 16));
    await store.close();
  });

  making(`${where} that two processes make at once is one: the first`, async () => {
    const store = makeStore();
    const [one, two] = [random(store), random(store)];
    const state = one.forSealing('channel/a');
    // The second one looked before the first had made its own.
    const behind = new Keyring({
      table: { ...methodsOf(store.keys), bySubject: lookingOnceBefore(store) },
      ledgerKey: testKey,
      nowNs: () => 5n,
    });
    const late = behind.forSealing('channel/a');
    assert.is(late.state === 'open' && late.key.keyId, state.state === 'open' && state.key.keyId);
    assert.is(bytesOf(two, 'channel/a'), bytesOf(one, 'channel/a'));
    await store.close();
  });

  losing(`${where} and destroyed is never made again`, async () => {
    const store = makeStore();
    const keyring = random(store);
    bytesOf(keyring, 'channel/a');
    const kept = bytesOf(keyring, 'channel/b');
    assert.ok(keyring.destroy('channel/a'));
    for (const one of [keyring, random(store)]) {
      assert.is(one.forSealing('channel/a').state, 'purged');
      assert.is(bytesOf(one, 'channel/b'), kept);
    }
    assert.not(keyring.destroy('channel/never'));
    await store.close();
  });

  losing(`${where} and destroyed is gone with every key an import brought`, async () => {
    const store = makeStore();
    const keyring = random(store);
    bytesOf(keyring, 'channel/a');
    const wrapped = new Uint8Array(40).fill(7);
    store.keys.put({ keyId: 'imported', subject: 'channel/a', wrapped, createdAtNs: 6n });
    assert.ok(keyring.destroy('channel/a'));
    assert.ok(store.keys.all().every((key) => key.wrapped === null));
    await store.close();
  });
}

function methodsOf(keys: LocalStore['keys']): LocalStore['keys'] {
  return {
    version: () => keys.version(),
    put: (key) => keys.put(key),
    putAll: (several) => keys.putAll(several),
    byId: (keyId) => keys.byId(keyId),
    bySubject: (subject) => keys.bySubject(subject),
    all: () => keys.all(),
    flush: () => keys.flush(),
    rewrap: (keyId, wrapped) => keys.rewrap(keyId, wrapped),
    destroy: (keyId, atNs) => keys.destroy(keyId, atNs),
  };
}

function lookingOnceBefore(store: LocalStore): LocalStore['keys']['bySubject'] {
  let looked = 0;
  return (subject) => (looked++ === 0 ? [] : store.keys.bySubject(subject));
}

making('of a seed is the same in every ledger, and its id too', () => {
  const [a, b] = [keyringOf(new MemoryStore()), keyringOf(new MemoryStore())];
  assert.is(bytesOf(a, 'channel/a'), bytesOf(b, 'channel/a'));
  assert.is(a.keyIdOf('channel/a'), b.keyIdOf('channel/a'));
  assert.is.not(bytesOf(a, 'channel/a'), bytesOf(a, 'channel/b'));
});

losing('without the ledger key says so where it opens, and stops where it seals', () => {
  const store = new MemoryStore();
  const keyring = random(store);
  bytesOf(keyring, 'channel/a');
  const locked = new Keyring({ table: store.keys, ledgerKey: undefined, nowNs: () => 5n });
  assert.not(locked.hasLedgerKey);
  const keyId = keyring.keyIdOf('channel/a') ?? '';
  assert.equal(locked.byId(keyId), { state: 'no-key', keyId });
  assert.equal(locked.byId('unknown'), { state: 'no-key', keyId: 'unknown' });
  assert.throws(() => locked.forSealing('channel/new'), 'put the key file back beside it');
  assert.throws(() => locked.linkOf('ab'), 'put the key file back beside it');
});

losing('under the key of another ledger is refused with a sentence', () => {
  const store = new MemoryStore();
  bytesOf(random(store), 'channel/a');
  const other = random(store, sha256(Buffer.from('another')));
  assert.throws(() => other.assertFits(), 'the key does not open this ledger');
  assert.throws(() => other.forSealing('channel/a'), 'the key does not open this ledger');
  const [{ wrapped } = {}] = store.keys.all();
  assert.is(other.fits(wrapped ?? new Uint8Array()), false);
  assert.is(random(store).fits(wrapped ?? new Uint8Array()), true);
});

links('is the same for the same payment, in every process, and after any purge', () => {
  const store = new MemoryStore();
  const keyring = random(store);
  const link = keyring.linkOf('ab'.repeat(32));
  assert.match(link, /^[0-9a-f]{32}$/);
  assert.is(random(store).linkOf('ab'.repeat(32)), link);
  assert.is.not(keyring.linkOf('cd'.repeat(32)), link);
  bytesOf(keyring, 'channel/a');
  keyring.destroy('channel/a');
  assert.is(random(store).linkOf('ab'.repeat(32)), link);
});

links('cannot be made from the hash alone: another ledger has another one', () => {
  const hash = 'ab'.repeat(32);
  assert.is.not(random(new MemoryStore()).linkOf(hash), random(new MemoryStore()).linkOf(hash));
});

const keyFile = () => join(mkdtempSync(join(tmpdir(), 'channel-ledger-key-')), 'ledger.key');

files('is made on first use, for its owner alone, and then read again', () => {
  const path = keyFile();
  assert.is(ledgerKey({ kind: 'file', path, mayCreate: false }), undefined);
  const key = ledgerKey({ kind: 'file', path, mayCreate: true });
  assert.is(key?.length, 32);
  assert.is(statSync(path).mode & 0o777, 0o600);
  for (const mayCreate of [true, false]) {
    assert.equal(Buffer.from(ledgerKey({ kind: 'file', path, mayCreate }) ?? []), key);
  }
});

files('that is damaged is named and left as it is', () => {
  const path = keyFile();
  for (const text of ['', 'abc', 'zz'.repeat(32), 'ab'.repeat(33)]) {
    writeFileSync(path, text);
    let error: unknown;
    try {
      ledgerKey({ kind: 'file', path, mayCreate: true });
    } catch (thrown) {
      error = thrown;
    }
    assert.instance(error, StoreError);
    assert.match((error as StoreError).message, `${path} is damaged`);
    assert.not.match((error as StoreError).message, 'zzzz');
    assert.is(readFileSync(path, 'utf8'), text);
  }
});

files('of a passphrase is the same for the same salt only', () => {
  const salt = new Uint8Array(16);
  const of = (passphrase: string, with_ = salt) =>
    Buffer.from(ledgerKey({ kind: 'passphrase', passphrase, salt: with_ }) ?? []).toString('hex');
  const key = of('correct horse');
  assert.is(key.length, 64);
  assert.is(of('correct horse'), key);
  assert.is.not(of('correct horsf'), key);
  assert.is.not(of('correct horse', new Uint8Array(16).fill(1)), key);
});

files(
  'the salt of a passphrase is the one that was kept, by whoever opened the ledger first',
  () => {
    const others = 'ab'.repeat(16);
    const metaWith = (atOnce: string | undefined) => {
      let kept: string | undefined;
      return {
        getMeta: () => kept,
        updateMeta(_key: string, update: MetaUpdate) {
          // Written by another process after this one had looked.
          kept ??= atOnce;
          kept = update(kept) ?? kept;
        },
      };
    };
    assert.is(Buffer.from(saltOf(metaWith(others))).toString('hex'), others);
    const alone = metaWith(undefined);
    const salt = Buffer.from(saltOf(alone)).toString('hex');
    assert.match(salt, /^[0-9a-f]{32}$/);
    assert.is(Buffer.from(saltOf(alone)).toString('hex'), salt);
  },
);

files('of a seed is fixed and written down, and one that is there stays', () => {
  const path = keyFile();
  const key = ledgerKey({ kind: 'seed', seed: 's', path });
  assert.equal(ledgerKey({ kind: 'seed', seed: 's', path: undefined }), key);
  assert.equal(Buffer.from(ledgerKey({ kind: 'seed', seed: 'other', path }) ?? []), key);
  assert.is(statSync(path).mode & 0o777, 0o600);
});

files('lies beside the ledger; one of a throw-away ledger is random', () => {
  assert.is(keyPathOf('/x/ledger.db'), '/x/ledger.db.key');
  assert.is.not(
    Buffer.from(ledgerKey({ kind: 'random' }) ?? []).toString('hex'),
    Buffer.from(ledgerKey({ kind: 'random' }) ?? []).toString('hex'),
  );
});

making.run();
losing.run();
links.run();
files.run();
