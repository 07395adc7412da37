/** What every observation of lnd's records says of itself. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { ChannelContext, ChannelFact } from '../../channel/observations.ts';
import type { GossipDraft } from '../../gossip/events.ts';
import type { ChannelId, NodeId, ShortChannelId } from '../../lightning/ids.ts';
import type { NodeFact } from '../../node/observations.ts';
import type {
  ChannelObservation,
  GossipObservation,
  NodeObservation,
  ObservationHeader,
  PeerObservation,
} from '../../observation/observation.ts';
import type { PeerDraft } from '../../peer/events.ts';

/** The database, the answers that lncli prints, and the log: three tellers of one node. */
export type LndSource = 'lnd-db' | 'lnd-rpc' | 'lnd-log';

/** When it took effect, as well as that is known. */
export type Moment = Pick<
  ObservationHeader,
  'happenedAtNs' | 'timeBasis' | 'notBeforeNs' | 'notAfterNs' | 'blockHeight'
>;

export interface Found {
  readonly at: Moment;
  /** Where it can be found again in such records: no path, no secret. */
  readonly evidence: string;
  /** The source's own name of the record. */
  readonly key: string;
}

export interface TellerOptions {
  readonly source: LndSource;
  readonly chain: string;
  readonly nodeId: NodeId;
  /** No record is learned before it is read. */
  readonly nowNs: bigint;
}

/** Makes observations of one node's records of one kind. */
export class Teller {
  readonly nodeId: NodeId;
  readonly chain: string;
  readonly nowNs: bigint;
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
    this.nodeId = options.nodeId;
    this.chain = options.chain;
    this.nowNs = options.nowNs;
  }

  channel(
    { channelId, context }: KnownChannel,
    found: Found,
    fact: ChannelFact,
  ): ChannelObservation {
    return { ...this.#header(found), about: 'channel', channelId, context, fact };
  }

  peer(peerId: NodeId, found: Found, fact: PeerDraft): PeerObservation {
    return { ...this.#header(found), about: 'peer', peerId, fact };
  }

  node(found: Found, fact: NodeFact, paymentHash?: string): NodeObservation {
    const hash = paymentHash === undefined ? {} : { paymentHash };
    return { ...this.#header(found), about: 'node', fact, ...hash };
  }

  gossip(shortChannelId: ShortChannelId, found: Found, fact: GossipDraft): GossipObservation {
    return { ...this.#header(found), about: 'gossip', shortChannelId, fact };
  }

  #header({ at, evidence, key }: Found): ObservationHeader {
    const { source, chain, nodeId, nowNs } = this.#options;
    return {
      chain,
      nodeId,
      source,
      ...at,
      ...untilRead(at, nowNs),
      recordedAtNs: nowNs,
      evidence,
      key,
    };
  }
}

/** What a record tells happened before it was read: of placed times that is the upper bound they always have. */
function untilRead(at: Moment, nowNs: bigint): Pick<Moment, 'notAfterNs'> {
  const { timeBasis, notBeforeNs = 0n, notAfterNs } = at;
  const isBound = notAfterNs !== undefined && notAfterNs <= nowNs;
  if (timeBasis !== 'interpolated' || isBound || notBeforeNs > nowNs) return {};
  return { notAfterNs: nowNs };
}

/** A channel with what the records say of it anyway: an adoption needs it. */
export interface KnownChannel {
  readonly channelId: ChannelId;
  readonly context: ChannelContext;
}

/** A time that the record itself tells. */
export function told(happenedAtNs: bigint): Moment {
  return { happenedAtNs, timeBasis: 'source' };
}

/** The earliest that it can have been, as far as that is told. */
export function earliestNs({ timeBasis, happenedAtNs, notBeforeNs }: Moment): bigint | undefined {
  return timeBasis === 'source' ? happenedAtNs : notBeforeNs;
}

/** Records that name a fact were written at its time or after; how long after is not told. */
export function notBefore(fact: Moment): Moment {
  const notBeforeNs = earliestNs(fact);
  return {
    happenedAtNs: fact.happenedAtNs,
    timeBasis: 'interpolated',
    ...(notBeforeNs !== undefined && { notBeforeNs }),
  };
}

/** It is placed behind another fact of the same moment. */
export function behind(at: Moment, places: number): Moment {
  return { ...at, happenedAtNs: at.happenedAtNs + BigInt(places) };
}

/** A placed time that cannot be after another; one that was told stays. */
export function notAfterNs(at: Moment, latestNs: bigint | undefined): Moment {
  const { timeBasis, notBeforeNs, notAfterNs: known, happenedAtNs } = at;
  if (timeBasis !== 'interpolated' || latestNs === undefined) return at;
  const isNews = known === undefined || latestNs < known;
  // Clocks that disagree bound nothing.
  if (!isNews || (notBeforeNs !== undefined && latestNs < notBeforeNs)) return at;
  const placedNs = happenedAtNs > latestNs ? latestNs : happenedAtNs;
  return { ...at, happenedAtNs: placedNs, notAfterNs: latestNs };
}

/**
 * What was there by a time, and whose own nothing dates from above: it stands at that time, since its lower bound
 * may be years before. One that lies between two bounds stays on its place between them.
 */
export function atLatest(at: Moment, latestNs: bigint | undefined): Moment {
  const bounded = notAfterNs(at, latestNs);
  const isOpen = at.timeBasis === 'interpolated' && at.notAfterNs === undefined;
  if (!isOpen || bounded.notAfterNs === undefined) return bounded;
  return { ...bounded, happenedAtNs: bounded.notAfterNs };
}

/**
 * lnd lists a channel as closed once nothing of it is left to be claimed. A cooperative close leaves nothing;
 * when the last output of another one was claimed is not in its records.
 */
export function fullyResolved({
  kind,
  height,
}: {
  readonly kind: ChannelEventData<'ChannelClosed'>['kind'];
  readonly height?: number | undefined;
}) {
  const isAtOnce = kind === 'cooperative' && height !== undefined;
  return {
    type: 'ChannelFullyResolved' as const,
    data: isAtOnce ? { height } : { isTimeUntold: true },
  };
}

export const NS_PER_SECOND = 1_000_000_000n;
