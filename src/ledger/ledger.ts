/**
 * The ledger as its users hold it: record observations, ask for every view now or as of a moment,
 * follow what changes, check all of it.
 */
import { Observable } from 'rxjs';
import type { Observation } from '../observation/observation.ts';
import type { Checkpoint, LocalStore, ReadFilter } from '../store/event-store.ts';
import { type Accounting, type AccountingQuery, accounting } from './accounting/accounting.ts';
import { type RebalanceFees, rebalanceFees } from './accounting/rebalance-fees.ts';
import { balances } from './answers/balances.ts';
import { channel, channels, closed } from './answers/channels.ts';
import { checkedQuery } from './answers/checked-query.ts';
import { CheckedRows } from './answers/checked-rows.ts';
import { feeChanges } from './answers/fees.ts';
import {
  type ForwardGrouping,
  type ForwardQuery,
  forwardSums,
  forwards,
} from './answers/forwards.ts';
import { type HistoryContext, type HistoryQuery, history } from './answers/history.ts';
import { resolveNode } from './answers/nodes.ts';
import { peers } from './answers/peers.ts';
import { problems } from './answers/problems.ts';
import { wanted } from './answers/wanted.ts';
import { Changes } from './changes.ts';
import { Forensics } from './forensics/forensics.ts';
import { type ImportReport, importLines } from './import-ndjson.ts';
import { InOrder } from './in-order.ts';
import { Lanes, untilFailed } from './lanes.ts';
import { keptViews, type LedgerParts } from './ledger-parts.ts';
import type { RowPatch } from './live-rows.ts';
import { type ExportOptions, exportLines } from './ndjson.ts';
import { assertFramed } from './observation-frame.ts';
import { type PurgeReport, purgeChannel } from './purge.ts';
import { retryQuarantine } from './quarantine-retry.ts';
import type { Query } from './query.ts';
import { type Recorded, Recorder, type RecordOptions, type RecordReport } from './recorder.ts';
import { beginRecording, type RecordedNode, type Recording } from './recording.ts';
import type { Rows } from './rows.ts';
import { openSecret } from './sealing.ts';
import { type SecretChecks, SecretWatch } from './secret-watch.ts';
import { Figures, type LedgerStats } from './stats.ts';
import { type Proved, proveStreams } from './verify/proved-streams.ts';
import { type VerifyOptions, type VerifyReport, verifyLedger } from './verify/verify.ts';
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
} from './view-types.ts';

type Progress = (done: number, total?: number) => void;

type Observations = Iterable<Observation> | AsyncIterable<Observation>;

/** Made by `openLedger`. */
export class Ledger {
  readonly path: string;
  readonly store: LocalStore;
  /** Every stream's row of a projection, the ledger's own or yours, now or as of a moment. */
  readonly rows: Rows;
  /** What changed, since when, and why a channel closed; then counts and sizes of the ledger itself. */
  readonly forensics: Forensics;
  readonly figures: Figures;
  readonly #parts: LedgerParts;
  readonly #recorder: Recorder;
  readonly #context: HistoryContext;
  readonly #listeners = new Set<(recorded: readonly Recorded[]) => void>();
  /** Revealed secrets are checked beside the recording, never in its way (a point costs 190 µs). */
  readonly #secrets: SecretWatch;

