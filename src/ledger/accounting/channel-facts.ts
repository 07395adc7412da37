/** What accounting takes of one channel: its own events, of all tellers, each fact once. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import type { BlockTimes } from '../../lightning/block-times.ts';
import { type TimeBounds, timeBoundsIn } from '../../schema/time-bounds.ts';
import { fundingTime } from '../answers/dated-funding.ts';
import { atHeight, bestTime, isAtLatest, placedBy } from '../answers/merge-times.ts';
import type { StatedAccount } from '../answers/stated-sums.ts';
import { present } from '../answers/tellers.ts';
import type { LedgerEvent } from '../stored-event.ts';
import type { ChannelView } from '../view-types.ts';
import { type BookedMovement, bookedOnce, joined, legsOf } from './booked.ts';
import type { AccountingEntry, When } from './entry.ts';

/** A settled HTLC: money that moved over a channel. */
export interface Leg {
  readonly nodeId: string;
  readonly channelId: string;
  readonly direction: Direction;
  readonly id: number;
  readonly amountMsat: bigint;
  readonly at: string;
  /** Of a payment of ours: what is in the amount beside what arrives, where it is known of this part. */
  readonly feesMsat?: bigint;
  readonly paymentLink?: string;
  /** The node's own books call it one half of a forward. */
  readonly isRouted?: boolean;
  /** It forwards this HTLC of another channel. */
  readonly forwardOf?: { readonly channelId: string; readonly htlcId: number };
  readonly eventId: string;
}

/** It was so by then: when before that, nobody told. */
type AtLatest = Pick<AccountingEntry, 'isAtLatest'>;

export interface AccountedChannel {
  readonly view: ChannelView;
  readonly opened?: Told<ChannelEventData<'ChannelOpened'>>;
  readonly adopted?: Told<ChannelEventData<'ChannelAdopted'>>;
  /** What the opener gave away, where a teller that adopted the channel said it. */
  readonly pushMsat?: bigint;
  /** Its account as a source states it, the newest; of several as new the most exact. */
  readonly stated?: StatedAccount;
  readonly confirmed?: Told<ChannelEventData<'FundingConfirmed'>> & AtLatest;
  /** When its block was found, where the channel was met later and its short id names the block. */
  readonly funded?: When & AtLatest;
  /** By then it was there: the earliest time of any fact of it, whoever told it and in which order. */
  readonly knownBy?: string;
  readonly closed?: Told<ChannelEventData<'ChannelClosed'>>;
  readonly resolved: readonly Told<ChannelEventData<'OutputResolved'>>[];
  /** What the node's own books have of it. */
  readonly booked: readonly BookedMovement[];
  /** Its funding was replaced: by fee, or by a splice. */
  readonly isRefunded: boolean;
}

export interface Told<Data> {
  readonly data: Data;
  readonly at: string;
  readonly atBounds?: TimeBounds;
  readonly eventId: string;
}

/** The events of one channel; the first teller to tell a fact is the one that is believed. */
export class ChannelEvents {
  readonly #settled = new Map<string, Told<ChannelEventData<'HtlcSettled'>>>();
  readonly #added = new Map<string, Pick<Leg, 'paymentLink' | 'forwardOf'>>();
  readonly #confirmed: Told<ChannelEventData<'FundingConfirmed'>>[] = [];
  readonly #closed: Told<ChannelEventData<'ChannelClosed'>>[] = [];
  readonly #resolved = new Map<string, Told<ChannelEventData<'OutputResolved'>>>();
  readonly #booked: BookedMovement[] = [];
  #opened: Told<ChannelEventData<'ChannelOpened'>> | undefined;
  #adopted: Told<ChannelEventData<'ChannelAdopted'>> | undefined;
  #pushMsat: bigint | undefined;
  #knownBy: string | undefined;
  #isRefunded = false;

