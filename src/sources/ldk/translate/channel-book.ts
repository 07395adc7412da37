/** What the LDK source remembers of one channel of one node while it translates. */

import type { Side } from '../../../channel/fields.ts';
import type { ChannelContext } from '../../../channel/observations.ts';
import type { ChannelId, NodeId, Outpoint, ShortChannelId, Txid } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { WireMessage } from '../wire-messages.ts';
import { HtlcIds } from './htlc-ids.ts';

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
  readonly what: 'to-local' | 'to-remote' | 'htlc-offered' | 'htlc-received';
  readonly valueSat: bigint;
  readonly htlcId?: number;
}

export class ChannelBook {
  readonly channelId: ChannelId;
  readonly fundingOutpoint: Outpoint;
  readonly peer: NodeId;
  context: ChannelContext;
  readonly htlcs = new HtlcIds();
  readonly commitments = new Map<Txid, CommitmentOnRecord>();
  readonly lastRevoked: Record<Side, number> = { local: -1, remote: -1 };
  lastLocalSecret: string | undefined;
  readonly shutdownScripts: Partial<Record<Side, string>> = {};
  readonly aliases: Partial<Record<Side, ShortChannelId>> = {};
  shortChannelId: ShortChannelId | undefined;
  feeratePerKw = 0;
  /** In the order they must be told. */
  readonly #jobs: Job[] = [];
  closingTxid: Txid | undefined;
  readonly openOutputs = new Map<Outpoint, OpenOutput>();
  isBreach = false;

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
