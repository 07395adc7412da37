/**
 * When a block was found, where a record tells only its height: between the heights whose times the same
 * records tell. A height is placed on the line between its neighbours, and they are its bounds. One above
 * all that are dated stands at its lower bound: how fast the blocks after it came, nobody told, and what a
 * clock says at the import would place the same record elsewhere each time.
 */
import type { Moment } from './told.ts';
import { NS_PER_SECOND } from './told.ts';

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

export class BlockTimes {
  readonly #latestNs = new Map<number, bigint>();
  readonly #earliestNs = new Map<number, bigint>();
  readonly #exactNs = new Map<number, bigint>();
  #heights: readonly number[] | undefined;

  /** What everybody knows of the chain. */
  addKnownBlocks(chain: string): void {
    for (const [height, time] of KNOWN_BLOCKS[chain] ?? []) {
      this.addBlock(height, BigInt(time) * NS_PER_SECOND);
    }
  }

  /** A time in the block's own header. */
  addBlock(height: number, timeNs: bigint): void {
    this.#exactNs.set(height, timeNs);
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

  /** A fact of this block. */
  at(height: number): Moment {
    const exactNs = this.#exactNs.get(height);
    if (exactNs !== undefined) {
      return { happenedAtNs: exactNs, timeBasis: 'source', blockHeight: height };
    }
    const { below, above } = this.#neighbours(height);
    const happenedAtNs = placed(height, below, above);
    return {
      happenedAtNs: happenedAtNs > 0n ? happenedAtNs : 0n,
      timeBasis: 'interpolated',
      ...(below && { notBeforeNs: below[1] }),
      ...(above && { notAfterNs: above[1] }),
      blockHeight: height,
    };
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
