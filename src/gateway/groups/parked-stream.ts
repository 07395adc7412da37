/** What a group has parked, as the stream of links under which the real server keeps it. */
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import type { Outgoing } from '../outgoing.ts';
import type { ReadRequest } from '../read-request.ts';
import { type Encoding, linkResponse } from '../recorded-event.ts';
import type { Groups } from './groups.ts';

const PARKED = /^\$persistentsubscription-(.+)::(.+)-parked$/s;

/** Answers a read of such a stream; false where it is none, or nothing is parked. */
export async function readParked(
  { store, groups }: { readonly store: LocalStore; readonly groups: Groups },
  request: ReadRequest,
  encoding: Encoding,
  out: Outgoing,
): Promise<boolean> {
  const { stream, from, isBackwards, count, resolvesLinks } = request;
  const [, source, name] = PARKED.exec(stream ?? '') ?? [];
  if (stream === undefined || source === undefined || name === undefined) return false;
  const group = groups.list(source).find((each) => each.name === name);
  const positions = group?.parked ?? [];
  if (positions.length === 0) return false;
  const places = positions.map((position, revision) => ({ position, revision }));
  const newest = places.length - 1;
  const at = from === 'start' ? 0 : from === 'end' ? (isBackwards ? newest : newest + 1) : from;
  const asked = isBackwards ? places.slice(0, at + 1).reverse() : places.slice(at);
  for (const { position, revision } of asked.slice(0, count)) {
    const event = eventAt(store, position);
    if (event === undefined) continue;
    await out.send(linkResponse(event, { stream, revision }, encoding, resolvesLinks));
    if (out.isOver) break;
  }
  return true;
}

function eventAt(store: LocalStore, position: number): StoredEvent | undefined {
  for (const event of store.allEvents(position - 1)) return event;
  return undefined;
}
