/** Events as forensics reads them, all tellers' together, read in slices. */
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import type { CaseEvent } from '../forensics/case.ts';
import type { Query } from '../query.ts';
import type { Slices } from '../slices.ts';
import { decodeEvent } from '../stored-event.ts';
import type { Cut } from '../view.ts';
import { eventsInParts } from './in-parts.ts';
import { cutsOf } from './window.ts';

export interface Reading {
  readonly store: LocalStore;
  readonly query: Query;
  readonly slices: Slices;
}

export interface CaseWanted {
  readonly types?: readonly string[];
  /** The revision from which on a stream is read. */
  readonly firstOf?: (stream: string, cut: Cut) => number;
  /** Asked of what is stored, before it is decoded. */
  readonly isWanted?: (stored: StoredEvent) => boolean;
}

/** In the order of time; of the same time, as each teller told it. */
export async function caseEvents(
  { store, query, slices }: Reading,
  streams: readonly string[],
  { types, firstOf, isWanted }: CaseWanted = {},
): Promise<readonly CaseEvent[]> {
  const all: CaseEvent[] = [];
  const cutOf = cutsOf(store, query);
  for (const stream of streams) {
    const cut = cutOf(stream);
    if (cut === undefined) continue;
    const fromRevision = firstOf?.(stream, cut) ?? 0;
    const wanted = { ...(types && { types }), fromRevision };
    for await (const stored of eventsInParts(store, stream, cut, slices, wanted)) {
      if (isWanted?.(stored) === false) continue;
      const event = caseEventOf(stored);
      if (event !== undefined) all.push(event);
    }
  }
  // Sorting is stable. A stream that something was recorded late into is sorted by it, too.
  return all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Undefined for a type that this reader does not know: it can decide nothing. */
export function caseEventOf(stored: StoredEvent): CaseEvent | undefined {
  const { fact, id, metadata } = decodeEvent(stored);
  if (fact === undefined) return undefined;
  const { happenedAt, blockHeight, source, evidence } = metadata;
  const bounds = timeBoundsIn(metadata);
  return {
    at: happenedAt,
    ...(bounds && { bounds }),
    ...(blockHeight !== undefined && { height: blockHeight }),
    eventId: id,
    source,
    evidence,
    fact,
  };
}
