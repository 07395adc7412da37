/** `npm run check`: types, form, import arrows, code rules, traps of the test runner, packages. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkArrows } from './check/arrows.ts';
import { checkCode, checkMachinePaths, checkUnfinished } from './check/code-rules.ts';
import { checkPackages, type Manifest } from './check/package-rules.ts';
import { type Finding, projectFiles, type TextFile } from './check/project.ts';
import { checkTests } from './check/test-traps.ts';
import { checkForm, checkTypes } from './check/tools.ts';
import { generatedDocuments } from './docs.ts';

const root = join(import.meta.dirname, '..');

const tools = Promise.all([checkTypes(root), checkTypes(root, 'src/page'), checkForm(root)]);
const files = projectFiles(root);
const parts: readonly (readonly [name: string, findings: readonly Finding[]])[] = [
  ['import arrows', checkArrows(files)],
  ['code rules', files.flatMap(checkCode)],
  ['unfinished words', files.flatMap(checkUnfinished)],
  ['machine paths', files.flatMap((file) => checkMachinePaths(file, machinePlaces()))],
  ['test traps', files.flatMap(checkTests)],
  ['packages', checkPackages(files, manifest(), read('ARCHITECTURE.md'))],
  ['generated documents', checkDocuments(files)],
];

let broken = 0;
for (const { name, isClean, output } of await tools)
  report(name, isClean ? [] : [output.trimEnd()]);
for (const [name, findings] of parts) {
  report(
    name,
    findings.map(({ path, line, rule, detail }) => `${path}:${line}  ${rule}: ${detail}`),
  );
}
process.stdout.write(broken === 0 ? 'all checks passed\n' : `${broken} checks failed\n`);
process.exitCode = broken === 0 ? 0 : 1;

function report(name: string, lines: readonly string[]): void {
  process.stdout.write(`${lines.length === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  for (const line of lines) process.stdout.write(`  ${line.replaceAll('\n', '\n  ')}\n`);
  if (lines.length > 0) broken += 1;
}

/** Where this checkout lies and who is at home here: neither is anybody else's business. */
function machinePlaces(): string[] {
  return [...new Set([root, dirname(root), homedir()])];
}

function checkDocuments(all: readonly TextFile[]): Finding[] {
  return [...generatedDocuments(root)]
    .filter(([path, text]) => all.find((file) => file.path === path)?.text !== text)
    .map(([path]) => ({ path, line: 1, rule: 'docs-current', detail: 'run "npm run docs"' }));
}

function read(path: string): string {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
}

function manifest(): Manifest {
  return JSON.parse(read('package.json')) as Manifest;
}
