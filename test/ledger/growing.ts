/** A store that grows by small appends, with rows that follow, and the same asked naively. */

import { channelProjection } from '../../projections/channel.ts';
import type { ChannelRow } from '../../projections/channel-row.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import type { AppendedEvents } from '../../src/ledger/live-rows.ts';
import { viewOf } from '../../src/ledger/view.ts';
import { type LocalStore, type NewEvent, NO_STREAM } from '../../src/store/event-store.ts';
import { nodeId } from '../channel/given.ts';
import { START_NS, storedForm, type Times } from '../stored-form.ts';

/** Streams of one node, each a channel of its own. */
export function channelStream(nth: number, source = 'ldk'): string {
  return `channel-${nodeId}.${(nth + 1).toString(16).padStart(64, '0')}.${source}`;
}

/** A story's time: seconds after its start. */
export const second = (n: number): bigint => START_NS + BigInt(n) * 1_000_000_000n;

export class Growing {
  readonly store: LocalStore;
  readonly #revisions = new Map<string, number>();
  #count = 0;

  constructor(store: LocalStore) {
    this.store = store;
  }

  /** Appends events to a stream, and says what a recorder would say of it. */
  async append(
    stream: string,
    events: readonly { readonly event: ChannelEvent; readonly times: Times }[],
  ): Promise<AppendedEvents> {
    const stored = events.map(({ event, times }) => {
      return storedForm(stream, event, String(this.#count++), times);
    });
    return this.appendStored(stream, stored);
  }

  async appendStored(stream: string, events: readonly NewEvent[]): Promise<AppendedEvents> {
    const expectedRevision = this.#revisions.get(stream) ?? NO_STREAM;
    const result = await this.store.append(stream, events, { expectedRevision });
    if (!result.ok) throw new Error(`${stream} is at ${result.actualRevision}`);
    this.#revisions.set(stream, result.lastRevision);
    const firstRevision = expectedRevision + 1;
    return { stream, firstRevision, events, position: result.position };
  }
}

const view = viewOf(channelProjection);

export interface Known {
  readonly revision: number;
  readonly position: number;
  readonly happenedAt: string;
  readonly recordedAt: string;
}

/** The row that the events of a stream make up for which `isIn` holds, in logical order, from nothing. */
export function naiveRow(
  store: LocalStore,
  stream: string,
  isIn: (event: Known) => boolean = () => true,
): ChannelRow | undefined {
  const events = Array.from(store.streamEvents(stream), (event) => {
    const { happenedAt, recordedAt } = JSON.parse(event.metadata) as Known;
    return { ...event, happenedAt, recordedAt };
  }).filter(isIn);
  events.sort((a, b) => {
    return a.happenedAt < b.happenedAt
      ? -1
      : a.happenedAt > b.happenedAt
        ? 1
        : a.revision - b.revision;
  });
  const row = view.fold.initial(stream);
  for (const event of events) view.fold.apply(row, event, event.happenedAt, stream);
  return events.length === 0 ? undefined : row;
}

/** A policy change: an event that fits anywhere, any number of times. */
export function policyAt(n: number): ChannelEvent {
  return {
    type: 'FeePolicyChanged',
    data: {
      side: n % 2 === 0 ? 'local' : 'remote',
      feeBaseMsat: BigInt(n),
      feeProportionalMillionths: n,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      isDisabled: false,
      timestamp: n,
    },
  };
}

/** Policy changes from one number to another (excluded), a second apart. */
export function policies(from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => {
    return { event: policyAt(from + index), times: { happenedAtNs: second(from + index) } };
  });
}
