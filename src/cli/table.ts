/** Tables for people: aligned, no wider than the terminal, and saying so when something is left out. */
import type { Colour, Style } from './style.ts';
import { displayWidth, wrapped } from './terminal-text.ts';

export interface Column<Row> {
  /** With the unit, where there is one. */
  readonly header: string;
  /** `decimal`: amounts, their points below each other. */
  readonly align?: 'left' | 'right' | 'decimal';
  /** 0 is always shown; where there is no room the highest rank goes first. */
  readonly rank: number;
  /** What the table is read for: without room it stands below its row, by its header, never hidden. */
  readonly mayStandBelow?: true;
  /** Harmless text (`style.text` for anything from outside). A column without any is not shown. */
  readonly cell: (row: Row) => string;
  readonly colour?: (row: Row) => Colour | undefined;
}

export interface TableOptions<Row> {
  readonly style: Style;
  /** Columns of the terminal; undefined for no limit. */
  readonly width?: number | undefined;
  /** Lines below a row, for what does not fit into columns. */
  readonly details?: (row: Row) => readonly string[];
}

interface Laid<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

const GUTTER = '  ';

export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions<Row>,
): readonly string[] {
  const filled = columns.map((column) => layOut(column, rows)).filter(hasText);
  const { width } = options;
  const { shown, hidden } = fit(filled, width);
  const below = hidden.filter(({ column }) => column.mayStandBelow);
  const { paint } = options.style;
  const isTooBroad = width !== undefined && totalWidth(shown) > width;
  const header = shown.map(({ column, width }) => padded(column.header, width, isRight(column)));
  const lines = isTooBroad ? [] : [paint('bold', header.join(GUTTER).trimEnd())];
  rows.forEach((row, index) => {
    if (isTooBroad) lines.push(...stacked(shown, index, options.style, width));
    else lines.push(besideOneAnother(shown, row, index, options.style));
    lines.push(...belowLines(below, index, width));
    for (const line of options.details?.(row) ?? []) lines.push(`${GUTTER}${line}`);
  });
  const left = hidden.filter(({ column }) => !column.mayStandBelow);
  if (left.length > 0) {
    const names = left.map(({ column }) => column.header).join(', ');
    const footer = `hidden: ${names}; a wider terminal, --wide or --json shows them`;
    lines.push(...wrapped(footer, width ?? footer.length).map((line) => paint('dim', line)));
  }
  return lines;
}

function besideOneAnother<Row>(
  shown: readonly Laid<Row>[],
  row: Row,
  index: number,
  { paint }: Style,
): string {
  const cells = shown.map(({ column, cells, width }) => {
    const text = padded(cells[index] ?? '', width, isRight(column));
    const colour = column.colour?.(row);
    return colour === undefined ? text : paint(colour, text);
  });
  return cells.join(GUTTER).trimEnd();
}

/** Where not even what is always shown fits: its first cell, and below it the others by their headers. */
function stacked<Row>(
  [first, ...others]: readonly Laid<Row>[],
  index: number,
  style: Style,
  width: number,
): readonly string[] {
  const pairs = others.map(({ column, cells }) => [column.header, cells[index]?.trim()] as const);
  const lines = fieldLines(pairs, style, width - GUTTER.length).map((line) => GUTTER + line);
  return [style.paint('bold', first?.cells[index]?.trim() ?? ''), ...lines];
}

function belowLines<Row>(
  below: readonly Laid<Row>[],
  index: number,
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const values = below.flatMap(({ column, cells }) => {
    const cell = cells[index]?.trim() ?? '';
    return cell === '' ? [] : [`${column.header}: ${cell}`];
  });
  if (values.length === 0) return [];
  return wrapped(values.join('; '), width - BELOW.length).map((line) => BELOW + line);
}

function hasText<Row>({ cells }: Laid<Row>): boolean {
  return cells.length === 0 || cells.some((cell) => cell !== '');
}

function isRight<Row>(column: Column<Row>): boolean {
  return column.align === 'right' || column.align === 'decimal';
}

function layOut<Row>(column: Column<Row>, rows: readonly Row[]): Laid<Row> {
  const raw = rows.map((row) => column.cell(row));
  const cells = column.align === 'decimal' ? pointAligned(raw) : raw;
  const width = Math.max(displayWidth(column.header), ...cells.map(displayWidth));
  return { column, cells, width };
}

/** Whole amounts get blanks where the others of their column have decimals. */
function pointAligned(cells: readonly string[]): readonly string[] {
  const decimals = (cell: string) => (cell.includes('.') ? cell.length - cell.indexOf('.') : 0);
  const most = Math.max(0, ...cells.map(decimals));
  return cells.map((cell) => (cell === '' ? cell : cell + ' '.repeat(most - decimals(cell))));
}

function fit<Row>(
  all: readonly Laid<Row>[],
  width: number | undefined,
): { readonly shown: readonly Laid<Row>[]; readonly hidden: readonly Laid<Row>[] } {
  const hidden = new Set<Laid<Row>>();
  const byRank = all.filter(({ column }) => column.rank > 0);
  // The last of the highest rank goes first.
  byRank.sort((a, b) => a.column.rank - b.column.rank);
  const shown = () => all.filter((laid) => !hidden.has(laid));
  while (width !== undefined && totalWidth(shown()) > width) {
    const next = byRank.pop();
    if (next === undefined) break;
    hidden.add(next);
  }
  return { shown: shown(), hidden: all.filter((laid) => hidden.has(laid)) };
}

function totalWidth<Row>(shown: readonly Laid<Row>[]): number {
  const gutters = GUTTER.length * Math.max(0, shown.length - 1);
  return shown.reduce((sum, { width }) => sum + width, gutters);
}

function padded(text: string, width: number, toTheRight: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return toTheRight ? blanks + text : text + blanks;
}

const BELOW = '    ';

/**
 * `name  value` lines, the values below each other; pairs without a value are left out. Where `width`
 * has no room for a value it goes on below itself, or below its name where it is one long id.
 */
export function fieldLines(
  pairs: readonly (readonly [name: string, value: string | undefined])[],
  style: Style,
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '');
  const nameWidth = Math.max(0, ...shown.map(([name]) => displayWidth(name)));
  const indent = ' '.repeat(nameWidth + GUTTER.length);
  return shown.flatMap(([name, value = '']) => {
    const label = (text: string) => style.paint('dim', text);
    const room = width - indent.length;
    const [first = '', ...rest] = wrapped(value, room);
    if ([first, ...rest].every((line) => displayWidth(line) <= room)) {
      const lines = rest.map((line) => indent + line);
      return [`${label(padded(name, nameWidth, false))}${GUTTER}${first}`, ...lines];
    }
    const below = wrapped(value, width - BELOW.length).map((line) => BELOW + line);
    return name === '' ? below : [label(name), ...below];
  });
}
