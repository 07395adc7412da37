/** `step`'s screen as lines: the event on top, the state below with what it changed marked, then the keys. */
import { flatten } from '../ledger/answers/row-changes.ts';
import { changesHere } from '../ledger/forensics/stepper.ts';
import { exactTime } from './format.ts';
import type { StepView } from './step-view.ts';
import type { Style } from './style.ts';
import { clip } from './terminal-text.ts';
import { plainValue } from './value-text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is not the state: the event's two lines, two rules, the last line. */
const AROUND = 5;
const KEYS =
  '←→ step  Home End PgUp PgDn  ↑↓ scroll  t time  c commitment  f field, n N again  q quit';
const ASCII_KEYS =
  'arrows step/scroll  Home End PgUp PgDn  t time  c commitment  f field, n N again  q quit';
const PROMPTS = {
  moment: 'to (a time, revision:N, commitment:local:N): ',
  field: 'to the next change of field: ',
} as const;

/** Exactly `rows` lines, none longer than `columns`. */
export function stepScreen(
  name: string,
  view: StepView,
  { columns, rows }: ScreenSize,
  style: Style,
): readonly string[] {
  const clipped = (text: string) => clip(text, columns, style.glyphs.ellipsis);
  const rule = style.glyphs.axis.horizontal.repeat(columns);
  const state = stateLines(view, style);
  const room = Math.max(1, rows - AROUND);
  const top = Math.min(topOf(view, state, room), Math.max(0, state.length - room));
  const shown = state.slice(top, top + room);
  const lines = shown.map(({ text, isChanged }) => {
    return isChanged ? style.paint('bold', clipped(text)) : clipped(text);
  });
  const blank = Array.from({ length: room - lines.length }, () => '');
  const below = state.length - top - shown.length;
  const more = below > 0 ? ` ${below} more below ` : '';
  const [first, second] = eventLines(name, view, style);
  return [
    style.paint('bold', clipped(first)),
    style.paint('dim', clipped(second)),
    rule,
    ...lines,
    ...blank,
    more + rule.slice(more.length),
    clipped(lastLine(view, style)),
  ];
}

function eventLines(
  name: string,
  { walk: { steps, index } }: StepView,
  style: Style,
): readonly [string, string] {
  const event = steps[index]?.event;
  const place = `${style.text(name)}  ${index + 1} of ${steps.length}`;
  if (event === undefined) return [`${place}  before the first event`, ''];
  const { type, at, eventId, revision } = event;
  return [
    `${place}  ${style.text(type)}  ${exactTime(at)}`,
    `revision ${revision}  event ${eventId}`,
  ];
}

interface StateLine {
  readonly text: string;
  readonly isChanged: boolean;
}

/** Every field of the state; what the event changed has a star and what it was, what it took comes last. */
function stateLines({ walk }: StepView, style: Style): readonly StateLine[] {
  const changes = new Map(changesHere(walk).map((change) => [change.field, change]));
  const state = flatten(walk.row);
  const lines = [...state].map(([field, value]): StateLine => {
    const change = changes.get(field);
    const text = `${style.text(field)}: ${plainValue(value, style)}`;
    if (change === undefined) return { text: `  ${text}`, isChanged: false };
    const was = change.from === undefined ? 'new' : `was ${plainValue(change.from, style)}`;
    return { text: `* ${text}  (${was})`, isChanged: true };
  });
  const gone = [...changes.values()].filter(({ field }) => !state.has(field));
  return [
    ...lines,
    ...gone.map(({ field, from }) => ({
      text: `* ${style.text(field)}: none  (was ${plainValue(from, style)})`,
      isChanged: true,
    })),
  ];
}

/** Where nobody scrolled: the first change is in sight. */
function topOf({ top }: StepView, state: readonly StateLine[], room: number): number {
  if (top !== undefined) return top;
  const first = state.findIndex(({ isChanged }) => isChanged);
  return first < room ? 0 : first - 1;
}

function lastLine({ prompt, notice }: StepView, style: Style): string {
  if (prompt !== undefined) return PROMPTS[prompt.kind] + style.text(prompt.typed);
  if (notice !== undefined) return style.text(notice);
  return style.text('→') === '→' ? KEYS : ASCII_KEYS;
}
