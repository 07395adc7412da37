/** Lines of a terminal as an SVG that needs nothing from outside: no font, no style, no script. */
import type { Cell, Look } from './screen.ts';

const FONT_SIZE = 13;
/** Each line is stretched to this, so that columns stay columns whatever font there is. */
const COLUMN_WIDTH = 7.8;
const LINE_HEIGHT = 18;
const MARGIN = 20;
const FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/** Blanks that follow one another would be shown as one. */
const NO_BREAK = '\u00a0';

const BACKGROUND = '#12161c';
const FOREGROUND = '#d6dde6';
const COLOURS: Readonly<Record<string, string>> = {
  black: '#4b5563',
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#e3b341',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#76e3ea',
  white: '#f0f6fc',
};

export function svgOf(lines: readonly (readonly Cell[])[], title: string): string {
  const shown = withoutBlankEnd(lines);
  const columns = Math.max(1, ...shown.map((line) => line.length));
  const width = Math.ceil(columns * COLUMN_WIDTH + 2 * MARGIN);
  const height = shown.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = shown.flatMap((line, row) =>
    runsOf(line).map((run) => textOf(run, MARGIN + FONT_SIZE + row * LINE_HEIGHT)),
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${FOREGROUND}">`,
    ...texts,
    '</g>',
    '</svg>',
  ].join('\n')}\n`;
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly look: Look;
}

/** Neighbours of one look, as one text; blanks need none. */
function runsOf(line: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const [column, { character, look }] of line.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && isSameLook(last.look, look)) {
      runs[runs.length - 1] = { ...last, text: last.text + character };
    } else {
      runs.push({ column, text: character, look });
    }
  }
  return runs.filter(({ text }) => text.trim() !== '');
}

function isSameLook(a: Look, b: Look): boolean {
  return a.colour === b.colour && a.isBold === b.isBold && a.isDim === b.isDim;
}

function textOf({ column, text, look }: Run, y: number): string {
  const start = text.length - text.trimStart().length;
  const inside = text.trim();
  const x = (MARGIN + (column + start) * COLUMN_WIDTH).toFixed(1);
  const length = ([...inside].length * COLUMN_WIDTH).toFixed(1);
  const colour = look.colour === undefined ? '' : ` fill="${COLOURS[look.colour] ?? FOREGROUND}"`;
  const weight = look.isBold ? ' font-weight="bold"' : '';
  const dim = look.isDim ? ' opacity="0.6"' : '';
  return `<text x="${x}" y="${y}" textLength="${length}"${colour}${weight}${dim}>${escaped(inside.replaceAll(' ', NO_BREAK))}</text>`;
}

function withoutBlankEnd(lines: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  const last = lines.findLastIndex((line) => line.some(({ character }) => character !== ' '));
  return lines.slice(0, last + 1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
