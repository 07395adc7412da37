/** A copy of a file that does not stand still. */
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyOfFile } from '../../src/sources/file-copy.ts';

const place = mkdtempSync(join(tmpdir(), 'channel-ledger-copy-'));
const into = mkdtempSync(join(tmpdir(), 'channel-ledger-copy-'));
test.after(() => {
  for (const directory of [place, into]) rmSync(directory, { recursive: true });
});

/** A file that is written to while it is copied, so many times. */
function busyFile(name: string, times: number) {
  const path = join(place, name);
  writeFileSync(path, 'page 0\n');
  let left = times;
  const onProgress = () => {
    if (left > 0) writeFileSync(path, `page ${times - --left}\n`);
  };
  return { path, onProgress };
}

async function refusalOf(copying: Promise<string>): Promise<unknown> {
  return copying.then(
    () => 'it was copied',
    (error: unknown) => error,
  );
}

test('a file is copied again until it stands still', async () => {
  const { path, onProgress } = busyFile('often', 2);
  const copy = await copyOfFile(path, { into, onProgress, pausesMs: [1, 1, 1] });
  assert.is(readFileSync(copy, 'utf8'), readFileSync(path, 'utf8'));
});

test('a page that was written over within one size and time is seen at the front of the file', async () => {
  const path = join(place, 'same-time');
  const write = (text: string) => {
    writeFileSync(path, text);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  };
  write('transaction 1');
  let tries = 0;
  const onProgress = () => {
    if (tries++ === 0) write('transaction 2');
  };
  const copy = await copyOfFile(path, { into, onProgress, pausesMs: [1] });
  assert.is(tries, 2);
  assert.is(readFileSync(copy, 'utf8'), 'transaction 2');
});

test('a file belongs together with its companions: one that changes has all copied again', async () => {
  const path = join(place, 'with-wal');
  writeFileSync(path, 'pages');
  writeFileSync(`${path}-wal`, 'one');
  let tries = 0;
  const onProgress = () => {
    if (tries++ === 0) writeFileSync(`${path}-wal`, 'one and two');
  };
  const copy = await copyOfFile(path, { into, companions: ['-wal'], onProgress, pausesMs: [1] });
  assert.is(tries, 2);
  assert.is(readFileSync(`${copy}-wal`, 'utf8'), 'one and two');
});

test('a companion that is gone at the next try is not in the copy', async () => {
  const path = join(place, 'with-journal');
  writeFileSync(path, 'pages');
  writeFileSync(`${path}-journal`, 'what they were');
  let tries = 0;
  const onProgress = () => {
    tries++;
    // The first try has it copied, and sees only afterwards that the file has changed.
    if (tries === 1) writeFileSync(path, 'PAGES');
    if (tries === 2) rmSync(`${path}-journal`, { force: true });
  };
  const options = { into, companions: ['-journal'], onProgress, pausesMs: [1, 1] };
  const copy = await copyOfFile(path, options);
  assert.is(readFileSync(copy, 'utf8'), 'PAGES');
  assert.not.ok(existsSync(`${copy}-journal`));
});

test('one that never does is refused, with how often it was tried and what to do', async () => {
  const { path, onProgress } = busyFile('always', 1_000);
  const error = await refusalOf(copyOfFile(path, { into, onProgress, pausesMs: [1, 1] }));
  assert.is(
    error instanceof Error && error.message,
    `${path} changed each of the 3 times it was copied: try again when its node is less busy, or give a backup of it`,
  );
});

test('Ctrl-C is heard between two tries', async () => {
  const stop = new AbortController();
  const { path, onProgress } = busyFile('stopped', 1_000);
  const copying = copyOfFile(path, {
    into,
    pausesMs: [1_000_000],
    signal: stop.signal,
    onProgress() {
      onProgress();
      setImmediate(() => stop.abort());
    },
  });
  const error = await refusalOf(copying);
  assert.is(error instanceof Error && error.name, 'AbortError');
});

test.run();