  constructor(parts: LedgerParts) {
    const { path, store, keyring, rows, nowNs } = parts;
    this.path = path;
    this.store = store;
    this.#parts = parts;
    const onRecorded = (recorded: readonly Recorded[]) => {
      rows.applyLive(recorded);
      for (const listener of this.#listeners) listener(recorded);
    };
    this.#recorder = new Recorder({ store, keyring, onRecorded });
    const secrets = new SecretWatch({ store, keyring, nowNs });
    this.#secrets = secrets;
    this.figures = new Figures(parts, () => secrets.problems());
    this.#context = { rows, store, openSealed: (event) => openSecret(keyring, event) };
    this.rows = new CheckedRows(this.#context);
    this.forensics = new Forensics(this.#context);
  }

  /** Records observations as they come: peers in parallel, each one's in order; or all in order, in batches. */
  async record(observations: Observations, options: RecordOptions = {}): Promise<RecordReport> {
    const { onRecorded } = options;
    if (onRecorded === undefined) return this.#record(observations, options);
    this.#listeners.add(onRecorded);
    try {
      return await this.#record(observations, options);
    } finally {
      this.#listeners.delete(onRecorded);
    }
  }

  async #record(observations: Observations, options: RecordOptions): Promise<RecordReport> {
    await this.#secrets.begin();
    const { isSingleLane: isSingle } = this.#parts;
    const lanes = options.isInOrder
      ? new InOrder((batch) => this.#recorder.recordInTurn(batch))
      : new Lanes((batch) => this.#recorder.record(batch), { isSingle });
    let count = 0;
    try {
      for await (const observation of untilFailed(observations, lanes)) {
        assertFramed(observation, count);
        count++;
        if (!(await lanes.add(observation))) break;
        if (count % 100 === 0) options.onProgress?.(count);
      }
    } catch (cause) {
      // What came before the source failed was told well. Where it is not recorded, that is worse.
      await lanes.finish();
      throw cause;
    }
    const report = await lanes.finish();
    options.onProgress?.(count, count);
    return report;
  }

  /** What the check beside the recording found since this ledger was opened; `verify` checks all. */
  secretChecks(): SecretChecks {
    return this.#secrets.report();
  }

  /**
   * Records a batch in one commit where possible, in its order, and after the batches given before it:
   * a caller that gives the next without waiting for the answer has it decided while this one is
   * written. Where one fails, those behind it fail as well: give them again from that one on. One without
   * names that make a stream is refused before anything of the batch is written.
   */
  async recordBatch(observations: readonly Observation[]): Promise<RecordReport> {
    observations.forEach(assertFramed);
    return this.#recorder.recordInTurn(observations);
  }

  /** Says that a recorder listens to a node from now on; the time it did not becomes a gap. */
  beginRecording(node: RecordedNode): Promise<Recording> {
    const { rows, nowNs } = this.#parts;
    return beginRecording({ rows, nowNs, record: (batch) => this.recordBatch(batch) }, node);
  }

  /**
   * The id of a recorded node by its id, its own alias, or a beginning of one that fits no other; throws
   * a QuestionError for an unknown or ambiguous one.
   */
  nodeId(name: string): string {
    return resolveNode(this.#context, name);
  }

  /** Channels that are not closed. */
  channels(query: Query = {}): readonly ChannelView[] {
    return channels(this.#context, checkedQuery(query));
  }

  /** Channels whose closing transaction is in a block. */
  closed(query: Query = {}): readonly ClosedView[] {
    return closed(this.#context, checkedQuery(query));
  }

  /** One channel by any of its names; throws a QuestionError for an unknown or ambiguous one. */
  channel(name: string, query: Query = {}): ChannelView {
    return channel(this.#context, name, checkedQuery(query));
  }

  peers(query: Query = {}): readonly PeerView[] {
    return peers(this.#context, checkedQuery(query));
  }

  /** A channel's events in the order they happened, each with what it changed. */
  history(name: string, query: HistoryQuery = {}): Iterable<HistoryEntry> {
    return history(this.#context, name, checkedQuery(query));
  }

  /** Both sides' policy changes, of one channel or all. */
  fees(name?: string, query: Query = {}): readonly FeeChangeView[] {
    return feeChanges(this.#context, name, checkedQuery(query));
  }

  forwards(query: ForwardQuery = {}): readonly ForwardView[] {
    return forwards(this.#context, checkedQuery(query));
  }

  forwardSums(by: ForwardGrouping, query: ForwardQuery = {}): readonly ForwardSum[] {
    return forwardSums(this.#context, by, checkedQuery(query));
  }

  /** The channel's balance over time. */
  balances(name: string, query: Query = {}): readonly BalancePoint[] {
    return balances(this.#context, name, checkedQuery(query));
  }

  /** The node's books: income, expenses, transfers, balance sheets. */
  accounting(query: AccountingQuery = {}): Accounting {
    return accounting(this.#context, checkedQuery(query));
  }

  /** What rebalancing cost each channel. */
  rebalanceFees(query: Query = {}): RebalanceFees {
    return rebalanceFees(this.#context, checkedQuery(query));
  }

  /** What is missing, contradicts or is unexplained: one line per cause. */
  problems(query: Query = {}): readonly ProblemView[] {
    return [...problems(this.#context, checkedQuery(query)), ...this.#secrets.problems()];
  }

  /** Transactions and blocks that are named here and were never seen. */
  wanted(query: Query = {}): readonly WantedView[] {
    return wanted(this.#context, checkedQuery(query));
  }

  /** Tries what is in quarantine again. */
  retryProblems(): Promise<{ readonly released: number; readonly remaining: number }> {
    const { store, keyring } = this.#parts;
    return retryQuarantine(store, keyring, (batch) => this.recordBatch(batch));
  }

  /** What was recorded after the checkpoint, then what is being recorded. */
  changes(after?: Checkpoint, filter?: ReadFilter): Changes {
    return new Changes(this.store, after, filter);
  }

  /** Every change of a row in this process from now on, as immer patches. */
  rowPatches(): Observable<RowPatch> {
    return new Observable((subscriber) => {
      return this.#parts.rows.onPatch((patch) => subscriber.next(patch));
    });
  }

  /** Folds every row and snapshot again from event 0. */
  rebuild(onProgress?: Progress): ReturnType<LedgerParts['rows']['rebuild']> {
    return this.#parts.rows.rebuild(onProgress);
  }

  /** Checks everything that can be checked; see VerifyReport. */
  verify(
    options: Pick<VerifyOptions, 'head' | 'signatures' | 'onProgress'> = {},
  ): Promise<VerifyReport> {
    const { store, keyring, rows } = this.#parts;
    rows.flush();
    return verifyLedger({ store, path: this.path, keyring, views: keptViews, ...options });
  }

  /** What can be proved of these streams alone, until the signal aborts. */
  prove(streams: Iterable<string>, signal?: AbortSignal): Promise<readonly Proved[]> {
    return proveStreams({ ...this.#parts, streams, signal });
  }

  stats(): Promise<LedgerStats> {
    return this.figures.stats();
  }

  /** The whole ledger as NDJSON lines. */
  exportNdjson(options: ExportOptions = {}): AsyncIterable<string> {
    return exportLines(this.store, options);
  }

  /** An export read back, verbatim; what is there already is recognised by its digests. */
  async importNdjson(
    lines: AsyncIterable<string> | Iterable<string>,
    onProgress?: (lines: number) => void,
  ): Promise<ImportReport> {
    return await importLines(this.store, this.#parts.keyring, lines, onProgress);
  }

  /** Destroys the key of a closed channel's sealed fields; numbers and summary stay. */
  purge(name: string, query: Query = {}): Promise<PurgeReport> {
    const { store, keyring, nowNs } = this.#parts;
    const view = this.channel(name, query);
    return purgeChannel({ store, keyring, nowNs, record: (b) => this.#recorder.record(b) }, view);
  }

  async close(): Promise<void> {
    await this.#secrets.close();
    this.#parts.rows.close();
    await this.store.close();
  }
}
