/** Where a stream of events goes on: ids that tell a place of this ledger from one of another. */
import type { StoredEvent } from '../store/event-store.ts';
import { eventAt } from './event-ids.ts';
import { Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';

type Store = ServedLedger['store'];

/** Sixteen digits of a digest: two ledgers have the same place, but no such event in common. */
const MARK_BYTES = 8;

/** A checkpoint (`1234`), or the id of an event of the stream (`1234-0123456789abcdef`). */
export const PLACE = /^(0|[1-9][0-9]{0,15})(-[0-9a-f]{16})?$/;

/**
 * The id of an event in the stream: its checkpoint and the beginning of its digest, since another
 * ledger, or this one out of a backup, has other events at the same places.
 */
export function resumeId(store: Store, event: StoredEvent): string {
  const mark = Buffer.from(event.digest.subarray(0, MARK_BYTES)).toString('hex');
  return `${store.checkpointOf(event)}-${mark}`;
}

/** The id of whichever event lies there; undefined where none does. */
export function resumeIdAt(store: Store, checkpoint: string): string | undefined {
  const event = eventAt(store, Number(checkpoint));
  return event && resumeId(store, event);
}

/**
 * The checkpoint to go on from. Throws a Refusal for an id of another ledger and for a place that this
 * one does not have yet: events would pass unseen.
 */
export async function checkedPlace(store: Store, place: string): Promise<string> {
  const [, checkpoint = '', mark] = PLACE.exec(place) ?? [];
  const newest = (await store.lastCheckpoint()) ?? '0';
  if (mark !== undefined) {
    if (resumeIdAt(store, checkpoint) === place) return checkpoint;
    const detail = `no event of this ledger has the id ${place}: it is of another ledger, or of this one before a backup was put back; begin anew, with after=0 for all there is`;
    throw new Refusal(400, detail);
  }
  if (Number(checkpoint) > Number(newest)) {
    throw new Refusal(400, `there is no checkpoint ${checkpoint}: the newest event has ${newest}`);
  }
  return checkpoint;
}
