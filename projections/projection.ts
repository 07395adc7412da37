/**
 * A view of one stream: a pure fold into one row. Handlers change the row they are given; the runner
 * decides whether that is an immer draft (live) or the plain object (rebuilding). DESIGN §9.
 */
import type { Codec } from '../src/schema/codec.ts';
import type { Metadata } from '../src/schema/metadata.ts';
import type { TimeBounds } from '../src/schema/time-bounds.ts';

/** An event as a handler sees it: no sealed field, no store detail. */
export interface ViewedEvent<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
  /** RFC 3339 UTC, nine decimals. */
  readonly happenedAt: string;
  readonly recordedAt: string;
  readonly timeBasis: Metadata['timeBasis'];
  /** Of a time that was placed between others; undefined of one that was told or recorded. */
  readonly timeBounds: TimeBounds | undefined;
  /** When the event before it in the row happened; a row's own may be older while it is a draft. */
  readonly lastEventAt?: string | undefined;
  readonly revision: number;
}

interface TypedEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface StreamSubject {
  readonly stream: string;
  /** The middle parts of the stream's name: node and channel, node and peer, … */
  readonly nodeId: string;
  readonly subjectId: string;
  readonly source: string;
}

/**
 * What every row carries and the runner keeps, after the handler and for every event, known or not:
 * they show whether a kept row holds its stream whole, and whether the next event comes late.
 */
export interface RowBase {
  eventCount: number;
  /** The greatest `happenedAt` so far. A handler asks its event for it. */
  lastEventAt?: string;
  lastEventAtBounds?: TimeBounds;
}

/** What an event says belongs to the event: a handler copies what it may change later. */
export type Handler<Row, E extends TypedEvent, T extends E['type']> = (
  row: Row,
  event: ViewedEvent<T, Extract<E, { readonly type: T }>['data']>,
) => void;

/** Handlers of one projection, or of the part of it that one file holds. */
export type Handlers<Row, E extends TypedEvent> = {
  readonly [T in E['type']]?: Handler<Row, E, T>;
};

export interface Projection<Row extends RowBase, E extends TypedEvent> {
  readonly name: string;
  /** Raised when a handler or the row changes: kept rows of another version are rebuilt. */
  readonly version: number;
  /** The stream category, the part of the name before its first `-`. */
  readonly category: string;
  readonly initial: (subject: StreamSubject) => Row;
  readonly codec: Codec<Row>;
  readonly on: Handlers<Row, E>;
  /**
   * For types that carry much (signatures, raw messages): the last field, in stored order, that the
   * handler reads. What comes after it is not even parsed.
   */
  readonly readsUpTo?: {
    readonly [T in E['type']]?: string & keyof Extract<E, { readonly type: T }>['data'];
  };
}
