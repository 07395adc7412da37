/** One test file in its own process, and what to think of how it ended. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Outcome {
  readonly path: string;
  readonly passed: number;
  /** At least one where anything is wrong with the file, its exit included. */
  readonly failed: number;
  /** Undefined when all is well. */
  readonly problem: string | undefined;
  readonly seconds: number;
  readonly output: string;
}

/** What a failed test left open keeps its process alive: it is not waited for. */
const AFTER_FAILURE_MS = 5000;

export interface Expectation {
  readonly declared: number;
  readonly limitMs: number;
}

export function testFiles(root: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** The pinned Node, whichever one started us. */
function nodeOf(root: string): string {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

/**
 * The file gets a temporary directory of its own, removed afterwards, and leads a process group, so
 * that whatever it started ends with it.
 */
export function runTestFile(root: string, path: string, expected: Expectation): Promise<Outcome> {
  const temporary = mkdtempSync(join(tmpdir(), 'channel-ledger-test-'));
  // As the system's own: a test may look at permissions as another user.
  chmodSync(temporary, 0o755);
  const started = performance.now();
  return new Promise((resolve) => {
    let output = '';
    let isTooSlow = false;
    let isOver = false;
    const add = (chunk: Buffer) => {
      output += chunk.toString();
      const totals = isOver ? undefined : totalsOf(output);
      if (totals === undefined || totals.passed === totals.total) return;
      isOver = true;
      setTimeout(() => endGroup(child.pid), AFTER_FAILURE_MS).unref();
    };
    const child = spawn(nodeOf(root), [path], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, NO_COLOR: '1' },
    });
    const limit = setTimeout(() => {
      isTooSlow = true;
      endGroup(child.pid);
    }, expected.limitMs);
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('exit', () => endGroup(child.pid));
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
      const seconds = (performance.now() - started) / 1000;
      const ended = isTooSlow
        ? `still running after ${expected.limitMs / 1000} s`
        : endOf(code, signal);
      resolve({ path, seconds, output, ...judge(output, ended, expected.declared) });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined;
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}

/** What uvu printed, how the process ended and what the file declares must all agree. */
export function judge(
  output: string,
  ended: string | undefined,
  declared: number,
): Pick<Outcome, 'passed' | 'failed' | 'problem'> {
  const totals = totalsOf(output);
  if (totals === undefined) {
    return { passed: 0, failed: Math.max(1, declared), problem: ended ?? 'it printed no total' };
  }
  const { total, passed, skipped } = totals;
  const failed = Math.max(total - passed + skipped, declared - passed, 0);
  const problem = problemOf(totals, ended, declared);
  return { passed, failed: problem === undefined ? 0 : Math.max(1, failed), problem };
}

interface Totals {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
}

function problemOf(
  { total, passed, skipped }: Totals,
  ended: string | undefined,
  declared: number,
): string | undefined {
  if (passed < total) return `${total - passed} of ${total} tests failed`;
  if (skipped > 0) return `${skipped} tests were skipped`;
  if (passed < declared) return `it declares ${declared} tests and ${passed} passed`;
  if (passed === 0) return 'no test ran';
  return ended;
}

/** The last total is uvu's own; a test may have printed something that looks like one. */
function totalsOf(output: string): Totals | undefined {
  const pattern = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm;
  const last = [...output.matchAll(pattern)].at(-1);
  if (last === undefined) return undefined;
  const [, total, passed, skipped] = last.map(Number);
  return { total: total ?? 0, passed: passed ?? 0, skipped: skipped ?? 0 };
}
