/** What channels cost and moved on chain: their opening, their close, the sweeps, penalties. */
import { ANCHOR_SAT } from '../../lightning/commitment.ts';
import { type AccountingEntry, entryOf, type UnknownFee } from './entry.ts';
import type { AccountedChannel } from './facts.ts';
import type { Entered } from './payments.ts';

const MSAT = 1000n;

export function chainEntries(channels: readonly AccountedChannel[]): Entered {
  const entries: AccountingEntry[] = [];
  const unknownFees: UnknownFee[] = [];
  for (const channel of channels) {
    enterOpening(channel, entries, unknownFees);
    enterClose(channel, entries, unknownFees);
    for (const output of channel.resolved) enterOutput(channel, output, entries, unknownFees);
    enterPenalty(channel, entries, unknownFees);
  }
  return { entries, unknownFees };
}

/** Entered when the funding is in a block; what was adopted was opened before the record. */
function enterOpening(
  { view, opened, confirmed }: AccountedChannel,
  entries: AccountingEntry[],
  unknownFees: UnknownFee[],
): void {
  if (opened === undefined || confirmed === undefined) return;
  const { nodeId, channelId } = view;
  const { opener, capacitySat, pushMsat, fundingOutpoint, ourFundingFeeSat } = opened.data;
  const isOurs = opener === 'local';
  const at = confirmed.at;
  const txid = fundingOutpoint.slice(0, 64);
  const about = { at, nodeId, channelId, txid, outpoint: fundingOutpoint };
  const eventIds = [confirmed.eventId, opened.eventId];
  const creditMsat = isOurs ? capacitySat * MSAT : 0n;
  entries.push(entryOf({ ...about, type: 'channel-open', creditMsat, eventIds }));
  if (pushMsat > 0n) {
    const moved = isOurs ? { debitMsat: pushMsat } : { creditMsat: pushMsat };
    entries.push(entryOf({ ...about, type: 'push', ...moved, eventIds: [opened.eventId] }));
  }
  if (ourFundingFeeSat !== undefined && ourFundingFeeSat > 0n) {
    const debitMsat = ourFundingFeeSat * MSAT;
    const { outpoint: _, ...fee } = about;
    entries.push(entryOf({ ...fee, type: 'open-fee', debitMsat, eventIds: [opened.eventId] }));
  } else if (isOurs && ourFundingFeeSat === undefined) {
    unknownFees.push({ at, nodeId, channelId, what: 'open-fee', eventId: opened.eventId });
  }
}

/** The whole of our last balance leaves the channel's account; the opener pays the transaction's fee. */
function enterClose(
  { view, closed }: AccountedChannel,
  entries: AccountingEntry[],
  unknownFees: UnknownFee[],
): void {
  if (closed === undefined) return;
  const { nodeId, channelId, localBalanceMsat, opener, close } = view;
  const { at, data, eventId } = closed;
  const txid = data.closingTxid;
  const about = { at, nodeId, channelId, ...(txid && { txid }), eventIds: [eventId] };
  const outpoint = view.fundingOutpoint && { outpoint: view.fundingOutpoint };
  if (localBalanceMsat !== undefined) {
    const description = `${data.kind} close by ${data.initiator}`;
    const debitMsat = localBalanceMsat + ownIn(view);
    entries.push(entryOf({ ...about, ...outpoint, type: 'channel-close', debitMsat, description }));
  }
  if (opener !== 'local' || txid === undefined) return;
  const feeSat = close?.feeSat ?? data.feeSat;
  if (feeSat === undefined) {
    unknownFees.push({ at, nodeId, channelId, what: 'close-fee', eventId });
  } else if (feeSat > 0n) {
    entries.push(entryOf({ ...about, type: 'close-fee', debitMsat: feeSat * MSAT }));
  }
  const anchorsMsat = anchorsOf(data);
  if (anchorsMsat > 0n) {
    entries.push(entryOf({ ...about, type: 'anchors', debitMsat: anchorsMsat }));
  }
}

/**
 * Of the HTLCs in our last commitment what is ours in the end: offered and not paid, or received and paid
 * on chain.
 */
