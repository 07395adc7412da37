/** What accounting is made from: the events of all tellers, each fact once, and the channels' views. */

import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelEventData } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import { allChannels } from '../answers/channels.ts';
import type { AnswerContext } from '../answers/context.ts';
import { forwards } from '../answers/forwards.ts';
import { asked } from '../answers/nodes.ts';
import { type StatedAccount, statedAccount } from '../answers/stated-sums.ts';
import { compareSources, compareText } from '../answers/tellers.ts';
import { windowOf } from '../answers/window.ts';
import type { Query } from '../query.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ChannelView, ForwardView } from '../view-types.ts';
import { accountKey } from './account-key.ts';
import { type BookedMovement, bookedOnce, joined, legsOf } from './booked.ts';

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
  /** It forwards this HTLC of another channel. */
  readonly forwardOf?: { readonly channelId: string; readonly htlcId: number };
  readonly eventId: string;
}

export interface Payment {
  readonly nodeId: string;
  readonly kind: 'sent' | 'received';
  readonly at: string;
  readonly paymentLink?: string;
  readonly amountMsat?: bigint;
  readonly feeMsat?: bigint;
  readonly eventId: string;
}

export interface AccountedChannel {
  readonly view: ChannelView;
  readonly opened?: Told<ChannelEventData<'ChannelOpened'>>;
  readonly adopted?: Told<ChannelEventData<'ChannelAdopted'>>;
  /** What the opener gave away, where a teller that adopted the channel said it. */
  readonly pushMsat?: bigint;
  /** Its account as a source states it, the newest; of several as new the most exact. */
  readonly stated?: StatedAccount;
  readonly confirmed?: Told<ChannelEventData<'FundingConfirmed'>>;
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
  readonly eventId: string;
}

export interface AccountingFacts {
  readonly channels: readonly AccountedChannel[];
  readonly legs: readonly Leg[];
  readonly payments: readonly Payment[];
  readonly forwards: readonly ForwardView[];
  /** By node. */
  readonly chains: ReadonlyMap<string, string>;
}

const CHANNEL_TYPES = [
  'ChannelOpened',
  'ChannelAdopted',
  'FundingConfirmed',
  'FundingReplaced',
  'HtlcAdded',
  'CommitmentUpdated',
  'HtlcSettled',
  'ChannelClosed',
  'OutputResolved',
  'MovementBooked',
];
const NODE_TYPES = ['PaymentSent', 'PaymentReceived'];

export function accountingFacts(context: AnswerContext, query: Query = {}): AccountingFacts {
  const ours = asked(context, query);
  const isInWindow = windowOf(context.store, ours);
  const channels = new Map<string, ChannelEvents>();
  const payments: (Payment & { readonly source: string })[] = [];
  const chains = new Map<string, string>();
  for (const stream of inSourceOrder(context)) {
    const { category, nodeId, subjectId, chain, source } = stream.name;
    if (category === 'node' && !chains.has(nodeId)) chains.set(nodeId, chain);
    const types = category === 'channel' ? CHANNEL_TYPES : NODE_TYPES;
    for (const stored of context.store.streamEvents(stream.stream, { types })) {
      if (!isInWindow(stored)) continue;
      // Most commitments hold no HTLC in full, and only those that do are needed.
      if (stored.type === 'CommitmentUpdated' && !stored.data.includes('"unknownHtlcs"')) continue;
      const event = decodeEvent(stored);
      if (category === 'node') payments.push(...paymentOf(event, nodeId, source));
      else eventsOf(channels, nodeId, subjectId).take(event);
    }
  }
  const views = new Map(allChannels(context, ours).map((view) => [accountKey(view), view]));
  const stated = statedAccounts(context, ours);
  const accounted: AccountedChannel[] = [];
  const legs: Leg[] = [];
  for (const [key, events] of channels) {
    const view = views.get(key);
    if (view === undefined) continue;
    accounted.push(events.channel(view, stated.get(key)));
    for (const leg of events.legs(view)) legs.push(leg);
  }
  return {
    channels: accounted,
    legs,
    payments: eachOnce(payments),
    forwards: forwards(context, ours).filter(({ outcome }) => outcome === 'forwarded'),
    chains,
  };
}

function statedAccounts(context: AnswerContext, ours: Query): ReadonlyMap<string, StatedAccount> {
  const newest = new Map<string, StatedAccount>();
  const rows = context.rows.all(channelProjection, ours).map(({ row }) => row);
  for (const row of [...rows].sort((a, b) => compareSources(a.source, b.source))) {
    const account = statedAccount(row);
    if (account === undefined || 'whyNot' in account) continue;
    const key = accountKey(row);
    const known = newest.get(key);
    const isNewer =
      known === undefined ||
      account.at > known.at ||
      (account.at === known.at && account.roundingMsat < known.roundingMsat);
    if (isNewer) newest.set(key, account);
  }
  return newest;
}

