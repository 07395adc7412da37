import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastValueFrom, take, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { Changes } from '../../src/ledger/changes.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { consumeGroup, openGroups } from '../../src/ledger/operators/consume-group.ts';
import type { LocalStore } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { channelStream, Growing, policies } from './growing.ts';

const served = suite('a served ledger whose gateway is restarted');
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-served-'));
served.after(() => rmSync(directory, { recursive: true }));

const real = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const CHANNELS = 4;
let nth = 0;

/** A ledger that grows while its gateway comes and goes. */
class ServedLedger {
  readonly store: LocalStore;
  readonly replica: string;
  readonly #growing: Growing;
  #gateway: Gateway | undefined;
  #port = 0;
  written = 0;

  constructor() {
    const path = join(directory, `ledger-${nth++}.db`);
    this.store = openSqliteStore(path, { create: true });
    this.replica = `${path}.replica`;
    this.#growing = new Growing(this.store);
  }

  get address(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  get port(): number {
    return this.#port;
  }

  async start(port = this.#port): Promise<void> {
    this.#port = port;
    this.#gateway = await startGateway({ store: this.store, port: this.#port, isWritable: true });
    this.#port = this.#gateway.port;
  }

  async stop(): Promise<void> {
    await this.#gateway?.close();
  }

  async write(count: number): Promise<void> {
    for (let each = 0; each < count; each++) {
      const channel = channelStream(this.written % CHANNELS);
      await this.#growing.append(channel, policies(this.written, this.written + 1));
      this.written++;
    }
  }

  /** Events before, while and after it is away, so that some are cut off on their way. */
  async restarts(times: number): Promise<void> {
    for (let each = 0; each < times; each++) {
      await this.write(30);
      await delay(20);
      await this.stop();
      await this.write(30);
      await this.start();
      await this.write(30);
      await delay(100);
    }
  }

  ids(): string[] {
    return Array.from(this.store.allEvents(), ({ id }) => id);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.store.close();
  }
}

async function withServed(run: (ledger: ServedLedger) => Promise<void>): Promise<void> {
  const ledger = new ServedLedger();
  await ledger.start();
  try {
    await ledger.write(50);
    await run(ledger);
  } finally {
    await ledger.close();
  }
}

const RESTARTS = 3;
const TOTAL = 50 + RESTARTS * 90;

served('gives changes() every event once, in order', async () => {
  await withServed(async (ledger) => {
    const said: string[] = [];
    const opened = await openLedger(ledger.address, {
      replica: ledger.replica,
      onTrouble: (sentence) => said.push(sentence),
    });
    const all = lastValueFrom(opened.changes().pipe(take(TOTAL), toArray()));
    await ledger.restarts(RESTARTS);
    const changes = await all;
    assert.equal(
      changes.map(({ event }) => event.id),
      ledger.ids(),
    );
    assert.ok(said.length >= 1, 'nothing was said of the restarts');
    await opened.close();
    // A replica made anew gives the same places to the same events: a checkpoint outlives it.
    const anew = await openLedger(ledger.address, { replica: `${ledger.replica}.anew` });
    const after = changes[99]?.checkpoint;
    const rest = anew.changes(after).pipe(take(TOTAL - 100), toArray());
    const ids = (await lastValueFrom(rest)).map(({ event }) => event.id);
    assert.equal(ids, ledger.ids().slice(100));
    await anew.close();
  });
});

served('gives changes() over the cluster itself, without a replica, the same', async () => {
  await withServed(async (ledger) => {
    const store = openClusterStore(ledger.address);
    const all = lastValueFrom(new Changes(store).pipe(take(TOTAL), toArray()));
    await ledger.restarts(RESTARTS);
    const changes = await all;
    assert.equal(
      changes.map(({ event }) => event.id),
      ledger.ids(),
    );
    const after = new Changes(store, changes[199]?.checkpoint);
    const rest = await lastValueFrom(after.pipe(take(TOTAL - 200), toArray()));
    assert.equal(
      rest.map(({ event }) => event.id),
      ledger.ids().slice(200),
    );
    await store.close();
  });
});

served('that comes back as another ledger ends changes() with a sentence', async () => {
  await withServed(async (ledger) => {
    const opened = await openLedger(ledger.address, { replica: ledger.replica });
    const failed = lastValueFrom(opened.changes()).catch((error: Error) => error.message);
    await ledger.stop();
    const other = new ServedLedger();
    await other.write(CHANNELS);
    await other.start(ledger.port);
    assert.match(String(await failed), /restored from a backup|another|differ/);
    const again = lastValueFrom(opened.changes()).catch((error: Error) => error.message);
    assert.is(await again, await failed);
    await opened.close();
    await other.close();
  });
});

function tail(ledger: ServedLedger, home: string, ...more: string[]): ChildProcess {
  return spawn(process.execPath, [real, 'tail', '--follow', ...more, '--ledger', ledger.address], {
    env: { ...process.env, HOME: home },
  });
}

interface Line {
  readonly id: string;
  readonly checkpoint: string;
}

async function linesOf(child: ChildProcess, count: number): Promise<readonly Line[]> {
  let text = '';
  let lines = 0;
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    lines = text.split('\n').length - 1;
    if (lines >= count) break;
  }
  const parsed = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return parsed.map((line) => JSON.parse(line) as Line);
}

async function interrupted(child: ChildProcess): Promise<number | null> {
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.kill('SIGINT');
  return code;
}

served('gives "tail --follow" every event once, and goes on after a checkpoint', async () => {
  await withServed(async (ledger) => {
    const home = mkdtempSync(join(directory, 'home-'));
    const child = tail(ledger, home);
    const [lines] = await Promise.all([linesOf(child, TOTAL), ledger.restarts(RESTARTS)]);
    assert.equal(
      lines.map(({ id }) => id),
      ledger.ids(),
    );
    assert.is(await interrupted(child), 130);
    const later = tail(ledger, home, '--after', lines[99]?.checkpoint ?? '');
    const rest = await linesOf(later, TOTAL - 100);
    assert.equal(
      rest.map(({ id }) => id),
      ledger.ids().slice(100),
    );
    // Ctrl-C ends it while nobody answers, too.
    await ledger.stop();
    await delay(200);
    const from = performance.now();
    assert.is(await interrupted(later), 130);
    assert.ok(performance.now() - from < 3000, 'it took too long to end');
  });
});

served('gives a group’s consumers every event at least once', async () => {
  await withServed(async (ledger) => {
    const groups = await openGroups(ledger.address);
    await groups.create('audit', { parkAfter: 50 });
    const stop = new AbortController();
    const seen = new Map<string, number>();
    const said: string[] = [];
    const consumer = consumeGroup(
      ledger.address,
      'audit',
      async ({ id }) => {
        await delay(1);
        seen.set(id, (seen.get(id) ?? 0) + 1);
        if (seen.size === TOTAL) stop.abort();
      },
      { signal: stop.signal, onTrouble: (sentence) => said.push(sentence) },
    );
    await ledger.restarts(RESTARTS);
    await consumer;
    await groups.close();
    assert.equal(new Set(seen.keys()), new Set(ledger.ids()));
    assert.match(said[0] ?? '', /^consuming the group "audit" at .+; trying again$/);
  });
});

served.run();
