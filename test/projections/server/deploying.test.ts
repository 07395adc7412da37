/** Putting the projections into a server: against a host that answers as the server does. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { ServerProjections } from '../../../src/ledger/server-projections.ts';
import type {
  ProjectionHost,
  ProjectionState,
} from '../../../src/store/eventstoredb/projections.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { runInProcess } from '../../cli/in-process.ts';

const deploying = suite('deploying the projections');

/** Takes any text without a word, as the server does; what a test says of a status comes true. */
class FakeHost implements ProjectionHost {
  readonly calls: string[] = [];
  readonly texts = new Map<string, string>();
  readonly ledger: string | undefined;
  statusOf: (name: string) => string = () => 'Running';
  hasCategories = true;
  /** It answers before it has stopped. */
  looksUntilStopped = 1;
  readonly #looksUntilStopped = new Map<string, number>();

  constructor(ledger?: string) {
    this.ledger = ledger;
  }

  async find(name: string): Promise<ProjectionState | undefined> {
    const isThere = name === '$by_category' ? this.hasCategories : this.texts.has(name);
    if (!isThere) return undefined;
    const looks = this.#looksUntilStopped.get(name);
    if (looks !== undefined) this.#looksUntilStopped.set(name, looks - 1);
    const status = looks === undefined ? this.statusOf(name) : looks > 0 ? 'Stopping' : 'Stopped';
    return { name, status, reason: status === 'Faulted' ? 'a reason' : '', progress: 100 };
  }

  async create(name: string, text: string): Promise<void> {
    this.calls.push(`create ${name}`);
    this.texts.set(name, text);
  }

  async update(name: string, text: string): Promise<void> {
    this.calls.push(`update ${name}`);
    this.texts.set(name, text);
  }

  async enable(name: string): Promise<void> {
    this.calls.push(`enable ${name}`);
  }

  async disable(name: string): Promise<void> {
    this.calls.push(`disable ${name}`);
    this.#looksUntilStopped.set(name, this.looksUntilStopped);
  }

  async remove(name: string): Promise<void> {
    if (!((this.#looksUntilStopped.get(name) ?? 1) <= 0)) {
      throw new Error("Cannot delete a projection that hasn't been stopped or faulted.");
    }
    this.calls.push(`remove ${name}`);
    this.texts.delete(name);
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}

deploying('makes all three with the ledger’s beginning of streams in them', async () => {
  const host = new FakeHost('main');
  const reports = await new ServerProjections(host).deploy();
  const names = ['by-peer', 'closes', 'fee-changes'].map((name) => `main.channel-ledger-${name}`);
  assert.equal(
    reports.map(({ name }) => name),
    names,
  );
  assert.equal(
    host.calls,
    names.map((name) => `create ${name}`),
  );
  for (const text of host.texts.values()) assert.match(text, 'const LEDGER = "main.";');
});

deploying('renews what is there in its place, so that its links go on', async () => {
  const host = new FakeHost();
  const projections = new ServerProjections(host);
  await projections.deploy();
  host.calls.length = 0;
  await projections.deploy();
  assert.equal(host.calls.slice(0, 2), [
    'update channel-ledger-by-peer',
    'enable channel-ledger-by-peer',
  ]);
  assert.is(
    host.calls.some((call) => call.startsWith('create')),
    false,
  );
});

deploying('touches nothing where the server makes no categories', async () => {
  for (const status of [undefined, 'Stopped']) {
    const host = new FakeHost();
    host.hasCategories = status !== undefined;
    host.statusOf = () => status ?? '';
    const failure = await new ServerProjections(host).deploy().then(String, String);
    assert.match(failure, 'START_STANDARD_PROJECTIONS=true');
    assert.equal(host.calls, []);
  }
});

deploying('reports what the server makes of a text that it took without a word', async () => {
  const host = new FakeHost();
  host.statusOf = (name) => (name.endsWith('closes') ? 'Faulted' : 'Running');
  const reports = await new ServerProjections(host).deploy();
  assert.equal(
    reports.map(({ status }) => status),
    ['Running', 'Faulted', 'Running'],
  );
  assert.is(reports[1]?.reason, 'a reason');
});

deploying('does not wait for ever for a server that does not settle', async () => {
  const host = new FakeHost();
  host.statusOf = (name) => (name === '$by_category' ? 'Running' : 'Preparing');
  const reports = await new ServerProjections(host, 300).deploy();
  assert.equal(
    reports.map(({ status }) => status),
    ['Preparing', 'Preparing', 'Preparing'],
  );
});

deploying('removes those that are there, each stopped first', async () => {
  const host = new FakeHost();
  const projections = new ServerProjections(host);
  await projections.deploy();
  host.texts.delete('channel-ledger-closes');
  host.calls.length = 0;
  assert.equal(await projections.remove(), [
    'channel-ledger-by-peer',
    'channel-ledger-fee-changes',
  ]);
  assert.equal(host.calls.slice(0, 2), [
    'disable channel-ledger-by-peer',
    'remove channel-ledger-by-peer',
  ]);
  assert.equal(
    (await projections.status()).map(({ status }) => status),
    Array(3).fill('missing'),
  );
});

deploying('removing gives up with a sentence where one does not stop', async () => {
  const host = new FakeHost();
  const projections = new ServerProjections(host, 300);
  await projections.deploy();
  host.looksUntilStopped = Number.POSITIVE_INFINITY;
  const failure = await projections.remove().then(String, String);
  assert.match(failure, 'channel-ledger-by-peer does not stop (it is Stopping)');
  assert.is(
    host.calls.some((call) => call.startsWith('remove')),
    false,
  );
});

deploying('the command says what it needs, and what a server does not offer', async () => {
  const local = await runInProcess(['projections', 'status', '--ledger', 'a.db']);
  assert.is(local.exitCode, 2);
  assert.match(local.err, 'esdb://HOST:PORT');
  const other = await runInProcess(['projections', 'explode', '--ledger', 'esdb://localhost']);
  assert.is(other.exitCode, 2);
  const store = new MemoryStore();
  const gateway = await startGateway({ store, port: 0, isWritable: true, accepts: 'anything' });
  try {
    const address = `esdb://127.0.0.1:${gateway.port}?tls=false`;
    const refused = await runInProcess(['projections', 'status', '--ledger', address]);
    assert.is(refused.exitCode, 3);
    assert.match(refused.err, 'the server does not offer what is asked of it');
  } finally {
    await gateway.close();
    await store.close();
  }
});

deploying.run();
