/** What channels cost and moved on chain: their opening, their close, the sweeps, penalties. */
import { ANCHOR_SAT } from '../../lightning/commitment.ts';
import { closeCost } from '../answers/close-cost.ts';
import { groupedBy } from '../answers/tellers.ts';
import { hasBooked } from './booked.ts';
import type { AccountedChannel } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount, whenOf } from './entry.ts';
import { enterOpening, isSpent } from './opening.ts';
import type { Entered } from './payments.ts';

const MSAT = 1000n;

export function chainEntries(channels: readonly AccountedChannel[]): Entered {
  const entries: AccountingEntry[] = [];
  const unknownAmounts: UnknownAmount[] = [];
  const fundings = groupedBy(channels, fundingOf);
  for (const channel of channels) {
    const sharesFunding = (fundings.get(fundingOf(channel))?.length ?? 0) > 1;
    enterOpening(channel, sharesFunding, entries, unknownAmounts);
    enterClose(channel, entries, unknownAmounts);
    for (const output of channel.resolved) enterOutput(channel, output, entries, unknownAmounts);
    enterPenalty(channel, entries, unknownAmounts);
  }
  return { entries, unknownAmounts };
}

/** The transaction, of one node; a channel without a known one shares it with nobody. */
function fundingOf({ view }: AccountedChannel): string {
  const { nodeId, fundingOutpoint, channelId } = view;
  return `${nodeId} ${fundingOutpoint?.slice(0, 64) ?? channelId}`;
}

/** The whole of our last balance leaves the channel's account; the opener pays the transaction's fee. */
function enterClose(
  channel: AccountedChannel,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { view, closed } = channel;
  if (closed === undefined || !isSpent(closed)) return;
  const { nodeId, channelId } = view;
  const { at, data, eventId } = closed;
  const txid = data.closingTxid;
  const about = {
    ...whenOf(closed),
    nodeId,
    channelId,
    ...(txid && { txid }),
    eventIds: [eventId],
  };
  const notTold = (what: UnknownAmount['what']) =>
    unknownAmounts.push({ at, nodeId, channelId, what, eventId });
  const left = leftBy(channel);
  if (left !== undefined || !hasBooked(channel, 'channel_close')) {
    const outpoint = view.fundingOutpoint && { outpoint: view.fundingOutpoint };
    const amount = left === undefined ? { isAmountUnknown: true } : { debitMsat: left.msat };
    const how = left?.how === undefined ? '' : `: ${left.how}`;
    const description = `${data.kind} close by ${data.initiator}${how}`;
    entries.push(entryOf({ ...about, ...outpoint, type: 'channel-close', ...amount, description }));
    if (left === undefined) notTold('channel-close');
  }
  // Of an abandoned channel nobody looked what became of it.
  if (data.kind === 'abandoned') return;
  const cost = costOf(channel);
  if (cost === undefined) notTold('close-fee');
  else {
    const { feeMsat, anchorsMsat } = cost;
    if (feeMsat > 0n) entries.push(entryOf({ ...about, type: 'close-fee', debitMsat: feeMsat }));
    if (anchorsMsat > 0n) {
      entries.push(entryOf({ ...about, type: 'anchors', debitMsat: anchorsMsat }));
    }
  }
}

interface Cost {
  readonly feeMsat: bigint;
  readonly anchorsMsat: bigint;
}

/**
 * Our last balance less what came to us of it, where both are known and make sense together: an output too small
 * to be made is lost to the fee, whoever pays that. Otherwise the opener pays the fee.
 */
function costOf({ view, closed }: AccountedChannel): Cost | undefined {
  const { opener, close } = view;
  const cost = closeCost(view);
  if (cost !== undefined && 'feeMsat' in cost && cost.isExplained && opener !== undefined) {
    return cost;
  }
  if (opener === 'remote') return { feeMsat: 0n, anchorsMsat: 0n };
  const feeSat = close?.feeSat ?? closed?.data.feeSat;
  if (opener === undefined || feeSat === undefined || closed === undefined) return undefined;
  return { feeMsat: feeSat * MSAT, anchorsMsat: anchorsOf(closed.data) };
}

