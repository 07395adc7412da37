/** Peers are recorded in parallel: one whose appends hang holds up nobody else. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Keyring } from '../../src/ledger/keyring.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { streamOf } from '../../src/ledger/streams.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { AppendRequest, AppendResult, LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { answersOf, differences } from './answers.ts';
import { playedObservations } from './play.ts';

const blocked = suite('a peer whose appends hang');

/** Appends to the streams named wait for the gate. */
class GatedStore extends MemoryStore {
  readonly #isGated: (stream: string) => boolean;
  readonly #gate: Promise<void>;
  gatedAppends = 0;

  constructor(isGated: (stream: string) => boolean, gate: Promise<void>) {
    super();
    this.#isGated = isGated;
    this.#gate = gate;
  }

  override async appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    if (requests.some(({ stream }) => this.#isGated(stream))) {
      this.gatedAppends++;
      await this.#gate;
    }
    return super.appendMany(requests);
  }
}

function ledgerOn(store: LocalStore): Ledger {
  const nowNs = () => 0n;
  const ledgerKey = sha256(Buffer.from('blocked peer'));
  const keyring = new Keyring({ table: store.keys, ledgerKey, seed: 'blocked peer', nowNs });
  const rows = new LedgerRows(store);
  return new Ledger({ path: ':memory:', store, keyring, rows, nowNs, isSingleLane: false });
}

/** Ids by stream, in stream order. */
function idsByStream(store: LocalStore): ReadonlyMap<string, readonly string[]> {
  const ids = (stream: string) => Array.from(store.streamEvents(stream), ({ id }) => id);
  return new Map(store.streamNames('').map((stream) => [stream, ids(stream)]));
}

const run = await playedObservations('blocked peer');
const free = new MemoryStore();
const whole = ledgerOn(free);
await whole.record(run);
const expected = idsByStream(free);

/** Everything the recording node's lane with its first peer writes. */
function streamsOfOnePeer(): ReadonlySet<string> {
  const first = run.find((observation) => observation.about === 'peer');
  assert.ok(first?.about === 'peer');
  const { nodeId, peerId } = first;
  const isOfPeer = (observation: Observation) =>
    observation.nodeId === nodeId &&
    ((observation.about === 'peer' && observation.peerId === peerId) ||
      (observation.about === 'channel' && observation.context?.peerId === peerId));
  return new Set(run.filter(isOfPeer).map(streamOf));
}

blocked('does not keep the others from being recorded, and is whole once it goes on', async () => {
  const gated = streamsOfOnePeer();
  assert.ok(gated.size >= 3 && [...gated].every((stream) => expected.has(stream)));
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const store = new GatedStore((stream) => gated.has(stream), gate);
  const ledger = ledgerOn(store);
  let isDone = false;
  const recording = ledger.record(run).finally(() => {
    isDone = true;
  });
  const others = [...expected].filter(([stream]) => !gated.has(stream));
  const count = (streams: readonly (readonly [string, readonly string[]])[]) =>
    streams.reduce((sum, [, ids]) => sum + ids.length, 0);
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(5)) {
    if (
      idsByStream(store).size === others.length &&
      count([...idsByStream(store)]) >= count(others)
    )
      break;
  }
  assert.equal(new Map(idsByStream(store)), new Map(others), 'all others are recorded');
  assert.is(store.gatedAppends, 1, 'one append of the blocked peer waits');
  assert.not(isDone);

  open();
  const report = await recording;
  assert.is(report.quarantined, 0);
  assert.equal(idsByStream(store), expected);
  assert.equal(differences(answersOf(whole), answersOf(ledger)), []);
});

blocked.run();
