/** Records of other programs: how fast they are read, how fast an import is, and what memory it takes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { parseGossipMessage } from '../../src/lightning/gossip.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import { clnImporter } from '../../src/sources/cln/importer.ts';
import { readStore } from '../../src/sources/gossip/store-file.ts';
import type { Importer, ImportRun } from '../../src/sources/importer.ts';
import { lndImporter } from '../../src/sources/lnd/importer.ts';
import { type Figure, perSecond, timed } from './figure.ts';
import { growChannelDb, growGossipStore, growLightningd, growPayments } from './import-inputs.ts';

const GOSSIP_BYTES = 60_000_000;
const RECORDS = 100_000;
const PAYMENTS_BYTES = 180_000_000;
const LEAST_GOSSIP_BYTES_A_SECOND = 15_000_000;
const LEAST_RECORDS_A_SECOND = 30_000;
const LEAST_EVENTS_A_SECOND = 15_000;
const MOST_BYTES = 400_000_000;
/** What lncli prints does not name its node. */
const NODE = NodeId(`02${'11'.repeat(32)}`);

interface Input {
  readonly what: string;
  readonly source: string;
  readonly importer: Importer;
  readonly path: string;
  /** The kind of record that there are many of, as the tally names it. */
  readonly kind: string;
  readonly isNodeNamed: boolean;
}

/** In absolute figures: what an operator waits. Judged in the full bench only. */
export async function importFigures(directory: string): Promise<Figure[]> {
  const gossip = join(directory, 'gossip_store');
  growGossipStore(gossip, GOSSIP_BYTES);
  const figures = [await gossipFigure(gossip)];
  for (const input of grownInputs(directory)) {
    if (input.isNodeNamed) figures.push(await readingFigure(input, directory));
    if (input.isNodeNamed) figures.push(await importingFigure(input, directory));
    figures.push(memoryFigure(input, directory));
  }
  return figures;
}

function* grownInputs(directory: string): Generator<Input> {
  const cln = join(directory, 'lightningd.sqlite3');
  growLightningd(cln, RECORDS);
  const kind = 'forwarded_payments';
  const what = "Core Lightning's SQLite file";
  yield { what, source: 'cln', importer: clnImporter, path: cln, kind, isNodeNamed: true };
  const lnd = { source: 'lnd', importer: lndImporter };
  const database = join(directory, 'channel.db');
  growChannelDb(database, RECORDS);
  yield { what: "lnd's bbolt file", ...lnd, path: database, kind: 'invoices', isNodeNamed: true };
  const payments = join(directory, 'listpayments.json');
  growPayments(payments, PAYMENTS_BYTES);
  yield { what: 'listpayments', ...lnd, path: payments, kind: 'listpayments', isNodeNamed: false };
}

/** Cut into records, each held to its checksum, its message parsed; no signature is checked. */
async function gossipFigure(path: string): Promise<Figure> {
  const { signal } = new AbortController();
  let sound = 0;
  const ms = await timed(async () => {
    const options = { signal, isFollowed: false, onProgress: () => undefined };
    for await (const read of readStore(path, options)) {
      if (read.kind !== 'record' || !read.record.isSound) continue;
      sound++;
      if (read.record.type < 4096) parseGossipMessage(read.record.message);
    }
  });
  const megabytes = statSync(path).size / 1e6;
  return speed(
    `gossip_store parsed with checksums, no signatures: ${sound.toLocaleString('en-US')} records`,
    (statSync(path).size / ms) * 1000,
    LEAST_GOSSIP_BYTES_A_SECOND,
    (bytes) => `${(bytes / 1e6).toFixed(0)} MB/s`,
    megabytes,
  );
}

async function readingFigure(input: Input, directory: string): Promise<Figure> {
  let records = 0;
  const ms = await timed(async () => {
    const run = await open(input, directory);
    for await (const _ of run.observations);
    records = run.tally.report().read[input.kind] ?? 0;
  });
  const name = `${input.what} copied and read, ${records.toLocaleString('en-US')} ${input.kind}`;
  return speed(name, (records / ms) * 1000, LEAST_RECORDS_A_SECOND, perSecondText('records'));
}

async function importingFigure(input: Input, directory: string): Promise<Figure> {
  const place = mkdtempSync(join(directory, 'ledger-'));
  const ledger = await openLedger(join(place, 'ledger.db'), { create: true });
  let events = 0;
  const ms = await timed(async () => {
    const { observations } = await open(input, directory);
    ({ events } = await ledger.record(observations, { isInOrder: true }));
  });
  await ledger.close();
  const name = `${input.what} imported end to end, ${events.toLocaleString('en-US')} events`;
  return speed(name, (events / ms) * 1000, LEAST_EVENTS_A_SECOND, perSecondText('events'));
}

function open({ importer, path }: Input, directory: string): Promise<ImportRun> {
  return importer.open({
    paths: [path],
    nodeId: undefined,
    chain: undefined,
    nowNs: BigInt(Date.now()) * 1_000_000n,
    signal: new AbortController().signal,
    workDirectory: mkdtempSync(join(directory, 'work-')),
    onProgress: () => undefined,
  });
}

/** Of the command itself, in a process of its own. */
function memoryFigure({ what, source, path, isNodeNamed }: Input, directory: string): Figure {
  const ledger = join(mkdtempSync(join(directory, 'ledger-')), 'ledger.db');
  const peak = new URL('./peak-memory.ts', import.meta.url).pathname;
  const command = new URL('../../bin/channel-ledger.js', import.meta.url).pathname;
  const said = isNodeNamed ? [] : ['--node', NODE, '--chain', 'bitcoin'];
  const args = ['--import', peak, command, 'import', source, path, '--ledger', ledger, ...said];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const bytes = Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
  if (status !== 0 || !existsSync(ledger)) throw new Error(`importing alone failed: ${stderr}`);
  return {
    name: `peak memory while ${(statSync(path).size / 1e6).toFixed(0)} MB of ${what} are imported`,
    measured: `${(bytes / 1e6).toFixed(0)} MB`,
    ceiling: `${MOST_BYTES / 1e6} MB`,
    ratio: bytes / MOST_BYTES,
    wanted: { atMost: 1 },
  };
}

function speed(
  name: string,
  measured: number,
  least: number,
  text: (perSecond: number) => string,
  megabytes?: number,
): Figure {
  return {
    name: megabytes === undefined ? name : `${name}, ${megabytes.toFixed(0)} MB`,
    measured: text(measured),
    ceiling: text(least),
    ratio: measured / least,
    wanted: { atLeast: 1 },
  };
}

function perSecondText(what: string): (count: number) => string {
  return (count) => perSecond(count, 1000).replace('/s', ` ${what}/s`);
}