interface Left {
  readonly msat: bigint;
  /** How it is known, where not from the channel's last balance. */
  readonly how?: string;
}

/**
 * What was ours in the channel at its end: by its last balance, or else by what a source states came to us, and
 * what the opener paid of it.
 */
function leftBy({ view, closed }: AccountedChannel): Left | undefined {
  const { opener, close } = view;
  const lastMsat = close?.finalLocalBalanceMsat ?? view.localBalanceMsat;
  if (lastMsat !== undefined) return { msat: lastMsat + ownIn(view) };
  const { settledBalanceSat, feeSat, outputs = [], closingTxid } = close ?? {};
  if (settledBalanceSat === undefined || closed === undefined) return undefined;
  const own = outputs.filter(({ outpoint, what, outcome }) => {
    const isOfClose = outpoint.startsWith(`${closingTxid}:`);
    const isTimedOut = what === 'htlc-offered' && outcome === 'timed-out';
    const isClaimed = what === 'htlc-received' && outcome === 'claimed';
    return isOfClose && (isTimedOut || isClaimed);
  });
  const cameSat = own.reduce((sum, { valueSat }) => sum + valueSat, settledBalanceSat);
  if (opener === 'remote') return { msat: cameSat * MSAT, how: 'what came to us of it' };
  if (opener === 'local' && feeSat !== undefined) {
    const msat = (cameSat + feeSat) * MSAT + anchorsOf(closed.data);
    return { msat, how: 'what came to us of it and its fee' };
  }
  return { msat: cameSat * MSAT, how: 'what came to us of it, without a fee that nobody told' };
}

/**
 * Of the HTLCs in our last commitment what is ours in the end: offered and not paid, or received and paid
 * on chain.
 */
function ownIn({ local, htlcs = [] }: AccountedChannel['view']): bigint {
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
  output: Resolved,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { data, at, eventId } = output;
  const { nodeId, channelId } = view;
  const { outcome, feeSat, sweepTxid } = data;
  const txid = sweepTxid === undefined ? {} : { txid: sweepTxid };
  const about = { ...whenOf(output), nodeId, channelId, ...txid, eventIds: [eventId] };
  const isPunishedByUs = outcome === 'punished' && isOurJustice(closed);
  const isSwept = outcome === 'claimed' || outcome === 'timed-out' || isPunishedByUs;
  if (!isSwept || sweepTxid === undefined) return;
  if (feeSat === undefined) {
    unknownAmounts.push({ at, nodeId, channelId, what: 'sweep-fee', ...txid, eventId });
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
  unknownAmounts: UnknownAmount[],
): void {
  const { view, closed, resolved } = channel;
  const { nodeId, channelId, opener, close, localBalanceMsat, status } = view;
  const isBreach = closed?.data.kind === 'breach' && localBalanceMsat !== undefined;
  if (!isBreach || close === undefined || status !== 'resolved') return;
  const { resolvedAt, resolvedAtBounds } = close;
  // Who pays no closing fee needs not know it.
  const feeSat = opener === 'remote' ? 0n : (close.feeSat ?? closed.data.feeSat);
  if (opener === undefined || feeSat === undefined || resolvedAt === undefined) {
    const { at, eventId } = closed;
    unknownAmounts.push({ at, nodeId, channelId, what: 'penalty', eventId });
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
  const placed = resolvedAtBounds === undefined ? {} : { atBounds: resolvedAtBounds };
  const about = { at: resolvedAt, ...placed, nodeId, channelId, ...txid, eventIds };
  entries.push(entryOf({ ...about, type: 'penalty', ...moved }));
}

function anchorsOf({ outputs }: NonNullable<AccountedChannel['closed']>['data']): bigint {
  const anchors = outputs.filter(({ what }) => what.startsWith('anchor')).length;
  return BigInt(anchors) * ANCHOR_SAT * MSAT;
}
