/** What this source told of a channel in earlier imports, less what it took back since. */
import { type ChannelEventData, channelEvents } from '../../channel/events.ts';
import { blockTypes } from '../../channel/undone.ts';
import { type Outpoint, splitOutpoint, type Txid } from '../../lightning/ids.ts';
import type { Known, KnownChannel, KnownFact } from '../known.ts';

export const CHAIN_SOURCE = 'chain';

/** A transaction in a block, as it was told: the funding's, or of what spends an output. */
export type Confirming =
  | { readonly type: 'FundingConfirmed'; readonly data: ChannelEventData<'FundingConfirmed'> }
  | { readonly type: 'ChannelClosed'; readonly data: ChannelEventData<'ChannelClosed'> }
  | { readonly type: 'OutputResolved'; readonly data: ChannelEventData<'OutputResolved'> };

export interface ToldConfirmation<F extends Confirming = Confirming> {
  readonly fact: F;
  readonly txid: Txid;
  readonly blockHash: string;
  readonly height: number;
  /** Where the facts of its block begin: the block's time, but for what had to stand behind an undo. */
  readonly baseNs: bigint;
  /** That is not the block's time. */
  readonly isMoved: boolean;
}

type Closed = Extract<Confirming, { readonly type: 'ChannelClosed' }>;
type Resolved = Extract<Confirming, { readonly type: 'OutputResolved' }>;

const TYPES = [...blockTypes, 'ChannelFullyResolved'] as const;

export class ToldBefore {
  readonly fundings = new Map<Outpoint, ToldConfirmation>();
  close: ToldConfirmation<Closed> | undefined;
  /** By the output that was claimed. */
  readonly claims = new Map<Outpoint, ToldConfirmation<Resolved>>();
  /** When all that the close left was told to be claimed. */
  resolvedNs: bigint | undefined;
  /** Blocks that were told to have left the chain. */
  readonly leftBlocks: ReadonlySet<string>;
  /** The last time that it was taken back: what is told of it now stands behind that. */
  readonly #undoneNs = new Map<string, bigint>();

  constructor(leftBlocks: ReadonlySet<string>) {
    this.leftBlocks = leftBlocks;
  }

  undoneNs(thing: string): bigint {
    return this.#undoneNs.get(thing) ?? 0n;
  }

  /** Of anything but a funding. */
  get lastUndoneNs(): bigint {
    const all = [...this.#undoneNs].flatMap(([thing, ns]) => (thing.startsWith(FUNDING) ? [] : ns));
    return all.reduce((last, ns) => (ns > last ? ns : last), 0n);
  }

  *all(): Generator<ToldConfirmation, void, undefined> {
    yield* this.fundings.values();
    if (this.close !== undefined) yield this.close;
    yield* this.claims.values();
  }

  /** In the order of recording. */
  take(known: KnownFact): void {
    switch (known.type) {
      case 'FundingConfirmed': {
        const data = channelEvents.FundingConfirmed.plainCodec.decode(known.data);
        const { fundingOutpoint } = data;
        const { txid } = splitOutpoint(fundingOutpoint);
        const told = confirmation({ type: known.type, data }, txid, known);
        if (told !== undefined) this.fundings.set(fundingOutpoint, told);
        return;
      }
      case 'ChannelClosed': {
        const data = channelEvents.ChannelClosed.plainCodec.decode(known.data);
        const told = confirmation<Closed>({ type: known.type, data }, data.closingTxid, known);
        if (told !== undefined) this.close = told;
        return;
      }
      case 'OutputResolved': {
        const data = channelEvents.OutputResolved.plainCodec.decode(known.data);
        const told = confirmation<Resolved>({ type: known.type, data }, data.sweepTxid, known);
        if (told !== undefined) this.claims.set(data.outpoint, told);
        return;
      }
      case 'ChannelFullyResolved':
        this.resolvedNs = known.happenedAtNs;
        return;
      default:
        this.#takeUndo(known);
    }
  }

  #takeUndo({ type, data, happenedAtNs }: KnownFact): void {
    switch (type) {
      case 'FundingUnconfirmed': {
        const { fundingOutpoint } = channelEvents.FundingUnconfirmed.plainCodec.decode(data);
        this.fundings.delete(fundingOutpoint);
        this.#undoneNs.set(fundingThing(fundingOutpoint), happenedAtNs);
        return;
      }
      case 'CloseUnconfirmed':
        this.close = undefined;
        this.#undoneNs.set(CLOSE, happenedAtNs);
        break;
      case 'OutputUnconfirmed': {
        const { outpoint } = channelEvents.OutputUnconfirmed.plainCodec.decode(data);
        this.claims.delete(outpoint);
        this.#undoneNs.set(outpoint, happenedAtNs);
        break;
      }
      default:
        return;
    }
    if (this.resolvedNs !== undefined && this.resolvedNs < happenedAtNs)
      this.resolvedNs = undefined;
  }
}

/** The names of what may be in one block or another. */
export const CLOSE = 'close';
const FUNDING = 'funding ';
export const fundingThing = (outpoint: Outpoint): string => `${FUNDING}${outpoint}`;

export function thingOf({ type, data }: Confirming): string {
  if (type === 'ChannelClosed') return CLOSE;
  return type === 'FundingConfirmed' ? fundingThing(data.fundingOutpoint) : data.outpoint;
}

/** What one block holds of a channel comes in the order of its life: claims after what they claim. */
export function stepOf(fact: Confirming): bigint {
  if (fact.type !== 'OutputResolved') return 0n;
  return fact.data.stage === 'first' ? 1n : 2n;
}

/** Reads what the ledger has of the channel from this source. */
export function toldBefore(
  known: Known | undefined,
  { nodeId, channelId }: KnownChannel,
  leftBlocks: ReadonlySet<string>,
): ToldBefore {
  const told = new ToldBefore(leftBlocks);
  const subject = { about: 'channel', nodeId, subjectId: channelId, source: CHAIN_SOURCE } as const;
  for (const fact of known?.facts(subject, TYPES) ?? []) told.take(fact);
  return told;
}

function confirmation<F extends Confirming>(
  fact: F,
  txid: Txid | undefined,
  { happenedAtNs, isPlaced }: KnownFact,
): ToldConfirmation<F> | undefined {
  const { blockHash, height } = fact.data;
  if (txid === undefined || blockHash === undefined || height === undefined) return undefined;
  const baseNs = happenedAtNs - stepOf(fact);
  return { fact, txid, blockHash, height, baseNs, isMoved: isPlaced };
}
