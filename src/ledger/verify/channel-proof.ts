/**
 * One channel as one teller tells it, proved to the signature: each commitment rebuilt from the events
 * or checked as stored, HTLC transactions with it, and the closing transaction where it is known.
 */
import type { ChannelEvent, ChannelEventData } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import { activeFunding, type ChannelState } from '../../channel/state.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import type { CommitmentVerdict } from '../../lightning/commitment-proof.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import type { StreamName } from '../streams.ts';
import { CloseProof } from './close-proof.ts';
import { type Claimed, type CommitmentData, claimOf } from './commitment-claims.ts';
import type { ProofQueue } from './proof-queue.ts';
import { type ChannelProof, ChannelTally } from './proof-report.ts';
import type { Findings, Place } from './report.ts';
import type { OpenedFields } from './sealed-fields.ts';

const COMMITMENTS = 'commitment-signatures';
const HTLCS = 'htlc-signatures';
const AS_TOLD = 'commitment-is-as-told';
export const proofRules = [COMMITMENTS, HTLCS, AS_TOLD, ...CloseProof.rules] as const;

type Hash = { readonly hash: string } | { readonly whyNot: string };
const NOT_TOLD: Hash = { whyNot: 'the source did not tell it' };

export class ChannelProofs {
  readonly #findings: Findings;
  readonly #queue: ProofQueue;
  readonly #tally: ChannelTally;
  readonly #closes: CloseProof;
  /** Of the HTLCs that some commitment may still hold. */
  readonly #hashes = new Map<string, Hash>();
  #isLeased = false;

  constructor(stream: string, name: StreamName, findings: Findings, queue: ProofQueue) {
    this.#findings = findings;
    this.#queue = queue;
    this.#tally = new ChannelTally(stream, name);
    this.#closes = new CloseProof(this.#tally, findings, queue);
  }

  /** `state` is the one after the event. */
  take(event: ChannelEvent, state: ChannelState, opened: OpenedFields, place: Place): void {
    this.#tally.channelType = state.channelType;
    this.#tally.fundingOutpoint = activeFunding(state)?.outpoint;
    switch (event.type) {
      case 'ChannelOpened':
      case 'ChannelAdopted':
        this.#isLeased ||= event.data.leaseExpiryHeight !== undefined;
        return;
      case 'HtlcAdded': {
        const { direction, id } = event.data;
        this.#hashes.set(
          `${direction}/${id}`,
          hashIn(opened, (fields) => fields.paymentHash),
        );
        return;
      }
      case 'CommitmentUpdated':
        this.#takeHashes(event.data, opened);
        this.#takeCommitment(event.data, state, place);
        this.#forgetHashes(state);
        return;
      case 'ChannelClosed':
      case 'TransactionBroadcast':
        this.#closes.take(event, state, opened, place);
        return;
      default:
        return;
    }
  }

  /** Complete once the queue is finished. */
  report(): ChannelProof {
    return this.#tally.report();
  }

  #takeCommitment(data: CommitmentData, state: ChannelState, place: Place): void {
    this.#tally.states++;
    const stored = this.#stored(data, place);
    const claimed = claimOf({
      state,
      data,
      stored,
      isLeased: this.#isLeased,
      hashOf: (direction, id) => this.#hashes.get(`${direction}/${id}`) ?? NOT_TOLD,
    });
    if ('whyNot' in claimed) {
      this.#tally.notCheckable(claimed.whyNot);
      this.#findings.notCheckable(COMMITMENTS, claimed.whyNot);
      return;
    }
    const name = `${data.side} commitment ${data.number}`;
    this.#queue.add({ kind: 'commitment', claim: claimed.claim }, (answer) => {
      if (answer.kind === 'commitment') this.#judge(answer.verdict, claimed, name, place);
    });
  }

  #judge(
    { way, commitment, htlcs, txid, problems }: CommitmentVerdict,
    { claim }: Extract<Claimed, { claim: unknown }>,
    name: string,
    place: Place,
  ): void {
    const tally = this.#tally;
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
  #stored({ rawTransaction, side, number }: CommitmentData, place: Place): Transaction | undefined {
    if (rawTransaction === undefined) return undefined;
    try {
      return parseTransaction(hexToBytes(rawTransaction));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const name = `${side} commitment ${number}`;
      this.#findings.broken(AS_TOLD, place, `${name}: it is stored unreadable: ${reason}`);
      return undefined;
    }
  }

  #takeHashes({ unknownHtlcs = [] }: CommitmentData, opened: OpenedFields): void {
    for (const { direction, id } of unknownHtlcs) {
      const key = `${direction}/${id}`;
      const known = this.#hashes.get(key);
      if (known !== undefined && 'hash' in known) continue;
      this.#hashes.set(
        key,
        hashIn(opened, ({ paymentHashes }) => {
          const told = Array.isArray(paymentHashes) ? (paymentHashes as readonly HtlcHash[]) : [];
          return told.find((one) => one.id === id && one.direction === direction)?.paymentHash;
        }),
      );
    }
  }

  #forgetHashes({ htlcs }: ChannelState): void {
    if (this.#hashes.size <= 2 * htlcs.length + MANY) return;
    const held = new Set(htlcs.map(({ direction, id }) => `${direction}/${id}`));
    for (const key of this.#hashes.keys()) if (!held.has(key)) this.#hashes.delete(key);
  }
}

/** Forgetting looks at all of them: not for a few. */
const MANY = 64;
const NOT_REBUILT = 'the commitment could not be rebuilt';

interface HtlcHash {
  readonly id: ChannelEventData<'HtlcAdded'>['id'];
  readonly direction: Direction;
  readonly paymentHash: string;
}

function hashIn(
  opened: OpenedFields,
  find: (fields: Readonly<Record<string, unknown>>) => unknown,
): Hash {
  if (opened.state !== 'open') return { whyNot: opened.why };
  const hash = find(opened.fields);
  return typeof hash === 'string' ? { hash } : NOT_TOLD;
}

const ruleOf = { commitment: COMMITMENTS, htlc: HTLCS, transaction: AS_TOLD } as const;
