/** `closedchannels`: the close and what became of its outputs, as far as lnd reports them. */
import type { ChannelEventData } from '../../../channel/events.ts';
import type { DirectFact } from '../../../channel/observations.ts';
import { channelIdOfOutpoint, NodeId, Outpoint, outpointOf, Txid } from '../../../lightning/ids.ts';
import type { KnownChannel } from '../told.ts';
import { INITIATORS, realShortId } from './open-channels.ts';
import type { ClosedChannel, Resolution } from './records.ts';
import { countOf, heightOf, type Whole, wholeOf, wordOf } from './values.ts';

type Closed = ChannelEventData<'ChannelClosed'>;
type Resolved = ChannelEventData<'OutputResolved'>;

/** `ClosureType` of lightning.proto in its numbers' order, which is not the database's. */
const CLOSE_TYPES = [
  'COOPERATIVE_CLOSE',
  'LOCAL_FORCE_CLOSE',
  'REMOTE_FORCE_CLOSE',
  'BREACH_CLOSE',
  'FUNDING_CANCELED',
  'ABANDONED',
] as const;
const KINDS: Readonly<Record<string, Closed['kind']>> = {
  COOPERATIVE_CLOSE: 'cooperative',
  LOCAL_FORCE_CLOSE: 'local-force',
  REMOTE_FORCE_CLOSE: 'remote-force',
  BREACH_CLOSE: 'breach',
  FUNDING_CANCELED: 'funding-cancelled',
  ABANDONED: 'abandoned',
};
const INITIATOR: Readonly<Record<string, Closed['initiator']>> = {
  INITIATOR_LOCAL: 'local',
  INITIATOR_REMOTE: 'remote',
  INITIATOR_BOTH: 'both',
};
const RESOLUTION_TYPES = [
  'TYPE_UNKNOWN',
  'ANCHOR',
  'INCOMING_HTLC',
  'OUTGOING_HTLC',
  'COMMIT',
] as const;
const OUTCOMES = [
  'OUTCOME_UNKNOWN',
  'CLAIMED',
  'UNCLAIMED',
  'ABANDONED',
  'FIRST_STAGE',
  'TIMEOUT',
] as const;
const NO_TXID = '0'.repeat(64);

export interface ClosedFacts extends KnownChannel {
  readonly height: number | undefined;
  readonly close: Extract<DirectFact, { readonly type: 'ChannelClosed' }>;
  /** In the order in which they must have come: a first stage before what it left. */
  readonly resolutions: readonly Extract<DirectFact, { readonly type: 'OutputResolved' }>[];
}

export function closedChannel(channel: ClosedChannel): ClosedFacts {
  const fundingOutpoint = Outpoint(channel.channel_point);
  const opener = INITIATOR[wordOf(channel.open_initiator, INITIATORS)];
  const shortId = realShortId(channel.chan_id, channel.zero_conf_confirmed_scid);
  const closingTxid = txidOf(channel.closing_tx_hash);
  const height = heightOf(channel.close_height) || undefined;
  const kind = KINDS[wordOf(channel.close_type, CLOSE_TYPES)] ?? 'unknown';
  return {
    channelId: channelIdOfOutpoint(fundingOutpoint),
    context: {
      peerId: NodeId(channel.remote_pubkey),
      fundingOutpoint,
      capacitySat: wholeOf(channel.capacity),
      ...((opener === 'local' || opener === 'remote') && { opener }),
      ...(shortId && { shortChannelId: shortId }),
    },
    height,
    close: {
      type: 'ChannelClosed',
      data: {
        fundingOutpoint,
        ...(closingTxid && { closingTxid }),
        ...(height !== undefined && { height }),
        kind,
        initiator: INITIATOR[wordOf(channel.close_initiator, INITIATORS)] ?? 'unknown',
        outputs: [],
        ...stated('settledBalanceSat', channel.settled_balance),
        ...stated('timeLockedBalanceSat', channel.time_locked_balance),
      },
    },
    resolutions: resolutionsOf(channel.resolutions ?? []),
  };
}

