/**
 * JSON for programs: amounts as decimal strings, and text from outside escaped so that the same
 * output is harmless when it is read in a terminal.
 */

/** As in terminal-text.ts, but JSON has its own escapes, and nothing is lost by them. */
const HARMFUL = /[\u007f-\u009f\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** One document on one line. */
export function jsonLine(value: unknown): string {
  return harmlessJson(JSON.stringify(value, replaceBigint));
}

/** One document for reading. */
export function jsonDocument(value: unknown): string {
  return harmlessJson(JSON.stringify(value, replaceBigint, 2));
}

/** JSON text of which every string is spelled harmlessly; its meaning stays the same. */
export function harmlessJson(json: string): string {
  return json.replace(HARMFUL, escaped);
}

function replaceBigint(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value;
}

function escaped(characters: string): string {
  let text = '';
  for (let index = 0; index < characters.length; index += 1) {
    text += `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return text;
}
