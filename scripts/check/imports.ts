/** What a file imports: static and dynamic imports, re-exports, and files named for a worker. */
import { posix } from 'node:path';
import { viewsOf } from './mask.ts';
import type { TextFile } from './project.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The path from the root for a relative specifier, the package's name for any other. */
  readonly target: string;
  readonly isRelative: boolean;
  readonly isTypeOnly: boolean;
  readonly isReexport: boolean;
  readonly index: number;
}

const FROM = /\b(import|export)\s+(type\s+)?((?:[\w$*{},\s]|\bas\b)*?)\bfrom\s*(['"])/g;
const BARE = /\bimport\s*\(?\s*(['"])/g;

export function importsOf(file: TextFile): Import[] {
  const { code } = viewsOf(file.text);
  const found = new Map<number, Import>();
  const add = (quoteAt: number, isTypeOnly: boolean, isReexport: boolean) => {
    const end = file.text.indexOf(file.text[quoteAt] ?? '', quoteAt + 1);
    const specifier = file.text.slice(quoteAt + 1, end);
    if (specifier !== '' && !found.has(quoteAt)) {
      found.set(
        quoteAt,
        importOf(file.path, specifier, { isTypeOnly, isReexport, index: quoteAt }),
      );
    }
  };
  for (const match of code.matchAll(FROM)) {
    const quoteAt = match.index + match[0].length - 1;
    add(quoteAt, match[2] !== undefined || hasOnlyTypes(match[3] ?? ''), match[1] === 'export');
  }
  for (const match of code.matchAll(BARE)) add(match.index + match[0].length - 1, false, false);
  // `new URL('../ledger/worker.ts', import.meta.url)` is an arrow as well.
  for (const match of code.matchAll(/(['"])\s*\1/g)) {
    const inside = file.text.slice(match.index + 1, match.index + match[0].length - 1);
    if (/^\.\.?\/[^\s]*\.(tsx?|mts|js|mjs)$/.test(inside)) add(match.index, false, false);
  }
  return [...found.values()].sort((a, b) => a.index - b.index);
}

/** `{ type A, type B }`: with `verbatimModuleSyntax` the import itself stays, but nothing is used. */
function hasOnlyTypes(names: string): boolean {
  const listed = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]?.split(',') ?? [];
  const given = listed.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

function importOf(
  path: string,
  specifier: string,
  rest: Pick<Import, 'isTypeOnly' | 'isReexport' | 'index'>,
): Import {
  const isRelative = specifier.startsWith('.');
  const target = isRelative
    ? posix.join(posix.dirname(path), specifier)
    : specifier.startsWith('node:')
      ? specifier
      : specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
  return { specifier, target, isRelative, ...rest };
}
