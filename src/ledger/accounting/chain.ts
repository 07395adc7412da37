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
    const debitMsat = localBalanceMsat + offeredIn(view);
    entries.push(entryOf({ ...about, ...outpoint, type: 'channel-close', debitMsat, description }));
  }
  if (opener !== 'local' || txid === undefined) return;
  const feeSat = close?.feeSat ?? data.feeSat;
  if (feeSat === undefined) {
    unknownFees.push({ at, nodeId, channelId, what: 'close-fee', eventId });
  } else if (feeSat > 0n) {
    entries.push(entryOf({ ...about, type: 'close-fee', debitMsat: feeSat * MSAT }));
  }
  const anchors = data.outputs.filter(({ what }) => what.startsWith('anchor')).length;
  if (anchors > 0) {
    const debitMsat = BigInt(anchors) * ANCHOR_SAT * MSAT;
    entries.push(entryOf({ ...about, type: 'anchors', debitMsat }));
  }
}

/** What our last commitment still held of ours in offered HTLCs. */
function offeredIn({ local, htlcs }: AccountedChannel['view']): bigint {
  const held = new Set(local?.offered);
  return htlcs
    .filter(({ direction, id }) => direction === 'offered' && held.has(id))
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
  const { outcome, what, amountSat, feeSat, sweepTxid, outpoint } = data;
  const txid = sweepTxid === undefined ? {} : { txid: sweepTxid };
  const about = { at, nodeId, channelId, ...txid, outpoint, eventIds: [eventId] };
  const isTheirs = what === 'to-remote' || what === 'htlc-received';
  if (outcome === 'punished' && isTheirs) {
    entries.push(entryOf({ ...about, type: 'penalty', creditMsat: amountSat * MSAT }));
  }
  if (outcome === 'lost' && closed?.data.kind === 'breach' && !isTheirs) {
    entries.push(entryOf({ ...about, type: 'penalty', debitMsat: amountSat * MSAT }));
  }
  const isSwept = outcome === 'claimed' || outcome === 'timed-out' || outcome === 'punished';
  if (!isSwept || sweepTxid === undefined) return;
  if (feeSat === undefined) {
    unknownFees.push({ at, nodeId, channelId, what: 'sweep-fee', eventId });
  } else if (feeSat > 0n) {
    const { outpoint: _, ...fee } = about;
    entries.push(entryOf({ ...fee, type: 'sweep-fee', debitMsat: feeSat * MSAT }));
  }
}
