/** Which files `import` gives to an importer, by what they are: others are refused, or left out of a folder. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import type { ImportContext, ImporterEntry } from '../../src/sources/importer.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runnerIn } from './in-process.ts';
import { namesImporter } from './names-importer.ts';

const place = temporaryDirectory();

const run = runnerIn(place, ledgers);

test('a file of another program is told what it is, and who reads it', async () => {
  const bbolt = Buffer.alloc(4096);
  bbolt.writeUInt32LE(0xed0cdaed, 16);
  const channelDb = join(place, 'channel.db');
  writeFileSync(channelDb, bbolt);
  const given = ['import', 'names', channelDb];
  const lnd: ImporterEntry = { ...namesImporter(), name: 'lnd' };
  const wrong = await run(given, { importers: [namesImporter(), lnd], ledger: 'wrong.db' });
  assert.is(wrong.exitCode, 1);
  assert.is(
    wrong.err,
    `channel-ledger: ${channelDb} is a bbolt database, as lnd's channel.db is: write "channel-ledger ` +
      `import lnd ${channelDb}"\n`,
  );
  const backup = join(place, 'channel.backup');
  writeFileSync(backup, 'enciphered');
  const notYet = await run(['import', 'names', backup], { importers: [namesImporter()] });
  assert.is(notYet.exitCode, 1);
  assert.is(
    notYet.err,
    `channel-ledger: not yet: ${backup} is lnd's static channel backup, which is enciphered and holds no ` +
      'states; give channel.db to "import lnd" instead\n',
  );
  assert.not.ok(existsSync(wrong.path));
});

/** An importer to which only files are given that are recognised as what it reads. */
const choosy = (name: string): ImporterEntry => {
  return { ...namesImporter(), name, reads: `the records of ${name}` };
};
const CLN_JSON = '{"channels": [{"peer_id": "02"}]}';

test('a file in which nothing is read is refused, and nothing is written', async () => {
  const importers = [choosy('lnd'), choosy('cln')];
  const wrong: readonly (readonly [content: string, sentence: string])[] = [
    ['', 'is an empty file, and "import lnd" reads the records of lnd: is it the right file?'],
    ['{"a":1}', 'is JSON without any list that a node prints, and "import lnd" reads the records'],
    ['{"a":[1', 'is JSON that ends in the middle, at byte 7: it is not whole: copy it again'],
    ['{"$schema": "x"}', 'is a JSON schema, which describes records and is none, and "import lnd"'],
    ['garbage', 'is of no form that is known here, and "import lnd" reads the records of lnd'],
    [CLN_JSON, 'is JSON that lightning-cli prints: write "channel-ledger import cln'],
  ];
  const path = join(place, 'wrong.json');
  for (const [content, sentence] of wrong) {
    writeFileSync(path, content);
    const given = ['import', 'lnd', path];
    const { exitCode, out, err, path: ledger } = await run(given, { importers, ledger: 'w.db' });
    assert.is(exitCode, 1);
    assert.is(out, '');
    assert.ok(err.startsWith(`channel-ledger: ${path} ${sentence}`), err);
    assert.not.ok(existsSync(ledger));
  }
  writeFileSync(path, '{"channels": []}');
  const empty = await run(['import', 'lnd', path], { importers, ledger: 'w.db' });
  assert.is(empty.exitCode, 0);
});

test('of a folder what is recognised is read, and the rest is listed with what it is', async () => {
  const folder = join(place, 'folder');
  mkdirSync(join(folder, 'deeper'), { recursive: true });
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const right = [file('a.json', CLN_JSON), file('deeper/b.json', CLN_JSON)];
  const readme = file('README.md', '# Records');
  const lnd = file('lnd.json', '{"channels": [{"channel_point": "ab:0"}]}');
  const secret = file('hsm_secret', 'enciphered');
  file('.hidden', 'x');
  file('a.sqlite3-wal', 'x');
  const seen: ImportContext[] = [];
  const noting = { ...namesImporter((context) => seen.push(context)), name: 'cln', reads: 'lists' };
  const importers = [noting, choosy('lnd')];
  const given = ['import', 'cln', folder];
  const { exitCode, out } = await run([...given, '--json'], { importers, ledger: 'folder.db' });
  assert.is(exitCode, 0);
  assert.equal(seen[0]?.paths, right);
  const filesNotRead = [
    { path: readme, why: 'it is of no form that is known here' },
    {
      path: secret,
      why:
        "not yet, it is Core Lightning's hsm_secret: keep it secret, it holds keys and no record: restore " +
        'it with its own program, and give the database of the node instead',
    },
    { path: lnd, why: 'it is JSON that lncli prints, which "import lnd" reads' },
  ];
  assert.equal(JSON.parse(out).filesNotRead, filesNotRead);
  const told = await run(given, { importers, ledger: 'folder.db' });
  assert.match(told.out, `files not read  ${readme}: it is of no form that is known here`);
  const named = await run(['import', 'cln', ...right, readme], { importers, ledger: 'named.db' });
  assert.is(named.exitCode, 1);
  assert.match(named.err, `${readme} is of no form that is known here`);
  const other = await run(['import', 'lnd', join(folder, 'deeper')], { importers });
  assert.is(other.exitCode, 1);
  assert.match(other.err, 'deeper has nothing that "import lnd" reads');
});

const REAL = new URL('../fixtures/real/', import.meta.url);
const realFile = (path: string): Buffer => gunzipSync(readFileSync(new URL(path, REAL)));
/** A page's type, of SQLite's second page and bbolt's third. */
const overwritten = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, at, at + 64);
  return copy;
};
const sqlite = realFile('cln/l1-before-moves-in-db.sqlite3.gz');
const bbolt = realFile('lnd/closed-channels.channel.db.gz');

/** Each sentence names the file and what to do; nothing of it was recorded, and no ledger is made. */
const damagedFiles: readonly (readonly [
  source: string,
  name: string,
  bytes: Buffer,
  says: RegExp,
])[] = [
  ['cln', 'cut.sqlite3', sqlite.subarray(0, 20_000), /cannot be read: .+ copy it again; otherwise/],
  ['cln', 'spoilt.sqlite3', overwritten(sqlite, 4096), /cannot be read: .+ copy it again; otherw/],
  [
    'lnd',
    'cut.db',
    bbolt.subarray(0, 20_000),
    /: the database is damaged: .+: copy it again while/,
  ],
  ['lnd', 'meta.db', overwritten(overwritten(bbolt, 20), 16_404), /neither of its two meta pages/],
  [
    'lnd',
    'cut.json',
    Buffer.from('{"channels":[{"chan_id":"1"'),
    /not JSON: .+; let lncli print it/,
  ],
  ['cln', 'cut.json', Buffer.from('{"channels":[{"peer_id":"1"'), /.+; let it print that again/],
];

for (const [source, name, bytes, says] of damagedFiles) {
  test(`${name}, given to "import ${source}", is the answer no in one sentence`, async () => {
    const path = join(place, name);
    writeFileSync(path, bytes);
    const said = ['--node', `02${'11'.repeat(32)}`, '--chain', 'regtest'];
    const given = ['import', source, path, ...said];
    const outcome = await run(given, { importers, ledger: `${name}-ledger.db` });
    assert.is(outcome.exitCode, 1, outcome.err);
    assert.match(outcome.err, says);
    assert.ok(outcome.err.includes(path), outcome.err);
    assert.is(outcome.err.split('\n').length, 2);
    assert.not.ok(existsSync(outcome.path));
  });
}

test.run();
