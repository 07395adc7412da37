/** `listchannels`: a snapshot of each balance; and what `pendingchannels` says of a channel. */
import type { BalanceSeen, ChannelContext } from '../../../channel/observations.ts';
import { MSAT_PER_SAT } from '../../../lightning/amounts.ts';
import {
  channelIdOfOutpoint,
  FIRST_ALIAS_HEIGHT,
  NodeId,
  Outpoint,
  ShortChannelId,
} from '../../../lightning/ids.ts';
import type { KnownChannel } from '../told.ts';
import type { Constraints, OpenChannel, PendingChannel } from './records.ts';
import { bytesHexOf, countOf, heightOf, type Whole, type Word, wholeOf, wordOf } from './values.ts';

/** What `listchannels` cannot tell of its channels. */
export const ANCHORS_UNTOLD =
  'which of the two anchor formats a channel has: lncli calls both ANCHORS, so its commitments cannot be rebuilt from this';

/** `CommitmentType` of lightning.proto, in its numbers' order. */
const COMMITMENT_TYPES = [
  'UNKNOWN_COMMITMENT_TYPE',
  'LEGACY',
  'STATIC_REMOTE_KEY',
  'ANCHORS',
  'SCRIPT_ENFORCED_LEASE',
  'SIMPLE_TAPROOT',
  'SIMPLE_TAPROOT_OVERLAY',
  'TAPROOT',
] as const;

type ChannelType = NonNullable<ChannelContext['channelType']>;

interface Commitments {
  readonly channelType: ChannelType;
  readonly hasAnchors: boolean;
}

/**
 * ANCHORS is printed for every channel with the bit AnchorOutputsBit (rpcserver.go, rpcCommitmentType);
 * whether its HTLC transactions pay fees is another bit, ZeroHtlcTxFeeBit, which no answer shows. Channels
 * opened since lnd's pull request 4840 have it where both ends know it, and those from before stay as they
 * are. So neither lnd's version nor a channel's age tells the two formats apart: the type stays unknown here,
 * and the channel database, which keeps both bits, tells it. A lease has both, and the lease's end in its
 * scripts besides: it is none of the types that are known here, in the database neither.
 */
function commitmentsOf(word: Word | undefined): Commitments {
  const type = wordOf(word, COMMITMENT_TYPES);
  switch (type) {
    case 'LEGACY':
      return { channelType: 'legacy', hasAnchors: false };
    case 'STATIC_REMOTE_KEY':
      return { channelType: 'static_remotekey', hasAnchors: false };
    case 'SCRIPT_ENFORCED_LEASE':
    case 'ANCHORS':
      return { channelType: 'unknown', hasAnchors: true };
    default:
      return { channelType: type.includes('TAPROOT') ? 'taproot' : 'unknown', hasAnchors: true };
  }
}

