/**
 * One channel as one teller tells it, proved to the signature: each commitment rebuilt from the events
 * or checked as stored, HTLC transactions with it, and the closing transaction where it is known.
 */
import type { ChannelEvent } from '../../channel/events.ts';
import { activeFunding, type ChannelState } from '../../channel/state.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import type { CommitmentVerdict } from '../../lightning/commitment-proof.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import type { StreamName } from '../streams.ts';
import { CloseProof } from './close-proof.ts';
import { type Claimed, type CommitmentData, claimOf } from './commitment-claims.ts';
import { NOT_TOLD, PaymentHashes } from './payment-hashes.ts';
import type { ProofQueue } from './proof-queue.ts';
import { ChannelTally } from './proof-report.ts';
import type { Findings, Place } from './report.ts';
import type { OpenedFields } from './sealed-fields.ts';

const COMMITMENTS = 'commitment-signatures';
const HTLCS = 'htlc-signatures';
const AS_TOLD = 'commitment-is-as-told';
export const proofRules = [COMMITMENTS, HTLCS, AS_TOLD, ...CloseProof.rules] as const;

export class ChannelProofs {
  readonly #findings: Findings;
  readonly #queue: ProofQueue;
  /** Complete once the queue is finished. */
  readonly tally: ChannelTally;
  readonly #closes: CloseProof;
  /** Of the HTLCs that some commitment may still hold. */
  readonly #hashes = new PaymentHashes();
  #isLeased = false;
  /** Commitments not checkable so far: the transaction may be told beside them, before or after. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #kept = new Map<string, Kept>();

  constructor(stream: string, name: StreamName, findings: Findings, queue: ProofQueue) {
    this.#findings = findings;
    this.#queue = queue;
    this.tally = new ChannelTally(stream, name);
    this.#closes = new CloseProof(this.tally, findings, queue);
  }

  /** `state` is the one after the event. */
  take(event: ChannelEvent, state: ChannelState, opened: OpenedFields, place: Place): void {
    this.tally.channelType = state.channelType;
    this.tally.fundingOutpoint = activeFunding(state)?.outpoint;
    switch (event.type) {
      case 'ChannelOpened':
      case 'ChannelAdopted':
        this.#isLeased ||= event.data.leaseExpiryHeight !== undefined;
        return;
      case 'HtlcAdded':
        this.#hashes.take(event, opened);
        return;
      case 'CommitmentUpdated':
        this.#hashes.take(event, opened);
        this.#takeCommitment(event.data, state, place);
        this.#forgetHashes(state);
        return;
      case 'CommitmentRevoked':
        this.tally.secrets[event.data.side].take(event.data.number);
        return;
      case 'TransactionKept':
        this.#takeKept(event, state, opened, place);
        return;
      case 'ChannelClosed':
      case 'TransactionBroadcast':
        this.#closes.take(event, state, opened, place);
        return;
      default:
        return;
    }
  }

  /** Of what still waits, nothing more is told. */
  finish(): void {
    for (const { whyNot } of this.#waiting.values()) this.#notCheckable(whyNot);
    this.#waiting.clear();
    this.#closes.finish();
  }

  #takeCommitment(data: CommitmentData, state: ChannelState, place: Place): void {
    this.tally.states++;
    this.#closes.commitment(data);
    const key = `${data.side}/${data.number}`;
    const known = this.#kept.get(key);
    const kept = known && isOfFunding(known, data) ? known : undefined;
    const name = `${data.side} commitment ${data.number}`;
    const stored = this.#stored(data.rawTransaction, name, place) ?? kept?.transaction;
    const waiting = { data: { ...kept?.told, ...data }, state, place, whyNot: '' };
    const whyNot = this.#prove(waiting, stored);
    if (whyNot === undefined) return;
    // A source keeps its newest one: what overtook it will not be told any more.
    for (const [other, { whyNot }] of this.#waiting) {
      if (this.#waiting.size < MOST_WAITING) break;
      this.#waiting.delete(other);
      this.#notCheckable(whyNot);
    }
    this.#waiting.set(key, { ...waiting, whyNot });
  }

  /** A close that was agreed on, or a commitment: that of a state told, or the only word of one. */
  #takeKept(
    event: Extract<ChannelEvent, { readonly type: 'TransactionKept' }>,
    state: ChannelState,
    opened: OpenedFields,
    place: Place,
  ): void {
    const { purpose, side, commitmentNumber, signatures, fundingOutpoint, txid } = event.data;
    if (purpose === 'cooperative-close') {
      const peerSignature = signatures?.commitment;
      const data = {
        txid,
        purpose,
        by: 'unknown',
        ...(peerSignature && { peerSignature }),
      } as const;
      const fields = opened.state === 'open' ? { rawTransaction: opened.fields.raw } : {};
      const renamed = opened.state === 'open' ? { ...opened, fields } : opened;
      this.#closes.take({ type: 'TransactionBroadcast', data }, state, renamed, place);
      return;
    }
    if (purpose !== 'commitment') return;
    if (opened.state !== 'open' || typeof opened.fields.raw !== 'string') return;
    const isNamed = side !== undefined && commitmentNumber !== undefined;
    const name = isNamed ? `${side} commitment ${commitmentNumber}` : 'the commitment in a block';
    const transaction = this.#stored(opened.fields.raw, name, place);
    if (transaction === undefined) return;
    this.#closes.keep({ transaction, isProved: isNamed });
    if (!isNamed) return;
    const key = `${side}/${commitmentNumber}`;
    const told = { txid, ...(signatures && { signatures }) };
    const waiting = this.#waiting.get(key);
    const kept = { transaction, told, fundingOutpoint };
    if (waiting === undefined) this.#kept.set(key, kept);
    else if (isOfFunding(kept, waiting.data)) {
      const data = { ...told, ...waiting.data };
      if (this.#prove({ ...waiting, data }, transaction) === undefined) this.#waiting.delete(key);
    }
  }

  #notCheckable(whyNot: string): void {
    this.tally.notCheckable(whyNot);
    this.#findings.notCheckable(COMMITMENTS, whyNot);
  }