function inSourceOrder({ store }: AnswerContext) {
  return ['channel-', 'node-']
    .flatMap((prefix) => store.streamNames(prefix))
    .flatMap((stream) => {
      const name = parseStream(stream);
      return name === undefined ? [] : [{ stream, name }];
    })
    .sort(
      (a, b) => compareSources(a.name.source, b.name.source) || compareText(a.stream, b.stream),
    );
}

function eventsOf(channels: Map<string, ChannelEvents>, nodeId: string, channelId: string) {
  const key = accountKey({ nodeId, channelId });
  const known = channels.get(key);
  if (known !== undefined) return known;
  const fresh = new ChannelEvents();
  channels.set(key, fresh);
  return fresh;
}

/** The events of one channel; the first teller to tell a fact is the one that is believed. */
class ChannelEvents {
  readonly #settled = new Map<string, Told<ChannelEventData<'HtlcSettled'>>>();
  readonly #added = new Map<string, Pick<Leg, 'paymentLink' | 'forwardOf'>>();
  readonly #confirmed: Told<ChannelEventData<'FundingConfirmed'>>[] = [];
  readonly #closed: Told<ChannelEventData<'ChannelClosed'>>[] = [];
  readonly #resolved = new Map<string, Told<ChannelEventData<'OutputResolved'>>>();
  readonly #booked: BookedMovement[] = [];
  #opened: Told<ChannelEventData<'ChannelOpened'>> | undefined;
  #adopted: Told<ChannelEventData<'ChannelAdopted'>> | undefined;
  #pushMsat: bigint | undefined;
  #isRefunded = false;

  take({ fact, metadata, id: eventId }: LedgerEvent): void {
    const at = metadata.happenedAt;
    switch (fact?.type) {
      case 'ChannelOpened':
        this.#opened ??= { data: fact.data, at, eventId };
        return;
      case 'ChannelAdopted':
        this.#adopted ??= { data: fact.data, at, eventId };
        this.#pushMsat ??= fact.data.pushMsat;
        for (const htlc of fact.data.htlcs) this.#add(htlc);
        return;
      case 'FundingConfirmed':
        this.#confirmed.push({ data: fact.data, at, eventId });
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
  channel(view: ChannelView, stated: StatedAccount | undefined): AccountedChannel {
    const { close, confirmedHeight } = view;
    const confirmed = this.#confirmed.find(({ data }) => data.height === confirmedHeight);
    const closed = this.#closed.find(({ data }) => {
      return close?.closedAt !== undefined && data.closingTxid === close.closingTxid;
    });
    const outputs = close?.outputs ?? [];
    const resolved = [...this.#resolved.values()].filter(({ data }) => {
      return outputs.some((o) => o.outpoint === data.outpoint && o.sweepTxid === data.sweepTxid);
    });
    return {
      view,
      ...(this.#opened && { opened: this.#opened }),
      ...(this.#adopted && { adopted: this.#adopted }),
      ...(this.#pushMsat !== undefined && { pushMsat: this.#pushMsat }),
      ...(stated && { stated }),
      ...(confirmed && { confirmed }),
      ...(closed && { closed }),
      resolved,
      booked: bookedOnce(this.#booked),
      isRefunded: this.#isRefunded,
    };
  }

  legs({ nodeId, channelId }: ChannelView): readonly Leg[] {
    const htlcs = [...this.#settled].map(([key, { data, at, eventId }]): Leg => {
      const { direction, id, amountMsat } = data;
      return { nodeId, channelId, direction, id, amountMsat, at, ...this.#added.get(key), eventId };
    });
    return joined(htlcs, legsOf({ nodeId, channelId }, bookedOnce(this.#booked)));
  }
}

function paymentOf(
  { fact, metadata, id: eventId }: LedgerEvent,
  nodeId: string,
  source: string,
): readonly (Payment & { readonly source: string })[] {
  if (fact?.type !== 'PaymentSent' && fact?.type !== 'PaymentReceived') return [];
  const kind = fact.type === 'PaymentSent' ? 'sent' : 'received';
  return [{ nodeId, kind, at: metadata.happenedAt, ...fact.data, eventId, source }];
}

/** A payment without a link is told by one source as it tells it; two tellers of it cannot be known. */
function eachOnce(told: readonly (Payment & { readonly source: string })[]): readonly Payment[] {
  const once = new Map<string, Payment>();
  for (const { source, ...payment } of told) {
    const { nodeId, kind, paymentLink, eventId } = payment;
    const key = `${nodeId} ${kind} ${paymentLink ?? `${source} ${eventId}`}`;
    const known = once.get(key);
    once.set(key, known === undefined ? payment : { ...payment, ...known });
  }
  return [...once.values()];
}
