/** Where `export --output` writes, and what it leaves alone. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/cli/errors.ts';
import { fakeLedger, fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-export-'));
test.after(() => rmSync(directory, { recursive: true }));

async function* twoLines(): AsyncGenerator<string> {
  yield 'one';
  yield 'two';
}
async function* torn(): AsyncGenerator<string> {
  yield 'one';
  throw new Error('the disk is gone');
}

test('Ctrl-C leaves no half file behind', async () => {
  const stop = new AbortController();
  async function* stopped(): AsyncGenerator<string> {
    yield 'one';
    stop.abort(new Interrupted('stopped by Ctrl-C'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield 'two';
  }
  const before = readdirSync(directory);
  const openLedger = (at: string) => fakeLedger(at, { exportNdjson: stopped });
  const { exitCode } = await runInProcess(
    ['export', '--output', join(directory, 'stopped.ndjson'), '--ledger', here],
    { ledgers: { ...fakeLedgers, openLedger }, signal: stop.signal },
  );
  assert.is(exitCode, 130);
  assert.equal(readdirSync(directory), before);
});

function exportTo(path: string, exportNdjson = twoLines, ...more: string[]) {
  return runInProcess(['export', '--output', path, ...more, '--ledger', here], {
    ledgers: { ...fakeLedgers, openLedger: (at) => fakeLedger(at, { exportNdjson }) },
  });
}

test('the file appears when it is complete, and not at all where it is not', async () => {
  const path = join(directory, 'ledger.ndjson');
  const done = await exportTo(path);
  assert.is(done.err, `2 lines written to ${path}\n`);
  assert.is(readFileSync(path, 'utf8'), 'one\ntwo\n');
  const before = readdirSync(directory);
  const other = join(directory, 'torn.ndjson');
  const failed = await exportTo(other, torn);
  assert.is(failed.exitCode, 3);
  assert.not.ok(existsSync(other));
  assert.equal(readdirSync(directory), before);
});

test('a file that may not grow so large says so, by its name and with what to do', async () => {
  const path = join(directory, 'large.ndjson');
  async function* refused(): AsyncGenerator<string> {
    yield 'one';
    const system = { code: 'EFBIG', errno: -27, syscall: 'write' };
    throw Object.assign(new Error('EFBIG: file too large, write'), system);
  }
  const { exitCode, err } = await exportTo(path, refused);
  assert.is(exitCode, 3);
  assert.is(
    err,
    `channel-ledger: ${path}: no file may be that large here (see "ulimit -f"): raise the limit or choose another path\n`,
  );
  assert.not.ok(existsSync(path));
});

test('a file that is there is replaced only with --overwrite, and then as a whole', async () => {
  const path = join(directory, 'precious.ndjson');
  const precious = '{"format":"channel-ledger/1"}\nprecious';
  writeFileSync(path, precious);
  const refused = await exportTo(path);
  assert.is(refused.exitCode, 2);
  assert.match(refused.err, /there is a file [^\n]+ already: --overwrite replaces it, or name/);
  await exportTo(path, torn, '--overwrite');
  assert.is(readFileSync(path, 'utf8'), precious);
  assert.is((await exportTo(path, twoLines, '--overwrite')).exitCode, 0);
  assert.is(readFileSync(path, 'utf8'), 'one\ntwo\n');
});

test('--overwrite replaces nothing but an export or an empty file', async () => {
  const path = join(directory, 'diary.txt');
  writeFileSync(path, 'dear diary');
  const refused = await exportTo(path, twoLines, '--overwrite');
  assert.is(refused.exitCode, 2);
  assert.match(refused.err, /diary\.txt is no export, and --overwrite replaces nothing else/);
  assert.is(readFileSync(path, 'utf8'), 'dear diary');
});

test('the ledger that is read is never written onto, under whatever name', async () => {
  const place = join(directory, 'own');
  mkdirSync(join(place, 'ledger.db.ldk'), { recursive: true });
  const ledger = join(place, 'ledger.db');
  // Even one that begins as an export does, and one that is still empty.
  const files = ['', '-wal', '-shm', '.key'].map((suffix) => `${ledger}${suffix}`);
  for (const file of files) writeFileSync(file, '{"format":"channel-ledger/1"}');
  const symbolic = join(directory, 'symbolic');
  const hard = join(directory, 'hard');
  const through = join(directory, 'through');
  symlinkSync(ledger, symbolic);
  linkSync(`${ledger}.key`, hard);
  symlinkSync(place, through);
  const inLdk = join(place, 'ledger.db.ldk', 'translators.bin');
  const names = [...files, `${ledger}-journal`, inLdk, symbolic, hard, join(through, 'ledger.db')];
  for (const named of [ledger, place, symbolic, join(through, 'ledger.db')]) {
    for (const output of names) {
      const args = ['export', '--overwrite', '--output', output, '--ledger', named];
      const { exitCode, err } = await runInProcess(args);
      assert.is(exitCode, 2, `${output} of ${named}`);
      assert.match(err, /which an export must not replace: name another file with --output\n$/);
    }
  }
  for (const file of files) assert.match(readFileSync(file, 'utf8'), /^\{"format"/);
  assert.not.ok(existsSync(inLdk));
});

test('a link stays a link, and a directory is no file', async () => {
  const target = join(directory, 'target.ndjson');
  const link = join(directory, 'link.ndjson');
  writeFileSync(target, '');
  symlinkSync(target, link);
  assert.is((await exportTo(link)).exitCode, 2);
  assert.is((await exportTo(link, twoLines, '--overwrite')).exitCode, 0);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.is(readFileSync(target, 'utf8'), 'one\ntwo\n');
  const refused = await exportTo(directory);
  assert.is(refused.exitCode, 2);
  assert.match(refused.err, /is a directory: name a file in it/);
});

test('a pipe is written to and stays a pipe', async () => {
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const [read, done] = await Promise.all([readFile(path, 'utf8'), exportTo(path)]);
  assert.is(read, 'one\ntwo\n');
  assert.is(done.exitCode, 0);
  assert.ok(lstatSync(path).isFIFO());
});

test.run();
