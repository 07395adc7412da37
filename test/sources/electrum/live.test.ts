/** `record electrum`: a wallet followed while it is written to. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../../src/index.ts';
import { electrumSource } from '../../../src/sources/electrum/live.ts';
import { cutAfter, emptyLedger, fileOf, importInto, NODE, shownBy, wallet } from './wallets.ts';

const live = suite('a wallet that is followed');

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const known = (): never => {
  throw new Error('a wallet tells everything itself');
};

async function followed(path: string, signal: AbortSignal) {
  const stateDirectory = `${path}.state`;
  const options = { wallet: path };
  const run = await electrumSource.start({ signal, options, stateDirectory, log, known });
  assert.not.ok(existsSync(stateDirectory));
  return run;
}

/** Until the ledger shows it, however long that takes. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

const newest = (ledger: Ledger) => ledger.channels()[0]?.local?.number;

live('tells what is added to its journal, and ends when it is asked to', async () => {
  const path = fileOf(cutAfter(5));
  const stop = new AbortController();
  const ledger = await emptyLedger();
  const { nodes, observations } = await followed(path, stop.signal);
  assert.equal(nodes, [{ chain: 'testnet', nodeId: NODE, source: 'electrum', tellsItsPast: true }]);
  const recording = ledger.record(observations);
  await until(() => newest(ledger) === 18);
  writeFileSync(path, cutAfter(51));
  await until(() => newest(ledger) === 21);
  // As Electrum writes a wallet anew: beside it first.
  writeFileSync(`${path}.tmp`, wallet);
  renameSync(`${path}.tmp`, path);
  await until(() => newest(ledger) === 25);
  stop.abort();
  const report = await recording;
  assert.is(report.quarantined, 0);
  const whole = await emptyLedger();
  await importInto(whole, wallet);
  assert.equal(shownBy(ledger), shownBy(whole));
  await ledger.close();
  await whole.close();
});

live('is left alone while it cannot be read, and read at its next change', async () => {
  const path = fileOf(cutAfter(5));
  const stop = new AbortController();
  const ledger = await emptyLedger();
  const { observations } = await followed(path, stop.signal);
  const recording = ledger.record(observations);
  await until(() => newest(ledger) === 18);
  writeFileSync(path, wallet.slice(0, 3000));
  await setTimeout(50);
  writeFileSync(path, wallet);
  await until(() => newest(ledger) === 25);
  stop.abort();
  await recording;
  assert.equal(ledger.problems(), []);
  await ledger.close();
});

live('has to be named', async () => {
  const { signal } = new AbortController();
  try {
    await electrumSource.start({ signal, options: {}, stateDirectory: '', log, known });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'say it with --wallet');
  }
});

live.run();
