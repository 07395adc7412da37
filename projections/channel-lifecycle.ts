/** Opening, adoption, readiness, announcement, fee policies and purge. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import { type ShortChannelId, splitShortChannelId } from '../src/lightning/ids.ts';
import { showBalance } from './channel-balances.ts';
import { addHtlc } from './channel-htlcs.ts';
import type { ChannelRow, CommitmentRow, PolicyRow } from './channel-row.ts';
import { isNewPolicy } from './new-policy.ts';
import { setBalanceBounds, setBounds } from './placed-times.ts';
import type { Handlers } from './projection.ts';

export const lifecycleHandlers: Handlers<ChannelRow, ChannelEvent> = {
  ChannelOpened(row, event) {
    const { data, happenedAt, timeBounds } = event;
    opened(row, data, happenedAt);
    setBounds(row, 'openedAtBounds', timeBounds);
    setBalanceBounds(row, event);
    // Whoever recorded it as it happened records an announcement too.
    if (event.timeBasis === 'recorded') row.isAnnounced ??= false;
  },
  ChannelAdopted(row, event) {
    if (event.lastEventAt !== undefined) row.repeatCount = (row.repeatCount ?? 0) + 1;
    adopted(row, event.data, event.happenedAt);
    setBalanceBounds(row, event);
  },
  ChannelReady(row, { data, happenedAt, timeBounds }) {
    if (row.readyAt === undefined) {
      row.readyAt = happenedAt;
      setBounds(row, 'readyAtBounds', timeBounds);
    }
    if (row.status === 'pending' || row.status === 'unknown') row.status = 'open';
    if (data.localAlias !== undefined) nameChannel(row, data.localAlias);
    if (data.remoteAlias !== undefined) nameChannel(row, data.remoteAlias);
  },
  ChannelAnnounced(row, { data }) {
    row.isAnnounced = true;
    row.isPrivate = false;
    const { shortChannelId } = data;
    if (row.shortChannelId === undefined) row.shortChannelId = shortChannelId;
    if (row.confirmedHeight === undefined) {
      // It is where the funding stands in the chain, whoever saw it confirmed.
      row.confirmedHeight = splitShortChannelId(shortChannelId).blockHeight;
    }
    nameChannel(row, shortChannelId);
  },
  FeePolicyChanged(row, { data, happenedAt, timeBounds }) {
    const known = data.side === 'local' ? row.localPolicy : row.remotePolicy;
    const policy = policyRow(data, happenedAt);
    if (!isNewPolicy(policy, known)) return;
    setBounds(policy, 'atBounds', timeBounds);
    if (data.side === 'local') row.localPolicy = policy;
    else row.remotePolicy = policy;
  },
  ChannelPurged(row) {
    row.isPurged = true;
  },
};

/** A channel opened without `announce_channel` is never announced (BOLT 7, announcement_signatures). */
function setPrivacy(row: ChannelRow, isPrivate: boolean): void {
  row.isPrivate = isPrivate;
  if (isPrivate) row.isAnnounced ??= false;
}

/** Adds a name the channel goes by; people may ask for it long after it changed. */
export function nameChannel(row: ChannelRow, shortChannelId: ShortChannelId): void {
  if (!row.shortChannelIds.includes(shortChannelId)) row.shortChannelIds.push(shortChannelId);
}

function policyRow(data: ChannelEventData<'FeePolicyChanged'>, at: string): PolicyRow {
  const { feeBaseMsat, feeProportionalMillionths, cltvExpiryDeltaBlocks, htlcMinimumMsat } = data;
  const { htlcMaximumMsat, isDisabled, timestamp } = data;
  const { inboundFeeBaseMsat, inboundFeeProportionalMillionths } = data;
  return {
    feeBaseMsat,
    feeProportionalMillionths,
    cltvExpiryDeltaBlocks,
    htlcMinimumMsat,
    ...(htlcMaximumMsat !== undefined && { htlcMaximumMsat }),
    isDisabled,
    ...(inboundFeeBaseMsat !== undefined && { inboundFeeBaseMsat }),
    ...(inboundFeeProportionalMillionths !== undefined && { inboundFeeProportionalMillionths }),
    timestamp,
    at,
  };
}

