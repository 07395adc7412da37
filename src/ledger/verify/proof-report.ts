/** What `verify --signatures` counts, channel by channel and teller by teller. */
import type { ChannelState } from '../../channel/state.ts';
import type { StreamName } from '../streams.ts';
import { SecretSpan, type SecretSpanReport } from './secret-span.ts';

export interface ChannelProof {
  readonly stream: string;
  readonly nodeId: string;
  readonly channelId: string;
  readonly source: string;
  /** Why nothing of it was checked, or not all; absent where all was. */
  readonly notChecked?: string;
  /** Of the funding in force. */
  readonly fundingOutpoint?: string;
  readonly channelType: ChannelState['channelType'];
  /** Commitments of either side that the ledger knows: the sum of the next two and those not checkable. */
  readonly states: number;
  /** Built again from the events, and compared with a signature or at least with the txid told. */
  readonly rebuilt: number;
  /** The transaction as the source keeps it, its signature checked. */
  readonly checkedAsStored: number;
  /** Signatures: of commitments, of their HTLC transactions, and of closes. */
  readonly valid: SignatureCounts;
  readonly bad: SignatureCounts;
  /** States that could not be checked, by reason. */
  readonly notCheckable: readonly { readonly why: string; readonly count: number }[];
  /** Negotiated closes and commitments seen as a close, whose transaction is known. */
  readonly closes: { readonly known: number; readonly checkedAsStored: number };
  /** Revealed secrets of either side's commitments, and those missing between them. */
  readonly secrets: { readonly local: SecretSpanReport; readonly remote: SecretSpanReport };
}

export interface SignatureCounts {
  readonly commitments: number;
  readonly htlcs: number;
  readonly closes: number;
}

const none = () => ({ commitments: 0, htlcs: 0, closes: 0 });

/** One stream's counts while they grow. */
export class ChannelTally {
  readonly #stream: string;
  readonly #name: StreamName;
  channelType: ChannelState['channelType'] = 'unknown';
  fundingOutpoint: string | undefined;
  notChecked: string | undefined;
  states = 0;
  rebuilt = 0;
  checkedAsStored = 0;
  readonly valid = none();
  readonly bad = none();
  readonly closes = { known: 0, checkedAsStored: 0 };
  readonly secrets = { local: new SecretSpan(), remote: new SecretSpan() };
  readonly #notCheckable = new Map<string, number>();

  constructor(stream: string, name: StreamName) {
    this.#stream = stream;
    this.#name = name;
  }

  notCheckable(why: string): void {
    this.#notCheckable.set(why, (this.#notCheckable.get(why) ?? 0) + 1);
  }

  /** Whether there was anything to prove, or would have been. */
  get hasAny(): boolean {
    return (
      this.notChecked !== undefined ||
      this.states > 0 ||
      this.closes.known > 0 ||
      this.secrets.local.hasAny ||
      this.secrets.remote.hasAny
    );
  }

  report(): ChannelProof {
    const { nodeId, subjectId, source } = this.#name;
    const { channelType, fundingOutpoint, states, rebuilt, checkedAsStored } = this;
    return {
      stream: this.#stream,
      nodeId,
      channelId: subjectId,
      source: source ?? '',
      ...(this.notChecked !== undefined && { notChecked: this.notChecked }),
      ...(fundingOutpoint !== undefined && { fundingOutpoint }),
      channelType,
      states,
      rebuilt,
      checkedAsStored,
      valid: { ...this.valid },
      bad: { ...this.bad },
      notCheckable: [...this.#notCheckable].map(([why, count]) => ({ why, count })),
      closes: { ...this.closes },
      secrets: { local: this.secrets.local.report(), remote: this.secrets.remote.report() },
    };
  }
}
