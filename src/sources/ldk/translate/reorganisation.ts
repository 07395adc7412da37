/** A block taken out again: what it had confirmed is undone, newest first, and may confirm anew. */
import type { DirectFact } from '../../../channel/observations.ts';
import { splitOutpoint } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { ChannelBook, ConfirmedFact } from './channel-book.ts';
import type { Told } from './header.ts';
import { HtlcIds } from './htlc-ids.ts';

export function blockDisconnected(told: Told, book: ChannelBook, blockHash: string): Observation[] {
  const undone = book.confirmed.filter((fact) => fact.data.blockHash === blockHash).reverse();
  book.confirmed = book.confirmed.filter((fact) => fact.data.blockHash !== blockHash);
  return undone.map((fact) => told.channel(book, undo(book, fact)));
}

/** Deeper reorganisations than this are no longer undone: a day's blocks. */
const REMEMBERED_BLOCKS = 144;

export function remember(book: ChannelBook, fact: ConfirmedFact): void {
  const height = fact.data.height ?? 0;
  book.confirmed = book.confirmed.filter(({ data }) => {
    return (data.height ?? 0) > height - REMEMBERED_BLOCKS;
  });
  book.confirmed.push(fact);
}

/** What only the close and its undoing need, once no reorganisation will undo it. */
export function forgetResolved(book: ChannelBook, height: number): void {
  const { resolvedHeight } = book;
  if (resolvedHeight === undefined || height - resolvedHeight <= REMEMBERED_BLOCKS) return;
  book.resolvedHeight = undefined;
  book.commitments.clear();
  book.claimedOutputs.clear();
  book.confirmed = [];
  book.htlcs = new HtlcIds();
}

function undo(book: ChannelBook, fact: ConfirmedFact): DirectFact {
  const { height = 0, blockHash = '' } = fact.data;
  book.resolvedHeight = undefined;
  switch (fact.type) {
    case 'FundingConfirmed': {
      book.shortChannelId = undefined;
      const { fundingOutpoint } = fact.data;
      return { type: 'FundingUnconfirmed', data: { fundingOutpoint, height, blockHash } };
    }
    case 'ChannelClosed': {
      book.closingTxid = undefined;
      book.openOutputs.clear();
      const { closingTxid } = fact.data;
      if (closingTxid === undefined) throw new Error('a close in a block has a transaction');
      return { type: 'CloseUnconfirmed', data: { closingTxid, height, blockHash } };
    }
    case 'OutputResolved': {
      const { outpoint, sweepTxid } = fact.data;
      if (sweepTxid === undefined) throw new Error('a claim in a block has a transaction');
      // What a second stage left to be claimed is gone with its transaction.
      for (const open of book.openOutputs.keys()) {
        if (splitOutpoint(open).txid === sweepTxid) book.openOutputs.delete(open);
      }
      const claimed = book.claimedOutputs.get(outpoint);
      if (claimed !== undefined) book.openOutputs.set(outpoint, claimed);
      book.claimedOutputs.delete(outpoint);
      return { type: 'OutputUnconfirmed', data: { outpoint, sweepTxid, height, blockHash } };
    }
  }
}
