/**
 * When a block was found, as far as the times of other blocks tell: its header's own, where somebody read it,
 * else between the times known of the blocks below and above. A height is placed on the line between these
 * neighbours, and they are its bounds. One above all that are dated stands at its lower bound: how fast the
 * blocks after it came, nobody told.
 */

/** A height's time; without both bounds and not `isExact` where nothing is known of it. */
export interface BlockTime {
  readonly timeNs: bigint;
  /** It is the block's own. */
  readonly isExact: boolean;
  /** Of one that was placed. */
  readonly notBeforeNs?: bigint;
  readonly notAfterNs?: bigint;
}

/** A moment at which the block was the newest, or its header's time. */
export interface DatedBlock {
  readonly height: number;
  readonly timeNs: bigint;
  readonly isHeader: boolean;
}

const NS_PER_SECOND = 1_000_000_000n;

/** Public facts of the chains, in seconds: bounds for whoever has no better ones. */
const KNOWN_BLOCKS: Readonly<Record<string, readonly (readonly [height: number, time: number])[]>> =
  {
    bitcoin: [
      [0, 1_231_006_505],
      [210_000, 1_354_116_278],
      [420_000, 1_468_082_773],
      [630_000, 1_589_225_023],
      [840_000, 1_713_571_767],
    ],
    testnet: [[0, 1_296_688_602]],
    signet: [[0, 1_598_918_400]],
    regtest: [[0, 1_296_688_602]],
  };

/** Heights at one bound keep their order. */
const STEP_NS = 1_000n;
/** More heights than that are thinned out: the bounds get wider, and the memory stays bounded. */
const MOST_HEIGHTS = 100_000;

interface Neighbours {
  /** The latest time known at a height below, and the earliest at this one or above. */
  readonly below: readonly [height: number, timeNs: bigint] | undefined;
  readonly above: readonly [height: number, timeNs: bigint] | undefined;
}

/** Whatever the order in which blocks are added, a height gets the same time. */
export class BlockTimes {
  readonly #latestNs = new Map<number, bigint>();
  readonly #earliestNs = new Map<number, bigint>();
  /** Undefined where two headers of one height were told: one of them left the chain. */
  readonly #exactNs = new Map<number, bigint | undefined>();
  #heights: readonly number[] | undefined;

  /** What everybody knows of the chain. */
  addKnownBlocks(chain: string): void {
    for (const [height, time] of KNOWN_BLOCKS[chain] ?? []) {
      this.addBlock(height, BigInt(time) * NS_PER_SECOND);
    }
  }

  /** A time in the block's own header. */
  addBlock(height: number, timeNs: bigint): void {
    const isOther = this.#exactNs.has(height) && this.#exactNs.get(height) !== timeNs;
    this.#exactNs.set(height, isOther ? undefined : timeNs);
    this.addTip(height, timeNs);
  }

  /** A moment at which this was the newest block: it was found before, the next one after. */
  addTip(height: number, timeNs: bigint): void {
    const latest = this.#latestNs.get(height);
    const earliest = this.#earliestNs.get(height);
    if (latest === undefined || timeNs > latest) this.#latestNs.set(height, timeNs);
    if (earliest === undefined || timeNs < earliest) this.#earliestNs.set(height, timeNs);
    this.#heights = undefined;
    if (this.#latestNs.size > MOST_HEIGHTS) this.#thinOut();
  }

  at(height: number): BlockTime {
    const exactNs = this.#exactNs.get(height);
    if (exactNs !== undefined) return { timeNs: exactNs, isExact: true };
    const { below, above } = this.#neighbours(height);
    const timeNs = placed(height, below, above);
    return {
      timeNs: timeNs > 0n ? timeNs : 0n,
      isExact: false,
      ...(below && { notBeforeNs: below[1] }),
      ...(above && { notAfterNs: above[1] }),
    };
  }

  /** All that places a height: of each block its header's time, or the first and last moment it was the newest. */
  *dated(): Generator<DatedBlock, void, undefined> {
    for (const [height, firstNs] of this.#earliestNs) {
      const lastNs = this.#latestNs.get(height);
      const exactNs = this.#exactNs.get(height);
      const moments = new Set([firstNs, lastNs ?? firstNs, exactNs ?? firstNs]);
      for (const timeNs of moments) yield { height, timeNs, isHeader: timeNs === exactNs };
    }
  }

  #neighbours(height: number): Neighbours {
    this.#heights ??= [...this.#latestNs.keys()].sort((a, b) => a - b);
    const heights = this.#heights;
    let low = 0;
    let high = heights.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((heights[middle] ?? 0) < height) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [heights[low - 1], heights[low]];
    const belowNs = before === undefined ? undefined : this.#latestNs.get(before);
    const aboveNs = after === undefined ? undefined : this.#earliestNs.get(after);
    const below =
      before !== undefined && belowNs !== undefined ? ([before, belowNs] as const) : undefined;
    // Clocks that disagree bound nothing.
    const isInOrder = belowNs === undefined || aboveNs === undefined || aboveNs >= belowNs;
    const above =
      after !== undefined && aboveNs !== undefined && isInOrder
        ? ([after, aboveNs] as const)
        : undefined;
    return { below, above };
  }

  #thinOut(): void {
    const heights = [...this.#latestNs.keys()].sort((a, b) => a - b);
    for (const [nth, height] of heights.entries()) {
      if (nth % 2 === 0 || nth === heights.length - 1) continue;
      this.#latestNs.delete(height);
      this.#earliestNs.delete(height);
      this.#exactNs.delete(height);
    }
  }
}

function placed(height: number, below: Neighbours['below'], above: Neighbours['above']): bigint {
  if (below !== undefined && above !== undefined) {
    const [from, to] = [below[1], above[1]];
    const span = BigInt(above[0] - below[0]);
    return span === 0n ? to : from + ((to - from) * BigInt(height - below[0])) / span;
  }
  if (below !== undefined) return below[1] + STEP_NS * BigInt(height - below[0]);
  return above === undefined ? 0n : above[1] - STEP_NS * BigInt(above[0] - height);
}
