/** What blocks say of the channels: the funding confirmed, and the transaction that spends it. */
import type { ChannelEventData } from '../../../channel/events.ts';
import { bytesToHex } from '../../../lightning/bytes.ts';
import { looksLikeCommitment } from '../../../lightning/closing.ts';
import {
  type Outpoint,
  outpointOf,
  ShortChannelId,
  splitOutpoint,
} from '../../../lightning/ids.ts';
import { classifyWitness } from '../../../lightning/scripts.ts';
import type { Transaction } from '../../../lightning/transaction.ts';
import { transactionBytes } from '../../../lightning/transaction-bytes.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { ChannelBook, OpenOutput } from './channel-book.ts';
import { type BlockPlace, fullyResolved } from './claims.ts';
import { type ClosingOutput, type Spend, spendOf } from './closing-outputs.ts';
import type { Told } from './header.ts';
import { remember } from './reorganisation.ts';

/** The funding transaction in a block gives the channel its short id. */
export function fundingConfirmed(
  told: Told,
  book: ChannelBook,
  place: BlockPlace,
  transactionIndex: number,
): Observation[] {
  const { vout } = splitOutpoint(book.fundingOutpoint);
  const shortChannelId = ShortChannelId(`${place.height}x${transactionIndex}x${vout}`);
  book.shortChannelId = shortChannelId;
  book.context = { ...book.context, shortChannelId };
  const { fundingOutpoint } = book;
  const fact = {
    type: 'FundingConfirmed',
    data: { fundingOutpoint, ...place, shortChannelId },
  } as const;
  remember(book, fact);
  return [told.channel(book, fact)];
}

/** A transaction in a block spends the funding output. */
export function channelClosed(
  told: Told,
  book: ChannelBook,
  place: BlockPlace,
  transaction: Transaction,
): Observation[] {
  const spend = spendOf(book, transaction);
  const { outputs, commitment } = spend;
  book.closingTxid = transaction.txid;
  book.isBreach = spend.kind === 'breach';
  for (const { index, valueSat, what, htlcId } of outputs) {
    if (!isClaimable(what) || !isOurs(what, book.isBreach && commitment?.side === 'remote')) {
      continue;
    }
    const outpoint = outpointOf(transaction.txid, index);
    const open = { outpoint, what, valueSat };
    book.openOutputs.set(outpoint, htlcId === undefined ? open : { ...open, htlcId });
  }
  const data: ChannelEventData<'ChannelClosed'> = {
    fundingOutpoint: book.fundingOutpoint,
    closingTxid: transaction.txid,
    ...place,
    kind: spend.kind,
    initiator: initiatorOf(book, spend),
    ...(commitment && { commitmentNumber: commitment.number }),
    outputs: [...outputs],
    ...derivedFee(book, transaction),
    ...ownBalances(spend),
  };
  const scripts = transaction.outputs.map(({ script }) => bytesToHex(script));
  const rawTransaction = bytesToHex(transactionBytes(transaction));
  const fact = { type: 'ChannelClosed', data, secret: { scripts, rawTransaction } } as const;
  remember(book, fact);
  const closed = told.channel(book, fact);
  return book.openOutputs.size === 0 ? [closed, fullyResolved(told, book, place)] : [closed];
}

type ClosedData = ChannelEventData<'ChannelClosed'>;

/** What is spent beside the funding has an amount that is not known here, and so has the fee. */
function derivedFee(
  { context: { capacitySat } }: ChannelBook,
  { inputs, outputs }: Transaction,
): Pick<ClosedData, 'feeSat' | 'isFeeDerived'> {
  if (capacitySat === undefined || inputs.length !== 1) return {};
  const paidSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  return paidSat > capacitySat ? {} : { feeSat: capacitySat - paidSat, isFeeDerived: true };
}

function initiatorOf(book: ChannelBook, { kind, commitment }: Spend): ClosedData['initiator'] {
  if (kind !== 'cooperative') return commitment?.side ?? 'remote';
  const [first] = Object.keys(book.shutdownScripts);
  return first === 'local' || first === 'remote' ? first : 'unknown';
}

/** Nobody waits for an anchor: either end may leave it, and after 16 blocks it is anyone's. */
function isClaimable(what: ClosingOutput['what']): what is OpenOutput['what'] {
  return !what.startsWith('cooperative') && !what.startsWith('anchor');
}

/** After a breach every output is ours to take; otherwise our balance and the HTLCs. */
function isOurs(what: OpenOutput['what'], isTheirBreach: boolean): boolean {
  return isTheirBreach || what === 'to-local' || what.startsWith('htlc');
}

/** What is ours at once and what waits, where the transaction shows it. */
function ownBalances({
  kind,
  commitment,
  outputs,
}: Spend): Pick<ClosedData, 'settledBalanceSat' | 'timeLockedBalanceSat'> {
  const sum = (what: ClosingOutput['what']) =>
    outputs.reduce((total, output) => (output.what === what ? total + output.valueSat : total), 0n);
  if (kind === 'cooperative') {
    return { settledBalanceSat: sum('cooperative-local'), timeLockedBalanceSat: 0n };
  }
  // Which output is whose is not known, and so not said.
  if (commitment === undefined || outputs.some(({ what }) => what === 'unknown')) return {};
  const ownSat = sum('to-local');
  return commitment.side === 'local'
    ? { settledBalanceSat: 0n, timeLockedBalanceSat: ownSat }
    : { settledBalanceSat: ownSat, timeLockedBalanceSat: 0n };
}

/** Why the node broadcast a transaction, by what it spends. */
export function broadcastPurpose(
  book: ChannelBook,
  transaction: Transaction,
): ChannelEventData<'TransactionBroadcast'>['purpose'] | undefined {
  if (splitOutpoint(book.fundingOutpoint).txid === transaction.txid) return 'funding';
  const spends = (outpoint: Outpoint) => transaction.inputs.some((i) => i.outpoint === outpoint);
  if (spends(book.fundingOutpoint)) {
    return looksLikeCommitment(transaction) ? 'commitment' : 'cooperative-close';
  }
  const claims = transaction.inputs.filter(({ outpoint }) => isOfChannel(book, outpoint));
  const kinds = claims.map(({ witness }) => classifyWitness(witness).kind);
  if (kinds.length === 0) return undefined;
  if (kinds.some((kind) => kind.endsWith('revocation'))) return 'justice';
  return kinds.some((kind) => kind.startsWith('htlc')) ? 'htlc' : 'sweep';
}

function isOfChannel(book: ChannelBook, outpoint: Outpoint): boolean {
  return book.openOutputs.has(outpoint) || splitOutpoint(outpoint).txid === book.closingTxid;
}