  take({ fact, metadata, id: eventId }: LedgerEvent): void {
    const at = metadata.happenedAt;
    const atBounds = timeBoundsIn(metadata);
    const placed = { at, ...present({ atBounds }), eventId };
    const by = atBounds === undefined ? at : atBounds.notAfter;
    if (by !== undefined && (this.#knownBy ?? by) >= by) this.#knownBy = by;
    switch (fact?.type) {
      case 'ChannelOpened':
        this.#opened ??= { data: fact.data, ...placed };
        return;
      case 'ChannelAdopted':
        this.#adopted ??= { data: fact.data, ...placed };
        this.#pushMsat ??= fact.data.pushMsat;
        for (const htlc of fact.data.htlcs) this.#add(htlc);
        return;
      case 'FundingConfirmed':
        this.#confirmed.push({ data: fact.data, ...placed });
        return;
      case 'FundingReplaced':
        this.#isRefunded = true;
        return;
      case 'HtlcAdded':
        this.#add(fact.data);
        return;
      case 'CommitmentUpdated':
        for (const htlc of fact.data.unknownHtlcs ?? []) this.#add(htlc);
        return;
      case 'HtlcSettled': {
        const key = `${fact.data.direction} ${fact.data.id}`;
        if (!this.#settled.has(key)) this.#settled.set(key, { data: fact.data, at, eventId });
        return;
      }
      case 'ChannelClosed':
        this.#closed.push({ data: fact.data, at, eventId });
        return;
      case 'MovementBooked':
        this.#booked.push({ data: fact.data, at, eventId, source: metadata.source });
        return;
      case 'OutputResolved': {
        const key = `${fact.data.outpoint} ${fact.data.sweepTxid ?? ''}`;
        if (!this.#resolved.has(key)) this.#resolved.set(key, { data: fact.data, at, eventId });
        return;
      }
      default:
        return;
    }
  }

  #add(htlc: {
    readonly direction: Direction;
    readonly id: number;
    readonly paymentLink?: string;
    readonly forwardOf?: Leg['forwardOf'];
  }): void {
    const key = `${htlc.direction} ${htlc.id}`;
    const known = this.#added.get(key);
    const { paymentLink = known?.paymentLink, forwardOf = known?.forwardOf } = htlc;
    this.#added.set(key, {
      ...(paymentLink !== undefined && { paymentLink }),
      ...(forwardOf !== undefined && { forwardOf }),
    });
  }

  /** What a reorganisation took back is not in the view, and so not here. */
  channel(
    view: ChannelView,
    stated: StatedAccount | undefined,
    blocks: () => BlockTimes,
  ): AccountedChannel {
    const { close, confirmedHeight } = view;
    const confirmed = this.#confirmedIn(confirmedHeight, blocks);
    const met = this.#adopted;
    const funded = met && fundingTime(view, { at: met.at, bounds: met.atBounds }, blocks);
    const closed = this.#closed.find(({ data }) => {
      return close?.closedAt !== undefined && data.closingTxid === close.closingTxid;
    });
    const closedAt = close && timeAs(close.closedAt, close.closedAtBounds);
    const outputs = close?.outputs ?? [];
    const resolved = [...this.#resolved.values()].flatMap((told) => {
      const { outpoint, sweepTxid } = told.data;
      const shown = outputs.find((o) => o.outpoint === outpoint && o.sweepTxid === sweepTxid);
      return shown === undefined ? [] : { ...told, ...timeAs(shown.at, shown.atBounds) };
    });
    return {
      view,
      ...(this.#opened && { opened: this.#opened }),
      ...(this.#adopted && { adopted: this.#adopted }),
      ...(this.#pushMsat !== undefined && { pushMsat: this.#pushMsat }),
      ...(stated && { stated }),
      ...(confirmed && { confirmed }),
      ...(funded && { funded }),
      ...present({ knownBy: this.#knownBy }),
      ...(closed && { closed: { ...closed, ...closedAt } }),
      resolved,
      booked: bookedOnce(this.#booked),
      isRefunded: this.#isRefunded,
    };
  }

  #confirmedIn(
    height: number | undefined,
    blocks: () => BlockTimes,
  ): AccountedChannel['confirmed'] {
    const told = this.#confirmed.filter(({ data }) => data.height === height);
    const best = bestTime(told.map((one) => ({ ...one, bounds: one.atBounds })));
    if (best?.bounds === undefined) return best;
    const { atBounds: _, bounds: __, ...rest } = best;
    const dated = placedBy(best, atHeight(blocks(), best.data.height));
    const { at = best.at, bounds } = dated;
    const latest = isAtLatest(dated) && { isAtLatest: true };
    return { ...rest, at, ...(bounds && { atBounds: bounds }), ...latest };
  }

  legs({ nodeId, channelId }: ChannelView): readonly Leg[] {
    const htlcs = [...this.#settled].map(([key, { data, at, eventId }]): Leg => {
      const { direction, id, amountMsat } = data;
      return { nodeId, channelId, direction, id, amountMsat, at, ...this.#added.get(key), eventId };
    });
    return joined(htlcs, legsOf({ nodeId, channelId }, bookedOnce(this.#booked)));
  }
}

/** The time that the views show: whoever tells it best, whatever else he tells. */
function timeAs(at: string | undefined, atBounds: TimeBounds | undefined) {
  if (at === undefined) return {};
  return { at, ...(atBounds !== undefined && { atBounds }) };
}
