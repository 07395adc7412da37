/** Reading a long stream so that others are answered in between, however few of its events are wanted. */
import type { EventBody, LocalStore, StoredEvent } from '../../store/event-store.ts';
import type { Slices } from '../slices.ts';
import type { Cut } from '../view.ts';
import { isIn } from './window.ts';

/** Asked for at a time: where few are of the types wanted, a store looks long for the next one. */
const PART_REVISIONS = 1_000;

export interface Wanted {
  readonly types?: readonly string[];
  /** Only from this revision on. */
  readonly fromRevision?: number;
}

/** Events of a stream that lie in a cut, in the order of recording. */
export function eventsInParts(
  store: LocalStore,
  stream: string,
  cut: Cut,
  slices: Slices,
  wanted: Wanted = {},
): AsyncGenerator<StoredEvent> {
  return inParts((range) => store.streamEvents(stream, range), cut, slices, wanted);
}

/** The same without ids and digests. */
export function bodiesInParts(
  store: LocalStore,
  stream: string,
  cut: Cut,
  slices: Slices,
  wanted: Wanted = {},
): AsyncGenerator<EventBody> {
  return inParts((range) => store.streamBodies(stream, range), cut, slices, wanted);
}

type Part = Wanted & { readonly fromRevision: number; readonly toRevision: number };

async function* inParts<Event extends EventBody>(
  read: (part: Part) => Iterable<Event>,
  cut: Cut,
  slices: Slices,
  { types, fromRevision = 0 }: Wanted,
): AsyncGenerator<Event> {
  const { revision: last } = cut;
  const ofTypes = types === undefined ? {} : { types };
  for (let from = fromRevision; from <= last; from += PART_REVISIONS) {
    const toRevision = Math.min(last, from + PART_REVISIONS - 1);
    for (const event of read({ ...ofTypes, fromRevision: from, toRevision })) {
      if (isIn(cut, event)) yield event;
      if (slices.step()) await slices.rest();
    }
    if (slices.isOver) await slices.rest();
  }
}
