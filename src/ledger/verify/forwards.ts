/**
 * A forward is told by the node, its two HTLCs by two channels: the amounts must be the same, both paid,
 * and the fee the difference. Streams are replayed in the order of their names, channels first.
 */
import type { ChannelEvent } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import type { NodeEvent } from '../../node/events.ts';
import type { Findings, Place } from './report.ts';

export const FORWARD_RULE = 'forward-equals-its-htlcs';

type Forward = Extract<NodeEvent, { readonly type: 'PaymentForwarded' }>['data'];

/** Some 60 bytes each; a ledger of more says so instead of taking ever more memory. */
const MOST_HTLCS = 1_000_000;
/** Instead of an amount, of one that was not paid. */
const FAILED = -1n;

export class ForwardChecks {
  readonly #findings: Findings;
  /** By node and channel, then by direction and id: what the HTLC paid. */
  readonly #ends = new Map<string, Map<number, bigint>>();
  /** By node and short channel id: some sources call the channels of a forward by these alone. */
  readonly #channels = new Map<string, string>();
  readonly #mostHtlcs: number;
  #htlcs = 0;

  constructor(findings: Findings, mostHtlcs = MOST_HTLCS) {
    this.#findings = findings;
    this.#mostHtlcs = mostHtlcs;
  }

  takeChannel(nodeId: string, channelId: string, event: ChannelEvent): void {
    for (const id of shortIdsIn(event)) this.#channels.set(`${nodeId} ${id}`, channelId);
    if (event.type !== 'HtlcSettled' && event.type !== 'HtlcFailed') return;
    if (this.#htlcs >= this.#mostHtlcs) return;
    const name = `${nodeId}.${channelId}`;
    const ends = this.#ends.get(name) ?? new Map<number, bigint>();
    this.#ends.set(name, ends);
    const { direction, id, amountMsat } = event.data;
    // Where two tellers differ, `problems` says so.
    if (ends.has(keyOf(direction, id))) return;
    ends.set(keyOf(direction, id), event.type === 'HtlcSettled' ? amountMsat : FAILED);
    this.#htlcs++;
  }

  takeNode(nodeId: string, event: NodeEvent, place: Place): void {
    if (event.type !== 'PaymentForwarded') return;
    const { amountInMsat, amountOutMsat, feeMsat } = event.data;
    if (amountInMsat !== undefined && amountOutMsat !== undefined && feeMsat !== undefined) {
      const isSum = amountInMsat - amountOutMsat === feeMsat;
      const problem = `${amountInMsat} in less ${amountOutMsat} out is not the fee of ${feeMsat} msat`;
      this.#findings.judge(FORWARD_RULE, place, isSum ? undefined : problem);
    }
    this.#compare(nodeId, incoming(event.data), place);
    this.#compare(nodeId, outgoing(event.data), place);
  }

  #compare(nodeId: string, leg: Leg, place: Place): void {
    const told = this.#told(nodeId, leg);
    if ('whyNot' in told) {
      this.#findings.notCheckable(FORWARD_RULE, told.whyNot);
      return;
    }
    const { paidMsat, htlcId, msat } = told;
    const name = `${leg.direction} HTLC ${htlcId} of it`;
    const problem =
      paidMsat === FAILED
        ? `${name} was not paid`
        : `${name} paid ${paidMsat} msat, and not ${msat}`;
    this.#findings.judge(FORWARD_RULE, place, paidMsat === msat ? undefined : problem);
  }

  /** What the node and what the channel told of one of its HTLCs. */
  #told(
    nodeId: string,
    { shortChannelId, htlcId, direction, msat, ...leg }: Leg,
  ):
    | { readonly whyNot: string }
    | { readonly paidMsat: bigint; readonly htlcId: number; readonly msat: bigint } {
    const channelId = leg.channelId ?? this.#channels.get(`${nodeId} ${shortChannelId}`);
    if (channelId === undefined || htlcId === undefined) {
      return { whyNot: 'its HTLCs were not told' };
    }
    if (msat === undefined) return { whyNot: 'its amount was not told' };
    const paidMsat = this.#ends.get(`${nodeId}.${channelId}`)?.get(keyOf(direction, htlcId));
    if (paidMsat !== undefined) return { paidMsat, htlcId, msat };
    const isFull = this.#htlcs >= this.#mostHtlcs;
    return { whyNot: isFull ? 'there are too many HTLCs' : "the HTLC's end is not recorded" };
  }
}

interface Leg {
  readonly channelId: string | undefined;
  readonly shortChannelId: string | undefined;
  readonly htlcId: number | undefined;
  readonly direction: Direction;
  readonly msat: bigint | undefined;
}

function incoming(data: Forward): Leg {
  return {
    channelId: data.incomingChannelId,
    shortChannelId: data.incomingShortChannelId,
    htlcId: data.incomingHtlcId,
    direction: 'received',
    msat: data.amountInMsat,
  };
}

function outgoing(data: Forward): Leg {
  return {
    channelId: data.outgoingChannelId,
    shortChannelId: data.outgoingShortChannelId,
    htlcId: data.outgoingHtlcId,
    direction: 'offered',
    msat: data.amountOutMsat,
  };
}

/** Of the places in the chain only: aliases that two peers chose may be the same number. */
function shortIdsIn({ type, data }: ChannelEvent): readonly string[] {
  if (type !== 'ChannelAdopted' && type !== 'FundingConfirmed') return [];
  return data.shortChannelId === undefined ? [] : [data.shortChannelId];
}

/** Ids of the two directions never meet: received ones are negative. */
function keyOf(direction: Direction, id: number): number {
  return direction === 'offered' ? id : -1 - id;
}
