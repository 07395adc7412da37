/** Questions are answered where nothing may be written, and without a key that serves. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import type { LiveSource } from '../../src/sources/live-source.ts';
import { runInProcess } from './in-process.ts';
import { observationLines } from './observation-lines.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'channel-ledger.js');
const place = mkdtempSync(join(tmpdir(), 'channel-ledger-reading-'));
const copies = join(place, 'copies');
const observations = join(place, 'observations.ndjson');
chmodSync(place, 0o755);
mkdirSync(copies);
chmodSync(copies, 0o777);
writeFileSync(observations, observationLines.join('\n'));
test.after(() => rmSync(place, { recursive: true }));

/** What permissions forbid is allowed to root, who therefore asks as somebody else. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function run(who: { uid?: number; gid?: number }, ...args: string[]) {
  const env = { ...process.env, LANG: 'C.UTF-8', TMPDIR: copies };
  const ended = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8', ...who });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

/** A ledger in a directory of its own. */
function ledgerNamed(name: string): string {
  const directory = join(place, name);
  mkdirSync(directory);
  const path = join(directory, 'ledger.db');
  assert.is(run({}, 'import', 'observations', observations, '--ledger', path).code, 0);
  return path;
}

// A checkout may lie where nobody else may look, and then there is nobody to ask.
const canAsk = run(nobody, '--version').code === 0;

test('a ledger that may not be written is read from a copy, which is gone afterwards', () => {
  if (!canAsk) return;
  const path = ledgerNamed('readonly');
  chmodSync(path, 0o444);
  chmodSync(`${path}.key`, 0o444);
  chmodSync(join(place, 'readonly'), 0o555);
  const asked = run(nobody, 'channels', '--ledger', path);
  assert.match(asked.out, /120x1x0/);
  assert.match(asked.err, /^channel-ledger: [^\n]+ may be read and not written, so [^\n]+\n$/);
  assert.is(asked.code, 0);
  const verified = run(nobody, 'verify', '--ledger', path);
  assert.match(verified.out, /^sound: /m);
  assert.equal(readdirSync(copies), []);
  const refused = run(nobody, 'import', 'observations', observations, '--ledger', path);
  assert.is(refused.code, 3);
  assert.match(refused.err, /may not be written: check its permissions/);
  chmodSync(join(place, 'readonly'), 0o755);
});

test('a ledger that may not even be read is told as that, wherever the leave is missing', () => {
  if (!canAsk) return;
  const path = ledgerNamed('secret');
  const own = join(place, 'secret');
  chmodSync(own, 0o755);
  chmodSync(path, 0o600);
  const says = (file: string) =>
    `channel-ledger: ${file}: permission denied: run as the user who owns it, or choose another path\n`;
  const asked = (named: string) => run(nobody, 'channels', '--ledger', named);
  assert.is(asked(path).err, says(path));
  chmodSync(own, 0o700);
  for (const named of [path, own]) assert.is(asked(named).err, says(path));
  assert.is(asked(own).code, 3);
  assert.equal(readdirSync(copies), []);
});

test('a demo that may not begin says only that', () => {
  if (!canAsk) return;
  const own = join(place, 'of-another');
  mkdirSync(own, { mode: 0o700 });
  const { code, err } = run(nobody, 'demo', '--ledger', own);
  assert.is(code, 3);
  const why = 'permission denied: run as the user who owns it, or choose another path';
  assert.is(
    err,
    `channel-ledger: the demo cannot begin: ${join(own, 'ledger.db')} cannot be created: ${why}\n`,
  );
});

const badKeys: readonly (readonly [
  what: string,
  spoil: (keyFile: string) => void,
  says: RegExp,
])[] = [
  [
    'a damaged key file',
    (file) => writeFileSync(file, 'spilt coffee'),
    /the key file [^\n]+ledger\.db\.key is damaged/,
  ],
  [
    "another ledger's key",
    (file) => copyFileSync(`${ledgerNamed('other')}.key`, file),
    /the key does not open this ledger: it belongs to another one/,
  ],
];

for (const [what, spoil, says] of badKeys) {
  test(`with ${what} numbers are answered with a warning, and nothing is recorded`, () => {
    const path = ledgerNamed(what.replaceAll(/\W/g, '-'));
    const before = run({}, 'channels', '--json', '--ledger', path).out;
    spoil(`${path}.key`);
    const asked = run({}, 'channels', '--json', '--ledger', path);
    assert.is(asked.out, before);
    assert.match(asked.err, says);
    assert.match(asked.err, /secrets stay sealed, and every number is answered without\n$/);
    assert.is(asked.code, 0);
    const refused = run({}, 'import', 'observations', observations, '--ledger', path);
    assert.match(refused.err, says);
    assert.is(refused.code, 3);
  });
}

test('with a missing key file numbers are answered with a warning, and record refuses at once', async () => {
  const path = ledgerNamed('missing-key');
  const before = run({}, 'channels', '--json', '--ledger', path).out;
  rmSync(`${path}.key`);
  const asked = run({}, 'channels', '--json', '--ledger', path);
  assert.is(asked.out, before);
  assert.match(
    asked.err,
    /^channel-ledger: the key file [^\n]+missing-key\/ledger\.db\.key is not there: [^\n]+; secrets stay sealed, and every number is answered without\n$/,
  );
  assert.is(asked.code, 0);
  const there = readdirSync(join(place, 'missing-key'));
  const head = run({}, 'stats', '--json', '--ledger', path).out;
  let hasStarted = false;
  const source: LiveSource = {
    async start() {
      hasStarted = true;
      return { nodes: [], observations: Readable.from([]) };
    },
  };
  const { exitCode, err } = await runInProcess(['record', 'clock', '--ledger', path], {
    ledgers,
    liveSources: [{ name: 'clock', summary: 'ticks', options: [], load: async () => source }],
  });
  assert.match(err, /^channel-ledger: nothing can be recorded: the key file [^\n]+ is not there/);
  assert.is(exitCode, 3);
  assert.not.ok(hasStarted);
  assert.equal(readdirSync(join(place, 'missing-key')), there);
  assert.is(run({}, 'stats', '--json', '--ledger', path).out, head);
});

test.run();
