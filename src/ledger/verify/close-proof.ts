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
  type SignatureToCheck,
  witnessedFundingSignatures,
} from '../../lightning/commitment-signatures.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import type { ProofQueue } from './proof-queue.ts';
import type { ChannelTally } from './proof-report.ts';
import type { Findings, Place } from './report.ts';
import type { OpenedFields } from './sealed-fields.ts';

const SIGNED = 'close-signatures';
const AS_TOLD = 'close-is-as-told';

type CloseEvent = Extract<ChannelEvent, { type: 'ChannelClosed' | 'TransactionBroadcast' }>;

export class CloseProof {
  static readonly rules = [SIGNED, AS_TOLD] as const;
  readonly #tally: ChannelTally;
  readonly #findings: Findings;
  readonly #queue: ProofQueue;
  /** Broadcast and in a block it is one close. */
  readonly #txids = new Set<string>();

  constructor(tally: ChannelTally, findings: Findings, queue: ProofQueue) {
    this.#tally = tally;
    this.#findings = findings;
    this.#queue = queue;
  }

  take(event: CloseEvent, state: ChannelState, opened: OpenedFields, place: Place): void {
    if (event.type === 'TransactionBroadcast' && !isClose(event.data)) return;
    const txid = event.type === 'ChannelClosed' ? event.data.closingTxid : event.data.txid;
    const raw = opened.state === 'open' ? opened.fields.rawTransaction : undefined;
    if (typeof raw !== 'string') {
      if (event.type !== 'ChannelClosed') return;
      const isClosed = opened.state === 'closed' && event.data.peerSignature !== undefined;
      this.#findings.notCheckable(SIGNED, isClosed ? opened.why : NO_TRANSACTION);
      return;
    }
    const isRepeated = txid !== undefined && this.#txids.has(txid);
    if (txid !== undefined) this.#txids.add(txid);
    try {
      const transaction = parseTransaction(hexToBytes(raw, 'rawTransaction'));
      this.#compare(event, transaction, state, place);
      if (!isRepeated) this.#check(event, transaction, state, place);
    } catch (error) {
      // The parsers throw on bytes that are no such transaction, and name the field.
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.broken(AS_TOLD, place, `the closing transaction: ${reason}`);
    }
  }

  #check(event: CloseEvent, transaction: Transaction, state: ChannelState, place: Place): void {
    this.#tally.closes.known++;
    const checks = signaturesOf(event, transaction, state);
    if ('whyNot' in checks) {
      this.#findings.notCheckable(SIGNED, checks.whyNot);
      return;
    }
    this.#tally.closes.checkedAsStored++;
    this.#queue.add({ kind: 'signatures', checks: checks.of }, (answer) => {
      if (answer.kind !== 'signatures') return;
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
  const isWitnessed = (transaction.inputs[0]?.witness.length ?? 0) > 0;
  if (isWitnessed) {
    return { of: witnessedFundingSignatures(transaction, { ...output, ...(keys && { keys }) }) };
  }
  if (data.peerSignature === undefined) return { whyNot: NO_SIGNATURE };
  if (keys === undefined) return { whyNot: 'the funding keys are not known' };
  const message = fundingSpendMessage(transaction, { ...output, keys });
  return { of: [{ signature: hexToBytes(data.peerSignature), message, publicKey: keys[1] }] };
}
