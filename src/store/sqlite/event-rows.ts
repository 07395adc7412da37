/** The columns of an event as they are selected, and the events made of them. */
import type { EventBody, StoredEvent } from '../event-store.ts';
import type { Names } from './names.ts';

export type BodyRow = [
  position: number,
  stream: number,
  revision: number,
  type: number,
  string,
  string,
];
export type EventRow = [...BodyRow, idHex: string, digestHex: string];

export const BODY = 'ev.rowid, stream, revision, type, data, metadata';
/** As hex: a blob costs five times as much on its way out, since it gets its own memory. */
export const EVENT = `${BODY}, lower(hex(ev.id)), hex(digest)`;

/** Pages are read whole (row by row costs half as much again), the first ones small. */
export const FIRST_PAGE_EVENTS = 16;
export const PAGE_EVENTS = 128;
/** Pages become smaller again where texts are so long that a full one would hold more. */
export const PAGE_CHARACTERS = 2_000_000;

export class EventRows {
  readonly #streams: Names;
  readonly #types: Names;

  constructor(names: { readonly streams: Names; readonly types: Names }) {
    this.#streams = names.streams;
    this.#types = names.types;
  }

  body(row: BodyRow): EventBody {
    const [position, stream, revision, type, data, metadata] = row;
    return {
      position,
      stream: this.#streams.nameOf(stream),
      revision,
      type: this.#types.nameOf(type),
      data,
      metadata,
    };
  }

  event(row: EventRow): StoredEvent {
    const [position, stream, revision, type, data, metadata, id, digest] = row;
    return {
      position,
      stream: this.#streams.nameOf(stream),
      revision,
      id: hyphenated(id),
      type: this.#types.nameOf(type),
      data,
      metadata,
      digest: Buffer.from(digest, 'hex'),
    };
  }
}

/** How many events of that length make a page. */
export function pageLimit(charactersPerEvent: number): number {
  const fitting = Math.floor(PAGE_CHARACTERS / Math.max(1, charactersPerEvent));
  return Math.min(PAGE_EVENTS, Math.max(1, fitting));
}

function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
