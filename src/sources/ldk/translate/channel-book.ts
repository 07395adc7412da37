/** What the LDK source remembers of one channel of one node while it translates. */

import type { Side } from '../../../channel/fields.ts';
import type { ChannelContext, DirectFact } from '../../../channel/observations.ts';
import type { ChannelId, NodeId, Outpoint, ShortChannelId, Txid } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { WireMessage } from '../wire-messages.ts';
import { HtlcIds, type HtlcIdsMemory } from './htlc-ids.ts';

/** Gives observations, or undefined while it has to wait for a message still to come. */
export type Job = (canInfer: boolean) => Observation[] | undefined;

/** A commitment transaction that may appear on chain. */
export interface CommitmentOnRecord {
  readonly side: Side;
  readonly number: number;
  /** By output index. */
  readonly htlcOutputs: ReadonlyMap<
    number,
    { readonly direction: 'offered' | 'received'; readonly id: number }
  >;
}

/** An output of the closing transaction, or of a second stage, that is still to be claimed. */
export interface OpenOutput {
  readonly outpoint: Outpoint;
  /** `unknown` after a breach: an HTLC of a commitment too old to be remembered. */
  readonly what: 'to-local' | 'to-remote' | 'htlc-offered' | 'htlc-received' | 'unknown';
  readonly valueSat: bigint;
  readonly htlcId?: number;
}

/** What a block confirmed, as far as a reorganisation can take it back. */
export type ConfirmedFact = Extract<
  DirectFact,
  { readonly type: 'FundingConfirmed' | 'ChannelClosed' | 'OutputResolved' }
>;

/** Of each side. A channel makes millions in its life, and all of them were too much to remember. */
const KEPT_COMMITMENTS = 128;

export class ChannelBook {
  readonly channelId: ChannelId;
  readonly fundingOutpoint: Outpoint;
  readonly peer: NodeId;
  context: ChannelContext;
  htlcs = new HtlcIds();
  commitments = new Map<Txid, CommitmentOnRecord>();
  lastRevoked: Record<Side, number> = { local: -1, remote: -1 };
  lastLocalSecret: string | undefined;
  shutdownScripts: Partial<Record<Side, string>> = {};
  aliases: Partial<Record<Side, ShortChannelId>> = {};
  shortChannelId: ShortChannelId | undefined;
  feeratePerKw = 0;
  closingTxid: Txid | undefined;
  openOutputs = new Map<Outpoint, OpenOutput>();
  /** As they were before their claim, for the case that its block is taken out again. */
  claimedOutputs = new Map<Outpoint, OpenOutput>();
  isBreach = false;
  /** Where nothing was left on chain. */
  resolvedHeight: number | undefined;
  /** What recent blocks confirmed, for the case that one is taken out again. */
  confirmed: ConfirmedFact[] = [];
  /** In the order they must be told. */
  readonly #jobs: Job[] = [];

  constructor(options: {
    readonly channelId: ChannelId;
    readonly fundingOutpoint: Outpoint;
    readonly peer: NodeId;
    readonly context: ChannelContext;
  }) {
    this.channelId = options.channelId;
    this.fundingOutpoint = options.fundingOutpoint;
    this.peer = options.peer;
    this.context = options.context;
  }

  /**
   * So that the transaction is known again on chain. A side has two at most that are not revoked; of the
   * revoked ones only the newest are kept, and an older one is named by its obscured number and told by
   * its scripts and witnesses (closing-outputs.ts): all but which HTLC an output was.
   */
  rememberCommitment(txid: Txid, commitment: CommitmentOnRecord): void {
    const { side, number } = commitment;
    this.commitments.set(txid, commitment);
    for (const [known, old] of this.commitments) {
      if (old.side !== side) continue;
      // A side's numbers rise, and a map keeps its order.
      if (old.number > number - KEPT_COMMITMENTS) return;
      this.commitments.delete(known);
    }
  }

  /** All it remembers but the jobs that wait: where a network is saved there are none. */
  memory(): ChannelMemory {
    const { channelId, fundingOutpoint, peer, context, ...rest } = this;
    return { channelId, fundingOutpoint, peer, context, ...rest, htlcs: this.htlcs.memory() };
  }

  static remembered({ htlcs, ...fields }: ChannelMemory): ChannelBook {
    return Object.assign(new ChannelBook(fields), fields, { htlcs: new HtlcIds(htlcs) });
  }

  /** Runs the job after those that wait; gives what can be told now. */
  inOrder(job: Job): Observation[] {
    this.#jobs.push(job);
    return this.flush(false);
  }

  /** Tells what waited, as far as it can be told. */
  flush(canInfer: boolean): Observation[] {
    const told: Observation[] = [];
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      const observations = job(canInfer);
      if (observations === undefined) break;
      told.push(...observations);
      this.#jobs.shift();
    }
    return told;
  }

  get isWaiting(): boolean {
    return this.#jobs.length > 0;
  }
}

/** A book as plain data, for a translator that goes on in another process. */
export type ChannelMemory = Omit<
  ChannelBook,
  'htlcs' | 'memory' | 'rememberCommitment' | 'inOrder' | 'flush' | 'isWaiting'
> & { readonly htlcs: HtlcIdsMemory };

type OpenChannel = Extract<WireMessage, { readonly type: 'open_channel' }>;
type AcceptChannel = Extract<WireMessage, { readonly type: 'accept_channel' }>;

/** A channel whose funding is not known yet, by its temporary id. */
export interface PendingOpen {
  readonly opener: Side;
  readonly peer: NodeId;
  readonly open: OpenChannel;
  accept?: AcceptChannel;
  fundingOutpoint?: Outpoint;
  /** Signature on the recording node's commitment 0. */
  signature?: string;
}
