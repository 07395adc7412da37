/** A copy of a file that does not stand still. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
