import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { ImportError } from '../../src/sources/importer.ts';
import { JsonSigns } from '../../src/sources/json-signs.ts';
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
  const line = '2021-07-05 09:00:00.000 [INF] SRVR: Established connection\n';
  equal(of('any', text(line)), ["lnd's log", 'lnd']);
  equal(of('lnd.log.7.gz', gzipSync(`the end of a line\n${line}`)), ["lnd's log, packed", 'lnd']);
  equal(of('any', Buffer.of(0x0f)), ['a gossip_store', 'gossip']);
});

/** What a file of this JSON is, and who reads it. */
async function ofJson(json: string): Promise<readonly string[]> {
  const { what = '', sources = [] } = (await recognise(fileOf('any.json', json))) ?? {};
  return [what, ...sources];
}
const LNCLI = ['JSON that lncli prints', 'lnd'];
const LIGHTNING_CLI = ['JSON that lightning-cli prints', 'cln'];
const NOTHING = ['JSON without any list that a node prints'];

files('is told by what its lists are made of, where two programs call them alike', async () => {
  equal(await ofJson('{"channels": [{"active": true, "channel_point": "ab:0"}]}'), LNCLI);
  equal(await ofJson('{"channels": [{"peer_id": "02", "state": "ONCHAIN"}]}'), LIGHTNING_CLI);
  const answered = '{"jsonrpc": "2.0", "result": {"forwards": [{"in_channel": "1x1x1"}]}}';
  equal(await ofJson(answered), LIGHTNING_CLI);
  equal(await ofJson('{"info": {"identity_pubkey": "02"}}'), LNCLI);
  equal(await ofJson('{"payments": [{"payment_hash": "ab", "value_msat": "1"}]}'), LNCLI);
  // What lightning-cli prints of payments is read by nobody.
  equal(await ofJson('{"payments": [{"payment_hash": "ab", "amount_msat": 1}]}'), NOTHING);
  equal(await ofJson('{"channels": [{"source": "02", "destination": "03"}]}'), NOTHING);
  equal(await ofJson('{"channels": [{"a": {"peer_id": "02"}}, {"b": "peer_id"}]}'), NOTHING);
});

files('is told where it ends in the middle, and a wallet is known before that', async () => {
  const cut = (text: string) => [`JSON that ends in the middle, at byte ${text.length}`];
  for (const text of ['{"a": [1, 2', '{"b": [1, {', '{"a": "text', '[{"a": {}}']) {
    equal(await ofJson(text), cut(text));
  }
  const { remedy } = (await recognise(fileOf('cut.json', '{"a": [1'))) ?? {};
  is(remedy, 'it is not whole: copy it again');
  equal(await ofJson('{"active_forwardings": {}, "addr_history": {"tb1q": ['), [
    'an Electrum wallet',
    'electrum',
  ]);
});

files('is told however far back the sign of it stands', async () => {
  const padding = Array.from({ length: 40_000 }, (_, nth) => `"a${nth}": []`).join(', ');
  equal(await ofJson(`{"addresses": {${padding}}, "seed_version": 52}`), [
    'an Electrum wallet',
    'electrum',
  ]);
  const tables = Buffer.concat([sqlite('vars'), Buffer.alloc(1_048_500), sqlite('shachain_known')]);
  is((await recognise(fileOf('late.sqlite3', tables)))?.sources[0], 'cln');
});

files('holds transactions or blocks, one object after the other', async () => {
  const ofChain = ["bitcoin-cli's JSON of transactions or blocks", 'chain'];
  equal(await ofJson('{\n "txid": "ab",\n "vin": []}'), ofChain);
  equal(await ofJson('{"other": 1}\n{"hash": "ab", "height": 7}'), ofChain);
  equal(await ofJson('{"hash": "ab"}\n{"height": 7}'), NOTHING);
  const lnd = '{"transactions": [{"tx_hash": "", "block_hash": ""';
  equal(await ofJson(lnd), ["lnd's listchaintxns", 'lnd', 'chain']);
});

files('may be empty of records, and is then whose its lists are', async () => {
  equal(await ofJson('{"channels": []}'), ['JSON of empty lists', 'lnd', 'cln']);
  equal(await ofJson('{"result": {"forwards": [ ]}}'), LIGHTNING_CLI);
  equal(await ofJson('{"forwarding_events": [], "last_offset_index": 0}'), LNCLI);
  equal(await ofJson('{"a": {"b": {"forwards": []}}}'), NOTHING);
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

files('is nothing that is known, and then nobody is said to read it', async () => {
  const beginning = realStore('mainnet-small').subarray(21_571);
  const unknown = { what: 'of no form that is known here', sources: [] };
  equal(await recognise(fileOf('gossip_store', beginning)), unknown);
  equal(await recognise(fileOf('line', '\n')), unknown);
  equal(await recognise(fileOf('empty', '')), { what: 'an empty file', sources: [] });
  for (const json of ['{"a":1}', '{}', '[]', '{']) equal(await ofJson(json), NOTHING);
  equal(await ofJson('{"$schema": "../rpc-schema-draft.json", "channels": []}'), [
    'a JSON schema, which describes records and is none',
  ]);
  equal(await recognise(fileOf('other.sqlite3', sqlite('something'))), {
    what: 'a SQLite database of another program',
    sources: [],
    lookers: ['cln', 'lnd'],
  });
  is(await recognise(import.meta.dirname), undefined);
});

files('of lnd that holds no channels is not taken for its channel.db', async () => {
  is((await recognise(fileOf('channel.db', bbolt())))?.sources[0], 'lnd');
  equal((await recognise(fileOf('wallet.db', bbolt())))?.sources, []);
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

const JSON_SAMPLE = '{"result": {"channels": [{"a": [{"b": []}], "peer_id": "02"}]}, "hash": 1}';

files('is looked at without harm, whatever is in it', () => {
  const random = randomNumbers(seedOfRun());
  const self = readFileSync(import.meta.filename);
  const samples = [bbolt(), sqlite('channel_htlcs'), self, hexToBytes(`0101${'00'.repeat(40)}`)];
  for (let nth = 0; nth < 1000 * soakFactor(); nth++) {
    const bytes = damaged(samples[random(samples.length)] ?? self, random);
    const found = recognised('any', bytes);
    is(found === undefined || found.what.length > 0, true);
    const signs = new JsonSigns();
    const json = damaged(text(JSON_SAMPLE), random);
    const sign = signs.take(json) ?? signs.end();
    is(sign === undefined || sign.what.length > 0, true);
  }
});

files.run();