/** What one answer says of an open channel. */
export function openChannel(channel: OpenChannel): KnownChannel & { readonly seen: BalanceSeen } {
  const fundingOutpoint = Outpoint(channel.channel_point);
  const capacitySat = wholeOf(channel.capacity);
  const { initiator } = channel;
  const opener = initiator === undefined ? undefined : initiator ? 'local' : 'remote';
  const commitments = commitmentsOf(channel.commitment_type);
  const shortId = realShortId(channel.chan_id, channel.zero_conf_confirmed_scid, channel.zero_conf);
  const pushMsat = wholeOf(channel.push_amount_sat) * MSAT_PER_SAT;
  const thawHeight = heightOf(channel.thaw_height);
  const isLease = wordOf(channel.commitment_type, COMMITMENT_TYPES) === 'SCRIPT_ENFORCED_LEASE';
  const context: ChannelContext = {
    peerId: NodeId(channel.remote_pubkey),
    fundingOutpoint,
    capacitySat,
    ...(opener && { opener }),
    ...(channel.push_amount_sat !== undefined && { pushMsat }),
    ...(commitments.channelType !== 'unknown' && { channelType: commitments.channelType }),
    ...(channel.private !== undefined && { isPrivate: channel.private }),
    ...(shortId && { shortChannelId: shortId }),
    ...(isLease && thawHeight > 0 && { leaseExpiryHeight: thawHeight }),
    ...terms(channel.local_constraints, channel.remote_constraints),
  };
  const openingLocalMsat =
    opener === 'local' ? capacitySat * MSAT_PER_SAT - pushMsat : opener && pushMsat;
  const isPushKnown =
    channel.push_amount_sat !== undefined && pushMsat <= capacitySat * MSAT_PER_SAT;
  const seen: BalanceSeen = {
    ...balances(channel, opener, commitments.hasAnchors),
    ...(wholeOf(channel.chan_id) >= FIRST_ALIAS && {
      alias: ShortChannelId(wholeOf(channel.chan_id)),
    }),
    precision: 'sat',
    htlcs: pendingHtlcs(channel),
    stated: {
      localSat: wholeOf(channel.local_balance),
      remoteSat: wholeOf(channel.remote_balance),
      ...(channel.commit_fee !== undefined && { feeSat: wholeOf(channel.commit_fee) }),
    },
    totals: {
      ...(channel.total_satoshis_sent !== undefined && {
        sentMsat: wholeOf(channel.total_satoshis_sent) * MSAT_PER_SAT,
      }),
      ...(channel.total_satoshis_received !== undefined && {
        receivedMsat: wholeOf(channel.total_satoshis_received) * MSAT_PER_SAT,
      }),
      ...(isPushKnown && openingLocalMsat !== undefined && { openingLocalMsat }),
    },
  };
  return { channelId: channelIdOfOutpoint(fundingOutpoint), context, seen };
}

/** A channel that is opening or closing: its balance is told when it is open, or closed. */
export function pendingChannel({ channel }: PendingChannel): KnownChannel {
  const fundingOutpoint = Outpoint(channel.channel_point);
  const initiator = wordOf(channel.initiator, INITIATORS);
  const { channelType } = commitmentsOf(channel.commitment_type);
  return {
    channelId: channelIdOfOutpoint(fundingOutpoint),
    context: {
      peerId: NodeId(channel.remote_node_pub),
      fundingOutpoint,
      capacitySat: wholeOf(channel.capacity),
      ...(initiator === 'INITIATOR_LOCAL' && { opener: 'local' as const }),
      ...(initiator === 'INITIATOR_REMOTE' && { opener: 'remote' as const }),
      ...(channelType !== 'unknown' && { channelType }),
      ...(channel.private !== undefined && { isPrivate: channel.private }),
    },
  };
}

/** `Initiator` of lightning.proto, in its numbers' order. */
export const INITIATORS = [
  'INITIATOR_UNKNOWN',
  'INITIATOR_LOCAL',
  'INITIATOR_REMOTE',
  'INITIATOR_BOTH',
] as const;

/** Above this a short channel id is an alias, chosen by lnd and no place in the chain. */
const FIRST_ALIAS = BigInt(FIRST_ALIAS_HEIGHT) << 40n;

/** Where the funding stands in the chain, if the record says it. */
export function realShortId(
  id: Whole,
  confirmed?: Whole | undefined,
  isZeroConf = false,
): ShortChannelId | undefined {
  const place = isZeroConf || wholeOf(id) >= FIRST_ALIAS ? wholeOf(confirmed) : wholeOf(id);
  return place === 0n || place >= FIRST_ALIAS ? undefined : ShortChannelId(place);
}

/**
 * lnd keeps with each side the limits that hold for it, which the other side demanded (`ChannelConfig` in
 * lnd); only its dust limit is its own.
 */
function terms(
  local: Constraints | null | undefined,
  remote: Constraints | null | undefined,
): Pick<ChannelContext, 'local' | 'remote'> {
  if (!local || !remote) return {};
  return { local: demands(local, remote), remote: demands(remote, local) };
}

function demands(own: Constraints, others: Constraints): NonNullable<ChannelContext['local']> {
  return {
    ...(own.dust_limit_sat !== undefined && { dustLimitSat: wholeOf(own.dust_limit_sat) }),
    ...(others.chan_reserve_sat !== undefined && {
      channelReserveSat: wholeOf(others.chan_reserve_sat),
    }),
    ...inFlight(wholeOf(others.max_pending_amt_msat)),
    ...(others.min_htlc_msat !== undefined && { htlcMinimumMsat: wholeOf(others.min_htlc_msat) }),
    ...(others.max_accepted_htlcs !== undefined && {
      maxAcceptedHtlcs: countOf(others.max_accepted_htlcs),
    }),
    ...(others.csv_delay !== undefined && { csvDelayBlocks: countOf(others.csv_delay) }),
  };
}

