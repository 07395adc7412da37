/**
 * Rows and snapshots compared with the same thing folded from nothing: what is kept up event by event
 * must be what the log says (DESIGN §2, principle 1).
 */
import type { RowBase } from '../../../projections/projection.ts';
import { timeNsOf } from '../../schema/time.ts';
import {
  type EventBody,
  type KeptRow,
  type KeptSnapshot,
  type LocalStore,
  StoreError,
} from '../../store/event-store.ts';
import { logicalOrderOf, prefixesOf, runsOf } from '../logical-order.ts';
import { foldOn, type View } from '../view.ts';
import type { Pace } from './pace.ts';
import type { Findings } from './report.ts';
import { Snapshots } from './snapshots.ts';

export const rowRules = ['row-equals-rebuilt', 'snapshot-equals-rebuilt'] as const;
const [ROW, SNAPSHOT] = rowRules;

const OTHER_VERSION = 'kept by another version, so it will be refolded';
const NOT_EQUAL = 'it is not what the events fold to';
/** Each of those that a late fact belongs before costs a fold of its own. */
const MAX_FOLDED_ALONE = 64;
const TOO_MANY_LATE = `before more than ${MAX_FOLDED_ALONE} of the stream a fact was told late`;

export interface KeptRowsOptions {
  readonly store: LocalStore;
  readonly findings: Findings;
  readonly pace: Pace;
}

export class KeptRowsPass {
  readonly #options: KeptRowsOptions;

  constructor(options: KeptRowsOptions) {
    this.#options = options;
  }

  /** Holds one stream's row and snapshots of one projection to what its events fold to. */
  async take(view: View<RowBase>, stream: string, whyNot: string | undefined): Promise<void> {
    const { store, findings } = this.#options;
    const row = store.keptRow(view.name, stream);
    const snapshots = new Snapshots(store, view.name, stream);
    if (row === undefined) findings.notCheckable(ROW, 'no row is kept');
    if (row === undefined && snapshots.isEmpty) return;
    if (whyNot !== undefined) {
      if (row !== undefined) findings.notCheckable(ROW, whyNot);
      findings.notCheckable(SNAPSHOT, whyNot, snapshots.revisions.length);
      return;
    }
    const comparison = new Comparison(view, stream, this.#options);
    try {
      const kept = row && comparison.usable(row);
      await comparison.run(kept, snapshots);
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      findings.broken(ROW, comparison.place('row'), cause.message);
    }
  }
}

class Comparison {
  readonly #view: View<RowBase>;
  readonly #stream: string;
  readonly #options: KeptRowsOptions;
  readonly #head: number;

  constructor(view: View<RowBase>, stream: string, options: KeptRowsOptions) {
    this.#view = view;
    this.#stream = stream;
    this.#options = options;
    this.#head = options.store.streamHead(stream)?.revision ?? -1;
  }

  place(what: string, position = 0) {
    return { position, where: `${this.#view.name} ${what} of ${this.#stream}` };
  }

  /** The row, unless nothing can be compared with it. */
  usable(kept: KeptRow): KeptRow | undefined {
    const { findings } = this.#options;
    if (kept.version !== this.#view.fold.version) findings.notCheckable(ROW, OTHER_VERSION);
    else if (kept.revision > this.#head) {
      const detail = `it knows revision ${kept.revision}, and the stream ends at ${this.#head}`;
      findings.broken(ROW, this.place('row'), detail);
    } else return kept;
    return undefined;
  }

  async run(kept: KeptRow | undefined, snapshots: Snapshots): Promise<void> {
    const { findings, pace } = this.#options;
    const toRevision = Math.min(this.#head, Math.max(kept?.revision ?? -1, snapshots.last));
    const row = this.#view.fold.initial(this.#stream);
    const alone: KeptSnapshot[] = [];
    let tooMany = 0;
    for (const { event, isPrefix } of this.#ordered(toRevision)) {
      foldOn(this.#view, row, [event]);
      const snapshot = snapshots.take(row.eventCount - 1);
      if (snapshot !== undefined) {
        if (isPrefix) this.#compare(row, snapshot);
        else if (alone.length < MAX_FOLDED_ALONE) alone.push(snapshot);
        else tooMany++;
      }
      if (pace.step()) await pace.rest();
    }
    for (const revision of snapshots.left()) {
      const place = this.place(`snapshot ${revision}`);
      findings.broken(SNAPSHOT, place, `the stream ends at ${this.#head}`);
    }
    for (const snapshot of alone) {
      this.#compare(this.#folded(snapshot.revision), snapshot);
      await pace.rest();
    }
    findings.notCheckable(SNAPSHOT, TOO_MANY_LATE, tooMany);
    if (kept === undefined) return;
    const rebuilt = kept.revision === toRevision ? row : this.#folded(kept.revision);
    const isEqual = this.#view.fold.codec.encode(rebuilt) === kept.json;
    findings.judge(ROW, this.place('row'), isEqual ? undefined : NOT_EQUAL);
  }

  #compare(row: RowBase, snapshot: KeptSnapshot): void {
    const { findings, store } = this.#options;
    const { revision, version, json, position, happenedAtNs } = snapshot;
    if (version !== this.#view.fold.version) {
      findings.notCheckable(SNAPSHOT, OTHER_VERSION);
      return;
    }
    const isRight =
      this.#view.fold.codec.encode(row) === json &&
      store.revisionAtPosition(this.#stream, position) === revision &&
      timeNsOf(row.lastEventAt ?? '') === happenedAtNs;
    const place = this.place(`snapshot ${revision}`, position);
    findings.judge(SNAPSHOT, place, isRight ? undefined : NOT_EQUAL);
  }

  /** What was known at a revision, in the order in which that had happened. */
  #folded(toRevision: number): RowBase {
    const row = this.#view.fold.initial(this.#stream);
    for (const { event } of this.#ordered(toRevision)) foldOn(this.#view, row, [event]);
    return row;
  }

  /** `isPrefix`: the events so far are also the first ones that were recorded. */
  *#ordered(
    toRevision: number,
  ): Generator<{ readonly event: EventBody; readonly isPrefix: boolean }> {
    const { store } = this.#options;
    if (toRevision < 0) return;
    if (!store.isOutOfOrder(this.#stream)) {
      for (const event of store.streamBodies(this.#stream, { toRevision })) {
        yield { event, isPrefix: true };
      }
      return;
    }
    const order = logicalOrderOf(store, this.#stream, toRevision);
    const prefixes = prefixesOf(order);
    let count = 0;
    for (const run of runsOf(order, 0, order.revisions.length)) {
      for (const event of store.streamBodies(this.#stream, run)) {
        count++;
        yield { event, isPrefix: prefixes[count] === 1 };
      }
    }
  }
}
