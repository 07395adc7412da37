/** What the reader's terminal can show: colours, and characters beyond ASCII. */
import { asciiText, terminalText } from './terminal-text.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Signs that have an ASCII stand-in. */
export interface Glyphs {
  readonly ellipsis: string;
  readonly dash: string;
  readonly arrow: string;
  readonly atLeast: string;
  readonly atMost: string;
  readonly plusMinus: string;
  readonly done: string;
  readonly running: string;
  readonly branch: string;
  /** Filled eighths of a cell, from the left and from below; index 8 is a full one. */
  readonly leftEighths: readonly string[];
  readonly lowerEighths: readonly string[];
  readonly emptyCell: string;
  readonly axis: {
    readonly vertical: string;
    readonly horizontal: string;
    readonly corner: string;
  };
}

const unicodeGlyphs: Glyphs = {
  ellipsis: '…',
  dash: '–',
  arrow: '→',
  atLeast: '≥',
  atMost: '≤',
  plusMinus: '±',
  done: '✓',
  running: '▸',
  branch: '└',
  leftEighths: [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  lowerEighths: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  emptyCell: '░',
  axis: { vertical: '┤', horizontal: '─', corner: '└' },
};

/** Half a cell or more is drawn full. */
const asciiEighths = [' ', ' ', ' ', ' ', '#', '#', '#', '#', '#'];
const asciiGlyphs: Glyphs = {
  ellipsis: '...',
  dash: '-',
  arrow: '->',
  atLeast: '>=',
  atMost: '<=',
  plusMinus: '+-',
  done: '*',
  running: '>',
  branch: '\\',
  leftEighths: asciiEighths,
  lowerEighths: asciiEighths,
  emptyCell: '.',
  axis: { vertical: '|', horizontal: '-', corner: '+' },
};

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof COLOURS;

export interface Style {
  readonly glyphs: Glyphs;
  /** Wraps text that has no colour yet; gives it back as it is where colours are not wanted. */
  readonly paint: (colour: Colour, text: string) => string;
  /** Text from outside, made harmless, in characters this terminal has. */
  readonly text: (outside: string) => string;
}

export function styleFor(env: Environment, isTerminal: boolean): Style {
  const hasUnicode = isUtf8(env);
  const hasColours = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  return {
    glyphs: hasUnicode ? unicodeGlyphs : asciiGlyphs,
    paint: (colour, text) => (hasColours ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text),
    text: hasUnicode ? terminalText : asciiText,
  };
}

/** POSIX: the first of the three that is set and not empty decides. */
function isUtf8(env: Environment): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