function opened(row: ChannelRow, data: ChannelEventData<'ChannelOpened'>, at: string): void {
  row.channelId = data.channelId;
  row.peerId = data.peerId;
  row.opener = data.opener;
  row.channelType = data.channelType;
  setPrivacy(row, data.isPrivate);
  row.localTerms = { ...data.local };
  row.remoteTerms = { ...data.remote };
  row.openedAt = at;
  row.isAdopted = false;
  if (data.fundingFeeSat !== undefined) row.fundingFeeSat = data.fundingFeeSat;
  if (!row.outpoints.includes(data.fundingOutpoint)) row.outpoints.push(data.fundingOutpoint);
  if (row.status === 'unknown') row.status = 'pending';
  // What came before it (an adoption at the same moment) knows newer commitments.
  if (row.fundingOutpoint !== undefined) return;
  row.fundingOutpoint = data.fundingOutpoint;
  row.capacitySat = data.capacitySat;
  row.local = commitmentZero(data, at);
  row.remote = commitmentZero(data, at);
  row.nextOfferedId = 0;
  row.nextReceivedId = 0;
  showBalance(row, { ...data, precision: 'msat' }, at);
}

/** Known by its balances; its own record may still come. */
function commitmentZero(data: ChannelEventData<'ChannelOpened'>, at: string): CommitmentRow {
  const { localBalanceMsat, remoteBalanceMsat, feeratePerKw } = data;
  return {
    number: 0,
    localBalanceMsat,
    remoteBalanceMsat,
    precision: 'msat',
    feeratePerKw,
    offered: [],
    received: [],
    at,
  };
}

/** Adds what it says; where the past was told later, that comes first and is worth more. */
function adopted(row: ChannelRow, data: ChannelEventData<'ChannelAdopted'>, at: string): void {
  const { peerId, opener, channelType, isPrivate, shortChannelId, fundingOutpoint } = data;
  row.channelId = data.channelId;
  if (peerId !== undefined) row.peerId = peerId;
  if (opener !== undefined) row.opener = opener;
  if (channelType !== undefined) row.channelType = channelType;
  if (isPrivate !== undefined && !row.isAnnounced) setPrivacy(row, isPrivate);
  row.localTerms = { ...row.localTerms, ...data.local };
  row.remoteTerms = { ...row.remoteTerms, ...data.remote };
  if (data.totals !== undefined) {
    row.statedTotals = { ...data.totals };
    row.statedTotalsAt = at;
  }
  if (shortChannelId !== undefined) {
    row.shortChannelId = shortChannelId;
    nameChannel(row, shortChannelId);
  }
  if (row.openedAt === undefined) {
    row.isAdopted = true;
    const { localCommitment: local, remoteCommitment: remote } = data;
    const isFromStart = local?.number === 0 && remote?.number === 0;
    if (isFromStart) {
      // Met at commitment 0 there is nothing yet that was missed.
      row.nextOfferedId = 0;
      row.nextReceivedId = 0;
    } else row.totals.isAtLeast = true;
  }
  if (fundingOutpoint !== undefined && !row.outpoints.includes(fundingOutpoint)) {
    row.outpoints.unshift(fundingOutpoint);
    row.fundingOutpoint = fundingOutpoint;
    adoptFunding(row, data, at);
  }
  for (const htlc of data.htlcs) addHtlc(row, htlc, undefined);
  const isRunning = (row.local?.number ?? 0) > 0 || (row.remote?.number ?? 0) > 0;
  const isNamed = shortChannelId !== undefined || data.htlcs.length > 0;
  if (row.status === 'unknown' && (isRunning || isNamed)) row.status = 'open';
}

function adoptFunding(row: ChannelRow, data: ChannelEventData<'ChannelAdopted'>, at: string): void {
  const { capacitySat, localCommitment, remoteCommitment } = data;
  if (capacitySat !== undefined) row.capacitySat = capacitySat;
  if (localCommitment !== undefined) {
    row.local = inFull(localCommitment, at);
    showBalance(row, localCommitment, at);
  }
  if (remoteCommitment !== undefined) row.remote = inFull(remoteCommitment, at);
}

type InFull = NonNullable<ChannelEventData<'ChannelAdopted'>['localCommitment']>;

function inFull(commitment: InFull, at: string): CommitmentRow {
  const { offered, received } = commitment;
  return { ...commitment, offered: [...offered], received: [...received], at };
}
