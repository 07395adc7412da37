/** Marks of a chart that are too near to each other to be told apart, and how many they are. Pure. */

export interface PlacedMark {
  /** In pixels from the left of the plot. */
  readonly x: number;
  readonly at: string;
  readonly label: string;
}

export interface MarkGroup<Of extends PlacedMark = PlacedMark> {
  /** Where its first mark is. */
  readonly x: number;
  readonly marks: readonly [Of, ...Of[]];
}

/** A mark, and the number of those that stand there. */
const ROOM_PX = 20;

/** In the order of their places: each group has the room that its number needs. */
export function groupsOf<Of extends PlacedMark>(placed: readonly Of[]): readonly MarkGroup<Of>[] {
  const groups: { readonly x: number; readonly marks: [Of, ...Of[]] }[] = [];
  for (const mark of placed.toSorted((a, b) => a.x - b.x)) {
    const last = groups.at(-1);
    if (last !== undefined && mark.x - last.x < ROOM_PX) last.marks.push(mark);
    else groups.push({ x: mark.x, marks: [mark] });
  }
  return groups;
}

/** So many are named; all of them are in the list below the chart. */
const NAMED = 5;

/** `3 marks: 2026-01-01 01:40:00.000 opened, …`: of a group of several. */
export function groupText({ marks }: MarkGroup, noun: string): string {
  const named = marks
    .slice(0, NAMED)
    .map(({ at, label }) => `${at.slice(0, 23).replace('T', ' ')} ${label}`);
  const more = marks.length > NAMED ? [`and ${marks.length - NAMED} more`] : [];
  return `${marks.length} ${noun}s: ${[...named, ...more].join(', ')}`;
}
