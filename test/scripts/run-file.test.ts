import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, runTestFile, testFiles } from '../../scripts/test/run-file.ts';

const root = join(import.meta.dirname, '..', '..');
const judging = suite('what to think of a test file');
const running = suite('a test file in its own process');

const totals = (total: number, passed: number, skipped = 0) =>
  `  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

judging('as many passed as declared, and exit code 0, is good', () => {
  assert.equal(judge(totals(3, 3), undefined, 3), { passed: 3, failed: 0, problem: undefined });
  assert.is(judge(totals(5, 5), undefined, 3).problem, undefined);
});

judging('no total is bad, whatever the exit code', () => {
  assert.equal(judge('', undefined, 2), { passed: 0, failed: 2, problem: 'it printed no total' });
});

judging('fewer passed than declared is bad, whatever the exit code', () => {
  const expected = { passed: 2, failed: 1, problem: 'it declares 3 tests and 2 passed' };
  assert.equal(judge(totals(2, 2), undefined, 3), expected);
});

judging('a failed, a skipped and a missing test are bad', () => {
  assert.is(judge(totals(3, 2), 'exit code 1', 3).problem, '1 of 3 tests failed');
  assert.is(judge(totals(3, 3, 1), undefined, 3).problem, '1 tests were skipped');
  assert.is(judge(totals(0, 0), undefined, 0).problem, 'no test ran');
});

judging('a bad end is bad, whatever was printed', () => {
  const expected = { passed: 3, failed: 1, problem: 'ended by SIGSEGV' };
  assert.equal(judge(totals(3, 3), 'ended by SIGSEGV', 3), expected);
});

judging('only the last total counts', () => {
  assert.is(judge(`${totals(9, 9)}${totals(2, 1)}`, 'exit code 1', 2).passed, 1);
});

/** A small project with one test file. */
async function outcomeOf(lines: readonly string[], limitMs = 60_000, declared = 1) {
  const project = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    mkdirSync(join(project, 'test'));
    writeFileSync(join(project, 'test', 'a.test.ts'), lines.join('\n'));
    assert.equal(testFiles(project), ['test/a.test.ts']);
    return await runTestFile(project, 'test/a.test.ts', { declared, limitMs });
  } finally {
    rmSync(project, { recursive: true });
  }
}

const SUITE = ["import { suite } from 'uvu';", "const a = suite('a');"];

running('passes', async () => {
  const outcome = await outcomeOf([...SUITE, "a('one', () => {});", 'a.run();']);
  assert.is(outcome.problem, undefined);
  assert.is(outcome.passed, 1);
});

running('fails and shows why', async () => {
  const throwing = "a('one', () => { throw new Error('the reason'); });";
  const outcome = await outcomeOf([...SUITE, throwing, 'a.run();']);
  assert.is(outcome.problem, '1 of 1 tests failed');
  assert.match(outcome.output, /the reason/);
});

running('that forgets to run its suite fails although it exits with 0', async () => {
  const outcome = await outcomeOf([...SUITE, "a('one', () => {});"]);
  assert.is(outcome.problem, 'it printed no total');
});

running('whose before hook throws fails although it exits with 0', async () => {
  const hook = "a.before(() => { throw new Error('set-up'); });";
  const outcome = await outcomeOf([...SUITE, hook, "a('one', () => {});", 'a.run();']);
  assert.is(outcome.problem, '1 of 1 tests failed');
});

running('that hangs is ended, with what it started', async () => {
  const starts = "import { spawn } from 'node:child_process';";
  const child = "spawn('sleep', ['600'], { stdio: 'inherit' });";
  const outcome = await outcomeOf([starts, child, 'setInterval(() => {}, 1000);'], 1500);
  assert.is(outcome.problem, 'still running after 1.5 s');
  assert.ok(outcome.seconds < 30);
});

running('that failed and left something open is not waited for', async () => {
  const opens = "a('one', () => { setInterval(() => {}, 1000); throw new Error('the reason'); });";
  const outcome = await outcomeOf([...SUITE, opens, 'a.run();']);
  assert.is(outcome.problem, '1 of 1 tests failed');
});

judging.run();
running.run();
