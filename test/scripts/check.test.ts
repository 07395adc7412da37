import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkCode, checkMachinePaths, checkUnfinished } from '../../scripts/check/code-rules.ts';
import { checkPackages } from '../../scripts/check/package-rules.ts';
import { projectFiles } from '../../scripts/check/project.ts';
import { checkTests, declaredTests } from '../../scripts/check/test-traps.ts';
import { checkForm, checkTypes, type ToolResult } from '../../scripts/check/tools.ts';
import { placesOf, planted } from './planted.ts';

const root = join(import.meta.dirname, '..', '..');
const code = suite('code rules');
const traps = suite('traps of the test runner');
const packages = suite('packages');
const tools = suite('types and form');

const broken = (...lines: readonly string[]) =>
  placesOf(checkCode(planted('src/channel/a.ts', ...lines)));

code('refuse a default export', () => {
  assert.equal(broken('const a = 1;', 'export default a;'), ['2 no-default-export']);
});

code('refuse any as a type, and take it as a word', () => {
  assert.equal(broken('let a: any = 1;'), ['1 no-any']);
  assert.equal(broken('let a: Array<any>;', 'let b = a as any;'), ['1 no-any', '2 no-any']);
  assert.equal(broken('let a: string | any[] = [];'), ['1 no-any']);
  assert.equal(broken('// any of them: any', "say(': any');", 'AbortSignal.any([]);'), []);
});

code('refuse a cast through unknown, over two lines as well', () => {
  assert.equal(broken('const a = b as unknown as string;'), ['1 no-double-cast']);
  assert.equal(broken('const a = b as unknown', '  as string;'), ['1 no-double-cast']);
});

code('refuse to silence the compiler', () => {
  for (const word of ['ignore', 'expect-error', 'nocheck']) {
    assert.equal(broken(`// @ts-${word}`), ['1 no-ts-ignore']);
  }
});

code('refuse a catch that says nothing', () => {
  assert.equal(broken('try { a(); } catch {}'), ['1 no-empty-catch']);
  assert.equal(broken('try { a(); } catch (error) {', '}'), ['1 no-empty-catch']);
  assert.equal(broken('try { a(); } catch {', '  // Gone already.', '}'), []);
});

code('refuse a file that is named after nothing', () => {
  assert.equal(placesOf(checkCode(planted('src/ledger/utils.ts'))), ['1 no-utils']);
});

code('refuse a file of more than 300 lines', () => {
  const lines = (count: number) => Array.from({ length: count }, () => '//');
  assert.equal(broken(...lines(300)), []);
  assert.equal(broken(...lines(301)), ['302 short-files']);
  const sheet = planted('src/page/styles/a.css', ...lines(301));
  assert.equal(placesOf(checkCode(sheet)), ['302 short-files']);
});

code('refuse words that promise work, in comments and in documents', () => {
  const word = ['TO', 'DO'].join('');
  assert.equal(placesOf(checkUnfinished(planted('src/a.ts', `// ${word}: more`))), [
    '1 no-unfinished',
  ]);
  assert.equal(placesOf(checkUnfinished(planted('README.md', '', word))), ['2 no-unfinished']);
  assert.equal(checkUnfinished(planted('src/a.ts', `say('${word}');`)), []);
});

code('refuse paths of the machine it was written on', () => {
  const own = ['', 'srv', 'somewhere'].join('/');
  const home = ['', 'home', 'alice', 'ledger'].join('/');
  const places = (text: string) => placesOf(checkMachinePaths(planted('a.md', text), [own]));
  assert.equal(places(`see ${own}/notes`), ['1 no-machine-paths']);
  assert.equal(places(`see ${home}/notes`), ['1 no-machine-paths']);
  assert.equal(places('see docs/events.md and ./home/alice/x'), []);
});

code('look at every file that git would take, and at no other', () => {
  const paths = projectFiles(root).map(({ path }) => path);
  assert.ok(paths.includes('src/channel/events.ts'));
  assert.ok(paths.includes('test/scripts/check.test.ts'));
  assert.not.ok(paths.some((path) => path.includes('node_modules')));
});

const trapped = (...lines: readonly string[]) =>
  placesOf(checkTests(planted('test/a.test.ts', ...lines)));

traps('a suite that is never run', () => {
  assert.equal(trapped("const a = suite('a');", 'a.run();'), []);
  assert.equal(trapped("const a = suite('a');", '// a.run();'), ['1 tests-run']);
  const two = ["const a = suite('a');", "const b = suite('b');", 'b.run();'];
  assert.equal(trapped(...two), ['1 tests-run']);
});

traps("uvu's own test that is never run", () => {
  assert.equal(trapped("import { test } from 'uvu';", "test('a', run);"), ['1 tests-run']);
  assert.equal(trapped("import { test } from 'uvu';", 'test.run();'), []);
});

