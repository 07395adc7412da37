/** Which events may be written, and what they are in the store. */
import type { NewEvent, StoredEvent, StreamHead } from '../store/event-store.ts';

/** An event as a client sent it. */
export interface ProposedEvent {
  /** The UUID on the wire. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** By its content type. */
  readonly isJson: boolean;
}

/** Where a stream stands, and what is needed to judge what comes next. */
export interface StreamTip {
  readonly revision: number;
  /** Undefined for a stream that is not there yet. */
  readonly digest: Uint8Array | undefined;
  readonly state: unknown;
}

export interface Admission {
  /** How many streams' tips are kept in memory. */
  readonly keptTips: number;
  tipOf(stream: string, head: StreamHead | undefined): StreamTip;
  /** Whether the events can be judged before those that the tip ends with are in the store. */
  canFollow(tip: StreamTip, events: readonly ProposedEvent[]): boolean;
  /** Throws a Failure that says what is wrong. */
  admit(
    stream: string,
    tip: StreamTip,
    events: readonly ProposedEvent[],
  ): { readonly events: readonly NewEvent[]; readonly tip: StreamTip };
  /** Whether what is stored is what a repeated append wants to store. */
  isSame(stored: StoredEvent, event: ProposedEvent | undefined): boolean;
}
