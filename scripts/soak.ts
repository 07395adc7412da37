/**
 * `npm run soak`: first 1,000 seeded runs against a server whose connection or calls fail, and 100,000
 * damaged files for each importer; then the reliability tests again and again with new seeds, for an
 * hour in all; `--tenth` for a tenth of it, as CI does, `--minutes N` for any time. Each round prints
 * its seed: a failing one is run again alone with CHANNEL_LEDGER_SEED=<seed>,
 * CHANNEL_LEDGER_SOAK=<factor> and the file's name.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTestFile } from './test/run-file.ts';

/** What a seed and a factor make different every time. */
const FILES = [
  'test/store/sqlite-kill.test.ts',
  'test/store/sqlite-power.test.ts',
  'test/store/sqlite-processes.test.ts',
  'test/store/sqlite-full.test.ts',
  'test/store/sqlite-damage.test.ts',
  'test/store/sqlite.test.ts',
  'test/demo/missing.test.ts',
  'test/demo/resume.test.ts',
  'test/ledger/verify-bytes.test.ts',
  'test/lightning/proof-fuzz.test.ts',
  'test/lightning/electrum-peer.test.ts',
] as const;
/** Each makes this many runs, once: between a client and a server bytes or calls go wrong. */
const CHAOS_FILES = [
  'test/store/eventstoredb-chaos.test.ts',
  'test/store/eventstoredb-call-chaos.test.ts',
] as const;
const CHAOS_RUNS = 500;
const ROOT = new URL('..', import.meta.url).pathname;
/** Each makes 1,000 cases as often as this, once: files that importers must read or refuse. */
const FUZZ_FILES = globSync(
  [
    'test/sources/*/fuzz.test.ts',
    'test/sources/lnd/hostile-*.test.ts',
    'test/sources/recognise.test.ts',
  ],
  { cwd: ROOT },
).sort();
const FUZZ_FACTOR = 100;
/** Every so many rounds the random tests run longer: what shows only then is looked for too. */
const LONG_ROUND = 4;
const LONG_FACTOR = 5;
const HOUR_MINUTES = 60;
/** A round that takes longer than this hangs. */
const FILE_LIMIT_MS = 15 * 60_000;
const FUZZ_LIMIT_MS = 120 * 60_000;

const { values } = parseArgs({
  options: {
    tenth: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    file: { type: 'string', multiple: true },
  },
});
const minutes = Number(values.minutes ?? (values.tenth ? HOUR_MINUTES / 10 : HOUR_MINUTES));
if (!(minutes > 0)) {
  process.stderr.write('--minutes takes a number above 0\n');
  process.exit(2);
}
const files = values.file ?? FILES;
const chaosFiles = values.file === undefined ? CHAOS_FILES : [];
// A tenth is run behind the tests, which damage 1,000 of each.
const fuzzFiles = values.file === undefined && !values.tenth ? FUZZ_FILES : [];
const missing = [...files, ...chaosFiles].filter((file) => !existsSync(join(ROOT, file)));
if (missing.length > 0) {
  process.stderr.write(
    `there is no ${missing.join(', ')}: a file that was renamed is not soaked\n`,
  );
  process.exit(2);
}
const deadline = performance.now() + minutes * 60_000;
let seed = Number(values.seed ?? seedOfCommit());
let rounds = 0;
const failures: string[] = [];
const chaosRuns = String(values.tenth ? CHAOS_RUNS / 10 : CHAOS_RUNS);
for (const file of chaosFiles) {
  if (failures.length === 0) await run(file, { CHANNEL_LEDGER_CHAOS_RUNS: chaosRuns });
}
for (const file of fuzzFiles) {
  if (failures.length > 0) break;
  await run(file, { CHANNEL_LEDGER_SOAK: String(FUZZ_FACTOR) }, FUZZ_LIMIT_MS);
}
while (performance.now() < deadline && failures.length === 0) {
  const factor = rounds % LONG_ROUND === LONG_ROUND - 1 ? LONG_FACTOR : 1;
  for (const file of files) {
    if (performance.now() >= deadline || failures.length > 0) break;
    await run(file, { CHANNEL_LEDGER_SOAK: String(factor) });
  }
  rounds++;
  seed = (seed * 48_271 + 11) % 2_147_483_647;
}
process.stdout.write(`${rounds} rounds in ${minutes} minutes, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function run(
  file: string,
  more: Readonly<Record<string, string>>,
  limitMs = FILE_LIMIT_MS,
): Promise<void> {
  const settings = { CHANNEL_LEDGER_SEED: String(seed), ...more };
  Object.assign(process.env, settings);
  const outcome = await runTestFile(ROOT, file, { declared: 1, limitMs });
  const { passed, failed, problem, seconds, output } = outcome;
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const word = failed === 0 ? 'ok' : 'FAILED';
  const how = variables.join(' ');
  process.stdout.write(`${word} ${how} ${file} ${passed} tests, ${seconds.toFixed(0)} s\n`);
  if (failed === 0) return;
  process.stdout.write(`${output}\n${problem ?? ''}\nagain: ${how} npm test -- ${file}\n`);
  failures.push(file);
}

/** Another seed for every commit, the same for the same one. */
function seedOfCommit(): number {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
  return createHash('sha256').update(commit).digest().readUInt32BE(0) % 2_147_483_647;
}
