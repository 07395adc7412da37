/** A recorder on a store, with keys made from a seed so that every run has the same bytes. */
import { Keyring } from '../../src/ledger/keyring.ts';
import { Recorder } from '../../src/ledger/recorder.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { LocalStore, StoredEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { collect } from '../store/sample-events.ts';
import { START_NS } from './story.ts';

export const ledgerKey = sha256(Buffer.from('the ledger key'));

export function keyringOf(store: LocalStore, options: { readonly key?: Uint8Array } = {}): Keyring {
  const key = 'key' in options ? options.key : ledgerKey;
  return new Keyring({ table: store.keys, ledgerKey: key, seed: 'seed', nowNs: () => START_NS });
}

export function recorderOf(store: LocalStore, keyring = keyringOf(store)): Recorder {
  return new Recorder({ store, keyring, onRecorded: () => undefined });
}

/** A memory store that holds what these observations became. */
export async function recorded(observations: readonly Observation[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await recorderOf(store).record(observations);
  return store;
}

export async function eventsOf(store: LocalStore, stream?: string): Promise<StoredEvent[]> {
  return collect(stream === undefined ? store.readAll() : store.readStream(stream));
}

/** `stream type` of every event, the stream by its category alone. */
export async function typesOf(store: LocalStore): Promise<string[]> {
  const events = await eventsOf(store);
  return events.map(({ stream, type }) => `${stream.slice(0, stream.indexOf('-'))} ${type}`);
}
