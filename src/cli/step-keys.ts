/** What a terminal in raw mode sends, as the keys that were pressed. */

export type Key =
  | 'right'
  | 'left'
  | 'up'
  | 'down'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'interrupt'
  | { readonly text: string };

/** xterm's sequences, and those of terminals in application mode. */
const SEQUENCES: readonly (readonly [string, Key])[] = [
  ['\x1b[C', 'right'],
  ['\x1bOC', 'right'],
  ['\x1b[D', 'left'],
  ['\x1bOD', 'left'],
  ['\x1b[A', 'up'],
  ['\x1bOA', 'up'],
  ['\x1b[B', 'down'],
  ['\x1bOB', 'down'],
  ['\x1b[H', 'home'],
  ['\x1bOH', 'home'],
  ['\x1b[1~', 'home'],
  ['\x1b[F', 'end'],
  ['\x1bOF', 'end'],
  ['\x1b[4~', 'end'],
  ['\x1b[5~', 'page-up'],
  ['\x1b[6~', 'page-down'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x03', 'interrupt'],
  ['\x04', 'interrupt'],
];

/** Any other sequence that begins with ESC: a key that does nothing here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters a key sends
const OTHER_SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/;

/** Keys in the order in which they were pressed. */
export function keysOf(chunk: string): readonly Key[] {
  const keys: Key[] = [];
  let rest = chunk;
  while (rest !== '') {
    const [key, length] = firstKey(rest);
    if (key !== undefined) keys.push(key);
    rest = rest.slice(length);
  }
  return keys;
}

function firstKey(rest: string): readonly [key: Key | undefined, length: number] {
  for (const [sequence, key] of SEQUENCES) {
    if (rest.startsWith(sequence)) return [key, sequence.length];
  }
  const other = OTHER_SEQUENCE.exec(rest);
  if (other !== null) return [undefined, other[0].length];
  if (rest.startsWith('\x1b')) return ['escape', rest.length];
  const [character = ''] = rest;
  return [character >= ' ' ? { text: character } : undefined, character.length];
}
