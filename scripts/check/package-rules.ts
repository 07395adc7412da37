/** Every dependency is used, declared where it belongs, and has its reason in ARCHITECTURE.md. */
import { importsOf } from './imports.ts';
import { type Finding, isPage, isProduct, isTypeScript, type TextFile } from './project.ts';

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Run, not imported. */
const TOOLS = new Set(['@biomejs/biome', 'typescript', 'node']);

export function checkPackages(
  files: readonly TextFile[],
  manifest: Manifest,
  architecture: string,
): Finding[] {
  const sources = files.filter(isTypeScript);
  const byProduct = packagesOf(sources.filter((file) => isProduct(file) && !isPage(file)));
  const byAll = packagesOf(sources);
  const shipped = { ...manifest.dependencies, ...manifest.peerDependencies };
  const declared = { ...shipped, ...manifest.devDependencies };
  return [
    ...unused(Object.keys(manifest.dependencies ?? {}), byProduct, 'src/ and projections/'),
    ...unused(Object.keys(manifest.devDependencies ?? {}), byAll, 'the checkout'),
    ...undeclared(byProduct, shipped, 'dependencies'),
    ...undeclared(byAll, declared, 'package.json'),
    ...unexplained(Object.keys(declared), architecture),
    ...unpinned({ ...manifest.dependencies, ...manifest.devDependencies }),
  ];
}

const inManifest = (rule: string, detail: string): Finding => ({
  path: 'package.json',
  line: 1,
  rule,
  detail,
});

function packagesOf(files: readonly TextFile[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    for (const { target, isRelative } of importsOf(file)) {
      if (!isRelative && !target.startsWith('node:')) found.set(target, file.path);
    }
  }
  return found;
}

function unused(names: readonly string[], used: Map<string, string>, where: string): Finding[] {
  return names
    .filter((name) => !used.has(name) && !TOOLS.has(name) && !name.startsWith('@types/'))
    .map((name) => inManifest('dependency-used', `${name} is imported nowhere in ${where}`));
}

function undeclared(used: Map<string, string>, declared: object, where: string): Finding[] {
  return [...used]
    .filter(([name]) => !Object.hasOwn(declared, name) && name !== 'channel-ledger')
    .map(([name, path]) => ({
      path,
      line: 1,
      rule: 'dependency-declared',
      detail: `imports ${name}, which is not in ${where}`,
    }));
}

/** A row of the table: the name in code letters, then a reason of some words. */
function unexplained(names: readonly string[], architecture: string): Finding[] {
  const rows = architecture.split('\n').filter((line) => line.startsWith('|'));
  return names
    .filter((name) => !rows.some((row) => row.includes(`\`${name}\``) && row.split(' ').length > 6))
    .map((name) => inManifest('dependency-reason', `${name} has no reason in ARCHITECTURE.md`));
}

/** An exact version: tomorrow's install is today's. */
function unpinned(versions: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(versions)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => inManifest('dependency-pinned', `${name} is "${version}"`));
}
