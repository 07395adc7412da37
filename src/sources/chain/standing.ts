/**
 * In which block a transaction is, and which of several spends an output, where a reorganisation made these
 * more than one: decided once all that is known was read, so that no order of records or imports matters. Pure.
 */
import { type Outpoint, splitOutpoint, type Txid } from '../../lightning/ids.ts';
import type { Tally } from '../tally.ts';
import type { TransactionRecord } from './chain-records.ts';
import type { Found } from './found.ts';
import type { ToldBefore, ToldConfirmation } from './told.ts';

const NS_PER_SECOND = 1_000_000_000n;

export interface Place {
  readonly height: number;
  readonly blockHash: string;
  /** Where the facts of this block begin. */
  readonly baseNs: bigint;
  /** Of what was told: that is not the block's time, which is a fact of its own. */
  readonly isMoved?: boolean;
}

export interface Standing {
  readonly txid: Txid;
  /** Undefined where the files hold nothing of it: it was told before. */
  readonly record: TransactionRecord | undefined;
  /** Undefined where the files do not tell the block's height or time. */
  readonly place: Place | undefined;
  readonly told: ToldConfirmation | undefined;
}

export class Chosen {
  readonly #found: Found;
  readonly #told: ToldBefore;
  readonly #tally: Tally;
  readonly #fundings = new Map<Outpoint, Standing | undefined>();
  readonly #spends = new Map<Outpoint, Standing | undefined>();
  /** Blocks out of the chain of which the files tell height and time. */
  readonly leftPlaces = new Map<string, Place>();

  constructor(found: Found, told: ToldBefore, tally: Tally) {
    this.#found = found;
    this.#told = told;
    this.#tally = tally;
  }

  /** The transaction that made it, in the block that it is in. */
  transaction(outpoint: Outpoint, told: ToldConfirmation | undefined): Standing | undefined {
    if (!this.#fundings.has(outpoint)) {
      const { txid } = splitOutpoint(outpoint);
      this.#fundings.set(outpoint, this.#choose(this.#found.transactions(txid), told));
    }
    return this.#fundings.get(outpoint);
  }

  /** What spends it, of several that do the one that is in the chain. */
  spendOf(outpoint: Outpoint, told: ToldConfirmation | undefined): Standing | undefined {
    if (!this.#spends.has(outpoint)) {
      this.#spends.set(outpoint, this.#choose(this.#found.spends(outpoint), told));
    }
    return this.#spends.get(outpoint);
  }

  /** The fact that was told is no longer so: its block left, or something else stands in its place. */
  isTakenBack(told: ToldConfirmation, standing: Standing | undefined): boolean {
    if (this.#found.hasLeft(told.blockHash)) this.#leave(told.blockHash, told);
    if (standing?.told === told) return false;
    return this.#found.hasLeft(told.blockHash) || standing?.place !== undefined;
  }

  #choose(
    records: readonly TransactionRecord[],
    told: ToldConfirmation | undefined,
  ): Standing | undefined {
    const all = records.map((record): Standing => {
      const isTold = told?.txid === record.txid && told.blockHash === record.blockHash;
      return {
        txid: record.txid,
        record,
        place: isTold ? told : this.#placeOf(record),
        told: isTold ? told : undefined,
      };
    });
    if (told !== undefined && !all.some((one) => one.told === told)) {
      all.push({ txid: told.txid, record: undefined, place: told, told });
    }
    const standing = all.filter((one) => !this.#isOut(one));
    const placed = standing.filter(({ place }) => place !== undefined);
    const chosen = highest(placed) ?? standing[0] ?? this.#returned(all);
    this.#count(all, (one) => one === chosen || standing.includes(one));
    if (placed.length > 1) {
      const why = 'one of them left the chain: getblockheader of each tells which';
      this.#tally.unread('transaction in two blocks', why, placed.length - 1);
    }
    return chosen;
  }

  #isOut({ record, told }: Standing): boolean {
    const blockHash = record?.blockHash ?? told?.blockHash ?? '';
    // What was told stands behind the block's leaving: it came back.
    return (
      this.#found.hasLeft(blockHash) || (told === undefined && this.#told.leftBlocks.has(blockHash))
    );
  }

  /** Where all left at some time, one must have come back: the one of which these files say so. */
  #returned(all: readonly Standing[]): Standing | undefined {
    if (all.length < 2) return undefined;
    const back = all.filter(({ place }) => {
      const { blockHash = '' } = place ?? {};
      return !this.#found.hasLeft(blockHash) && this.#found.blocks.get(blockHash)?.isInChain;
    });
    return highest(back);
  }

  #count(all: readonly Standing[], stands: (one: Standing) => boolean): void {
    for (const one of all) {
      if (one.record === undefined) continue;
      if (!stands(one)) {
        this.#tally.unread('transaction of a block that left the chain', this.#whyOut(one));
        if (one.place !== undefined) this.#leave(one.place.blockHash, one.place);
      } else if (one.place === undefined) {
        const why = 'getblockheader of its block tells height and time';
        this.#tally.unread('transaction without its block', why);
      }
    }
  }

  /** Which of two prints is the newer one neither says: a block that is in the chain again looks like an old record. */
  #whyOut({ record, place }: Standing): string {
    const { blockHash = '' } = record ?? {};
    const isInChain = this.#found.blocks.get(blockHash)?.isInChain === true;
    return isInChain && place !== undefined && !this.#found.hasLeft(blockHash)
      ? 'an earlier import told that it left: these records are older, or it came back, which is told with the header of the block that had taken its place'
      : 'another block has taken its place';
  }

  #leave(blockHash: string, { height, baseNs }: Place): void {
    if (!this.#told.leftBlocks.has(blockHash)) {
      this.leftPlaces.set(blockHash, { height, blockHash, baseNs });
    }
  }

  #placeOf(record: TransactionRecord): Place | undefined {
    const { blockHash = '' } = record;
    const block = this.#found.blocks.get(blockHash);
    const height = block?.height ?? record.height;
    const blockTime = block?.blockTime ?? record.blockTime;
    if (height === undefined || blockTime === undefined || blockTime <= 0) return undefined;
    return { height, blockHash, baseNs: BigInt(blockTime) * NS_PER_SECOND };
  }
}

/** A transaction that a reorganisation took out comes back as high or higher; of equal ones any, always the same. */
function highest(all: readonly Standing[]): Standing | undefined {
  return all.toSorted((a, b) => compareHeights(b.place, a.place))[0];
}

function compareHeights(a: Place | undefined, b: Place | undefined): number {
  const byHeight = (a?.height ?? 0) - (b?.height ?? 0);
  if (byHeight !== 0) return byHeight;
  const [left, right] = [a?.blockHash ?? '', b?.blockHash ?? ''];
  return left < right ? -1 : Number(left > right);
}
