/**
 * `npm test [-- part-of-a-path …]`: every test file in its own process, two at a time. The exit code
 * of a test process is not believed alone: uvu ends with 0 where a suite was never run, so each file
 * must also report at least as many passed tests as it declares.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { declaredTests } from './check/test-traps.ts';
import { type Outcome, runTestFile, testFiles } from './test/run-file.ts';

const root = join(import.meta.dirname, '..');
const parallel = Math.min(2, availableParallelism());
const limitMs = Number(process.env.TEST_LIMIT_SECONDS ?? 300) * 1000;

const wanted = process.argv.slice(2);
const files = testFiles(root).filter(
  (path) => wanted.length === 0 || wanted.some((part) => path.includes(part)),
);
const outcomes: Outcome[] = [];
process.stdout.on('error', () => process.exit(1));
const waiting = [...files];
await Promise.all(Array.from({ length: parallel }, runWaiting));
process.exitCode = summarise();

async function runWaiting(): Promise<void> {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const declared = declaredTests(readFileSync(join(root, path), 'utf8'));
    const outcome = await runTestFile(root, path, { declared, limitMs });
    outcomes.push(outcome);
    print(outcome);
  }
}

function print({ path, passed, problem, failed, seconds, output }: Outcome): void {
  const mark = problem === undefined ? 'ok    ' : 'FAILED';
  const counts = `${passed} passed${failed === 0 ? '' : `, ${failed} failed`}`;
  process.stdout.write(`${mark} ${path}  ${counts}  ${seconds.toFixed(1)} s\n`);
  if (problem === undefined) return;
  process.stdout.write(`${output.trimEnd()}\n${path}: ${problem}\n\n`);
}

/** Nothing found to run is a failure: a misspelt filter must not look like success. */
function summarise(): number {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, one) => total + of(one), 0);
  const broken = outcomes.filter(({ problem }) => problem !== undefined);
  const failed = sum((one) => one.failed);
  if (files.length === 0)
    process.stdout.write(`no test file has ${wanted.join(' or ')} in its path\n`);
  for (const { path, problem } of broken) process.stdout.write(`FAILED ${path}: ${problem}\n`);
  process.stdout.write(`${sum((one) => one.passed)} passed, ${failed} failed\n`);
  return files.length === 0 || broken.length > 0 ? 1 : 0;
}
