/** What accounting is made from: the events of all tellers, each fact once, and the channels' views. */

import { channelProjection } from '../../../projections/channel.ts';
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import { allChannels } from '../answers/channels.ts';
import { companionsOf } from '../answers/companions.ts';
import type { AnswerContext } from '../answers/context.ts';
import { forwardsWithHtlcs } from '../answers/forwards.ts';
import type { TimeTold } from '../answers/merge-times.ts';
import { asked } from '../answers/nodes.ts';
import { type ShortIds, shortIdsOf } from '../answers/short-ids.ts';
import { type StatedAccount, statedAccount } from '../answers/stated-sums.ts';
import { compareSources, compareText, present } from '../answers/tellers.ts';
import { windowOf } from '../answers/window.ts';
import type { Query } from '../query.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ForwardView } from '../view-types.ts';
import { accountKey } from './account-key.ts';
import { type AccountedChannel, ChannelEvents, type Leg } from './channel-facts.ts';
import type { Moved } from './payment-parts.ts';

export interface Payment {
  readonly nodeId: string;
  readonly kind: 'sent' | 'received';
  readonly at: string;
  readonly paymentLink?: string;
  readonly amountMsat?: bigint;
  readonly feeMsat?: bigint;
  /** Of one that was sent: both together, where they are not told apart. */
  readonly totalMsat?: bigint;
  /** Of one that was sent: its teller says that its route ends at the node that sent it. */
  readonly isToSelf?: boolean;
  /** As a list of payments tells them. */
  readonly parts?: readonly Moved[];
  readonly eventId: string;
}

export interface AccountingFacts {
  readonly channels: readonly AccountedChannel[];
  readonly legs: readonly Leg[];
  readonly payments: readonly Payment[];
  readonly forwards: readonly ForwardView[];
  /** Their HTLCs, as `htlcName` names them. */
  readonly forwardedHtlcs: ReadonlySet<string>;
  /** By node. */
  readonly chains: ReadonlyMap<string, string>;
  /** By the id of the event: the times of those that were placed between others. */
  readonly placed: ReadonlyMap<string, TimeTold>;
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
  const placed = new Map<string, TimeTold>();
  const names = shortIdsOf(context);
  for (const stream of inSourceOrder(context)) {
    const { category, nodeId, subjectId, chain, source } = stream.name;
    if (category === 'node' && !chains.has(nodeId)) chains.set(nodeId, chain);
    const types = category === 'channel' ? CHANNEL_TYPES : NODE_TYPES;
    for (const stored of context.store.streamEvents(stream.stream, { types })) {
      if (!isInWindow(stored)) continue;
      // Most commitments hold no HTLC in full, and only those that do are needed.
      if (stored.type === 'CommitmentUpdated' && !stored.data.includes('"unknownHtlcs"')) continue;
      const event = decodeEvent(stored);
      const { happenedAt: at } = event.metadata;
      const bounds = timeBoundsIn(event.metadata);
      if (bounds !== undefined) placed.set(event.id, { at, bounds });
      if (category === 'node') payments.push(...paymentOf(event, nodeId, source, names));
      else eventsOf(channels, nodeId, subjectId).take(event);
    }
  }
  const views = new Map(allChannels(context, ours).map((view) => [accountKey(view), view]));
  const stated = statedAccounts(context, ours);
  const companions = companionsOf(context, ours);
  const accounted: AccountedChannel[] = [];
  const legs: Leg[] = [];
  for (const [key, events] of channels) {
    const view = views.get(key);
    if (view === undefined) continue;
    accounted.push(events.channel(view, stated.get(key), () => companions.blocks(view.nodeId)));
    for (const leg of events.legs(view)) legs.push(leg);
  }
  const told = forwardsWithHtlcs(context, ours);
  const forwarded = told.forwards.filter(({ outcome }) => outcome === 'forwarded');
  for (const { eventId, at, atBounds: bounds } of forwarded) {
    if (bounds !== undefined) placed.set(eventId, { at, bounds });
  }
  return {
    channels: accounted,
    legs,
    payments: eachOnce(payments),
    forwards: forwarded,
    forwardedHtlcs: told.htlcs,
    chains,
    placed,
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

function paymentOf(
  { fact, metadata, id: eventId }: LedgerEvent,
  nodeId: string,
  source: string,
  names: ShortIds,
): readonly (Payment & { readonly source: string })[] {
  if (fact?.type !== 'PaymentSent' && fact?.type !== 'PaymentReceived') return [];
  const kind = fact.type === 'PaymentSent' ? 'sent' : 'received';
  const { parts: told, ...data } = fact.data;
  const parts = told?.map(({ channelId, shortChannelId, amountMsat, feeMsat: feesMsat }): Moved => {
    const named = channelId ?? names.channelOf(nodeId, shortChannelId)?.channelId;
    return { amountMsat, ...present({ channelId: named, feesMsat }) };
  });
  const at = metadata.happenedAt;
  return [{ nodeId, kind, at, ...data, ...present({ parts }), eventId, source }];
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
