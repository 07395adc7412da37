/** What no line of this project does (CONTRIBUTING.md gives the reasons). */
import { viewsOf } from './mask.ts';
import { type Finding, findingAt, findingsOf, isTypeScript, type TextFile } from './project.ts';

const MAX_LINES = 300;
/** A test's cases are read one by one: its file may be a little longer. */
const MAX_TEST_LINES = 350;

/** Longer files that are one thing each, and would only be harder to read in two. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/channel/events.ts': 'the stored form of all channel events, one table',
};

export function checkCode(file: TextFile): Finding[] {
  if (file.path.endsWith('.css')) return checkLength(file);
  if (!isTypeScript(file)) return [];
  const { code, comments } = viewsOf(file.text);
  const within = (view: string, rule: string, pattern: RegExp, detail: string) =>
    findingsOf(file, view, rule, pattern, detail);
  return [
    ...within(code, 'no-default-export', /\bexport\s+default\b/g, 'export it by its name'),
    ...within(code, 'no-any', ANY, 'name the type, or take unknown and look'),
    ...within(
      code,
      'no-double-cast',
      /\bas\s+unknown\s+as\b/g,
      'a cast through unknown proves nothing',
    ),
    ...within(comments, 'no-ts-ignore', /@ts-(?:ignore|expect-error|nocheck)/g, 'mend the type'),
    ...checkCatches(file, code),
    ...checkName(file),
    ...checkLength(file),
  ];
}

/** The type, and not `Promise.any(…)` or a field of that name. */
const ANY = /(?<=[:<|&,(=]\s*|\b(?:as|extends|satisfies|keyof)\s+)\bany\b(?!\s*[:(.?])/g;
const EMPTY_CATCH = /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}/g;

/** A comment inside is a reason, so the text itself is read where the code has a catch. */
function checkCatches(file: TextFile, code: string): Finding[] {
  return [...file.text.matchAll(EMPTY_CATCH)]
    .filter(({ index }) => code.startsWith('catch', index))
    .map(({ index }) => findingAt(file, index, 'no-empty-catch', SAY_WHY));
}

const SAY_WHY = 'say why the error may be passed over';

function checkName(file: TextFile): Finding[] {
  return /\/(utils?|helpers?|misc|common)\.ts$/.test(file.path)
    ? [findingAt(file, 0, 'no-utils', 'name the file after what it does')]
    : [];
}

function checkLength(file: TextFile): Finding[] {
  const lines = file.text.split('\n').length - 1;
  const most = file.path.startsWith('test/') ? MAX_TEST_LINES : MAX_LINES;
  return lines > most && LONG_FILES[file.path] === undefined
    ? [findingAt(file, file.text.length, 'short-files', `${lines} lines, more than ${most}`)]
    : [];
}

/** Written so that the rules do not find themselves. */
const UNFINISHED = /\b(?:T[O]DO|F[I]XME|X[X]X|HA[C]K|not[ ]implemented|for[ ]now)\b|<!-- G[A]P/g;

/** Words that promise work: it is done, or it is said in the README that it is not there. */
export function checkUnfinished(file: TextFile): Finding[] {
  const view = isTypeScript(file) ? viewsOf(file.text).comments : file.text;
  return findingsOf(
    file,
    view,
    'no-unfinished',
    UNFINISHED,
    'do it, or say what is missing in the README',
  );
}

/** Paths of the machine that it was written on mean nothing on another. */
export function checkMachinePaths(file: TextFile, places: readonly string[]): Finding[] {
  const own = places.filter(
    (place) => place.split('/').length > 1 && place !== '/' && place !== '/tmp',
  );
  const found = own.flatMap((place) => {
    const index = file.text.indexOf(`${place}/`);
    return index === -1 ? [] : [findingAt(file, index, 'no-machine-paths', `names ${place}`)];
  });
  const homes = /(?<![\w.])\/(?:home|Users)\/[a-z][\w-]*\//g;
  return [
    ...found,
    ...findingsOf(file, file.text, 'no-machine-paths', homes, "names somebody's home"),
  ];
}
