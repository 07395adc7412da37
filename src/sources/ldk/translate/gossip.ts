/** Gossip as the node met it: announcements and policies, of its own channels and of others'. */
import type { GossipDraft } from '../../../gossip/events.ts';
import { hexToBytes } from '../../../lightning/bytes.ts';
import {
  CHANNEL_ANNOUNCEMENT,
  CHANNEL_UPDATE,
  type ChannelAnnouncement,
  type ChannelUpdate,
  NODE_ANNOUNCEMENT,
  parseGossipMessage,
} from '../../../lightning/gossip.ts';
import type { NodeId, ShortChannelId } from '../../../lightning/ids.ts';
import { inboundFeesOf } from '../../../lightning/inbound-fees.ts';
import type { Observation } from '../../../observation/observation.ts';
import { statedPolicy } from '../../stated-policy.ts';
import type { ChannelBook } from './channel-book.ts';
import type { Told } from './header.ts';

export interface GossipContext {
  readonly nodeId: NodeId;
  /** Own channel by short id or alias. */
  readonly find: (shortChannelId: ShortChannelId) => ChannelBook | undefined;
  readonly isPeer: (nodeId: NodeId) => boolean;
}

/** Remembers what was told, by its bytes: gossip comes again and again. */
const REMEMBERED = 20_000;

export class Gossip {
  readonly #told = new Set<string>();
  readonly announced: Set<ShortChannelId>;

  constructor(announced?: Iterable<ShortChannelId>) {
    this.announced = new Set(announced);
  }

  /** A signed message; ones that say nothing new give nothing. */
  message(told: Told, raw: string, context: GossipContext): Observation[] {
    const message = parseGossipMessage(hexToBytes(raw));
    switch (message.type) {
      case CHANNEL_ANNOUNCEMENT:
        return this.#isNew(raw) ? this.#announcement(told, raw, message, context) : [];
      case CHANNEL_UPDATE:
        return this.#update(told, raw, message, context);
      case NODE_ANNOUNCEMENT: {
        const isNews = context.isPeer(message.nodeId) && this.#isNew(raw);
        const data = { alias: message.alias, raw };
        return isNews ? [told.peer(message.nodeId, { type: 'PeerRenamed', data })] : [];
      }
    }
  }

  #isNew(raw: string): boolean {
    if (this.#told.has(raw)) return false;
    if (this.#told.size >= REMEMBERED) this.#told.clear();
    this.#told.add(raw);
    return true;
  }

  #announcement(
    told: Told,
    raw: string,
    message: ChannelAnnouncement,
    { find }: GossipContext,
  ): Observation[] {
    const { shortChannelId, nodeId1, nodeId2 } = message;
    this.announced.add(shortChannelId);
    const book = find(shortChannelId);
    const capacitySat = book?.context.capacitySat;
    const fact: GossipDraft = {
      type: 'PublicChannelAnnounced',
      data: { shortChannelId, nodeId1, nodeId2, ...(capacitySat && { capacitySat }), raw },
    };
    const observations: Observation[] = [told.gossip(shortChannelId, fact)];
    if (book !== undefined) {
      const data = { shortChannelId, raw };
      observations.push(told.channel(book, { type: 'ChannelAnnounced', data }));
    }
    return observations;
  }

  /** Before its channel is known an update says nothing yet; it comes again. */
  #update(
    told: Told,
    raw: string,
    message: ChannelUpdate,
    { find, nodeId }: GossipContext,
  ): Observation[] {
    const { shortChannelId } = message;
    const book = find(shortChannelId);
    const isPublic = this.announced.has(shortChannelId);
    if ((book === undefined && !isPublic) || !this.#isNew(`${isPublic} ${raw}`)) return [];
    const observations: Observation[] = [];
    if (isPublic) {
      const { direction } = message;
      const data = { shortChannelId, direction, ...statedPolicy(message), raw };
      observations.push(told.gossip(shortChannelId, { type: 'PublicFeePolicyChanged', data }));
    }
    if (book !== undefined && this.#isNew(raw)) {
      // BOLT 7: direction 0 is signed by the lesser node id.
      const isLocal = nodeId < book.peer === (message.direction === 0);
      const side = isLocal ? 'local' : 'remote';
      const data = { side, ...statedPolicy(message), ...inbound(message), raw } as const;
      observations.push(told.channel(book, { type: 'FeePolicyChanged', data }));
    }
    return observations;
  }
}

function inbound(update: ChannelUpdate) {
  const fees = inboundFeesOf(update);
  return (
    fees && {
      inboundFeeBaseMsat: BigInt(fees.baseMsat),
      inboundFeeProportionalMillionths: Number(fees.proportionalMillionths),
    }
  );
}
