/** What an opening put into a channel, what it gave away, and what it cost. */
import { splitShortChannelId } from '../../lightning/ids.ts';
import { hasBooked } from './booked.ts';
import type { AccountedChannel } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount, type When, whenOf } from './entry.ts';

const MSAT = 1000n;

interface Opening {
  readonly when: When;
  readonly isAtLatest: boolean;
  readonly eventIds: readonly [string, ...string[]];
  /** Undefined where nobody told who opened it. */
  readonly depositMsat: bigint | undefined;
  readonly pushMsat: bigint | undefined;
  /** Our share of the funding transaction's fee; undefined where it is not known, or whether it is ours. */
  readonly feeSat: bigint | undefined;
  readonly description?: string;
}

/** `sharesFunding`: its funding transaction opened other channels of the node as well. */
export function enterOpening(
  channel: AccountedChannel,
  sharesFunding: boolean,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const opening = channel.opened
    ? openingTold(channel, sharesFunding)
    : met(channel, sharesFunding);
  if (opening === undefined) return;
  const { nodeId, channelId, opener, fundingOutpoint } = channel.view;
  const { when, isAtLatest, eventIds, depositMsat, pushMsat, feeSat, description } = opening;
  const txid = fundingOutpoint && { txid: fundingOutpoint.slice(0, 64) };
  const about = { ...when, ...(isAtLatest && { isAtLatest }), nodeId, channelId, ...txid };
  const outpoint = fundingOutpoint && { outpoint: fundingOutpoint };
  const eventId = eventIds.at(-1) ?? eventIds[0];
  const notTold = (what: UnknownAmount['what']) =>
    unknownAmounts.push({ at: when.at, nodeId, channelId, what, eventId });
  // Of what the node's own books tell of the opening nothing is entered twice.
  if (channel.opened !== undefined || !hasBooked(channel, 'channel_open')) {
    entries.push(
      entryOf({
        ...about,
        ...outpoint,
        type: 'channel-open',
        ...(depositMsat === undefined ? { isAmountUnknown: true } : { creditMsat: depositMsat }),
        ...(description !== undefined && { description }),
        eventIds,
      }),
    );
    if (depositMsat === undefined) notTold('channel-open');
    if (pushMsat === undefined) notTold('push');
    else if (pushMsat > 0n) {
      const moved = opener === 'local' ? { debitMsat: pushMsat } : { creditMsat: pushMsat };
      entries.push(entryOf({ ...about, ...outpoint, type: 'push', ...moved, eventIds: [eventId] }));
    }
  }
  if (feeSat === undefined) notTold('open-fee');
  else if (feeSat > 0n) {
    const debitMsat = feeSat * MSAT;
    entries.push(entryOf({ ...about, type: 'open-fee', debitMsat, eventIds: [eventId] }));
  }
}

/** Entered when the funding is in a block, or must have been, because it was spent there. */
function openingTold(
  { view, opened, confirmed, closed }: AccountedChannel,
  sharesFunding: boolean,
): Opening | undefined {
  if (opened === undefined || (confirmed === undefined && !isSpent(closed))) return undefined;
  const { opener, capacitySat, pushMsat, localBalanceMsat, ourFundingFeeSat } = opened.data;
  const isOurs = opener === 'local';
  const isAllOurs = isOurs && localBalanceMsat + pushMsat === capacitySat * MSAT;
  const wholeFeeSat = isAllOurs && !sharesFunding ? view.fundingFeeSat : undefined;
  return {
    when: whenOf(confirmed ?? opened),
    isAtLatest: false,
    eventIds: confirmed ? [confirmed.eventId, opened.eventId] : [opened.eventId],
    depositMsat: isOurs ? capacitySat * MSAT : 0n,
    pushMsat,
    feeSat: ourFundingFeeSat ?? (isOurs ? wholeFeeSat : 0n),
  };
}

/**
 * A channel that was there when its record began. Who opened it paid for it, alone unless a source says what
 * we put in ourselves.
 */
function met(channel: AccountedChannel, sharesFunding: boolean): Opening | undefined {
  const { view, adopted, confirmed, funded, knownBy, closed, stated } = channel;
  const { shortChannelId, capacitySat, opener } = view;
  if (adopted === undefined) return undefined;
  if (confirmed === undefined && shortChannelId === undefined && !isSpent(closed)) return undefined;
  const capacityMsat = capacitySat === undefined ? undefined : capacitySat * MSAT;
  const openingMsat = stated?.openingMsat;
  const pushMsat = channel.pushMsat ?? pushBehind(opener, openingMsat, capacityMsat);
  const alone = opener === 'local' ? capacityMsat : opener && 0n;
  const ours =
    openingMsat === undefined || pushMsat === undefined || opener === undefined
      ? alone
      : openingMsat + (opener === 'local' ? pushMsat : -pushMsat);
  const isAllOurs = ours === capacityMsat && !sharesFunding;
  const isTheirs = opener === 'remote' && (ours ?? 0n) === 0n;
  const height = shortChannelId && splitShortChannelId(shortChannelId).blockHeight;
  const inBlock = height === undefined ? '' : `, in block ${height}`;
  const isAtLatest =
    confirmed === undefined && funded === undefined
      ? true
      : (confirmed ?? funded)?.isAtLatest === true;
  const description = isAtLatest ? `opened by this time${inBlock}` : `opened in block ${height}`;
  return {
    when: whenOf(confirmed ?? funded ?? { at: knownBy ?? adopted.at }),
    isAtLatest,
    eventIds: confirmed ? [confirmed.eventId, adopted.eventId] : [adopted.eventId],
    depositMsat: ours,
    pushMsat,
    feeSat: isTheirs ? 0n : isAllOurs ? view.fundingFeeSat : undefined,
    ...((confirmed === undefined || isAtLatest) && { description }),
  };
}

/** Where one end funded it alone, what it does not begin with is what it gave away. */
function pushBehind(
  opener: AccountedChannel['view']['opener'],
  openingMsat: bigint | undefined,
  capacityMsat: bigint | undefined,
): bigint | undefined {
  if (openingMsat === undefined || capacityMsat === undefined || opener === undefined) {
    return undefined;
  }
  return opener === 'local' ? capacityMsat - openingMsat : openingMsat;
}

/** Where the funding was given up no transaction of the channel has moved anything. */
export function isSpent(closed: AccountedChannel['closed']): boolean {
  return closed !== undefined && closed.data.kind !== 'funding-cancelled';
}
