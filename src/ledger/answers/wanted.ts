/**
 * Which transactions and blocks the ledger still lacks: those that are named in it and were never seen,
 * so that fees, heights and times of a funding, a close or a claim are not known. `import chain` takes them.
 */
import type { ChannelEvent } from '../../channel/events.ts';
import { blockTypes } from '../../channel/undone.ts';
import {
  FIRST_ALIAS_HEIGHT,
  type ShortChannelId,
  splitOutpoint,
  splitShortChannelId,
} from '../../lightning/ids.ts';
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ChannelView, WantedView } from '../view-types.ts';
import { allChannels } from './channels.ts';
import type { AnswerContext } from './context.ts';
import { CHAIN, compareText, present } from './tellers.ts';

/** Each transaction and each block once: the lowest first, those of an unknown height last. */
export function wanted(context: AnswerContext, query: Query = {}): readonly WantedView[] {
  const seen = seenOnChain(context);
  const transactions = allChannels(context, query).flatMap((channel) => lackedBy(channel, seen));
  const blocks = transactions.flatMap(({ height, ...rest }): readonly WantedView[] => {
    const { nodeId, channelId, why } = rest;
    return height === undefined ? [] : [{ what: 'block', height, why, nodeId, channelId }];
  });
  const byName = new Map<string, WantedView>();
  for (const one of [...transactions, ...blocks].sort(compareWanted)) {
    const name = one.what === 'block' ? String(one.height) : one.txid;
    if (!byName.has(name)) byName.set(name, one);
  }
  return [...byName.values()];
}

/** By node and channel, and then funding, closing transaction or output. */
interface Seen {
  has(thing: string): boolean;
}

/** What was taken back as often as it was told is to be seen again, in another block. */
function seenOnChain({ store }: AnswerContext): Seen {
  const counts = new Map<string, number>();
  for (const stream of store.streamNames('channel-')) {
    const name = parseStream(stream);
    if (name === undefined) continue;
    for (const stored of store.streamEvents(stream, { types: blockTypes })) {
      const { fact } = decodeEvent(stored);
      for (const thing of fact ? thingsSeen(fact as ChannelEvent, name.source) : []) {
        const key = `${name.nodeId}.${name.subjectId} ${thing}`;
        const count = counts.get(key) ?? 0;
        const isUndo = stored.type.endsWith('Unconfirmed');
        counts.set(key, isUndo ? Math.max(0, count - 1) : count + 1);
      }
    }
  }
  return { has: (thing) => (counts.get(thing) ?? 0) > 0 };
}

/** Who names the block saw the transaction in it; told again it would tell nothing new. */
function thingsSeen(fact: ChannelEvent, source: string): readonly string[] {
  switch (fact.type) {
    case 'FundingConfirmed': {
      const isWhole = source === CHAIN || fact.data.feeSat !== undefined;
      return [`${fact.data.fundingOutpoint}${isWhole ? '' : ' without its fee'}`];
    }
    case 'FundingUnconfirmed': {
      const { fundingOutpoint } = fact.data;
      return [fundingOutpoint, `${fundingOutpoint} without its fee`];
    }
    case 'CloseUnconfirmed':
      return [fact.data.closingTxid];
    case 'OutputUnconfirmed':
      return [fact.data.outpoint];
    case 'ChannelClosed': {
      const { closingTxid, blockHash, outputs } = fact.data;
      const isSeen = blockHash !== undefined && outputs.length > 0;
      return isSeen && closingTxid !== undefined ? [closingTxid] : [];
    }
    case 'OutputResolved':
      return fact.data.blockHash === undefined ? [] : [fact.data.outpoint];
    default:
      return [];
  }
}

type WantedTransaction = Extract<WantedView, { readonly what: 'transaction' }>;

function lackedBy(channel: ChannelView, seen: Seen): readonly WantedTransaction[] {
  const { nodeId, channelId, fundingOutpoint, fundingFeeSat, close } = channel;
  const isSeen = (thing: string) => seen.has(`${nodeId}.${channelId} ${thing}`);
  const of = { what: 'transaction', nodeId, channelId } as const;
  const lacked: WantedTransaction[] = [];
  if (fundingOutpoint !== undefined && !isSeen(fundingOutpoint)) {
    const isPlaced = isSeen(`${fundingOutpoint} without its fee`);
    if (!isPlaced || fundingFeeSat === undefined) {
      const { txid } = splitOutpoint(fundingOutpoint);
      lacked.push({ ...of, txid, ...present({ height: fundingHeight(channel) }), why: 'funding' });
    }
  }
  if (close?.closingTxid !== undefined && !isSeen(close.closingTxid)) {
    const { closingTxid: txid, height } = close;
    lacked.push({ ...of, txid, ...present({ height }), why: 'close' });
  }
  for (const { outpoint, sweepTxid: txid, height } of close?.outputs ?? []) {
    if (txid === undefined || isSeen(outpoint)) continue;
    lacked.push({ ...of, txid, ...present({ height }), why: 'claim' });
  }
  return lacked;
}

function fundingHeight(channel: ChannelView): number | undefined {
  const { confirmedHeight, shortChannelId } = channel;
  if (confirmedHeight !== undefined || shortChannelId === undefined) return confirmedHeight;
  const { blockHeight } = splitShortChannelId(shortChannelId as ShortChannelId);
  return blockHeight < FIRST_ALIAS_HEIGHT && blockHeight > 0 ? blockHeight : undefined;
}

function compareWanted(a: WantedView, b: WantedView): number {
  const [heightA, heightB] = [a.height ?? Infinity, b.height ?? Infinity];
  if (heightA !== heightB) return heightA < heightB ? -1 : 1;
  return compareText(nameOf(a), nameOf(b));
}

/** A block comes after the transactions that are in it. */
function nameOf(one: WantedView): string {
  return one.what === 'block' ? '~' : one.txid;
}
