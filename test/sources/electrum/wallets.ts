/** The real wallet of the fixtures, cut and changed, and an import of it into a ledger. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ledger, MEMORY, openLedger } from '../../../src/index.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { electrumImporter } from '../../../src/sources/electrum/importer.ts';
import type { ImportContext } from '../../../src/sources/importer.ts';
import type { TallyReport } from '../../../src/sources/tally.ts';

const FIXTURES = new URL('../../fixtures/real/electrum/', import.meta.url);
export const WALLET_PATH = new URL('client_4_5_2_9dk_with_ln', FIXTURES).pathname;
export const wallet = readFileSync(WALLET_PATH, 'utf8');
export const expectedHistory: unknown = JSON.parse(
  readFileSync(new URL('history_no_fx_client_4_5_2_9dk_with_ln.json', FIXTURES), 'utf8'),
);

/** By Electrum 4.3.4's own library, from the wallet's lightning_xprv. */
export const NODE = '03a2dda78a0f2026acff07f17e429aee32af42f882c524b8a02422344ae8576475';
export const OPEN = '384edbd844c41f59ea558802bc2c1507fade902366510037e131850cd63e6bcb';
export const CLOSED = 'fe13acd33700e2dc135c833b790eb75e1ed71429773b36192315f3fede7f7696';

/** The wallet as it was after so many of its 247 patches. */
export function cutAfter(patches: number): string {
  let end = wallet.indexOf(',\n{"op"');
  for (let nth = 0; nth < patches; nth++) {
    const next = wallet.indexOf(',\n{"op"', end + 1);
    end = next === -1 ? wallet.length : next;
  }
  return wallet.slice(0, end);
}

/** As much as BOLT 2 lets both sides offer, nearly. */
const OFFERS = 480;

/**
 * The open channel alone, its log as full of HTLCs as one may be, and so many changes of the feerate, each in a
 * commitment of its own on both sides, or only announced.
 */
export function crowded(changes: number, kind: 'made' | 'announced'): string {
  const { channels, ...base } = JSON.parse(cutAfter(0));
  const channel = channels[OPEN];
  const opener = channel.constraints.is_initiator ? '1' : '-1';
  const rate = 253;
  for (const key of ['1', '-1'] as const) {
    const ids = Array.from({ length: OFFERS }, (_, id) => id);
    const from = key === '1' ? { '1': 2, '-1': 1 } : { '1': 1, '-1': 2 };
    const add = (id: number) => [1000, 'ab'.repeat(32), 500, id, 1_600_000_000];
    const first = key === opener ? [[0, { rate, ctn_local: 0, ctn_remote: 0 }]] : [];
    Object.assign(channel.log[key], {
      adds: Object.fromEntries(ids.map((id) => [id, add(id)])),
      locked_in: Object.fromEntries(ids.map((id) => [id, from])),
      settles: {},
      fails: {},
      fee_updates: Object.fromEntries(first),
      next_htlc_id: OFFERS,
      ctn: kind === 'made' ? changes + 2 : 2 * (4 * OFFERS + changes),
      revack_pending: false,
    });
  }
  for (let nth = 1; nth <= changes; nth++) {
    const number = kind === 'made' ? nth + 2 : null;
    channel.log[opener].fee_updates[nth] = { rate, ctn_local: number, ctn_remote: number };
  }
  return JSON.stringify({ ...base, channels: { [OPEN]: channel } });
}

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-electrum-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
let files = 0;

export function fileOf(text: string | Uint8Array): string {
  const path = join(directory, `wallet-${files++}`);
  writeFileSync(path, text);
  return path;
}

export const NOW_NS = 1_800_000_000_000_000_000n;

export async function opened(path: string, said: Partial<ImportContext> = {}) {
  return await electrumImporter.open({
    paths: [path],
    nodeId: undefined,
    chain: undefined,
    nowNs: NOW_NS,
    signal: new AbortController().signal,
    workDirectory: mkdtempSync(join(directory, 'work-')),
    onProgress: () => undefined,
    ...said,
  });
}

export interface Imported {
  readonly events: number;
  readonly known: number;
  readonly quarantined: number;
  readonly report: TallyReport;
}

export async function importInto(ledger: Ledger, text: string): Promise<Imported> {
  const run = await opened(fileOf(text));
  const { events, known, quarantined } = await ledger.record(run.observations);
  return { events, known, quarantined, report: run.tally.report() };
}

export async function observationsOf(text: string | Uint8Array): Promise<{
  readonly observations: readonly Observation[];
  readonly report: TallyReport;
}> {
  const run = await opened(fileOf(text));
  const observations: Observation[] = [];
  for await (const observation of run.observations) observations.push(observation);
  return { observations, report: run.tally.report() };
}

export function emptyLedger(): Promise<Ledger> {
  return openLedger(MEMORY);
}

/** Everything a person is shown, without the order in which it was learned. */
export function shownBy(ledger: Ledger) {
  return {
    channels: ledger.channels(),
    closed: ledger.closed(),
    problems: ledger.problems(),
    history: [OPEN, CLOSED].map((name) => {
      return [...ledger.history(name)].map(({ at, type, data, sealed, changes }) => {
        const { paymentLink: _, ...told } = data;
        return { at, type, data: told, sealed, changes };
      });
    }),
  };
}
