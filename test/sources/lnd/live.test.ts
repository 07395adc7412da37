/** `record lnd-json`: a folder that somebody writes lncli's answers to. */
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { knownBy } from '../../../src/cli/import-known.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { timeText } from '../../../src/schema/time.ts';
import { lndJsonSource } from '../../../src/sources/lnd/live.ts';
import { emptyLedger, importInto, realBytes, realFile } from './importing.ts';

const STATE = 'lnd_testnet_state.json';
const state = Buffer.from(realBytes(STATE)).toString();
const folder = mkdtempSync(join(tmpdir(), 'channel-ledger-test-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const start = (options: Record<string, string>, signal: AbortSignal, ledger: Ledger) =>
  lndJsonSource.start({
    signal,
    options,
    stateDirectory: '',
    log,
    known: () => knownBy(ledger, undefined),
  });

/** Until the ledger shows it, however long that takes. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

test('a file that cannot be read is named with its reason, and the others are read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'channel-ledger-test-'));
  const { information } = JSON.parse(state) as { readonly information: object };
  writeFileSync(join(folder, 'getinfo.json'), JSON.stringify(information));
  mkdirSync(join(folder, 'state.json'));
  writeFileSync(join(folder, 'half.json'), '{"channels": [');
  const warned: unknown[] = [];
  const warn = (fields: object, text: string) => warned.push([fields, text]);
  const run = await lndJsonSource.start({
    signal: new AbortController().signal,
    options: { folder },
    stateDirectory: '',
    log: { ...log, warn },
    known: () => ({ nodes: [], channels: () => [], facts: () => [] }),
  });
  assert.is(run.nodes.length, 1);
  assert.equal(warned, [[{ file: 'state.json', reason: 'EISDIR' }, 'a file cannot be read']]);
  rmSync(folder, { recursive: true });
});

test('a file is read once it is a whole document, and only what it adds is told', async () => {
  const { information } = JSON.parse(state) as {
    readonly information: { readonly best_header_timestamp: string };
  };
  write('getinfo.json', JSON.stringify(information));
  write('state.json', state.slice(0, state.length / 2));
  const stop = new AbortController();
  const ledger = await emptyLedger();
  const { nodes, observations } = await start({ folder }, stop.signal, ledger);
  assert.equal(
    nodes.map(({ chain, source, tellsItsPast }) => [chain, source, tellsItsPast]),
    [['testnet', 'lnd-rpc', true]],
  );
  const turns = await Promise.all(
    nodes.map((node) => ledger.beginRecording({ ...node, recorder: 'a test' })),
  );
  const recording = ledger.record(observations);
  await setTimeout(50);
  assert.is(ledger.channels().length, 0);
  write('state.json', state);
  await until(() => ledger.closed().length === 40 && ledger.channels().length === 17);
  // Written again as it was, as a cron job does.
  write('state.json', state);
  await setTimeout(50);
  stop.abort();
  const { quarantined } = await recording;
  assert.is(quarantined, 0);
  // Of peers it tells what the list told: the clock of whoever reads it says nothing of them.
  const connections = () =>
    ledger.peers().flatMap(({ peerId, wasConnected, connectionKnownAt, lastSeenAt, ...peer }) => {
      const isListed = wasConnected !== undefined || peer.isConnected !== undefined;
      return isListed ? [[peerId, wasConnected, connectionKnownAt, lastSeenAt]] : [];
    });
  const shares = () => ledger.peers().flatMap(({ connectedPpm }) => connectedPpm ?? []);
  const { peers } = JSON.parse(state) as { readonly peers: readonly { pub_key: string }[] };
  const listedAt = timeText(BigInt(information.best_header_timestamp) * 1_000_000_000n);
  const expected = peers.map(({ pub_key }) => [pub_key, true, listedAt, listedAt]).sort();
  assert.is(expected.length, 5);
  assert.equal(connections(), expected);
  for (const turn of turns) await turn.stop('asked to');
  assert.equal(connections(), expected);
  assert.equal(shares(), []);
  const again = await importInto(ledger, [realFile(STATE)]);
  assert.is(again.events, 0);
  await ledger.close();
});

test('whose answers they are has to be said where they do not say it', async () => {
  const { signal } = new AbortController();
  const ledger = await emptyLedger();
  const refused = async (options: Record<string, string>) => {
    try {
      await start(options, signal, ledger);
    } catch (error) {
      return String(error);
    }
    return 'not refused';
  };
  assert.match(await refused({}), 'with --folder PATH or --file PATH');
  assert.match(
    await refused({ file: join(folder, 'absent.json') }),
    'says whose records these are',
  );
  await ledger.close();
});

test('answers that were imported with their time are known when they are found without', async () => {
  const ledger = await emptyLedger();
  await importInto(ledger, [realFile(STATE)]);
  const { information, channels } = JSON.parse(state) as {
    readonly information: { readonly identity_pubkey: string };
    readonly channels: readonly { readonly channel_point: string }[];
  };
  const file = join(mkdtempSync(join(folder, 'undated-')), 'channels.json');
  // The last of them says something else, which is news, and by its count of updates stands behind all others.
  const last = channels.at(-1);
  assert.ok(last);
  const news = { ...last, num_updates: '999999' };
  writeFileSync(file, JSON.stringify({ channels: [...channels.slice(0, -1), news] }));
  const stop = new AbortController();
  const asked = { file, node: information.identity_pubkey, chain: 'testnet' };
  const { observations } = await start(asked, stop.signal, ledger);
  const told: string[] = [];
  for await (const { about, fact, evidence } of observations) {
    if (about === 'channel') told.push(fact.type);
    if (evidence.startsWith(`listchannels ${last.channel_point}`)) stop.abort();
  }
  assert.equal(told, ['BalanceSeen']);
  await ledger.close();
});

test('a list that is larger than the memory is told one record after the other', async () => {
  const { information, invoices } = JSON.parse(state) as {
    readonly information: object;
    readonly invoices: { readonly invoices: readonly { readonly settled: boolean }[] };
  };
  const folder = mkdtempSync(join(tmpdir(), 'channel-ledger-test-'));
  writeFileSync(join(folder, 'getinfo.json'), JSON.stringify(information));
  const paid = invoices.invoices.find(({ settled }) => settled);
  const most = 30_000;
  const list = openSync(join(folder, 'listinvoices.json'), 'w');
  writeSync(list, '{"invoices": [');
  for (let nth = 1; nth <= most; nth++) {
    const hash = nth.toString(16).padStart(64, '0');
    const invoice = { ...paid, r_hash: hash, add_index: String(nth), settle_index: String(nth) };
    writeSync(list, `${nth === 1 ? '' : ','}${JSON.stringify(invoice)}`);
  }
  writeSync(list, ']}');
  closeSync(list);
  // 50 MB of text.
  const thread = new Worker(new URL('./following.ts', import.meta.url), {
    workerData: { folder, most },
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  });
  const [received] = await once(thread, 'message');
  await once(thread, 'exit');
  rmSync(folder, { recursive: true });
  assert.is(received, most);
});

test.run();
