/** Which channel a source means that calls it by a short channel id alone, as lists of payments do. */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { AnswerContext } from './context.ts';

export interface ShortNamed {
  readonly channelId: string;
  readonly peerId?: string;
}

export interface ShortIds {
  /** Undefined where no channel of the node goes by it, or several do. */
  channelOf(nodeId: string, shortChannelId: string | undefined): ShortNamed | undefined;
  /** Undefined where nobody tells who is at its other end. */
  peerOf(nodeId: string, channelId: string): string | undefined;
}

/**
 * Looked up in all that is known now, by whatever teller: lists and channels may be told in any order.
 * The rows are read when the first name is asked for.
 */
export function shortIdsOf({ rows }: AnswerContext): ShortIds {
  let names: ShortIds | undefined;
  const namesOfRows = () => {
    names ??= new ShortIdsOfRows(rows.all(channelProjection).map(({ row }) => row));
    return names;
  };
  return {
    channelOf(nodeId, shortChannelId) {
      if (shortChannelId === undefined) return undefined;
      return namesOfRows().channelOf(nodeId, shortChannelId);
    },
    peerOf: (nodeId, channelId) => namesOfRows().peerOf(nodeId, channelId),
  };
}

/** As these rows tell. */
export class ShortIdsOfRows implements ShortIds {
  /** A place in the chain is one channel's; aliases of two peers may be the same number. */
  readonly #places = new Map<string, ShortNamed | undefined>();
  readonly #aliases = new Map<string, ShortNamed | undefined>();
  readonly #peers = new Map<string, string>();

  constructor(rows: readonly ChannelRow[]) {
    for (const { nodeId, channelId, peerId } of rows) {
      if (peerId !== undefined) this.#peers.set(`${nodeId} ${channelId}`, peerId);
    }
    for (const { nodeId, channelId, shortChannelId, shortChannelIds } of rows) {
      const peerId = this.peerOf(nodeId, channelId);
      const named = { channelId, ...(peerId !== undefined && { peerId }) };
      for (const id of shortChannelIds) {
        add(id === shortChannelId ? this.#places : this.#aliases, `${nodeId} ${id}`, named);
      }
    }
  }

  channelOf(nodeId: string, shortChannelId: string | undefined): ShortNamed | undefined {
    if (shortChannelId === undefined) return undefined;
    const name = `${nodeId} ${shortChannelId}`;
    return this.#places.has(name) ? this.#places.get(name) : this.#aliases.get(name);
  }

  peerOf(nodeId: string, channelId: string): string | undefined {
    return this.#peers.get(`${nodeId} ${channelId}`);
  }
}

function add(names: Map<string, ShortNamed | undefined>, name: string, named: ShortNamed): void {
  const isOther = names.has(name) && names.get(name)?.channelId !== named.channelId;
  names.set(name, isOther ? undefined : named);
}
