/** What the server asks of a ledger; `Ledger` fits. */
import type { RebalanceFees } from '../ledger/accounting/rebalance-fees.ts';
import type { HistoryQuery } from '../ledger/answers/history.ts';
import type { Span } from '../ledger/answers/span.ts';
import type { Forensics } from '../ledger/forensics/forensics.ts';
import type { Query } from '../ledger/query.ts';
import type { Figures } from '../ledger/stats.ts';
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
  WantedView,
} from '../ledger/view-types.ts';
import type { LocalStore } from '../store/event-store.ts';

export type ServedStore = Pick<
  LocalStore,
  | 'allEvents'
  | 'checkpointOf'
  | 'getMeta'
  | 'lastCheckpoint'
  | 'readAll'
  | 'streamBodies'
  | 'streamNames'
  | 'subscribePages'
  | 'updateMeta'
>;

export interface ServedLedger {
  readonly path: string;
  readonly store: ServedStore;
  readonly forensics: Pick<
    Forensics,
    'bisect' | 'connections' | 'diff' | 'origin' | 'recordings' | 'replay' | 'why'
  >;
  nodeId(name: string): string;
  channels(query?: Query): readonly ChannelView[];
  closed(query?: Query): readonly ClosedView[];
  channel(name: string, query?: Query): ChannelView;
  peers(query?: Query): readonly PeerView[];
  history(name: string, query?: HistoryQuery): Iterable<HistoryEntry>;
  fees(name?: string, query?: Query): readonly FeeChangeView[];
  forwards(query?: Query & Span): readonly ForwardView[];
  forwardSums(by: 'day' | 'channel' | 'peer', query?: Query & Span): readonly ForwardSum[];
  balances(name: string, query?: Query): readonly BalancePoint[];
  rebalanceFees(query?: Query): RebalanceFees;
  problems(query?: Query): readonly ProblemView[];
  wanted(query?: Query): readonly WantedView[];
  stats(): Promise<object>;
  readonly figures: Pick<Figures, 'cache' | 'current'>;
}
