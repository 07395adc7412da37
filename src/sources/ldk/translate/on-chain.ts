/** What blocks say of the channels: funding confirmed, closing transaction, and who claimed what. */
import type { ChannelEventData } from '../../../channel/events.ts';
import type { Direction } from '../../../channel/fields.ts';
import type { DirectFact } from '../../../channel/observations.ts';
import { bytesToHex } from '../../../lightning/bytes.ts';
import { looksLikeCommitment } from '../../../lightning/closing.ts';
import {
  type Outpoint,
  outpointOf,
  ShortChannelId,
  splitOutpoint,
} from '../../../lightning/ids.ts';
import { classifyWitness } from '../../../lightning/scripts.ts';
import type { Transaction, TransactionInput } from '../../../lightning/transaction.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { ChannelBook, CommitmentOnRecord, OpenOutput } from './channel-book.ts';
import type { Told } from './header.ts';
import { remember } from './reorganisation.ts';

export interface BlockPlace {
  readonly height: number;
  readonly blockHash: string;
}

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
  const commitment = book.commitments.get(transaction.txid);
  const isCommitment = looksLikeCommitment(transaction);
  const isRevoked =
    commitment !== undefined && commitment.number <= book.lastRevoked[commitment.side];
  book.closingTxid = transaction.txid;
  book.isBreach = isRevoked;
  const outputs = transaction.outputs.map(({ valueSat, script }, index) => ({
    index,
    valueSat,
    ...outputKind(book, commitment, isCommitment, index, script),
  }));
  for (const { index, valueSat, what, htlcId } of outputs) {
    const isOpen = what !== 'unknown' && isOurs(what, isRevoked && commitment?.side === 'remote');
    if (!isOpen || what.startsWith('cooperative')) continue;
    const outpoint = outpointOf(transaction.txid, index);
    const open = { outpoint, what: what as OpenOutput['what'], valueSat };
    book.openOutputs.set(outpoint, htlcId === undefined ? open : { ...open, htlcId });
  }
  const capacitySat = book.context.capacitySat ?? 0n;
  const paidSat = outputs.reduce((sum, output) => sum + output.valueSat, 0n);
  const kind = closeKind(commitment, isCommitment, isRevoked);
  const data: ChannelEventData<'ChannelClosed'> = {
    fundingOutpoint: book.fundingOutpoint,
    closingTxid: transaction.txid,
    ...place,
    kind,
    initiator: initiatorOf(book, commitment, isCommitment),
    ...(commitment && { commitmentNumber: commitment.number }),
    outputs,
    feeSat: capacitySat - paidSat,
    ...ownBalances(commitment, isCommitment, outputs),
  };
  const scripts = transaction.outputs.map(({ script }) => bytesToHex(script));
  const fact = { type: 'ChannelClosed', data, secret: { scripts } } as const;
  remember(book, fact);
  const closed = told.channel(book, fact);
  return book.openOutputs.size === 0 ? [closed, fullyResolved(told, book, place)] : [closed];
}

type ClosedData = ChannelEventData<'ChannelClosed'>;
type OutputWhat = ClosedData['outputs'][number]['what'];

function closeKind(
  commitment: CommitmentOnRecord | undefined,
  isCommitment: boolean,
  isRevoked: boolean,
): ClosedData['kind'] {
  if (!isCommitment) return 'cooperative';
  if (commitment === undefined) return 'remote-force';
  if (isRevoked) return 'breach';
  return commitment.side === 'local' ? 'local-force' : 'remote-force';
}

function initiatorOf(
  book: ChannelBook,
  commitment: CommitmentOnRecord | undefined,
  isCommitment: boolean,
): ClosedData['initiator'] {
  if (isCommitment) return commitment?.side ?? 'remote';
  const [first] = Object.keys(book.shutdownScripts);
  return first === 'local' || first === 'remote' ? first : 'unknown';
}

/** Which output of a closing transaction this is, from the recording node's view. */
function outputKind(
  book: ChannelBook,
  commitment: CommitmentOnRecord | undefined,
  isCommitment: boolean,
  index: number,
  script: Uint8Array,
): { readonly what: OutputWhat; readonly htlcId?: number } {
  if (!isCommitment) {
    const hex = bytesToHex(script);
    if (hex === book.shutdownScripts.local) return { what: 'cooperative-local' };
    return { what: hex === book.shutdownScripts.remote ? 'cooperative-remote' : 'unknown' };
  }
  if (commitment === undefined) return { what: 'unknown' };
  const htlc = commitment.htlcOutputs.get(index);
  if (htlc !== undefined) {
    return {
      what: htlc.direction === 'offered' ? 'htlc-offered' : 'htlc-received',
      htlcId: htlc.id,
    };
  }
  // BOLT 3: the broadcaster's own output waits in a script, the other end's pays to its key
  // (with anchors to a script of one block's delay, so only the order of keys would tell).
  const isToOwner = script.length === 34;
  const isLocal = (commitment.side === 'local') === isToOwner;
  return { what: isLocal ? 'to-local' : 'to-remote' };
}

/** After a breach every output is ours to take; otherwise our balance and the HTLCs. */
function isOurs(what: OutputWhat, isTheirBreach: boolean): boolean {
  return isTheirBreach || what === 'to-local' || what.startsWith('htlc');
}

