/** A channel's transactions as observations: funding confirmed, closed, outputs claimed, resolved. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { DirectFact } from '../../channel/observations.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import {
  outpointOf,
  ShortChannelId,
  splitOutpoint,
  splitShortChannelId,
  type Txid,
} from '../../lightning/ids.ts';
import type { ChannelObservation } from '../../observation/observation.ts';
import type { KnownChannel, KnownOutput } from '../known.ts';
import type { Tally } from '../tally.ts';
import type { TransactionRecord } from './chain-records.ts';
import { claimsOf } from './claims.ts';
import { type Close, closeOf } from './closing.ts';
import type { Found } from './found.ts';

export const CHAIN_SOURCE = 'chain';

const NS_PER_SECOND = 1_000_000_000n;

export interface ChainTold {
  readonly chain: string;
  /** What this source said of the channel before: what a key told since would say otherwise stays said. */
  readonly before: KnownChannel | undefined;
  readonly nowNs: bigint;
  readonly tally: Tally;
}

/** Of what an earlier import told the block's hash is not asked for. */
interface PlaceTold {
  readonly height: number;
  readonly blockTime: number;
  readonly blockHash?: string;
}

interface Place extends PlaceTold {
  readonly blockHash: string;
}

/** All that the files tell of one channel, in the order of its life. */
export function* channelFacts(
  told: ChainTold,
  found: Found,
  channel: KnownChannel,
): Generator<ChannelObservation, void, undefined> {
  const teller = new Teller(told, found, channel);
  yield* teller.funding();
  yield* teller.close();
}

class Teller {
  readonly #told: ChainTold;
  readonly #found: Found;
  readonly #channel: KnownChannel;

  constructor(told: ChainTold, found: Found, channel: KnownChannel) {
    this.#told = told;
    this.#found = found;
    this.#channel = channel;
  }

