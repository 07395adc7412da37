/**
 * What lnd's records tell of the times of blocks. They date what has only a height; and they are told
 * themselves, because a list with heights and the records that date them may be imported apart. What a
 * clock says at the import places nothing: the same record would stand elsewhere each time.
 */
import { BlockTimes } from '../../lightning/block-times.ts';
import { type ShortChannelId, splitShortChannelId } from '../../lightning/ids.ts';
import type { NodeObservation } from '../../observation/observation.ts';
import { type LndSource, type Moment, notBefore, type Teller, told } from './told.ts';

export class ToldBlocks {
  readonly #all = new BlockTimes();
  readonly #ofSources = new Map<LndSource, BlockTimes>();

  /** What everybody knows of the chain. */
  addKnownBlocks(chain: string): void {
    this.#all.addKnownBlocks(chain);
  }

  /** A header's time. Without a source it is told by a fact of its own. */
  addBlock(height: number, timeNs: bigint, source?: LndSource): void {
    this.#all.addBlock(height, timeNs);
    if (source !== undefined) this.#of(source).addBlock(height, timeNs);
  }

  /** A moment at which this was the newest block. */
  addTip(height: number, timeNs: bigint, source: LndSource): void {
    this.#all.addTip(height, timeNs);
    this.#of(source).addTip(height, timeNs);
  }

  /** A fact of this block. */
  at(height: number): Moment {
    const { timeNs, isExact, ...bounds } = this.#all.at(height);
    const timeBasis = isExact ? 'source' : 'interpolated';
    return { happenedAtNs: timeNs, timeBasis, ...bounds, blockHeight: height };
  }

  /** What names a channel by its block was told after that. */
  since(shortChannelId: ShortChannelId): Moment {
    return notBefore(this.at(splitShortChannelId(shortChannelId).blockHeight));
  }

  /** The blocks that records of a source date. */
  *facts(source: LndSource, teller: Teller): Generator<NodeObservation, void, undefined> {
    for (const { height, timeNs, isHeader } of this.#ofSources.get(source)?.dated() ?? []) {
      const evidence = isHeader ? `listchaintxns, block ${height}` : `invoice at block ${height}`;
      const found = { at: told(timeNs), evidence, key: `${isHeader ? 'header' : 'tip'}/${timeNs}` };
      const data = { height, ...(isHeader && { isHeader }) };
      yield teller.node(found, { type: 'BlockDated', data });
    }
  }

  #of(source: LndSource): BlockTimes {
    const known = this.#ofSources.get(source);
    if (known !== undefined) return known;
    const times = new BlockTimes();
    this.#ofSources.set(source, times);
    return times;
  }
}
