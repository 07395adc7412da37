/**
 * When a block was found, as far as the times of other blocks tell: its header's own, where somebody read it,
 * else between the times known of the blocks below and above. A height is placed on the line between these
 * neighbours, and they are its bounds. One above all that are dated stands at its lower bound: how fast the
 * blocks after it came, nobody told.
 */
import { HeightTimes, type TimesAtHeight } from './height-times.ts';

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

/** A height and the time that what is above or below it is held to. */
type Neighbour = readonly [height: number, timeNs: bigint];

interface Neighbours {
  /** The latest time known at a height below, and the earliest at this one or above. */
  readonly below: Neighbour | undefined;
  readonly above: Neighbour | undefined;
}

/** Whatever the order in which blocks are added, a height gets the same time. */
export class BlockTimes {
  /** Two headers of one height: one of them left the chain, and which is not told. */
  readonly #headers = new HeightTimes();
  /** Moments at which a block was the newest. */
  readonly #tips = new HeightTimes();

  /** What everybody knows of the chain. */
  addKnownBlocks(chain: string): void {
    for (const [height, time] of KNOWN_BLOCKS[chain] ?? []) {
      this.addBlock(height, BigInt(time) * NS_PER_SECOND);
    }
  }

  /** A time in the block's own header. */
  addBlock(height: number, timeNs: bigint): void {
    this.#headers.add(height, timeNs);
  }

  /** A moment at which this was the newest block: it was found before, the next one after. */
  addTip(height: number, timeNs: bigint): void {
    this.#tips.add(height, timeNs);
  }

  at(height: number): BlockTime {
    const header = this.#headers.at(height);
    if (header !== undefined && header.firstNs === header.lastNs) {
      return { timeNs: header.firstNs, isExact: true };
    }
    const { below, above } = this.#neighbours(height);
    const timeNs = placed(height, below, above);
    // Clocks that disagree bound nothing: which of them is wrong, nobody told.
    const isInOrder = below === undefined || above === undefined || above[1] >= below[1];
    return {
      timeNs: timeNs > 0n ? timeNs : 0n,
      isExact: false,
      ...(below && isInOrder && { notBeforeNs: below[1] }),
      ...(above && isInOrder && { notAfterNs: above[1] }),
    };
  }

  /** All that places a height: of each block its header's time, or the first and last moment it was the newest. */
  *dated(): Generator<DatedBlock, void, undefined> {
    for (const [isHeader, times] of [
      [true, this.#headers] as const,
      [false, this.#tips] as const,
    ]) {
      for (const { height, firstNs, lastNs } of times.all()) {
        for (const timeNs of new Set([firstNs, lastNs])) yield { height, timeNs, isHeader };
      }
    }
  }

  /** Of two headers the one that bounds less: the other may be the one that left. */
  #neighbours(height: number): Neighbours {
    const headerBelow = this.#headers.below(height);
    const tipBelow = this.#tips.below(height);
    const headerAbove = this.#headers.from(height);
    const tipAbove = this.#tips.from(height);
    const below = nearer(first(headerBelow), last(tipBelow), (header, tip) =>
      header[0] === tip[0] ? header[1] > tip[1] : header[0] > tip[0],
    );
    const above = nearer(last(headerAbove), first(tipAbove), (header, tip) =>
      header[0] === tip[0] ? header[1] < tip[1] : header[0] < tip[0],
    );
    return { below, above };
  }
}

const first = (times: TimesAtHeight | undefined): Neighbour | undefined =>
  times && [times.height, times.firstNs];

const last = (times: TimesAtHeight | undefined): Neighbour | undefined =>
  times && [times.height, times.lastNs];

function nearer(
  header: Neighbour | undefined,
  tip: Neighbour | undefined,
  isHeaderNearer: (header: Neighbour, tip: Neighbour) => boolean,
): Neighbour | undefined {
  if (header === undefined || tip === undefined) return header ?? tip;
  return isHeaderNearer(header, tip) ? header : tip;
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
