/** Files that a command writes: a disk that is full is stood in for by a limit on the size of files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal, is, match } from 'uvu/assert';

const place = mkdtempSync(join(tmpdir(), 'channel-ledger-whole-file-'));
const writer = new URL('../../src/cli/whole-file.ts', import.meta.url).href;

/** In a process that may write one block of 512 or 1024 bytes, and no more. */
function writtenIn(path: string, overwrite: boolean): string {
  const program = `
    const { writeWhole } = await import(${JSON.stringify(writer)});
    try {
      writeWhole(process.argv[1], 'x'.repeat(100_000), ${overwrite});
    } catch (error) {
      console.log(error.code ?? error.message);
    }`;
  const shell = 'trap "" XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1" "$2"';
  const { stdout, stderr } = spawnSync('sh', ['-c', shell, process.execPath, program, path], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

const tests = suite('a file that a command writes');

tests('is not left behind where it cannot be written to its end', () => {
  const path = join(place, 'new.html');
  match(writtenIn(path, false), /^EFBIG\n/);
  is(existsSync(path), false);
});

tests('stays as it was where its new text does not fit', () => {
  const path = join(place, 'old.html');
  writeFileSync(path, 'the report of another close');
  match(writtenIn(path, true), /^EFBIG\n/);
  is(readFileSync(path, 'utf8'), 'the report of another close');
  equal(readdirSync(place), ['old.html']);
});

tests('is not touched where it is there and may not be replaced', () => {
  match(writtenIn(join(place, 'old.html'), false), /old\.html is there already: /);
  is(readFileSync(join(place, 'old.html'), 'utf8'), 'the report of another close');
});

tests.after(() => rmSync(place, { recursive: true }));
tests.run();