/** The greatest number that there is stands for no limit. */
const NO_LIMIT_MSAT = 1n << 63n;

function inFlight(maxInFlightMsat: bigint): { readonly maxInFlightMsat?: bigint } {
  return maxInFlightMsat === 0n || maxInFlightMsat >= NO_LIMIT_MSAT ? {} : { maxInFlightMsat };
}

function pendingHtlcs({ pending_htlcs }: OpenChannel): BalanceSeen['htlcs'] {
  return (pending_htlcs ?? []).flatMap((htlc) => {
    if (htlc.htlc_index === undefined) return [];
    const paymentHash = bytesHexOf(htlc.hash_lock, 32);
    return [
      {
        id: countOf(htlc.htlc_index),
        direction: htlc.incoming ? ('received' as const) : ('offered' as const),
        amountMsat: wholeOf(htlc.amount) * MSAT_PER_SAT,
        cltvExpiry: heightOf(htlc.expiration_height),
        ...(paymentHash !== undefined && { paymentHash }),
      },
    ];
  });
}

const ANCHORS_SAT = 2n * 330n;

/**
 * Gross balances (DESIGN §5): the opener's output pays the fee and the anchors. lnd works its
 * `commit_fee` out as what no output has, so it holds the rounding, and what is below the dust limit
 * twice. Where the parts do not make up the capacity even so, they are taken as they are stated, and the
 * ledger says what is left over.
 */
function balances(
  channel: OpenChannel,
  opener: 'local' | 'remote' | undefined,
  hasAnchors: boolean,
): Pick<BalanceSeen, 'localBalanceMsat' | 'remoteBalanceMsat'> {
  const [localSat, remoteSat] = [wholeOf(channel.local_balance), wholeOf(channel.remote_balance)];
  const asStated = {
    localBalanceMsat: localSat * MSAT_PER_SAT,
    remoteBalanceMsat: remoteSat * MSAT_PER_SAT,
  };
  const htlcs = channel.pending_htlcs ?? [];
  const isUntold = htlcs.some(({ htlc_index }) => htlc_index === undefined);
  if (opener === undefined || isUntold) return asStated;
  const htlcSat = htlcs.reduce((sum, { amount }) => sum + wholeOf(amount), 0n);
  const openerSat =
    wholeOf(channel.capacity) - htlcSat - (opener === 'local' ? remoteSat : localSat);
  const statedSat = (opener === 'local' ? localSat : remoteSat) + wholeOf(channel.commit_fee);
  const leftSat = openerSat - statedSat;
  const dustSat = wholeOf(channel.local_constraints?.dust_limit_sat) || 573n;
  const trimmedSat = [localSat, remoteSat, ...htlcs.map(({ amount }) => wholeOf(amount))]
    .filter((sat) => sat < dustSat * 4n)
    .reduce((sum, sat) => sum + sat, 0n);
  const roundingSat = BigInt(htlcs.length) + 2n;
  const mostSat = (hasAnchors ? ANCHORS_SAT : 0n) + roundingSat;
  if (openerSat < 0n || leftSat > mostSat || leftSat < -(trimmedSat + roundingSat)) {
    return channel.commit_fee === undefined && openerSat >= 0n
      ? gross(opener, openerSat, asStated)
      : gross(opener, statedSat, asStated);
  }
  return gross(opener, openerSat, asStated);
}

function gross(
  opener: 'local' | 'remote',
  openerSat: bigint,
  asStated: Pick<BalanceSeen, 'localBalanceMsat' | 'remoteBalanceMsat'>,
): Pick<BalanceSeen, 'localBalanceMsat' | 'remoteBalanceMsat'> {
  return opener === 'local'
    ? { ...asStated, localBalanceMsat: openerSat * MSAT_PER_SAT }
    : { ...asStated, remoteBalanceMsat: openerSat * MSAT_PER_SAT };
}
