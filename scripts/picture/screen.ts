/** What a terminal shows in the end of recorded output: lines of characters, each with its look. */

/** SGR parameters that are in force, as this project's output uses them. */
export interface Look {
  readonly colour?: string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
}

export interface Cell {
  readonly character: string;
  readonly look: Look;
}

const COLOURS: Readonly<Record<number, string>> = {
  30: 'black',
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
  37: 'white',
};

const PLAIN: Look = {};
const ESCAPE = '\x1b[';
const SEQUENCE = /^([?\d;]*)([A-Za-z])/;

/** Obeys colours, carriage returns and the few movements of a progress display; nothing else. */
export function screenOf(recorded: string): readonly (readonly Cell[])[] {
  const screen = new Screen();
  for (let at = 0; at < recorded.length; ) {
    const sequence = recorded.startsWith(ESCAPE, at)
      ? SEQUENCE.exec(recorded.slice(at + ESCAPE.length, at + 32))
      : null;
    if (sequence !== null) {
      screen.obey(sequence[2] ?? '', (sequence[1] ?? '').split(';').map(Number));
      at += ESCAPE.length + sequence[0].length;
      continue;
    }
    const character = String.fromCodePoint(recorded.codePointAt(at) ?? 0);
    screen.take(character);
    at += character.length;
  }
  return screen.lines;
}

/** The same without its looks. */
export function textOf(recorded: string): string {
  const lines = screenOf(recorded).map((line) => line.map(({ character }) => character).join(''));
  return lines.map((line) => line.trimEnd()).join('\n');
}

class Screen {
  readonly lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #look: Look = PLAIN;

  take(character: string): void {
    if (character === '\n') this.#moveTo(this.#row + 1, 0);
    if (character === '\r') this.#moveTo(this.#row, 0);
    if (character < ' ') return;
    const line = this.#line();
    while (line.length < this.#column) line.push({ character: ' ', look: PLAIN });
    line[this.#column] = { character, look: this.#look };
    this.#column += 1;
  }

  obey(command: string, parameters: readonly number[]): void {
    const count = Math.max(1, parameters[0] || 1);
    if (command === 'm')
      for (const parameter of parameters) this.#look = changed(this.#look, parameter);
    if (command === 'A') this.#moveTo(this.#row - count, this.#column);
    if (command === 'B') this.#moveTo(this.#row + count, this.#column);
    if (command === 'G') this.#moveTo(this.#row, count - 1);
    if (command === 'K') this.#line().splice(parameters[0] === 2 ? 0 : this.#column);
    if (command === 'J') {
      this.#line().splice(this.#column);
      this.lines.splice(this.#row + 1);
    }
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = column;
    this.#line();
  }

  #line(): Cell[] {
    while (this.lines.length <= this.#row) this.lines.push([]);
    return this.lines[this.#row] ?? [];
  }
}

function changed(look: Look, parameter: number): Look {
  if (parameter === 0) return PLAIN;
  if (parameter === 1) return { ...look, isBold: true };
  if (parameter === 2) return { ...look, isDim: true };
  const colour = COLOURS[parameter] ?? COLOURS[parameter - 60];
  return colour === undefined ? look : { ...look, colour };
}
