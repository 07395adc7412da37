/** Who claimed what the close left behind, as the blocks show it. */
import type { ChannelEventData } from '../../../channel/events.ts';
import type { Direction } from '../../../channel/fields.ts';
import type { DirectFact } from '../../../channel/observations.ts';
import { bytesToHex } from '../../../lightning/bytes.ts';
import { outpointOf, splitOutpoint } from '../../../lightning/ids.ts';
import { classifyWitness } from '../../../lightning/scripts.ts';
import type { Transaction, TransactionInput } from '../../../lightning/transaction.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { ChannelBook, OpenOutput } from './channel-book.ts';
import type { Told } from './header.ts';
import { remember } from './reorganisation.ts';

export interface BlockPlace {
  readonly height: number;
  readonly blockHash: string;
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
  const what = open.what === 'unknown' ? whatOf(kind, htlc?.isOfferedByOwner) : open.what;
  const isSecondStage = htlc?.isSecondStage === true && !book.isBreach;
  const outcome = outcomeOf(book, what, kind);
  const swept = transaction.outputs[inputIndex];
  // A claim of several outputs at once has one fee; what share of it is whose is not known.
  const isAlone = transaction.inputs.length === 1 && transaction.outputs.length === 1;
  const share =
    swept !== undefined && (isAlone || isSecondStage)
      ? shareOf(open.valueSat, swept.valueSat, isAlone)
      : {};
  const data: ResolvedData = {
    outpoint: open.outpoint,
    what,
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

/** Nobody told the fee: it is what is missing of the amount. */
function shareOf(amountSat: bigint, sweptSat: bigint, isAlone: boolean): Partial<ResolvedData> {
  // With anchors nothing of it goes to the fee: another input pays that, and how much for whom is not told.
  if (sweptSat === amountSat && !isAlone) return { sweptSat };
  return sweptSat > amountSat ? {} : { sweptSat, feeSat: amountSat - sweptSat, isFeeDerived: true };
}

type ResolvedData = ChannelEventData<'OutputResolved'>;

/** An output of the peer's breach that was not recognised before its witness showed the script. */
function whatOf(
  kind: ReturnType<typeof classifyWitness>['kind'],
  isOfferedByOwner: boolean | undefined,
): OpenOutput['what'] {
  if (isOfferedByOwner !== undefined) return isOfferedByOwner ? 'htlc-received' : 'htlc-offered';
  return kind === 'to_local revocation' || kind === 'to_local delayed' ? 'to-remote' : 'unknown';
}

type Outcome = ResolvedData['outcome'];
const isOutcomeOurs = (outcome: Outcome) => outcome !== 'lost';

function outcomeOf(
  book: ChannelBook,
  what: OpenOutput['what'],
  kind: ReturnType<typeof classifyWitness>['kind'],
): Outcome {
  if (kind === 'to_local revocation' || kind === 'htlc revocation') return 'punished';
  if (book.isBreach && what === 'to-remote') return 'lost';
  const isOffered = what === 'htlc-offered';
  const isReceived = what === 'htlc-received';
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

/** Nothing is left on chain that this node waits for. */
export function fullyResolved(told: Told, book: ChannelBook, { height }: BlockPlace): Observation {
  book.resolvedHeight = height;
  return told.channel(book, { type: 'ChannelFullyResolved', data: { height } });
}
