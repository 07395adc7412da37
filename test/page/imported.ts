/** What real nodes and wallets left, imported by the command as people do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { temporaryDirectory } from '../store/sample-events.ts';
import { printed } from './browser.ts';

const fixture = (name: string) => new URL(`../fixtures/real/${name}`, import.meta.url);

/** A testnet lnd: 17 open channels, 40 closed ones. The path of its ledger. */
export async function importedLnd(): Promise<string> {
  const directory = temporaryDirectory();
  const [path, record] = [join(directory, 'lnd.db'), join(directory, 'lnd.json')];
  writeFileSync(record, gunzipSync(readFileSync(fixture('lnd/lnd_testnet_state.json.gz'))));
  await printed('import', 'lnd', record, '--ledger', path);
  return path;
}

/** An Electrum wallet on testnet: one open channel, a closed one. The path of its ledger. */
export async function importedElectrum(): Promise<string> {
  const path = join(temporaryDirectory(), 'electrum.db');
  const wallet = fileURLToPath(fixture('electrum/client_4_5_2_9dk_with_ln'));
  await printed('import', 'electrum', wallet, '--ledger', path);
  return path;
}