/** What is ours at once and what waits, where the transaction shows it. */
function ownBalances(
  commitment: CommitmentOnRecord | undefined,
  isCommitment: boolean,
  outputs: ClosedData['outputs'],
): Pick<ClosedData, 'settledBalanceSat' | 'timeLockedBalanceSat'> {
  const sum = (what: OutputWhat) =>
    outputs.reduce((total, output) => (output.what === what ? total + output.valueSat : total), 0n);
  if (commitment === undefined) {
    // A commitment that was never seen: which output is whose is not known, and so not said.
    if (isCommitment) return {};
    return { settledBalanceSat: sum('cooperative-local'), timeLockedBalanceSat: 0n };
  }
  const ownSat = sum('to-local');
  return commitment.side === 'local'
    ? { settledBalanceSat: 0n, timeLockedBalanceSat: ownSat }
    : { settledBalanceSat: ownSat, timeLockedBalanceSat: 0n };
}

/** A transaction in a block spends outputs that the close left behind. */
export function outputsClaimed(
  told: Told,
  book: ChannelBook,
  place: BlockPlace,
  transaction: Transaction,
): Observation[] {
  const observations: Observation[] = [];
  for (const [nth, input] of transaction.inputs.entries()) {
    const open = book.openOutputs.get(input.outpoint);
    if (open === undefined) continue;
    book.openOutputs.delete(input.outpoint);
    book.claimedOutputs.set(input.outpoint, open);
    observations.push(...claimed(told, book, place, transaction, nth, input, open));
  }
  if (observations.length > 0 && book.openOutputs.size === 0) {
    observations.push(fullyResolved(told, book, place));
  }
  return observations;
}

function claimed(
  told: Told,
  book: ChannelBook,
  place: BlockPlace,
  transaction: Transaction,
  inputIndex: number,
  input: TransactionInput,
  open: OpenOutput,
): Observation[] {
  const { kind, htlc } = classifyWitness(input.witness);
  const isSecondStage = htlc?.isSecondStage === true && !book.isBreach;
  const outcome = outcomeOf(book, open, kind);
  const swept = transaction.outputs[inputIndex];
  // A claim of several outputs at once has one fee; what share of it is whose is not known.
  const isAlone = transaction.inputs.length === 1 && transaction.outputs.length === 1;
  const share =
    swept !== undefined && (isAlone || isSecondStage)
      ? { sweptSat: swept.valueSat, feeSat: open.valueSat - swept.valueSat }
      : {};
  const data: ChannelEventData<'OutputResolved'> = {
    outpoint: open.outpoint,
    what: open.what,
    stage: isSecondStage && isOutcomeOurs(outcome) ? 'first' : 'last',
    outcome,
    amountSat: open.valueSat,
    ...(isOutcomeOurs(outcome) ? share : {}),
    sweepTxid: transaction.txid,
    ...place,
  };
  if (data.stage === 'first' && swept !== undefined) {
    const outpoint = outpointOf(transaction.txid, inputIndex);
    book.openOutputs.set(outpoint, { ...open, outpoint, valueSat: swept.valueSat });
  }
  const ended = htlcEnd(book, open, htlc?.preimage);
  const resolved = { type: 'OutputResolved', data } as const;
  remember(book, resolved);
  const facts: DirectFact[] = [...(ended ? [ended] : []), resolved];
  return facts.map((fact) => told.channel(book, fact));
}

type Outcome = ChannelEventData<'OutputResolved'>['outcome'];
const isOutcomeOurs = (outcome: Outcome) => outcome !== 'lost';

function outcomeOf(
  book: ChannelBook,
  open: OpenOutput,
  kind: ReturnType<typeof classifyWitness>['kind'],
): Outcome {
  if (kind === 'to_local revocation' || kind === 'htlc revocation') return 'punished';
  if (book.isBreach && open.what === 'to-remote') return 'lost';
  const isOffered = open.what === 'htlc-offered';
  const isReceived = open.what === 'htlc-received';
  if (kind === 'htlc success') return isReceived ? 'claimed' : 'lost';
  if (kind === 'htlc timeout') return isOffered ? 'timed-out' : 'lost';
  return 'claimed';
}

/** On chain an HTLC ends when its claim confirms. */
function htlcEnd(
  book: ChannelBook,
  open: OpenOutput,
  preimage: Uint8Array | undefined,
): DirectFact | undefined {
  if (open.htlcId === undefined) return undefined;
  const direction: Direction = open.what === 'htlc-offered' ? 'offered' : 'received';
  const known = book.htlcs.get(direction, open.htlcId);
  const isSecondSpend = splitOutpoint(open.outpoint).txid !== book.closingTxid;
  if (known === undefined || known.removal !== undefined || isSecondSpend) return undefined;
  const { id, amountMsat } = known;
  const data = { id, direction, amountMsat, isOnChain: true };
  if (preimage === undefined) {
    known.removal = { id, direction, outcome: 'failed' };
    return { type: 'HtlcFailed', data };
  }
  const hex = bytesToHex(preimage);
  known.removal = { id, direction, outcome: 'settled', preimage: hex };
  return { type: 'HtlcSettled', data, secret: { preimage: hex } };
}

function fullyResolved(told: Told, book: ChannelBook, { height }: BlockPlace): Observation {
  return told.channel(book, { type: 'ChannelFullyResolved', data: { height } });
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
