/** The files that a check reads, and what it finds in them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file by its path from the root of the checkout, with `/` between the parts. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A broken rule: where, which, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly detail: string;
}

export function findingAt(file: TextFile, index: number, rule: string, detail: string): Finding {
  const line = file.text.slice(0, index).split('\n').length;
  return { path: file.path, line, rule, detail };
}

/** One finding for every match of a pattern in a view of the file that kept its positions. */
export function findingsOf(
  file: TextFile,
  view: string,
  rule: string,
  pattern: RegExp,
  detail: string,
): Finding[] {
  return [...view.matchAll(pattern)].map((match) => findingAt(file, match.index, rule, detail));
}

const NOT_TEXT = /\.(db|bin|gz|xz|zst|png|sqlite3?|gossip|dat|wasm)$/;
/** Other people's bytes and generated things: neither written nor shaped here. */
const NOT_OURS = /^(test\/fixtures\/|test\/golden\/|package-lock\.json$)/;

/** What git tracks or would track: the files of somebody at work count too. */
export function projectFiles(root: string): TextFile[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && !NOT_TEXT.test(path) && !NOT_OURS.test(path))
    .filter((path) => existsSync(join(root, path)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export const isTypeScript = ({ path }: TextFile) => /\.(tsx?|mts|cts)$/.test(path);
export const isProduct = ({ path }: TextFile) => /^(src|projections)\//.test(path);
/** Built into one file for browsers: what it imports is inside, and installed by nobody. */
export const isPage = ({ path }: TextFile) => path.startsWith('src/page/');
