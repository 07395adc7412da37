/** The recorded lnd testnet node, imported by the command as people do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryDirectory } from '../store/sample-events.ts';
import { printed } from './browser.ts';

const fixture = new URL('../fixtures/real/lnd/lnd_testnet_state.json.gz', import.meta.url);

/** The path of its ledger. */
export async function importedLnd(): Promise<string> {
  const directory = temporaryDirectory();
  const [path, record] = [join(directory, 'lnd.db'), join(directory, 'lnd.json')];
  writeFileSync(record, gunzipSync(readFileSync(fixture)));
  await printed('import', 'lnd', record, '--ledger', path);
  return path;
}
