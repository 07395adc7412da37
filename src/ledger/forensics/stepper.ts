/**
 * A channel's states, one after each event, walked forward and back. Each step is kept as immer's
 * patches: going back applies the inverse ones and folds nothing again. Pure: events in, states out.
 */
import { enablePatches, Immer, type Patch } from 'immer';
import { type Changes, changesBetween, flatten } from '../answers/row-changes.ts';

enablePatches();
/** States are replaced, never changed: freezing them would only cost time. */
const immer = new Immer({ autoFreeze: false });

/** The event of a step. */
export interface SteppedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly at: string;
  readonly revision: number;
  readonly position: number;
  /** Of an event that brought a commitment. */
  readonly commitment?: { readonly side: 'local' | 'remote'; readonly number: number };
}

export interface Step {
  readonly event: SteppedEvent;
  readonly patches: readonly Patch[];
  readonly inversePatches: readonly Patch[];
}

/** All steps, and the one stood at. */
export interface Walk<Row extends object = object> {
  readonly steps: readonly Step[];
  /** -1: before the first event. */
  readonly index: number;
  /** The state after that step. */
  readonly row: Row;
}

/** Stands before the first event. `apply` changes the row it is given, which is a draft. */
export function walkThrough<Row extends object, E>(
  initial: Row,
  events: Iterable<E>,
  { apply, eventOf }: { apply(row: Row, event: E): void; eventOf(event: E): SteppedEvent },
): Walk<Row> {
  const steps: Step[] = [];
  let row = initial;
  for (const event of events) {
    const draft = immer.createDraft(row) as Row;
    apply(draft, event);
    row = immer.finishDraft(draft, (patches, inversePatches) => {
      steps.push({ event: eventOf(event), patches, inversePatches });
    }) as Row;
  }
  return { steps, index: -1, row: initial };
}

/** The walk after its next event; the same at the end. */
export function forward<Row extends object>(walk: Walk<Row>): Walk<Row> {
  const step = walk.steps[walk.index + 1];
  if (step === undefined) return walk;
  return { ...walk, index: walk.index + 1, row: immer.applyPatches(walk.row, step.patches) };
}

/** The walk before its newest event; the same at the beginning. */
export function back<Row extends object>(walk: Walk<Row>): Walk<Row> {
  const step = walk.steps[walk.index];
  if (step === undefined) return walk;
  return { ...walk, index: walk.index - 1, row: immer.applyPatches(walk.row, step.inversePatches) };
}

/** The nearest index there is. */
export function jumpTo<Row extends object>(walk: Walk<Row>, index: number): Walk<Row> {
  const wanted = Math.max(-1, Math.min(index, walk.steps.length - 1));
  let there = walk;
  while (there.index < wanted) there = forward(there);
  while (there.index > wanted) there = back(there);
  return there;
}

/** Every state of the one is a state of the other too. */
export function isBeginningOf(walk: Walk, whole: Walk): boolean {
  return walk.steps.every(({ event: { eventId, revision } }, index) => {
    const event = whole.steps[index]?.event;
    return event?.revision === revision && event.eventId === eventId;
  });
}

/** What the event stood at changed, field by field. */
export function changesHere(walk: Walk): Changes {
  return changesBetween(flatten(back(walk).row), flatten(walk.row));
}

/** The last event that had happened by then; -1 where none had. `at`: RFC 3339 UTC, nine decimals. */
export function indexAtTime({ steps }: Walk, at: string): number {
  return steps.findLastIndex(({ event }) => event.at <= at);
}

/** Where that event stands. The state there holds also what was recorded later and happened before it. */
export function indexOfRevision({ steps }: Walk, revision: number): number | undefined {
  return found(steps.findIndex(({ event }) => event.revision === revision));
}

/** The event that brought the commitment. */
export function indexOfCommitment(
  { steps }: Walk,
  side: 'local' | 'remote',
  number: number,
): number | undefined {
  return found(
    steps.findIndex(({ event: { commitment } }) => {
      return commitment?.side === side && commitment.number === number;
    }),
  );
}

/**
 * The walk at the next event (or the one before) that changed a field such as `localBalanceMsat`, or
 * something inside of it; undefined where none does.
 */
export function nextChange<Row extends object>(
  walk: Walk<Row>,
  field: string,
  direction: 'forward' | 'back',
): Walk<Row> | undefined {
  const go = direction === 'forward' ? forward : back;
  const [root = ''] = field.split('.');
  for (let at = go(walk); at.index >= 0; at = go(at)) {
    const step = at.steps[at.index];
    // Comparing whole states takes longer than looking whether it can be worth it.
    const isPatched = step?.patches.some(({ path }) => path.length === 0 || path[0] === root);
    if (isPatched === true && changesHere(at).some((change) => isWithin(change.field, field))) {
      return at;
    }
    if (direction === 'forward' && at.index === at.steps.length - 1) return undefined;
  }
  return undefined;
}

function isWithin(changed: string, field: string): boolean {
  return changed === field || changed.startsWith(`${field}.`);
}

function found(index: number): number | undefined {
  return index < 0 ? undefined : index;
}
