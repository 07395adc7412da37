/**
 * A closing transaction that a source kept: both ends' signatures in its witness, or the peer's beside
 * it; and whether it is what the event says of it.
 */
import type { ChannelEvent, ChannelEventData } from '../../channel/events.ts';
import { activeFunding, type ChannelState, fundingOf } from '../../channel/state.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import {
  type FundingOutput,
  fundingSpendMessage,
  witnessedFundingSignatures,
} from '../../lightning/commitment-signatures.ts';
import type { SignatureToCheck } from '../../lightning/signatures.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import type { ProofQueue } from './proof-queue.ts';
import type { ChannelTally } from './proof-report.ts';
import type { Findings, Place } from './report.ts';
import type { OpenedFields } from './sealed-fields.ts';

const SIGNED = 'close-signatures';
const AS_TOLD = 'close-is-as-told';
const COMMITMENT = 'close-is-its-commitment';
/** A breach may be of any commitment; of a long channel's the oldest are forgotten. */
const MOST_TXIDS = 100_000;
/** Closing transactions told beside their closes: of a block that left, and of the one that came. */
const MOST_KEPT = 16;

type CloseEvent = Extract<ChannelEvent, { type: 'ChannelClosed' | 'TransactionBroadcast' }>;

export class CloseProof {
  static readonly rules = [SIGNED, AS_TOLD, COMMITMENT] as const;
  readonly #tally: ChannelTally;
  readonly #findings: Findings;
  readonly #queue: ProofQueue;
  /** Broadcast and in a block it is one close. */
  readonly #txids = new Set<string>();
  /** As they were told, by side and number. */
  readonly #commitments = new Map<string, string>();
  /** Told apart from their closes, before or after. */
  readonly #kept = new Map<string, KeptClose>();
  readonly #waiting: WaitingClose[] = [];

  constructor(tally: ChannelTally, findings: Findings, queue: ProofQueue) {
    this.#tally = tally;
    this.#findings = findings;
    this.#queue = queue;
  }

  /** A commitment that may close the channel one day. */
  commitment({ side, number, txid }: ChannelEventData<'CommitmentUpdated'>): void {
    if (txid === undefined) return;
    this.#commitments.set(`${side}/${number}`, txid);
    const [oldest] = this.#commitments.keys();
    if (this.#commitments.size > MOST_TXIDS && oldest !== undefined) {
      this.#commitments.delete(oldest);
    }
  }

  take(event: CloseEvent, state: ChannelState, opened: OpenedFields, place: Place): void {
    if (event.type === 'TransactionBroadcast' && !isClose(event.data)) return;
    if (event.type === 'ChannelClosed') this.#compareCommitment(event.data, place);
    const txid = event.type === 'ChannelClosed' ? event.data.closingTxid : event.data.txid;
    const raw = opened.state === 'open' ? opened.fields.rawTransaction : undefined;
    if (typeof raw !== 'string') {
      if (event.type !== 'ChannelClosed') return;
      const isClosed = opened.state === 'closed' && event.data.peerSignature !== undefined;
      this.#wait({ event, state, place, whyNot: isClosed ? opened.why : NO_TRANSACTION });
      return;
    }
    const isRepeated = txid !== undefined && this.#txids.has(txid);
    if (txid !== undefined) this.#txids.add(txid);
    try {
      const transaction = parseTransaction(hexToBytes(raw, 'rawTransaction'));
      this.#compare(event, transaction, state, place);
      if (!isRepeated) this.#check(event, transaction, state, place);
      this.keep({ transaction, isProved: true });
    } catch (error) {
      // The parsers throw on bytes that are no such transaction, and name the field.
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.broken(AS_TOLD, place, `the closing transaction: ${reason}`);
    }
  }

  /** A transaction that may be the one of a close. */
  keep(kept: KeptClose): void {
    const { txid } = kept.transaction;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(txid, kept);
    const nth = this.#waiting.findIndex(({ event }) => event.data.closingTxid === txid);
    const [closed] = nth < 0 ? [] : this.#waiting.splice(nth, 1);
    if (closed !== undefined) this.#found(closed, kept);
  }

  /** Of the closes that still wait no transaction is told. */
  finish(): void {
    for (const { whyNot } of this.#waiting.splice(0)) this.#findings.notCheckable(SIGNED, whyNot);
  }

  #wait(closed: WaitingClose): void {
    const kept = this.#kept.get(closed.event.data.closingTxid ?? '');
    if (kept !== undefined) {
      this.#found(closed, kept);
      return;
    }
    this.#waiting.push(closed);
    const overtaken = this.#waiting.length > MOST_KEPT ? this.#waiting.shift() : undefined;
    if (overtaken !== undefined) this.#findings.notCheckable(SIGNED, overtaken.whyNot);
  }

  #found({ event, state, place }: WaitingClose, { transaction, isProved }: KeptClose): void {
    this.#compare(event, transaction, state, place);
    if (isProved || this.#txids.has(transaction.txid)) return;
    this.#txids.add(transaction.txid);
    this.#check(event, transaction, state, place);
  }

