/** What the chain tells of a channel, as observations with the time of their blocks. */
import type { DirectFact } from '../../channel/observations.ts';
import type { Txid } from '../../lightning/ids.ts';
import type { NodeFact } from '../../node/observations.ts';
import type {
  ChannelObservation,
  NodeObservation,
  ObservationHeader,
} from '../../observation/observation.ts';
import type { KnownChannel } from '../known.ts';
import type { Place } from './standing.ts';
import { CHAIN_SOURCE, type Confirming, stepOf, type ToldConfirmation } from './told.ts';

/** The last of what one block holds of a channel. */
const END_STEP_NS = 3n;

export interface SayingOptions {
  readonly chain: string;
  readonly nowNs: bigint;
}

/** Where the facts of a block stand. */
export interface Moment {
  readonly place: Place;
  readonly baseNs: bigint;
  /** Not at its block's time: a block that left the chain has a later one. */
  readonly isMoved: boolean;
}

type When = Pick<ObservationHeader, 'happenedAtNs' | 'timeBasis' | 'notBeforeNs' | 'notAfterNs'>;

/** What one block tells stands behind what was taken back, even where its miner's clock was slow. */
export function momentOf(place: Place, behindNs: bigint): Moment {
  const baseNs = place.baseNs > behindNs ? place.baseNs : behindNs + 1n;
  return { place, baseNs, isMoved: place.isMoved === true || baseNs !== place.baseNs };
}

export class Saying {
  readonly #options: SayingOptions;
  readonly #channel: KnownChannel;

  constructor(options: SayingOptions, channel: KnownChannel) {
    this.#options = options;
    this.#channel = channel;
  }

  /** At its block's time, whatever else the files tell: told again beside others it is the same. */
  *confirmed(
    txid: Txid,
    moment: Moment,
    fact: Extract<DirectFact, Confirming>,
  ): Generator<ChannelObservation | NodeObservation, void, undefined> {
    yield* this.#at(txid, moment, stepOf(fact), fact);
  }

  /** Nothing is left to claim since the block of this transaction. */
  *resolved(
    txid: Txid,
    moment: Moment,
  ): Generator<ChannelObservation | NodeObservation, void, undefined> {
    const data = { height: moment.place.height };
    yield* this.#at(txid, moment, END_STEP_NS, { type: 'ChannelFullyResolved', data });
  }

  *#at(txid: Txid, moment: Moment, stepNs: bigint, fact: DirectFact) {
    const { place, baseNs, isMoved } = moment;
    // What was moved is shown at its block's time: that is a fact of its own.
    if (isMoved && place.isMoved !== true) yield this.#dated(place);
    const when = isMoved ? this.#placed(baseNs + stepNs, place) : this.#told(baseNs + stepNs);
    const evidence = `transaction ${txid} in block ${place.blockHash}`;
    const header = { ...this.#header(when, place), evidence, key: `${fact.type}/${txid}` };
    yield this.#ofChannel(header, fact);
  }

  takenBack(told: ToldConfirmation, atNs: bigint): ChannelObservation {
    const { txid, blockHash } = told;
    const fact = undoOf(told);
    return this.#ofChannel(
      {
        ...this.#header(this.#placed(atNs, told), told),
        evidence: `transaction ${txid}, no longer in block ${blockHash}`,
        key: `${fact.type}/${txid}/${blockHash}`,
      },
      fact,
    );
  }

  left(place: Place): NodeObservation {
    const { blockHash, height, baseNs } = place;
    const fact = { type: 'BlockDisconnected', data: { height, blockHash } } as const;
    const evidence = `block ${blockHash}, no longer in the chain`;
    const header = this.#header(this.#placed(baseNs, place), place);
    return this.#ofNode({ ...header, evidence, key: `left/${blockHash}` }, fact);
  }

  #dated(place: Place): NodeObservation {
    const { blockHash, height, baseNs } = place;
    const fact = { type: 'BlockDated', data: { height, isHeader: true } } as const;
    const header = this.#header(this.#told(baseNs), place);
    const evidence = `block ${blockHash}`;
    return this.#ofNode({ ...header, evidence, key: `header/${baseNs}` }, fact);
  }

  #told(atNs: bigint): When {
    return { happenedAtNs: this.#untilNow(atNs), timeBasis: 'source' };
  }

  #placed(atNs: bigint, { baseNs, isMoved }: Pick<Place, 'baseNs' | 'isMoved'>): When {
    const { nowNs } = this.#options;
    return {
      happenedAtNs: this.#untilNow(atNs),
      timeBasis: 'interpolated',
      ...(baseNs <= nowNs && isMoved !== true && { notBeforeNs: baseNs }),
      notAfterNs: nowNs,
    };
  }

  #untilNow(atNs: bigint): bigint {
    const { nowNs } = this.#options;
    return atNs < nowNs ? atNs : nowNs;
  }

  #header(when: When, { height }: Pick<Place, 'height'>) {
    const { chain, nowNs } = this.#options;
    return {
      chain,
      nodeId: this.#channel.nodeId,
      source: CHAIN_SOURCE,
      ...when,
      blockHeight: height,
      recordedAtNs: nowNs,
    };
  }

  #ofNode(header: ObservationHeader, fact: NodeFact): NodeObservation {
    return { about: 'node', ...header, fact };
  }

  #ofChannel(header: ObservationHeader, fact: DirectFact): ChannelObservation {
    const { peerId, fundingOutpoint, capacitySat } = this.#channel.context;
    return {
      about: 'channel',
      ...header,
      channelId: this.#channel.channelId,
      // What no later word of others changes: the rest is theirs to tell.
      context: {
        ...(peerId && { peerId }),
        ...(fundingOutpoint && { fundingOutpoint }),
        ...(capacitySat !== undefined && { capacitySat }),
      },
      fact,
    };
  }
}

function undoOf({ fact, txid, height, blockHash }: ToldConfirmation): DirectFact {
  switch (fact.type) {
    case 'FundingConfirmed': {
      const { fundingOutpoint } = fact.data;
      return { type: 'FundingUnconfirmed', data: { fundingOutpoint, height, blockHash } };
    }
    case 'ChannelClosed':
      return { type: 'CloseUnconfirmed', data: { closingTxid: txid, height, blockHash } };
    case 'OutputResolved': {
      const { outpoint } = fact.data;
      return { type: 'OutputUnconfirmed', data: { outpoint, sweepTxid: txid, height, blockHash } };
    }
  }
}
