/**
 * A view of one stream: a pure fold into one row. Handlers change the row they are given; the runner
 * decides whether that is an immer draft (live) or the plain object (rebuilding). DESIGN §9.
 */
import type { Codec } from '../src/schema/codec.ts';

/** An event as a handler sees it: no sealed field, no store detail. */
export interface ViewedEvent<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
  /** RFC 3339 UTC, nine decimals. */
  readonly happenedAt: string;
  readonly recordedAt: string;
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

export interface Projection<Row extends object, E extends TypedEvent> {
  readonly name: string;
  /** Raised when a handler or the row changes: kept rows of another version are rebuilt. */
  readonly version: number;
  /** The stream category, the part of the name before its first `-`. */
  readonly category: string;
  readonly initial: (subject: StreamSubject) => Row;
  readonly codec: Codec<Row>;
  readonly on: {
    readonly [K in E['type']]?: (
      row: Row,
      event: ViewedEvent<K, Extract<E, { readonly type: K }>['data']>,
    ) => void;
  };
}
