/** `step`'s screen as lines: the event, the state with what it changed marked and on top, the keys. */
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
/** Both fit 80 columns. */
const KEYS = '←→ step  Home End  ↑↓ scroll  t time  c commitment  f field, n N again  q quit';
const ASCII_KEYS =
  'arrows step, scroll  Home End  t time  c commitment  f field, n N again  q quit';
const PROMPTS = {
  moment: 'to (a time, height:N, revision:N, commitment:local:N): ',
  field: 'to the next change of field: ',
} as const;

/** Exactly `rows` lines, none longer than `columns`. */
export function stepScreen(
  title: string,
  view: StepView,
  { columns, rows }: ScreenSize,
  style: Style,
): readonly string[] {
  const clipped = (text: string) => clip(text, columns, style.glyphs.ellipsis);
  const rule = style.glyphs.axis.horizontal.repeat(columns);
  const state = stateLines(view, style);
  const room = Math.max(1, rows - AROUND);
  const top = Math.min(view.top ?? 0, Math.max(0, state.length - room));
  const shown = state.slice(top, top + room);
  const lines = shown.map(({ text, isChanged }) => {
    return isChanged ? style.paint('bold', clipped(text)) : clipped(text);
  });
  const blank = Array.from({ length: room - lines.length }, () => '');
  const below = state.length - top - shown.length;
  const more = below > 0 ? ` ${below} more below ` : '';
  const [first, second] = eventLines(title, view, style);
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
  title: string,
  { walk: { steps, index }, asOf }: StepView,
  style: Style,
): readonly [string, string] {
  const event = steps[index]?.event;
  const known = asOf === undefined ? '' : ` as of ${style.text(asOf)}`;
  const place = `${style.text(title)}  ${index + 1} of ${steps.length}${known}`;
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

/**
 * Every field of the state. What the event changed comes first, with a star and what it was: on a small
 * terminal all of it is in sight.
 */
function stateLines({ walk }: StepView, style: Style): readonly StateLine[] {
  const changes = changesHere(walk);
  const changed = new Set(changes.map(({ field }) => field));
  const value = (of: unknown) => (of === undefined ? 'none' : plainValue(of, style));
  const marked = changes.map(({ field, from, to }): StateLine => {
    const was = from === undefined ? 'new' : `was ${value(from)}`;
    return { text: `* ${style.text(field)}: ${value(to)}  (${was})`, isChanged: true };
  });
  const rest = [...flatten(walk.row)]
    .filter(([field]) => !changed.has(field))
    .sort(([a], [b]) => rankOf(a) - rankOf(b));
  return [
    ...marked,
    ...rest.map(([field, of]): StateLine => {
      return { text: `  ${style.text(field)}: ${value(of)}`, isChanged: false };
    }),
  ];
}

/** What moves in a channel's life; keys, terms and names of it are below. */
const FIRST = [
  'status',
  'localBalanceMsat',
  'remoteBalanceMsat',
  'htlcs',
  'local',
  'remote',
  'localRevoked',
  'remoteRevoked',
  'close',
  'capacitySat',
  'shortChannelId',
  'localPolicy',
  'remotePolicy',
  'totals',
];

function rankOf(field: string): number {
  const rank = FIRST.indexOf(field.split('.')[0] ?? '');
  return rank < 0 ? FIRST.length : rank;
}

function lastLine({ prompt, notice }: StepView, style: Style): string {
  if (prompt !== undefined) return PROMPTS[prompt.kind] + style.text(prompt.typed);
  if (notice !== undefined) return style.text(notice);
  return style.text('→') === '→' ? KEYS : ASCII_KEYS;
}
