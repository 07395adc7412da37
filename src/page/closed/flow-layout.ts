/** Where the flow picture draws what: bars in columns, ribbons between them, widths to scale. Pure. */
import { type End, ends, type Flow, type Part, type Step } from './flow.ts';

export type Hue = Step['owner'] | End | 'channel';

export interface Bar {
  readonly key: string;
  readonly title: string;
  readonly sat: bigint;
  readonly hue: Hue;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export interface Ribbon {
  readonly key: string;
  readonly hue: Hue;
  /** Between which bars, and how much. */
  readonly title: string;
  readonly sat: bigint;
  readonly path: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bars: readonly Bar[];
  readonly ribbons: readonly Ribbon[];
}

export const BAR_WIDTH = 10;
/** With room for names beside every column; and as much as a smaller page has. */
export const WIDE = 1080;
export const COMPACT = 740;
/** What the whole channel is high. */
const WHOLE = 260;
/** Room for a name and an amount beside each bar, however thin it is. */
const LABEL = 36;
const GAP = 10;
/** What is thinner would not be seen. */
const HAIRLINE = 1;
/** Where columns begin, as parts of the width. */
const COLUMNS = { channel: 0, output: 0.185, second: 0.48, end: 0.78 };

interface Placed extends Bar {
  /** Where the next ribbon goes in or comes out. */
  inY: number;
  outY: number;
}

export function layoutOf(flow: Flow, channel: string, width = WIDE): Layout {
  const columnAt = (column: keyof typeof COLUMNS) => Math.round(COLUMNS[column] * width);
  const total = Number(flow.totalSat);
  const scale = total === 0 ? 0 : WHOLE / total;
  const thick = (sat: bigint) => Math.max(Number(sat) * scale, HAIRLINE);
  const rows = rowsOf(flow);
  const heights = rows.map(({ step }) => Math.max(thickness(step, thick), LABEL) + GAP);
  const shown = ends.filter(({ id }) => (flow.sums.get(id) ?? 0n) > 0n);
  const endHeights = shown.map(({ id }) => thickOf(arriving(flow, id), thick));
  const endSlots = endHeights.map((height) => Math.max(height, LABEL) + GAP);
  const height = Math.max(sum(heights), sum(endSlots), WHOLE);

  const placed: Placed[] = [];
  const place = (bar: Bar): Placed => {
    const made = { ...bar, inY: bar.y, outY: bar.y };
    placed.push(made);
    return made;
  };
  const source = place({
    key: 'channel',
    title: channel,
    sat: flow.totalSat,
    hue: 'channel',
    x: columnAt('channel'),
    y: 0,
    height: sum(flow.steps.map((step) => thickness(step, thick))),
  });
  let endY = 0;
  const endBars = new Map(
    shown.map(({ id, title }, index) => {
      const y = endY;
      endY += endSlots[index] ?? 0;
      const sat = flow.sums.get(id) ?? 0n;
      const bar = {
        key: id,
        title,
        sat,
        hue: id,
        x: columnAt('end'),
        y,
        height: endHeights[index] ?? 0,
      };
      return [id, place(bar)] as const;
    }),
  );
  const ribbons: Ribbon[] = [];
  const draw = (from: Placed, to: Placed, { sat }: Part, hue: Hue): void => {
    const height = thick(sat);
    const key = `${ribbons.length}`;
    const path = ribbonPath(from.x + BAR_WIDTH, from.outY, to.x, to.inY, height);
    ribbons.push({ key, hue, title: `${from.title} → ${to.title}`, sat, path });
    from.outY += height;
    to.inY += height;
  };
  const drawParts = (bar: Placed, parts: readonly Part[], y: number): void => {
    for (const part of parts) {
      if (typeof part.to === 'string') {
        const end = endBars.get(part.to);
        if (end !== undefined) draw(bar, end, part, part.to);
        continue;
      }
      const next = place(stepBar(part.to, columnAt('second'), y, `${bar.key}+`, thick));
      draw(bar, next, part, part.to.owner);
      drawParts(next, part.to.parts, y);
    }
  };
  let y = 0;
  rows.forEach(({ step, isBrought }, index) => {
    const bar = place(stepBar(step, columnAt('output'), y, String(index), thick));
    if (!isBrought) draw(source, bar, { sat: step.sat, to: step }, step.owner);
    drawParts(bar, step.parts, y);
    y += heights[index] ?? 0;
  });
  return { width, height, bars: placed, ribbons };
}

interface Row {
  readonly step: Step;
  readonly isBrought: boolean;
}

/** What sweeps brought along stands below the outputs. */
function rowsOf({ steps, brought }: Flow): readonly Row[] {
  const rows = steps.map((step): Row => ({ step, isBrought: false }));
  if (brought.length === 0) return rows;
  const sat = brought.reduce((all, part) => all + part.sat, 0n);
  const step: Step = { title: 'brought by sweeps', owner: 'unknown', sat, parts: brought };
  return [...rows, { step, isBrought: true }];
}

function stepBar(
  step: Step,
  x: number,
  y: number,
  key: string,
  thick: (sat: bigint) => number,
): Bar {
  const { title, sat, owner } = step;
  return { key, title, sat, hue: owner, x, y, height: thickness(step, thick) };
}

/** Hairlines may be thicker than what they come from: the bar is as high as all of them. */
function thickness({ sat, parts }: Step, thick: (sat: bigint) => number): number {
  return Math.max(thick(sat), thickOf(parts, thick));
}

const thickOf = (parts: readonly Part[], thick: (sat: bigint) => number) =>
  sum(parts.map(({ sat }) => thick(sat)));

function arriving({ steps, brought }: Flow, end: End): readonly Part[] {
  const found: Part[] = [];
  const look = (part: Part): void => {
    if (part.to === end) found.push(part);
    else if (typeof part.to !== 'string') part.to.parts.forEach(look);
  };
  for (const { parts } of steps) parts.forEach(look);
  brought.forEach(look);
  return found;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** Equally high all the way. */
function ribbonPath(x0: number, y0: number, x1: number, y1: number, height: number): string {
  const middle = (x0 + x1) / 2;
  const points = (from: number, to: number) => `${middle},${from} ${middle},${to}`;
  return (
    `M${x0},${y0} C${points(y0, y1)} ${x1},${y1} V${y1 + height} ` +
    `C${points(y1 + height, y0 + height)} ${x0},${y0 + height} Z`
  );
}
