/** A damaged file is the answer no of `verify`; names and moments that are not there are refused. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const place = temporaryDirectory();

const run = (...args: string[]) => runInProcess(args, { ledgers });

/** The example of the documents, recorded. */
async function ledgerNamed(name: string): Promise<string> {
  const path = join(place, name);
  const args = ['import', 'observations', join(docs, 'observations.ndjson'), '--ledger', path];
  assert.is((await run(...args)).exitCode, 0);
  return path;
}

function overwrite(path: string, from: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, from);
  closeSync(file);
}

const damages: readonly (readonly [what: string, damage: (path: string) => void, says: RegExp])[] =
  [
    [
      'a file that was cut off',
      (path) => truncateSync(path, 20_000),
      /first: engine-integrity at [^\n]+: the file ends at byte 20,000, and its header says it had [0-9,]+; restore/,
    ],
    [
      'a file whose tables are overwritten',
      (path) => overwrite(path, 100, 8_000),
      /first: engine-integrity at [^\n]+: its bytes are damaged, [^\n]+\(SQLITE_CORRUPT\); restore/,
    ],
    [
      'a file whose beginning is overwritten',
      (path) => overwrite(path, 0, 100),
      /first: engine-integrity at [^\n]+: it does not begin as a ledger does; restore/,
    ],
  ];

for (const [what, damage, says] of damages) {
  test(`${what} is the answer no, with the place`, async () => {
    const path = await ledgerNamed(`${what.replaceAll(' ', '-')}.db`);
    damage(path);
    const { exitCode, out, err } = await run('verify', '--ledger', path);
    assert.is(err, '');
    assert.match(out, says);
    assert.is(exitCode, 1);
    const program = await run('verify', '--json', '--ledger', path);
    assert.is(JSON.parse(program.out).isSound, false);
    // Other questions have no answer at all.
    assert.is((await run('channels', '--ledger', path)).exitCode, 3);
  });
}

test('a ledger that is not there is no answer but a failure', async () => {
  assert.is((await run('verify', '--ledger', join(place, 'nowhere.db'))).exitCode, 3);
});

test('a position beyond the newest event is refused with the newest', async () => {
  const path = await ledgerNamed('position.db');
  assert.is((await run('channels', '--at', 'position:16', '--ledger', path)).exitCode, 0);
  const { exitCode, err } = await run('channels', '--at', 'position:17', '--ledger', path);
  assert.match(err, /there is no position 17: the newest event of this ledger has position 16\n$/);
  assert.is(exitCode, 2);
});

test('a revision and a checkpoint beyond the newest event are wrong usage alike', async () => {
  const path = await ledgerNamed('beyond.db');
  const revision = await run('show', '120x1x0', '--at', 'revision:99', '--ledger', path);
  assert.match(revision.err, /there is no revision 99: /);
  assert.is(revision.exitCode, 2);
  assert.is((await run('tail', '--after', '16', '--ledger', path)).exitCode, 0);
  const tail = await run('tail', '--after', '17', '--follow', '--ledger', path);
  assert.match(tail.err, /there is no checkpoint 17: the newest [^\n]+ has checkpoint 16\n$/);
  assert.is(tail.exitCode, 2);
});

test('a file of the other import is said to be that, and a wrong one makes no ledger', async () => {
  const exported = join(place, 'export.ndjson');
  const path = await ledgerNamed('exported.db');
  await run('export', '--output', exported, '--ledger', path);
  const wrong = join(place, 'diary.txt');
  writeFileSync(wrong, 'dear diary\n');
  const empty = join(place, 'empty.txt');
  writeFileSync(empty, '');
  const fresh = join(place, 'fresh.db');
  const observations = join(docs, 'observations.ndjson');
  const cases: readonly (readonly [form: string, file: string, code: number, says: RegExp])[] = [
    [
      'observations',
      exported,
      2,
      /holds an export: write "import ndjson [^"\n]+export\.ndjson"\n$/,
    ],
    ['ndjson', observations, 2, /holds observations: write "import observations [^"\n]+"\n$/],
    ['ndjson', wrong, 1, /diary\.txt line 1 \(byte 0\): an export does not begin so: is it/],
    ['observations', wrong, 1, /line 1 \(byte 0\): it is not JSON; nothing is recorded: mend/],
    ['ndjson', empty, 1, /empty\.txt is empty: is it the right file/],
  ];
  for (const [form, file, code, says] of cases) {
    const { exitCode, err } = await run('import', form, file, '--ledger', fresh);
    assert.match(err, says);
    assert.is(exitCode, code);
    assert.not.ok(existsSync(fresh));
    assert.not.ok(existsSync(`${fresh}.key`));
  }
});

test('an import that fails before an event is in the ledger leaves none that it made', async () => {
  const exported = join(place, 'whole.ndjson');
  const path = await ledgerNamed('whole.db');
  await run('export', '--with-keys', '--output', exported, '--ledger', path);
  const lines = readFileSync(exported, 'utf8').trimEnd().split('\n');
  const spoilt = (name: string, to: readonly string[]) => {
    const file = join(place, name);
    writeFileSync(file, `${to.join('\n')}\n`);
    return file;
  };
  const isKey = (line: string) => line.includes('"keyId"');
  const noKeys = lines.filter((line) => !isKey(line));
  const cases: readonly (readonly [file: string, code: number, says: RegExp])[] = [
    [
      spoilt('damaged.ndjson', [...noKeys.slice(0, 4), '{"damaged":1}']),
      1,
      /damaged\.ndjson line 5 \(byte \d+\): it is no event of an export; no event was imported: import one that is whole$/m,
    ],
    [spoilt('header.ndjson', noKeys.slice(0, 1)), 1, /has no footer/],
    [exported, 3, /holds a key that another ledger's key wraps/],
  ];
  for (const [file, code, says] of cases) {
    const fresh = join(place, 'unmade.db');
    // A key that was there before belongs to whoever put it there.
    writeFileSync(`${fresh}.key`, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
    const { exitCode, err } = await run('import', 'ndjson', file, '--ledger', fresh);
    assert.match(err, says);
    assert.is(exitCode, code);
    const left = readdirSync(place).filter((name) => name.startsWith('unmade.db'));
    assert.equal(left, ['unmade.db.key']);
  }
  const kept = await ledgerNamed('kept.db');
  const damaged = join(place, 'damaged.ndjson');
  assert.is((await run('import', 'ndjson', damaged, '--ledger', kept)).exitCode, 1);
  assert.ok(existsSync(kept));
});

test('an unknown source and an unknown node are answered alike; a node goes by its own alias', async () => {
  const path = await ledgerNamed('names.db');
  const named = await run('closed', '--json', '--node', 'alice', '--ledger', path);
  assert.is(JSON.parse(named.out).length, 1);
  for (const flag of ['--node', '--source']) {
    const { exitCode, err } = await run('channels', flag, 'nobody', '--ledger', path);
    assert.is(exitCode, 1);
    assert.match(err, /of this ledger is called "nobody": it (records|has) /);
  }
});

test('what was purged is not said to be destroyed again', async () => {
  const path = await ledgerNamed('purged.db');
  const args = ['purge', '120x1x0', '--yes', '--ledger', path];
  assert.match((await run(...args)).out, /^1 key of channel 120x1x0 destroyed\n/);
  assert.match((await run(...args)).out, /^channel 120x1x0 has no key to destroy: it was purged/);
});

test.run();
