/**
 * The one way for text from outside (aliases, error messages, memos, file names) to the terminal.
 * Whoever wrote it may want to move the cursor, hide a line or turn the reading order round.
 */

/**
 * Cc: C0, DEL, C1. Cf: bidi overrides, zero-width and other invisible formatting. Cs, Co, Cn: what
 * is no character. Zl, Zp: line breaks in disguise. The rest are letters that look like nothing.
 */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]/gu;
/** Marks stacked upon one letter spill over the neighbouring lines. */
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line without any character that a terminal obeys; what was one is shown as its code. */
export function terminalText(text: string): string {
  return text
    .replace(HARMFUL, codeOf)
    .replace(STACKED_MARKS, '$1')
    .replace(/\p{Zs}/gu, ' ');
}

/** The same for a terminal that shows no more than ASCII. */
export function asciiText(text: string): string {
  return terminalText(text).replace(/[^ -~]/gu, codeOf);
}

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** Columns a terminal takes for text that has passed `terminalText`. */
export function displayWidth(text: string): number {
  // Nearly every cell is ASCII, where a character is a column.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Cut to `width` columns, with the ellipsis as a sign that something was. */
export function clip(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = ellipsis.length;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept + ellipsis;
}

/**
 * Broken between words into lines of at most `width` columns; a word that is longer (an id to be
 * copied) has a line of its own.
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** A text behind a mark, broken so that its further lines stand below its beginning; whole without a width. */
export function hanging(mark: string, text: string, width: number | undefined): readonly string[] {
  if (width === undefined) return [mark + text];
  const indent = displayWidth(mark);
  const [first = '', ...more] = wrapped(text, width - indent);
  return [mark + first, ...more.map((line) => ' '.repeat(indent) + line)];
}

/**
 * Help as it is for `width` columns: a paragraph that is too broad is broken anew. Lines that stand
 * indented are lists, and a command to be copied is moved below its word and never broken.
 */
export function reflowed(help: string, width: number): string {
  const paragraphs = help.split('\n\n').map((paragraph) => {
    const lines = paragraph.split('\n');
    const isFitting = lines.every((line) => displayWidth(line) <= width);
    if (isFitting || lines.some((line) => line.startsWith(' '))) return paragraph;
    if (paragraph.trimStart().startsWith('Example: ')) return paragraph.replace(': ', ':\n  ');
    const [start = ''] = /^\n*/.exec(paragraph) ?? [];
    const [end = ''] = /\n*$/.exec(paragraph) ?? [];
    const text = paragraph.trim().replaceAll('\n', ' ');
    return start + wrapped(text, width).join('\n') + end;
  });
  return paragraphs.join('\n\n');
}
