/**
 * JSON for programs: amounts as decimal strings, bytes as hex, and text from outside escaped so that
 * the same output is harmless when it is read in a terminal.
 */

/** As in cli/terminal-text.ts, but JSON has its own escapes, and nothing is lost by them. */
const HARMFUL = /[\u007f-\u009f\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** One document, on one line unless an indent is asked for. */
export function jsonText(value: unknown, indent?: number): string {
  return harmlessJson(JSON.stringify(value, replaceBigint, indent));
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