function stated<F extends string>(field: F, sat: Whole | undefined): { [K in F]?: bigint } {
  return sat === undefined ? {} : ({ [field]: wholeOf(sat) } as { [K in F]: bigint });
}

function txidOf(text: string | undefined): Txid | undefined {
  return text === undefined || text === '' || text === NO_TXID ? undefined : Txid(text);
}

function resolutionsOf(all: readonly Resolution[]): ClosedFacts['resolutions'] {
  const amounts = new Map<string, bigint>();
  const firstStages = new Map<string, number>();
  for (const one of all) {
    amounts.set(outpointOfResolution(one), wholeOf(one.amount_sat));
    const txid = txidOf(one.sweep_txid);
    if (txid === undefined || wordOf(one.outcome, OUTCOMES) !== 'FIRST_STAGE') continue;
    firstStages.set(txid, (firstStages.get(txid) ?? 0) + 1);
  }
  // lnd's sweeper puts several HTLCs into one transaction: which of its outputs is whose is not told.
  const sweptByAlone = (txid: Txid) =>
    firstStages.get(txid) === 1 ? amounts.get(`${txid}:0`) : undefined;
  return all
    .map((one) => {
      const data = resolved(one, sweptByAlone);
      return { type: 'OutputResolved' as const, data };
    })
    .sort((a, b) => Number(a.data.stage === 'last') - Number(b.data.stage === 'last'));
}

function outpointOfResolution({ outpoint }: Resolution): Outpoint {
  return outpointOf(Txid(outpoint.txid_str), countOf(outpoint.output_index));
}

function resolved(one: Resolution, sweptByAlone: (txid: Txid) => bigint | undefined): Resolved {
  const outcome = wordOf(one.outcome, OUTCOMES);
  const type = wordOf(one.resolution_type, RESOLUTION_TYPES);
  const sweepTxid = txidOf(one.sweep_txid);
  const amountSat = wholeOf(one.amount_sat);
  const isFirst = outcome === 'FIRST_STAGE';
  return {
    outpoint: outpointOfResolution(one),
    what: whatOf(type),
    stage: isFirst ? 'first' : 'last',
    outcome: outcomeOf(type, outcome),
    amountSat,
    ...(isFirst && sweepTxid && firstStageFee(amountSat, sweptByAlone(sweepTxid))),
    ...(sweepTxid && { sweepTxid }),
  };
}

/**
 * An HTLC transaction that spends one HTLC has one input and one output, so its fee is what the last stage
 * lacks; where it lacks nothing, other inputs paid for it (zero-fee HTLC transactions), and how much is not told.
 */
function firstStageFee(amountSat: bigint, sweptSat: bigint | undefined) {
  if (sweptSat === undefined || sweptSat >= amountSat) return {};
  return { sweptSat, feeSat: amountSat - sweptSat, isFeeDerived: true };
}

function whatOf(type: string): Resolved['what'] {
  switch (type) {
    case 'COMMIT':
      return 'to-local';
    case 'ANCHOR':
      return 'anchor-local';
    case 'INCOMING_HTLC':
      return 'htlc-received';
    case 'OUTGOING_HTLC':
      return 'htlc-offered';
    default:
      return 'unknown';
  }
}

/** Of an HTLC we offered, `claimed` is the peer's claim with the preimage: its amount is gone. */
function outcomeOf(type: string, outcome: string): Resolved['outcome'] {
  const isOffered = type === 'OUTGOING_HTLC';
  switch (outcome) {
    case 'CLAIMED':
      return isOffered ? 'lost' : 'claimed';
    case 'TIMEOUT':
      return isOffered ? 'timed-out' : 'lost';
    case 'FIRST_STAGE':
      return isOffered ? 'timed-out' : 'claimed';
    case 'ABANDONED':
      return 'abandoned';
    default:
      return 'unclaimed';
  }
}
