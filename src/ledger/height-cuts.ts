/**
 * A height as cuts of streams. Of a teller who was handed blocks it is just before the first one
 * above; of others what their facts name (heights.ts), and never later than their node's blocks say.
 */
import { timeNsOf } from '../schema/time.ts';
import type { LocalStore } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';
import {
  cutAtHeight,
  factsOf,
  type HeightTimes,
  heightTimes,
  placedFacts,
  refuseHeight,
  type Unsure,
} from './heights.ts';
import { ALL_AT_ONCE } from './logical-order.ts';
import { parseStream, type StreamName } from './streams.ts';
import type { Cut } from './view.ts';

/** What the blocks handed to a node, or to one of its tellers, say of the height. */
interface Blocks {
  /** The last moment before the first block above; undefined: none was. */
  readonly untilNs: bigint | undefined;
  /** The block after the height was handed, or the height is still the newest. */
  readonly isExact: boolean;
  /** A block at the height or below was handed too, or the one right after. */
  readonly isCovered: boolean;
}

export class HeightCuts {
  readonly #store: LocalStore;
  readonly #asked: string | undefined;
  readonly #height: number;
  readonly #knownBy: (stream: string) => number;
  readonly #tellers = new Map<string, Told>();
  readonly #times = new Map<string, HeightTimes>();

  constructor(
    store: LocalStore,
    options: {
      /** The node that the question is about. */
      readonly nodeId: string | undefined;
      readonly height: number;
      /** The last revision of a stream that the question may know of. */
      readonly knownBy: (stream: string) => number;
    },
  ) {
    this.#store = store;
    this.#asked = options.nodeId;
    this.#height = options.height;
    this.#knownBy = options.knownBy;
  }

  /** When the height ended for a node; undefined where its blocks do not tell it exactly. */
  exactEnd(nodeId: string): bigint | undefined {
    const { isExact, untilNs } = this.#blocksOf(({ nodeId: own }) => own === nodeId);
    return isExact ? untilNs : undefined;
  }

  /** The events of a stream up to a revision that belong to the height; undefined: none of them. */
  cutOf(stream: string, revision: number): Cut | undefined {
    const name = parseStream(stream);
    const nodeId = name?.nodeId || this.#asked;
    const blocks = nodeId === undefined ? this.#blocksOfAll() : this.#ofNode(nodeId);
    const { untilNs } = blocks;
    const byBlocks: Cut =
      untilNs === undefined
        ? { revision }
        : { revision, happened: { timeNs: untilNs, revision: ALL_AT_ONCE } };
    const isGossip = name?.category === 'gossip';
    const own = this.#blocksOf((node) => node.nodeId === nodeId && node.source === name?.source);
    if (own.isExact) return byBlocks;
    const facts = placedFacts(this.#store, stream, revision).filter(({ timeNs }) => {
      return untilNs === undefined || timeNs <= untilNs;
    });
    const times = blocks.isCovered ? NO_TIMES : this.#timesOf(nodeId);
    const unsure: Unsure = blocks.isCovered ? 'shown' : isGossip ? 'left-out' : 'refused';
    const cut = cutAtHeight(facts, this.#height, times, unsure);
    switch (cut.kind) {
      case 'all':
        return byBlocks;
      case 'none':
        return undefined;
      case 'until':
        return { revision, happened: cut.last };
      case 'unknown':
        throw refuseHeight(stream, this.#height, cut.why);
    }
  }

  #ofNode(nodeId: string): Blocks {
    return this.#blocksOf((node) => node.nodeId === nodeId);
  }

  /** Gossip with several nodes: what any of them could have known. */
  #blocksOfAll(): Blocks {
    const nodes = this.#store.streamNames('node-').flatMap((stream) => parseStream(stream) ?? []);
    const all = [...new Set(nodes.map(({ nodeId }) => nodeId))].map((id) => this.#ofNode(id));
    const covering = all.filter(({ isCovered }) => isCovered);
    const untils = covering.map(({ untilNs }) => untilNs);
    return {
      untilNs: untils.reduce((latest, untilNs) => {
        return latest === undefined || untilNs === undefined || latest > untilNs ? latest : untilNs;
      }, untils[0]),
      isExact: covering.length > 0 && covering.every(({ isExact }) => isExact),
      isCovered: covering.length > 0,
    };
  }

  #blocksOf(isAsked: (node: StreamName) => boolean): Blocks {
    const told = this.#store.streamNames('node-').flatMap((stream) => {
      const name = parseStream(stream);
      return name !== undefined && isAsked(name) ? [this.#toldBy(stream)] : [];
    });
    const isFrom = told.some(({ hasUpTo }) => hasUpTo);
    const above = told.flatMap(({ firstAbove }) => firstAbove ?? []);
    const [first] = above.sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));
    const isNext = above.some(({ height }) => height === this.#height + 1);
    return {
      untilNs: first && first.timeNs - 1n,
      isExact: first === undefined ? isFrom : isNext,
      isCovered: isFrom || isNext,
    };
  }

  /** What one teller was handed, read once. */
  #toldBy(stream: string): Told {
    const known = this.#tellers.get(stream);
    if (known !== undefined) return known;
    const range = { types: ['BestBlockChanged'], toRevision: this.#knownBy(stream) };
    const isOutOfOrder = this.#store.isOutOfOrder(stream);
    let hasUpTo = false;
    let firstAbove: Handed | undefined;
    for (const { data, metadata } of this.#store.streamBodies(stream, range)) {
      const { height } = JSON.parse(data) as { readonly height: number };
      if (height <= this.#height) hasUpTo = true;
      else {
        const timeNs = timeNsOf(happenedAtOf(metadata));
        if (firstAbove === undefined || timeNs < firstAbove.timeNs) firstAbove = { height, timeNs };
        if (!isOutOfOrder) break;
      }
    }
    const told: Told = { hasUpTo, firstAbove };
    this.#tellers.set(stream, told);
    return told;
  }

  #timesOf(nodeId: string | undefined): HeightTimes {
    const key = nodeId ?? '';
    const known = this.#times.get(key);
    if (known !== undefined) return known;
    const times = heightTimes(factsOf(this.#store, nodeId), this.#height);
    this.#times.set(key, times);
    return times;
  }
}

/** The node's blocks say more than the facts could. */
const NO_TIMES: HeightTimes = {
  byNs: undefined,
  aboveNs: undefined,
  isTold: true,
  isAboveTold: false,
};

interface Handed {
  readonly height: number;
  readonly timeNs: bigint;
}

interface Told {
  readonly hasUpTo: boolean;
  readonly firstAbove: Handed | undefined;
}
