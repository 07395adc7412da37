/** What somebody gets who installs the package into an empty project, made as it is published. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../package.json' with { type: 'json' };

const test = suite('the published package');
const root = join(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'package-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Under the pinned Node, with no settings of the npm that runs this test. */
function run(directory: string, command: string, ...args: readonly string[]): Promise<Ran> {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const pinned = join(root, 'node_modules', 'node', 'bin');
  const env = { ...Object.fromEntries(kept), PATH: `${pinned}${delimiter}${process.env.PATH}` };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: directory, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A copy, so that building the package does not touch the checkout's own files. */
function copyOfCheckout(): string {
  const copy = join(place, 'checkout');
  const parts = [
    'bin',
    'docs',
    'src',
    'projections',
    'scripts',
    'package.json',
    'package-lock.json',
  ];
  const files = ['tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE'];
  for (const part of [...parts, ...files]) {
    if (existsSync(join(root, part)))
      cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  // No link to it: what the package brings with it must lie below the package's own directory.
  cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return copy;
}

const packed = await run(copyOfCheckout(), 'npm', 'pack', '--pack-destination', place);
const tarball = join(place, `channel-ledger-${manifest.version}.tgz`);
const project = join(place, 'empty');
mkdirSync(project);
writeFileSync(
  join(project, 'package.json'),
  '{ "name": "empty", "private": true, "type": "module" }',
);
const installed = await run(project, 'npm', 'install', '--prefer-offline', tarball);
const bin = join('node_modules', '.bin', 'channel-ledger');
const home = join(project, 'node_modules', 'channel-ledger');

test('is packed and installed without a warning', () => {
  assert.is(packed.code, 0, `${packed.stdout}${packed.stderr}`);
  assert.is(installed.code, 0, installed.stderr);
  // What the tester's own npm settings deserve is not the package's.
  const warnings = installed.stderr.split('\n').filter((line) => /warn|deprecated/i.test(line));
  assert.equal(
    warnings.filter((line) => !line.includes('Unknown user config')),
    [],
  );
});

test('holds what runs and what explains it, and nothing else', async () => {
  const programs = ['bin/channel-ledger.js', 'dist/src/index.js'];
  // The help of "import observations" names the last one.
  const documents = ['README.md', 'LICENSE', 'docs/observations.md'];
  for (const path of [...programs, ...documents]) {
    assert.ok(existsSync(join(home, path)), path);
  }
  // The client of clusters comes inside: installed beside, npm would warn of a script it brings.
  const beside = ['better-sqlite3', 'rxjs', 'typescript', 'lightningdevkit'];
  const others = beside.map((name) => join('node_modules', name));
  for (const path of ['src', 'test', 'scripts', ...others]) {
    assert.not(existsSync(join(home, path)), path);
  }
});

test('brings no LDK, which is large', () => {
  assert.not(existsSync(join(project, 'node_modules', 'lightningdevkit')));
});

test('its command says its version', async () => {
  assert.equal(await run(project, bin, '--version'), {
    code: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  });
});

test('its command names what the demo needs and is not there', async () => {
  const { code, stderr } = await run(project, bin, 'demo', '--ledger', 'demo-ledger');
  assert.is(code, 3);
  assert.match(stderr, /npm install lightningdevkit/);
});

test('its library makes a ledger that its command then answers from', async () => {
  writeFileSync(
    join(project, 'open.js'),
    "import { openLedger } from 'channel-ledger';\n" +
      "const ledger = await openLedger('ledger.db', { create: true });\n" +
      'console.log(ledger.channels().length);\n' +
      'await ledger.close();\n',
  );
  assert.equal(await run(project, 'node', 'open.js'), { code: 0, stdout: '0\n', stderr: '' });
  const { code, stdout } = await run(project, bin, 'channels', '--json', '--ledger', 'ledger.db');
  assert.is(code, 0);
  assert.ok(JSON.parse(stdout));
  const verified = await run(project, bin, 'verify', '--ledger', 'ledger.db');
  assert.is(verified.code, 0, verified.stdout + verified.stderr);
});

/** What the compiler says of a program in the empty project. */
async function compiled(program: string): Promise<string> {
  writeFileSync(join(project, 'use.ts'), program);
  const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2024'];
  const modules = ['--module', 'nodenext', '--types', 'node', '--typeRoots'];
  const roots = join(root, 'node_modules', '@types');
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { stdout } = await run(project, tsc, ...options, ...modules, roots, 'use.ts');
  return stdout;
}

test('its types are found, and refuse what is wrong', async () => {
  const opening =
    "import { openLedger } from 'channel-ledger';\n" +
    "const ledger = await openLedger('ledger.db');\n";
  assert.is(
    await compiled(`${opening}export const count: number = ledger.channels().length;\n`),
    '',
  );
  const wrong = await compiled(
    `${opening}export const count: string = ledger.channels().length;\n`,
  );
  assert.match(wrong, /TS2322/);
});

test.run();
