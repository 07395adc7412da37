/**
 * How every parser here refuses: one sentence that names the value, what was expected and what
 * came.
 */

const SHOWN_CHARACTERS = 40;

/**
 * `"nodeId" expected 33 bytes in hex, got "xyz"`. Never hand a secret to it: it shows the value.
 */
export function expected(name: string, what: string, value: unknown): Error {
  return new Error(`"${name}" expected ${what}, got ${shown(value)}`);
}

/** A short printable form: text from outside must not reach a terminal with control characters. */
function shown(value: unknown): string {
  if (typeof value === 'string') return shownText(value);
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') {
    return shortened(`${typeof value} ${value}`);
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value === null || value === undefined) return `${value}`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

function shownText(text: string): string {
  const cut = text.slice(0, SHOWN_CHARACTERS);
  const printable = cut.replace(/[^\x20-\x7e]/g, '?');
  return text.length > SHOWN_CHARACTERS
    ? `"${printable}…" (${text.length} characters)`
    : `"${printable}"`;
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