  /** Why it cannot be proved either way; undefined where it is on its way. */
  #prove({ data, state, place }: Waiting, stored: Transaction | undefined): string | undefined {
    const claimed = claimOf({
      state,
      data,
      stored,
      isLeased: this.#isLeased,
      hashOf: (direction, id) => this.#hashes.get(direction, id) ?? NOT_TOLD,
    });
    if ('whyNot' in claimed) return claimed.whyNot;
    const name = `${data.side} commitment ${data.number}`;
    this.#queue.add({ kind: 'commitment', claim: claimed.claim }, (answer) => {
      if (answer.kind === 'commitment') this.#judge(answer.verdict, claimed, name, place);
    });
    return undefined;
  }

  #judge(
    { way, commitment, htlcs, txid, problems }: CommitmentVerdict,
    { claim, whyNotBad }: Extract<Claimed, { claim: unknown }>,
    name: string,
    place: Place,
  ): void {
    if (whyNotBad !== undefined && problems.length > 0) {
      this.tally.notCheckable(whyNotBad);
      this.#findings.notCheckable(COMMITMENTS, whyNotBad);
      return;
    }
    const { tally } = this;
    if (way === 'rebuilt') tally.rebuilt++;
    else tally.checkedAsStored++;
    if (commitment === 'valid') tally.valid.commitments++;
    else if (commitment === 'bad') tally.bad.commitments++;
    tally.valid.htlcs += htlcs.valid;
    tally.bad.htlcs += htlcs.bad;
    this.#findings.kept(COMMITMENTS, commitment === 'valid' ? 1 : 0);
    this.#findings.kept(HTLCS, htlcs.valid);
    if (txid === 'as told') this.#findings.kept(AS_TOLD);
    if (claim.signature === undefined) {
      this.#findings.notCheckable(COMMITMENTS, 'the source told no signature of it');
    }
    const whyNotHtlcs = way === 'stored' ? NOT_REBUILT : 'the source told no signature of them';
    this.#findings.notCheckable(HTLCS, whyNotHtlcs, htlcs.notTold);
    for (const { of, detail } of problems) {
      this.#findings.broken(ruleOf[of], place, `${name}: ${detail}`);
    }
  }

  /** Undefined where none was told, or where it is none: that is said then. */
  #stored(raw: string | undefined, name: string, place: Place): Transaction | undefined {
    if (raw === undefined) return undefined;
    try {
      return parseTransaction(hexToBytes(raw));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.broken(AS_TOLD, place, `${name}: it is stored unreadable: ${reason}`);
      return undefined;
    }
  }

  #forgetHashes({ htlcs }: ChannelState): void {
    if (this.#hashes.size > 2 * htlcs.length + MANY) this.#hashes.forgetOthers(htlcs);
  }
}

/** The newest of either side, and one that is being signed. */
const MOST_WAITING = 4;

/** A commitment that was told, and why it was not checkable then. */
interface Waiting {
  readonly data: CommitmentData;
  readonly state: ChannelState;
  readonly place: Place;
  readonly whyNot: string;
}

/** A commitment's transaction, told apart from the commitment. */
interface Kept {
  readonly transaction: Transaction;
  readonly told: Pick<CommitmentData, 'txid' | 'signatures'>;
  readonly fundingOutpoint: CommitmentData['fundingOutpoint'] | undefined;
}

/** A commitment has a transaction for each funding that may be in force. */
function isOfFunding({ fundingOutpoint }: Kept, data: CommitmentData): boolean {
  return fundingOutpoint === undefined || fundingOutpoint === data.fundingOutpoint;
}

/** Forgetting looks at all of them: not for a few. */
const MANY = 64;
const NOT_REBUILT = 'the commitment could not be rebuilt';

const ruleOf = { commitment: COMMITMENTS, htlc: HTLCS, transaction: AS_TOLD } as const;