  *funding(): Generator<ChannelObservation, void, undefined> {
    const { fundingOutpoint } = this.#channel.context;
    if (fundingOutpoint === undefined) return;
    const record = this.#found.transactions.get(splitOutpoint(fundingOutpoint).txid);
    const place = record && this.#placeOf(record);
    if (record === undefined || place === undefined) return;
    const { height, blockHash } = place;
    const { feeSat } = record;
    const shortChannelId = this.#shortChannelId(record, height);
    if (shortChannelId === undefined) {
      const why = 'its place in the block is not known: getblock of it with verbosity 1 tells it';
      this.#told.tally.unread('funding transaction', why);
      return;
    }
    yield this.#say(record, place, {
      type: 'FundingConfirmed',
      data: {
        fundingOutpoint,
        height,
        blockHash,
        shortChannelId,
        ...(feeSat !== undefined && { feeSat }),
      },
    });
  }

  *close(): Generator<ChannelObservation, void, undefined> {
    const { outpoints, closingTxid } = this.#channel;
    const { fundingOutpoint = outpoints[0] } = this.#channel.context;
    const spend = fundingOutpoint && this.#found.spends.get(fundingOutpoint);
    // What spent an older funding was a splice.
    const place = spend && this.#placeOf(spend);
    if (spend === undefined || place === undefined) {
      // Told before, or by others: what claimed its outputs may be new.
      if (closingTxid !== undefined) yield* this.#claims(undefined, undefined);
      return;
    }
    const close = closeOf(this.#channel, spend.transaction);
    if (this.#told.before?.closingTxid === spend.txid) this.#isToldBefore();
    else {
      const scripts = spend.transaction.outputs.map(({ script }) => bytesToHex(script));
      const fact = { type: 'ChannelClosed', data: this.#closed(spend, close, place) } as const;
      yield this.#say(spend, place, { ...fact, secret: { scripts } });
    }
    if (close.kind === 'cooperative') yield* this.#resolved(spend.txid, place);
    else yield* this.#claims(spend, close);
  }

  #closed(
    { transaction, txid, feeSat }: TransactionRecord,
    { kind, owner, commitmentNumber, outputs }: Close,
    { height, blockHash }: Place,
  ): ChannelEventData<'ChannelClosed'> {
    const { fundingOutpoint, capacitySat } = this.#channel.context;
    const paidSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
    // What is spent beside the funding has an amount that is not known here, and so has the fee.
    const isAlone = transaction.inputs.length === 1 && capacitySat !== undefined;
    const derived =
      isAlone && paidSat <= capacitySat
        ? { feeSat: capacitySat - paidSat, isFeeDerived: true as const }
        : {};
    return {
      ...(fundingOutpoint && { fundingOutpoint }),
      closingTxid: txid,
      height,
      blockHash,
      kind,
      initiator: owner ?? 'unknown',
      ...(commitmentNumber !== undefined && { commitmentNumber }),
      outputs,
      ...(feeSat !== undefined && transaction.inputs.length === 1 ? { feeSat } : derived),
    };
  }

  *#claims(
    spend: TransactionRecord | undefined,
    close: Close | undefined,
  ): Generator<ChannelObservation, void, undefined> {
    const known = new Map(this.#channel.outputs.map((output) => [output.outpoint, output]));
    const own = (close?.outputs ?? []).map(({ index, valueSat, what }) => {
      const outpoint = outpointOf((spend as TransactionRecord).txid, index);
      const told = what === 'unknown' ? (known.get(outpoint)?.what ?? what) : what;
      return { outpoint, valueSat, what: told, isSecondStage: false };
    });
    const others = this.#channel.outputs
      .filter(({ outpoint }) => splitOutpoint(outpoint).txid === this.#channel.closingTxid)
      .map((output) => ({ ...output, isSecondStage: false }));
    const { before } = this.#told;
    const told = new Map(before?.outputs.map((output) => [output.outpoint, output]));
    const { claims, isComplete } = claimsOf(
      this.#found,
      close === undefined ? before?.closeOwner : close.owner,
      close === undefined ? others : own,
      told,
    );
    const placed = claims.flatMap(({ record, data }) => {
      const place = this.#placeOf(record);
      return place === undefined ? [] : [{ record, data, place }];
    });
    // A stage comes before what follows it, which is in its block or a later one.
    placed.sort((a, b) => a.place.height - b.place.height);
    for (const { record, data, place } of placed) {
      if (told.get(data.outpoint)?.sweepTxid === data.sweepTxid) {
        this.#isToldBefore();
        continue;
      }
      const { height, blockHash } = place;
      yield this.#say(record, place, {
        type: 'OutputResolved',
        data: { ...data, height, blockHash },
      });
    }
    const isClosed = close !== undefined || before?.closingTxid !== undefined;
    if (!isClosed || !isComplete || placed.length < claims.length) return;
    const ends = [
      ...placed.map(({ record, place }) => ({ txid: record.txid, place })),
      ...[...told.values()].flatMap(placeTold),
    ].sort((a, b) => a.place.height - b.place.height);
    const last = ends.at(-1);
    if (last !== undefined) yield* this.#resolved(last.txid, last.place);
  }

  #isToldBefore(): void {
    this.#told.tally.unread(
      'fact that was told before',
      'the ledger has it from an earlier import',
    );
  }

  *#resolved(txid: Txid, place: PlaceTold): Generator<ChannelObservation, void, undefined> {
    const data = { height: place.height };
    if (this.#told.before?.isResolved === true) this.#isToldBefore();
    else yield this.#say({ txid }, place, { type: 'ChannelFullyResolved', data });
  }

  /** Undefined where the files do not tell the block's height or time, or the block left the chain. */
  #placeOf(record: TransactionRecord): Place | undefined {
    const { blockHash = '' } = record;
    const block = this.#found.blocks.get(blockHash);
    const height = block?.height ?? record.height;
    const blockTime = block?.blockTime ?? record.blockTime;
    if (block?.isInChain === false) {
      const why = 'another block has taken its place';
      this.#told.tally.unread('transaction of a block that left the chain', why);
      return undefined;
    }
    if (height !== undefined && blockTime !== undefined && blockTime > 0) {
      return { height, blockHash, blockTime };
    }
    const why = 'getblockheader of its block tells height and time';
    this.#told.tally.unread('transaction without its block', why);
    return undefined;
  }

  /** By the block's list; or as the ledger knows it, where height and output agree. */
  #shortChannelId({ txid }: TransactionRecord, height: number): ShortChannelId | undefined {
    const { context, shortChannelIds } = this.#channel;
    if (context.fundingOutpoint === undefined) return undefined;
    const { vout } = splitOutpoint(context.fundingOutpoint);
    const index = this.#found.indexOf(txid);
    if (index !== undefined) return ShortChannelId(`${height}x${index}x${vout}`);
    return shortChannelIds.find((id) => {
      const { blockHeight, outputIndex } = splitShortChannelId(id);
      return blockHeight === height && outputIndex === vout;
    });
  }

  /** At its block's time, whatever else the files tell: told again beside others it is the same. */
  #say({ txid }: { readonly txid: Txid }, place: PlaceTold, fact: DirectFact): ChannelObservation {
    const { chain, nowNs } = this.#told;
    const { nodeId, channelId } = this.#channel;
    const { peerId, fundingOutpoint, capacitySat } = this.#channel.context;
    const blockNs = BigInt(place.blockTime) * NS_PER_SECOND;
    const stated = blockNs + stepOf(fact);
    return {
      about: 'channel',
      chain,
      nodeId,
      source: CHAIN_SOURCE,
      happenedAtNs: stated < nowNs ? stated : nowNs,
      timeBasis: 'source',
      blockHeight: place.height,
      recordedAtNs: nowNs,
      evidence: `transaction ${txid} in block ${place.blockHash ?? place.height}`,
      key: `${fact.type}/${txid}`,
      channelId,
      // What no later word of others changes: the rest is theirs to tell.
      context: {
        ...(peerId && { peerId }),
        ...(fundingOutpoint && { fundingOutpoint }),
        ...(capacitySat !== undefined && { capacitySat }),
      },
      fact,
    };
  }
}

/** What one block holds of a channel comes in the order of its life: claims after what they claim. */
function stepOf(fact: DirectFact): bigint {
  if (fact.type === 'ChannelFullyResolved') return 3n;
  if (fact.type !== 'OutputResolved') return 0n;
  return fact.data.stage === 'first' ? 1n : 2n;
}

/** The block of a claim that was told before. */
function placeTold({
  sweepTxid,
  height,
  atNs,
}: KnownOutput): readonly { readonly txid: Txid; readonly place: PlaceTold }[] {
  if (sweepTxid === undefined || height === undefined || atNs === undefined) return [];
  return [{ txid: sweepTxid, place: { height, blockTime: Number(atNs / NS_PER_SECOND) } }];
}
