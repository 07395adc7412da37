/**
 * Ways in which a test file of uvu passes without testing anything, each tried out: a file without
 * `.run()` and one whose `before` hook throws both exit with 0, and `assert.throws` does not wait.
 */
import { viewsOf } from './mask.ts';
import { type Finding, findingAt, findingsOf, isTypeScript, type TextFile } from './project.ts';

const SUITES = /\bconst\s+([\w$]+)\s*=\s*suite\s*\(/g;
const IMPORTS_TEST = /\bimport\s*\{[^}]*\btest\b[^}]*\}\s*from\s*['"] {3}['"]/;

export function checkTests(file: TextFile): Finding[] {
  if (!isTypeScript(file) || !file.path.startsWith('test/')) return [];
  const { code } = viewsOf(file.text);
  const suites = suitesOf(code);
  return [
    ...checkRuns(file, code, suites),
    ...findingsOf(file, code, 'no-only', /\.(?:only|skip)\s*\(/g, 'every test runs, always'),
    ...findingsOf(file, code, 'no-before-hook', /\.before\s*(?:\.each\s*)?\(/g, BEFORE_HOOK),
    ...findingsOf(file, code, 'no-async-throws', /\bthrows\s*\(\s*async\b/g, ASYNC_THROWS),
  ];
}

const BEFORE_HOOK = 'one that throws exits with 0: set up in the test, or with a top-level await';
const ASYNC_THROWS = 'it does not wait for the promise: await, catch and compare the error';

/** Names that declare tests here: own suites, and uvu's `test` where it is imported. */
function suitesOf(code: string): Map<string, number> {
  const found = new Map([...code.matchAll(SUITES)].map(({ 1: name = '', index }) => [name, index]));
  const imported = IMPORTS_TEST.exec(code);
  if (imported !== null) found.set('test', imported.index);
  return found;
}

function checkRuns(file: TextFile, code: string, suites: Map<string, number>): Finding[] {
  if (!file.path.endsWith('.test.ts')) {
    return [...suites].map(([name, index]) =>
      findingAt(file, index, 'tests-run', `${name} is declared in a file that is not *.test.ts`),
    );
  }
  if (suites.size === 0) return [findingAt(file, 0, 'tests-run', 'the file declares no suite')];
  return [...suites]
    .filter(([name]) => !code.includes(`${name}.run()`))
    .map(([name, index]) => findingAt(file, index, 'tests-run', `${name}.run() is never called`));
}

/** How many tests a file declares by name itself; contracts and loops may add more. */
export function declaredTests(text: string): number {
  const { code } = viewsOf(text);
  const names = [...suitesOf(code).keys()].map((name) => name.replaceAll('$', '\\$'));
  if (names.length === 0) return 0;
  return [...code.matchAll(new RegExp(`(?<![\\w$.])(?:${names.join('|')})\\s*\\(\\s*['"\`]`, 'g'))]
    .length;
}
