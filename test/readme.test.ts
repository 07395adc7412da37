/** What the documents show is run, and what they name is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkTypes } from '../scripts/check/tools.ts';
import { commands } from '../src/cli/commands.ts';
import { exitCodes } from '../src/cli/errors.ts';

const test = suite('the documents');
const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
const place = mkdtempSync(join(tmpdir(), 'readme-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));

/** The blocks of one language in a section, as they stand. */
function blocksOf(section: string, language: string): string[] {
  const text = readme.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  const pattern = /^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(pattern)]
    .filter(([, of]) => of === language)
    .map(([, , block]) => block ?? '');
}

const [program = ''] = blocksOf('Library', 'ts');
const [observation = ''] = blocksOf('Library', 'json');
writeFileSync(join(place, 'observation.json'), observation);

test('the library example prints what the README says', () => {
  const library = pathToFileURL(join(root, 'src', 'index.ts')).href;
  writeFileSync(join(place, 'example.ts'), program.replace("'channel-ledger'", `'${library}'`));
  const printed = execFileSync(process.execPath, ['example.ts'], { cwd: place, encoding: 'utf8' });
  const [expected] = blocksOf('Library', '');
  assert.is(printed, expected);
});

test('the library example is ten lines and its types are sound', async () => {
  assert.ok(program.split('\n').filter((line) => line !== '').length <= 10);
  writeFileSync(join(place, 'typed.ts'), program);
  const paths = { 'channel-ledger': [join(root, 'src', 'index.ts')] };
  const typeRoots = [join(root, 'node_modules', '@types')];
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { paths, typeRoots },
    include: [],
    files: [join(place, 'typed.ts')],
  };
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config));
  const { isClean, output } = await checkTypes(root, place);
  assert.ok(isClean, output);
});

test('the table of commands has every command and no other', () => {
  const [, section = ''] = readme.split('## Commands');
  const [table = ''] = section.split('A channel is named by');
  const listed = [...table.matchAll(/^\| `([a-z]+)/gm)].map(([, name]) => name);
  const known = commands.map(({ name }) => name);
  assert.equal([...new Set(listed)].sort(), [...known].sort());
});

test('the table of exit codes has every exit code', () => {
  const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  assert.equal(listed, Object.values(exitCodes));
});

test('every file that a document links to is there', () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'GLOSSARY.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
  ];
  for (const document of documents) {
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue;
      assert.ok(existsSync(join(root, dirname(document), target)), `${document}: ${target}`);
    }
  }
});

test.run();
