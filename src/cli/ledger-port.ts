/**
 * What the commands need of a ledger. The real one (src/ledger/ledger.ts) fits this shape, and so
 * does the fake one of the tests, which need no file and no recorded node.
 */
import type { Accounting, AccountingQuery } from '../ledger/accounting/accounting.ts';
import type { RebalanceFees } from '../ledger/accounting/rebalance-fees.ts';
import type { Difference } from '../ledger/against.ts';
import type { HistoryQuery } from '../ledger/answers/history.ts';
import type { Span } from '../ledger/answers/span.ts';
import type { CopiedLedger } from '../ledger/copy-ledger.ts';
import type { Forensics } from '../ledger/forensics/forensics.ts';
import type { ImportReport } from '../ledger/import-ndjson.ts';
import type { PurgeReport } from '../ledger/purge.ts';
import type { Query } from '../ledger/query.ts';
import type { Recorded, RecordReport } from '../ledger/recorder.ts';
import type { RecordedNode, Recording } from '../ledger/recording.ts';
import type { Lag, Replication } from '../ledger/replicate.ts';
import type { SecretChecks } from '../ledger/secret-watch.ts';
import type { Figures } from '../ledger/stats.ts';
import type { ChannelProof } from '../ledger/verify/proof-report.ts';
import type { Proved } from '../ledger/verify/proved-streams.ts';
import type { RuleReport } from '../ledger/verify/report.ts';
import type { VerifyReport } from '../ledger/verify/verify.ts';
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
import type { Observation } from '../observation/observation.ts';
import type {
  Checkpoint,
  LocalStore,
  ReadFilter,
  StoredEvent,
  StreamHead,
} from '../store/event-store.ts';

export type {
  Accounting,
  ChannelProof,
  CopiedLedger,
  Difference,
  ImportReport,
  Lag,
  Proved,
  PurgeReport,
  RecordedNode,
  Recording,
  RecordReport,
  Replication,
  RuleReport,
  SecretChecks,
  VerifyReport,
};

export type Progress = (done: number, total?: number) => void;

/** What the raw-event commands read; a LocalStore fits. */
export interface EventReader {
  readAll(after?: Checkpoint, filter?: ReadFilter): AsyncIterable<StoredEvent>;
  subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncIterable<StoredEvent>;
  subscribePages: LocalStore['subscribePages'];
  checkpointOf(event: StoredEvent): Checkpoint;
  lastCheckpoint(): Promise<Checkpoint | undefined>;
  allEvents: LocalStore['allEvents'];
  streamNames(prefix: string): readonly string[];
  streamBodies: LocalStore['streamBodies'];
  streamHeads(prefix: string): readonly StreamHead[];
  getMeta(key: string): string | undefined;
  updateMeta: LocalStore['updateMeta'];
}

export interface Ledger {
  readonly path: string;
  readonly forensics: Pick<
    Forensics,
    'bisect' | 'connections' | 'diff' | 'origin' | 'recordings' | 'replay' | 'step' | 'why'
  >;
  readonly store: EventReader;
  record(
    observations: Iterable<Observation> | AsyncIterable<Observation>,
    options?: {
      readonly isInOrder?: boolean;
      readonly onProgress?: Progress;
      readonly onRecorded?: (recorded: readonly Recorded[]) => void;
    },
  ): Promise<RecordReport>;
  secretChecks(): SecretChecks;
  beginRecording(node: RecordedNode): Promise<Recording>;
  nodeId(name: string): string;
  channels(query?: Query): readonly ChannelView[];
  closed(query?: Query): readonly ClosedView[];
  channel(name: string, query?: Query): ChannelView;
  peers(query?: Query): readonly PeerView[];
  history(name: string, options?: HistoryQuery): Iterable<HistoryEntry>;
  fees(name?: string, query?: Query): readonly FeeChangeView[];
  forwards(query?: Query & Span): readonly ForwardView[];
  forwardSums(by: 'day' | 'channel' | 'peer', query?: Query & Span): readonly ForwardSum[];
  balances(name: string, query?: Query): readonly BalancePoint[];
  accounting(query?: AccountingQuery): Accounting;
  rebalanceFees(query?: Query): RebalanceFees;
  problems(query?: Query): readonly ProblemView[];
  wanted(query?: Query): readonly WantedView[];
  retryProblems(): Promise<{ readonly released: number; readonly remaining: number }>;
  rebuild(
    onProgress?: Progress,
  ): Promise<{ readonly events: number; readonly rows: number; readonly seconds: number }>;
  prove(streams: Iterable<string>, signal?: AbortSignal): Promise<readonly Proved[]>;
  verify(options?: {
    readonly head?: string;
    readonly signatures?: boolean;
    readonly onProgress?: Progress;
  }): Promise<VerifyReport>;
  stats(): Promise<object>;
  readonly figures: Pick<Figures, 'cache' | 'current'>;
  exportNdjson(options?: { readonly withKeys?: boolean }): AsyncIterable<string>;
  importNdjson(lines: AsyncIterable<string>): Promise<ImportReport>;
  purge(channelName: string, query?: Query): Promise<PurgeReport>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly create?: boolean;
  readonly readonly?: boolean;
  readonly passphrase?: string;
  readonly seed?: string;
  readonly keyOf?: string;
  readonly onBadKey?: (why: string) => void;
  readonly onTrouble?: (sentence: string) => void;
}

/** The ledger's ways in: opening one, and removing one's files. */
export interface Ledgers {
  openLedger(path: string, options?: OpenOptions): Promise<Ledger>;
  wipeLedger(path: string): Promise<readonly string[]>;
  copyLedger(
    from: string,
    to: string,
    options?: {
      readonly onProgress?: (events: number) => void;
      readonly onTrouble?: (sentence: string) => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<CopiedLedger>;
  replicateLedger(
    address: string,
    path: string,
    options?: { readonly onTrouble?: (sentence: string) => void },
  ): Promise<Replication>;
}

export interface DemoStep {
  /** What is happening, in a few words. */
  readonly title: string;
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

export interface DemoOptions {
  readonly payments: number;
  readonly seed?: string;
  readonly anchors?: boolean;
  readonly signal: AbortSignal;
  /** At the beginning of each step. */
  readonly onStep: (step: DemoStep) => void;
  /** Within a step that takes long, such as the payments. */
  readonly onProgress: Progress;
}

/** The scenario of src/sources/ldk, recorded into a ledger that is open and empty. */
export interface DemoNetwork {
  /** Loads what the nodes need; throws a sentence where it is not installed. */
  prepare(): Promise<void>;
  recordDemo(ledger: Ledger, options: DemoOptions): Promise<RecordReport>;
}