function ownIn({ local, htlcs }: AccountedChannel['view']): bigint {
  return htlcs
    .filter(({ direction, id, outcome }) => {
      const isPaid = outcome === 'settled';
      return local?.[direction].includes(id) && isPaid === (direction === 'received');
    })
    .reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
}

type Resolved = AccountedChannel['resolved'][number];

function enterOutput(
  { view, closed }: AccountedChannel,
  { data, at, eventId }: Resolved,
  entries: AccountingEntry[],
  unknownFees: UnknownFee[],
): void {
  const { nodeId, channelId } = view;
  const { outcome, feeSat, sweepTxid } = data;
  const txid = sweepTxid === undefined ? {} : { txid: sweepTxid };
  const about = { at, nodeId, channelId, ...txid, eventIds: [eventId] };
  const isPunishedByUs = outcome === 'punished' && isOurJustice(closed);
  const isSwept = outcome === 'claimed' || outcome === 'timed-out' || isPunishedByUs;
  if (!isSwept || sweepTxid === undefined) return;
  if (feeSat === undefined) {
    unknownFees.push({ at, nodeId, channelId, what: 'sweep-fee', eventId });
  } else if (feeSat > 0n) {
    entries.push(entryOf({ ...about, type: 'sweep-fee', debitMsat: feeSat * MSAT }));
  }
}

/** The other end broke the agreement, so what is punished comes to us. */
function isOurJustice(closed: AccountedChannel['closed']): boolean {
  return closed?.data.kind === 'breach' && closed.data.initiator === 'remote';
}

/**
 * After a breach all is resolved: what came to us beyond what was ours, or fell short of it. Ours was our last
 * balance and what was offered, less the close's fee where we pay it, which is entered by itself.
 */
function enterPenalty(
  channel: AccountedChannel,
  entries: AccountingEntry[],
  unknownFees: UnknownFee[],
): void {
  const { view, closed, resolved } = channel;
  const { nodeId, channelId, opener, close, localBalanceMsat, status } = view;
  const isBreach = closed?.data.kind === 'breach' && localBalanceMsat !== undefined;
  if (!isBreach || close === undefined || status !== 'resolved') return;
  const { resolvedAt } = close;
  // Who pays no closing fee needs not know it.
  const feeSat = opener === 'local' ? (close.feeSat ?? closed.data.feeSat) : 0n;
  if (feeSat === undefined || resolvedAt === undefined) {
    const { at, eventId } = closed;
    unknownFees.push({ at, nodeId, channelId, what: 'penalty', eventId });
    return;
  }
  const paidMsat = opener === 'local' ? feeSat * MSAT + anchorsOf(closed.data) : 0n;
  const oursMsat = localBalanceMsat + ownIn(view) - paidMsat;
  const isOurs = isOurJustice(closed);
  let cameSat = 0n;
  for (const { outpoint, outcome, valueSat } of close.outputs) {
    const isOfClose = outpoint.startsWith(`${close.closingTxid}:`);
    const isTaken = isOurs && outcome === 'punished';
    // A second stage's output holds what its first stage brought: counted there.
    const isClaimed = isOfClose && (outcome === 'claimed' || outcome === 'timed-out');
    if (isTaken || isClaimed) cameSat += valueSat;
  }
  const penaltyMsat = cameSat * MSAT - oursMsat;
  if (penaltyMsat === 0n) return;
  const moved = penaltyMsat > 0n ? { creditMsat: penaltyMsat } : { debitMsat: -penaltyMsat };
  const txid = close.closingTxid === undefined ? {} : { txid: close.closingTxid };
  const eventIds = [closed.eventId, ...resolved.map(({ eventId }) => eventId)];
  const about = { at: resolvedAt, nodeId, channelId, ...txid, eventIds };
  entries.push(entryOf({ ...about, type: 'penalty', ...moved }));
}

function anchorsOf({ outputs }: NonNullable<AccountedChannel['closed']>['data']): bigint {
  const anchors = outputs.filter(({ what }) => what.startsWith('anchor')).length;
  return BigInt(anchors) * ANCHOR_SAT * MSAT;
}
