import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { ImportError } from '../../src/sources/importer.ts';
import { lndImporter } from '../../src/sources/lnd/importer.ts';
import { recognise, recognised } from '../../src/sources/recognise.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../store/sample-events.ts';
import { damaged } from './damage.ts';
import { realStore } from './gossip/stores.ts';
import { fileOf, refusal } from './importing.ts';

const files = suite('a file that is given to import');

const text = (content: string) => Buffer.from(content);
const of = (name: string, head: Uint8Array) => {
  const found = recognised(name, head);
  return found && [found.what, ...found.sources];
};

function bbolt(): Buffer {
  const bytes = Buffer.alloc(8192);
  bytes.writeUInt32LE(0xed0cdaed, 16);
  return bytes;
}

const sqlite = (table: string) =>
  Buffer.concat([text('SQLite format 3\0'), Buffer.alloc(500), text(`CREATE TABLE ${table} (`)]);

files('is known by its first bytes', () => {
  equal(of('any', bbolt()), ["a bbolt database, as lnd's channel.db is", 'lnd']);
  equal(of('any', sqlite('shachain_known')), ["Core Lightning's database", 'cln']);
  equal(of('any', sqlite('chain_events')), ["Core Lightning's bookkeeper database", 'cln']);
  equal(of('any', text('QklFMQNmYmFi')), ['an enciphered Electrum wallet', 'electrum']);
  equal(of('any', realStore('regtest-mesh-3x3')), ['a gossip_store', 'gossip']);
  equal(of('any', realStore('mainnet-2020-05-v9-part1')), ['a gossip_store', 'gossip']);
  const wallet = text('{"addr_history": {}, "seed_version": 52, "wallet_type": "standard"');
  equal(of('any', wallet), ['an Electrum wallet', 'electrum']);
  const transaction = text('{\n "txid": "ab",\n "vin": []');
  equal(of('any', transaction), ["bitcoin-cli's JSON of transactions or blocks", 'chain']);
  const lnd = text('{"transactions": [{"tx_hash": "", "block_hash": ""');
  equal(of('any', lnd), ["lnd's listchaintxns", 'lnd', 'chain']);
});

files('is told to be what is not read yet', () => {
  const ldk = (more: string) => hexToBytes(`0101${more}`);
  const regtest = '06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f';
  const monitor = `${'ab'.repeat(32)}_0`;
  equal(of(monitor, ldk('00'.repeat(40))), ['an LDK channel monitor']);
  equal(of('manager', ldk(regtest)), ['an LDK channel manager']);
  equal(of('emergency.recover', text('x')), [
    "Core Lightning's emergency.recover, an enciphered static channel backup",
  ]);
  equal(of('channel.backup', text('x')), [
    "lnd's static channel backup, which is enciphered and holds no states",
  ]);
  equal(of('any.json', text('{"single_chan_backups": {')), [
    "lnd's static channel backup, which is enciphered and holds no states",
  ]);
  equal(of('hsm_secret', text('x')), [
    "Core Lightning's hsm_secret: keep it secret, it holds keys and no record",
  ]);
});

files('is left to its importer where nothing tells what it is', async () => {
  is(of('gossip_store', realStore('mainnet-small').subarray(21_571)), undefined);
  is(of('any', text('{"channels": []}')), undefined);
  is(of('any', text('')), undefined);
  is(of('any', sqlite('something')), undefined);
  is(await recognise(import.meta.dirname), undefined);
  is((await recognise(fileOf('wallet.db', bbolt())))?.sources[0], 'lnd');
});

files('is no pipe and no device, which opening would wait for', async () => {
  const pipe = join(dirname(fileOf('beside', '')), 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of ['/dev/null', pipe]) {
    const sentence = `${path} is no file: it is read more than once`;
    const reason = await recognise(path).catch((error: unknown) => error);
    is(reason instanceof ImportError && reason.message, sentence);
    is(await refusal(lndImporter, [path]), sentence);
  }
});

files('is looked at without harm, whatever is in it', () => {
  const random = randomNumbers(seedOfRun());
  const self = readFileSync(import.meta.filename);
  const samples = [bbolt(), sqlite('channel_htlcs'), self, hexToBytes(`0101${'00'.repeat(40)}`)];
  for (let nth = 0; nth < 1000 * soakFactor(); nth++) {
    const bytes = damaged(samples[random(samples.length)] ?? self, random);
    const found = recognised('any', bytes);
    is(found === undefined || found.what.length > 0, true);
  }
});

files.run();
