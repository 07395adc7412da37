/** What every observation of the LDK source says of itself. */
import type { ChannelFact } from '../../../channel/observations.ts';
import type { GossipDraft } from '../../../gossip/events.ts';
import type { NodeId, ShortChannelId } from '../../../lightning/ids.ts';
import type { NodeFact } from '../../../node/observations.ts';
import type {
  ChannelObservation,
  GossipObservation,
  NodeObservation,
  ObservationHeader,
  PeerObservation,
} from '../../../observation/observation.ts';
import type { PeerDraft } from '../../../peer/events.ts';
import type { TapRecord } from '../taps.ts';
import type { ChannelBook } from './channel-book.ts';

export const LDK_SOURCE = 'ldk';

/** What a header needs of a tap record; a recorder's own words have a kind of their own. */
export interface Heard extends Pick<TapRecord, 'node' | 'seq' | 'at'> {
  readonly kind: string;
}

/** Makes observations from one tap record; `part` tells apart several facts of one record. */
export class Told {
  readonly #record: Heard;
  readonly #chain: string;
  readonly #blockHeight: number;
  #part = 0;

  constructor(record: Heard, chain: string, blockHeight: number) {
    this.#record = record;
    this.#chain = chain;
    this.#blockHeight = blockHeight;
  }

  channel(book: ChannelBook, fact: ChannelFact): ChannelObservation {
    const { channelId, context } = book;
    return { ...this.#header(), about: 'channel', channelId, context, fact };
  }

  peer(peerId: NodeId, fact: PeerDraft): PeerObservation {
    return { ...this.#header(), about: 'peer', peerId, fact };
  }

  node(fact: NodeFact, paymentHash?: string | null): NodeObservation {
    const hash = paymentHash ? { paymentHash } : {};
    return { ...this.#header(), about: 'node', fact, ...hash };
  }

  gossip(shortChannelId: ShortChannelId, fact: GossipDraft): GossipObservation {
    return { ...this.#header(), about: 'gossip', shortChannelId, fact };
  }

  #header(): ObservationHeader {
    const { node, seq, at, kind } = this.#record;
    const part = this.#part++;
    // Facts of one record keep their order in time, so that one told late finds its place.
    const atNs = at + BigInt(part);
    return {
      chain: this.#chain,
      nodeId: node,
      source: LDK_SOURCE,
      happenedAtNs: atNs,
      timeBasis: 'recorded',
      blockHeight: this.#blockHeight,
      recordedAtNs: atNs,
      evidence: `${kind}/${seq}`,
      key: part === 0 ? String(seq) : `${seq}.${part}`,
    };
  }
}
