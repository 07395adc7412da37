/** The answers as they travel: what is `bigint` in memory is a decimal string in JSON. */
import type { ChannelRow, HtlcRow, PolicyRow } from '../../../projections/channel-row.ts';
import type { WithRebalanceFees } from '../../ledger/accounting/with-rebalance-fees.ts';
import type { ChannelAccount } from '../../ledger/answers/channel-account.ts';
import type { FeeEffect } from '../../ledger/answers/fee-effects.ts';
import type { Flow as LedgerFlow } from '../../ledger/answers/flows.ts';
import type { RecordingsView } from '../../ledger/answers/recordings.ts';
import type {
  BalancePoint,
  ChannelView,
  ClosedView,
  FeeChangeView,
  ForwardSum,
  ForwardView,
  HistoryEntry,
  PeerView,
  ProblemView,
} from '../../ledger/view-types.ts';

export type JsonOf<T> = T extends bigint
  ? string
  : T extends string | number | boolean | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly JsonOf<Item>[]
      : T extends object
        ? { readonly [Field in keyof T]: JsonOf<T[Field]> }
        : T;

export type Channel = JsonOf<ChannelView>;
export type WholeChannel = JsonOf<WithRebalanceFees<ChannelView>>;
export type Closed = JsonOf<WithRebalanceFees<ClosedView>>;
export type Account = JsonOf<ChannelAccount>;
export type Peer = JsonOf<PeerView>;
export type Forward = JsonOf<ForwardView>;
export type Sum = JsonOf<ForwardSum> & { readonly nodeId: string };
export type FeeChange = JsonOf<FeeChangeView>;
export type Flow = JsonOf<LedgerFlow>;
export type FeeChangeEffect = JsonOf<FeeEffect>;
export type Recordings = JsonOf<RecordingsView>;
export type Balance = JsonOf<BalancePoint>;
export type Htlc = JsonOf<HtlcRow>;
export type Policy = JsonOf<PolicyRow>;
export type ProblemFound = JsonOf<ProblemView>;
export type Status = ChannelRow['status'];

/** An event of a channel with what it changed; sealed fields stay sealed on this page. */
export interface Entry extends Omit<JsonOf<HistoryEntry>, 'sealed' | 'data' | 'changes'> {
  readonly data: Readonly<Record<string, unknown>>;
  readonly sealed?: { readonly state: string };
  readonly changes: readonly Change[];
}

export interface Change {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

export interface HistoryPage {
  readonly entries: readonly Entry[];
  readonly next?: string;
}