traps('a test file without a suite, and a suite outside of a test file', () => {
  assert.equal(trapped('export const a = 1;'), ['1 tests-run']);
  const helper = planted('test/contract.ts', "const a = suite('a');", 'a.run();');
  assert.equal(placesOf(checkTests(helper)), ['1 tests-run']);
});

const RUNS = ["const a = suite('a');", 'a.run();'];

traps('a test that is skipped, or that runs alone', () => {
  assert.equal(trapped(...RUNS, "a.only('x', run);"), ['3 no-only']);
  assert.equal(trapped(...RUNS, "a.skip('x', run);"), ['3 no-only']);
});

traps('a before hook', () => {
  assert.equal(trapped(...RUNS, 'a.before(run);'), ['3 no-before-hook']);
  assert.equal(trapped(...RUNS, 'a.before.each(run);'), ['3 no-before-hook']);
  assert.equal(trapped(...RUNS, 'a.after(run);'), []);
});

traps('assert.throws of an async function', () => {
  assert.equal(trapped(...RUNS, 'assert.throws(async () => {});'), ['3 no-async-throws']);
  assert.equal(trapped(...RUNS, 'assert.not.throws(', '  async () => {});'), ['3 no-async-throws']);
});

traps('declared tests are counted by the names that declare them', () => {
  const text = [
    "const adding = suite('adding');",
    "adding('one', run);",
    'adding(`two`, run);',
    "// adding('three', run);",
    "other('four', run);",
    'say("adding(\'five\', run)");',
    'adding.run();',
  ];
  assert.is(declaredTests(text.join('\n')), 2);
});

const manifest = { dependencies: { immer: '1.0.0' }, devDependencies: { uvu: '0.5.6' } };
const reasons = [
  '| `immer` | rows are changed in place and their patches are kept |',
  '| `uvu` | runs the tests and nothing more than that |',
].join('\n');
const uses = [
  planted('src/a.ts', "import { produce } from 'immer';"),
  planted('test/a.test.ts', "import { suite } from 'uvu';"),
];

packages('that are used, declared and explained are fine', () => {
  assert.equal(checkPackages(uses, manifest, reasons), []);
});

packages('that nothing imports are refused', () => {
  assert.equal(placesOf(checkPackages(uses.slice(1), manifest, reasons)), ['1 dependency-used']);
});

packages('that the product imports must be shipped with it', () => {
  const files = [...uses, planted('src/b.ts', "import { suite } from 'uvu';")];
  assert.equal(
    checkPackages(files, manifest, reasons).map(({ path, rule }) => `${path} ${rule}`),
    ['src/b.ts dependency-declared'],
  );
});

packages('without a reason of some words are refused', () => {
  const short = reasons.replace(/immer.*/, 'immer` | nice |');
  assert.equal(placesOf(checkPackages(uses, manifest, short)), ['1 dependency-reason']);
});

packages('without an exact version are refused', () => {
  const ranged = { ...manifest, dependencies: { immer: '^1.0.0' } };
  assert.equal(placesOf(checkPackages(uses, ranged, reasons)), ['1 dependency-pinned']);
});

/** A project with our settings and one file, for the tools to look at. */
async function checking(
  check: (root: string) => Promise<ToolResult>,
  text: string,
): Promise<ToolResult> {
  const project = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    for (const name of ['biome.json', 'tsconfig.json', 'package.json']) {
      copyFileSync(join(root, name), join(project, name));
    }
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    mkdirSync(join(project, 'src'));
    writeFileSync(join(project, 'src', 'planted.ts'), text);
    return await check(project);
  } finally {
    rmSync(project, { recursive: true });
  }
}

tools('a type error is found', async () => {
  const { isClean, output } = await checking(checkTypes, "export const a: number = 'one';\n");
  assert.not(isClean);
  assert.match(output, /src\/planted\.ts\(1,14\): error TS2322/);
});

tools('a file in order is passed', async () => {
  for (const check of [checkTypes, checkForm]) {
    const { isClean, output } = await checking(check, 'export const a: number = 1;\n');
    assert.ok(isClean, output);
  }
});

tools('another form is found', async () => {
  assert.not((await checking(checkForm, 'export const a = "one"\n')).isClean);
});

tools('a function of more than 70 lines is found', async () => {
  const ofLines = (count: number) =>
    `export function f(a: number) {\n${'  console.log(a);\n'.repeat(count)}}\n`;
  assert.ok((await checking(checkForm, ofLines(60))).isClean);
  const { isClean, output } = await checking(checkForm, ofLines(71));
  assert.not(isClean);
  assert.match(output, /noExcessiveLinesPerFunction/);
});

code.run();
traps.run();
packages.run();
tools.run();
