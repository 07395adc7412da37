/**
 * Three views of a source file with every position kept: `code` has blanks for the insides of
 * strings, templates, regular expressions and comments; `comments` and `strings` have only theirs.
 * Rules then look for words without mistaking a sentence for code, and need no parser.
 */
export interface Views {
  readonly code: string;
  readonly comments: string;
  readonly strings: string;
}

type Kind = 'code' | 'comments' | 'strings';

/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|yield|await|void))$/;

export function viewsOf(text: string): Views {
  const kinds: Kind[] = new Array(text.length).fill('code');
  const fill = (from: number, to: number, kind: Kind) => kinds.fill(kind, from, to);
  markCode(text, 0, false, fill);
  const view = (kind: Kind) =>
    kinds.map((at, index) => (at === kind || text[index] === '\n' ? text[index] : ' ')).join('');
  return { code: view('code'), comments: view('comments'), strings: view('strings') };
}

type Fill = (from: number, to: number, kind: Kind) => void;

/** Marks what is not code from `start` on; inside a template it ends at the closing brace. */
function markCode(text: string, start: number, isInTemplate: boolean, fill: Fill): number {
  let depth = 0;
  let seen = '';
  let at = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    const end = endOfOther(text, at, seen, fill);
    if (end !== undefined) {
      if (!isComment(text, at)) seen = '"';
      at = end;
      continue;
    }
    if (character === '{') depth += 1;
    if (character === '}') {
      if (isInTemplate && depth === 0) return at;
      depth -= 1;
    }
    if (/\s/.test(character)) seen = /\w$/.test(seen) ? `${seen} `.slice(-12) : seen;
    else
      seen =
        `${seen.trimEnd()}${/\w $/.test(seen) && /\w/.test(character) ? ' ' : ''}${character}`.slice(
          -12,
        );
    at += 1;
  }
  return at;
}

const isComment = (text: string, at: number) => /^\/[/*]/.test(text.slice(at, at + 2));

/** The end of the comment, string, template or regular expression that begins here, marked. */
function endOfOther(text: string, at: number, seen: string, fill: Fill): number | undefined {
  const character = text[at] ?? '';
  if (character === "'" || character === '"') {
    return marked(at, endOfQuoted(text, at + 1, character), 'strings', fill);
  }
  if (character === '`') return endOfTemplate(text, at, fill);
  if (character !== '/') return at === 0 && text.startsWith('#!') ? endOfLine(text, at) : undefined;
  if (text[at + 1] === '/') {
    const end = endOfLine(text, at);
    fill(at, end, 'comments');
    return end;
  }
  if (text[at + 1] === '*') {
    const close = text.indexOf('*/', at + 2);
    const end = close === -1 ? text.length : close + 2;
    fill(at, end, 'comments');
    return end;
  }
  return BEFORE_REGEX.test(seen.trimEnd())
    ? marked(at, endOfRegex(text, at + 1), 'strings', fill)
    : undefined;
}

/** The delimiters stay in the code, so that a string is still seen to be one. */
function marked(from: number, to: number, kind: Kind, fill: Fill): number {
  fill(from + 1, to - 1, kind);
  return to;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let at = start;
  while (at < text.length && text[at] !== quote && text[at] !== '\n')
    at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function endOfRegex(text: string, start: number): number {
  let at = start;
  let isInClass = false;
  while (at < text.length && text[at] !== '\n' && (isInClass || text[at] !== '/')) {
    if (text[at] === '[') isInClass = true;
    if (text[at] === ']') isInClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at + 1, text.length);
}

function endOfTemplate(text: string, start: number, fill: Fill): number {
  let at = start + 1;
  let textFrom = at;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '$' && text[at + 1] === '{') {
      fill(textFrom, at, 'strings');
      at = markCode(text, at + 2, true, fill) + 1;
      textFrom = at;
    } else {
      at += text[at] === '\\' ? 2 : 1;
    }
  }
  fill(textFrom, Math.min(at, text.length), 'strings');
  return Math.min(at + 1, text.length);
}