  /** A force close names the commitment it is: that one must have the same txid. */
  #compareCommitment(data: ChannelEventData<'ChannelClosed'>, place: Place): void {
    const { commitmentNumber, closingTxid, initiator } = data;
    if (commitmentNumber === undefined || closingTxid === undefined) return;
    const name = `${initiator} commitment ${commitmentNumber}`;
    const txid = this.#commitments.get(`${initiator}/${commitmentNumber}`);
    if (txid === undefined) {
      this.#findings.notCheckable(COMMITMENT, 'no txid of the commitment was told');
      return;
    }
    const problem = txid === closingTxid ? undefined : `${name} is ${txid}, not ${closingTxid}`;
    this.#findings.judge(COMMITMENT, place, problem);
  }

  #check(event: CloseEvent, transaction: Transaction, state: ChannelState, place: Place): void {
    this.#tally.closes.known++;
    const checks = signaturesOf(event, transaction, state);
    if ('whyNot' in checks) {
      this.#findings.notCheckable(SIGNED, checks.whyNot);
      return;
    }
    this.#queue.add({ kind: 'signatures', checks: checks.of }, (answer) => {
      if (answer.kind !== 'signatures') return;
      if (state.channelType === 'unknown' && answer.areValid.includes(false)) {
        this.#findings.notCheckable(SIGNED, UNKNOWN_TYPE);
        return;
      }
      this.#tally.closes.checkedAsStored++;
      for (const isRight of answer.areValid) {
        if (isRight) this.#tally.valid.closes++;
        else this.#tally.bad.closes++;
        const problem = isRight ? undefined : 'a signature of the close is not its key’s';
        this.#findings.judge(SIGNED, place, problem);
      }
    });
  }

  /** The txid, the outputs told and the fee, held to the transaction itself. */
  #compare(event: CloseEvent, transaction: Transaction, state: ChannelState, place: Place): void {
    const { txid } = transaction;
    const told = event.type === 'ChannelClosed' ? event.data.closingTxid : event.data.txid;
    if (told !== undefined && told !== txid) {
      this.#findings.broken(AS_TOLD, place, `the closing transaction is ${txid}, not ${told}`);
      return;
    }
    if (event.type !== 'ChannelClosed') {
      this.#findings.kept(AS_TOLD);
      return;
    }
    const capacitySat = closedFunding(event.data, state)?.capacitySat;
    this.#findings.judge(AS_TOLD, place, differenceOf(event.data, transaction, capacitySat));
  }
}

interface KeptClose {
  readonly transaction: Transaction;
  /** Its signatures are checked where it was told: as a close that was agreed on, or as its commitment. */
  readonly isProved: boolean;
}

/** A close that was told without its transaction. */
interface WaitingClose {
  readonly event: Extract<ChannelEvent, { readonly type: 'ChannelClosed' }>;
  readonly state: ChannelState;
  readonly place: Place;
  readonly whyNot: string;
}

/** Outputs and fee of the transaction itself, against those of the event. */
function differenceOf(
  told: ChannelEventData<'ChannelClosed'>,
  { outputs }: Transaction,
  capacitySat = 0n,
): string | undefined {
  const wrong = told.outputs.find(({ index, valueSat }) => outputs[index]?.valueSat !== valueSat);
  if (wrong !== undefined) return `output ${wrong.index} of the closing transaction differs`;
  if (capacitySat === 0n) return undefined;
  const feeSat = capacitySat - outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  if (feeSat < 0n) return 'the closing transaction pays out more than the capacity';
  const isOther = told.feeSat !== undefined && told.feeSat !== feeSat;
  return isOther ? `the closing transaction pays ${feeSat} sat of fee` : undefined;
}

const UNKNOWN_TYPE = 'type: unknown';
const NO_TRANSACTION = 'the source told no closing transaction';
const NO_SIGNATURE = 'neither a witness nor a signature of it was told';

/** A commitment that is broadcast is proved as the commitment it is. */
function isClose({ purpose, peerSignature }: ChannelEventData<'TransactionBroadcast'>): boolean {
  return purpose === 'cooperative-close' || peerSignature !== undefined;
}

function closedFunding(
  {
    fundingOutpoint,
  }: { readonly fundingOutpoint?: ChannelEventData<'ChannelClosed'>['fundingOutpoint'] },
  state: ChannelState,
) {
  return fundingOutpoint === undefined ? activeFunding(state) : fundingOf(state, fundingOutpoint);
}

function signaturesOf(
  { type, data }: CloseEvent,
  transaction: Transaction,
  state: ChannelState,
): { readonly of: readonly SignatureToCheck[] } | { readonly whyNot: string } {
  const funding = closedFunding(type === 'ChannelClosed' ? data : {}, state);
  if (funding === undefined || funding.capacitySat === 0n) {
    return { whyNot: 'the capacity is not known' };
  }
  if (state.channelType === 'taproot') return { whyNot: 'type: taproot' };
  if (funding.kind === 'splice') return { whyNot: 'the funding keys of a splice are not recorded' };
  const [local, remote] = [state.local.fundingPubkey, state.remote.fundingPubkey];
  const keys: FundingOutput['keys'] | undefined =
    local && remote ? [hexToBytes(local), hexToBytes(remote)] : undefined;
  const output = { outpoint: funding.outpoint, valueSat: funding.capacitySat };
  const witnessItems = transaction.inputs[0]?.witness.length ?? 0;
  if (witnessItems > 0) {
    // Two signatures and the script between them and an empty item: otherwise it is no 2-of-2.
    if (state.channelType === 'unknown' && witnessItems !== 4) return { whyNot: UNKNOWN_TYPE };
    return { of: witnessedFundingSignatures(transaction, { ...output, ...(keys && { keys }) }) };
  }
  if (data.peerSignature === undefined) return { whyNot: NO_SIGNATURE };
  if (keys === undefined) return { whyNot: 'the funding keys are not known' };
  const message = fundingSpendMessage(transaction, { ...output, keys });
  const signature = hexToBytes(data.peerSignature);
  return { of: [{ signature, message, publicKey: keys[1], isOfTransaction: true }] };
}
