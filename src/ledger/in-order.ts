/**
 * Observations recorded in the order told, in whole batches: the way for records that are all there and
 * come faster than they are recorded. Lanes would take many small batches of them, and hold many of them.
 */
import type { Observation } from '../observation/observation.ts';
import { withCount } from './lanes.ts';
import type { RecordReport } from './recorder.ts';

/** One commit's worth. */
const BATCH = 1000;
/** The next is decided while the one before is written. */
const AT_ONCE = 2;
/** A source that goes on only tomorrow is not kept waiting for the rest of a batch. */
const LONGEST_WAIT_MS = 100;

type RecordInTurn = (observations: readonly Observation[]) => Promise<RecordReport>;

export class InOrder {
  /** Called when a batch fails while its source is waited for. */
  onFailure: () => void = () => undefined;
  readonly #record: RecordInTurn;
  readonly #underWay: Promise<void>[] = [];
  readonly #report = { observations: 0, events: 0, known: 0, quarantined: 0 };
  #waiting: Observation[] = [];
  /** Out of `#waiting`, and not recorded; of a batch that failed it is not known, so all of it. */
  #atWork = 0;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** `record` takes batches in turn: where one fails, those behind it fail as well. */
  constructor(record: RecordInTurn) {
    this.#record = record;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes an observation; resolves once there is room for more, with false where a batch failed. */
  async add(observation: Observation): Promise<boolean> {
    this.#waiting.push(observation);
    if (this.hasFailed) return false;
    if (this.#waiting.length < BATCH) {
      this.#timer ??= setTimeout(() => this.#sendUnlessBusy(), LONGEST_WAIT_MS);
      return true;
    }
    this.#send();
    while (this.#underWay.length >= AT_ONCE) await this.#underWay[0];
    return !this.hasFailed;
  }

  /** Waits until everything taken is recorded; throws what the first batch met that failed, with the count. */
  async finish(): Promise<RecordReport> {
    if (!this.hasFailed && this.#waiting.length > 0) this.#send();
    this.#stopTimer();
    await Promise.all(this.#underWay);
    if (this.#failure === undefined) return this.#report;
    throw withCount(this.#failure.error, this.#atWork + this.#waiting.length);
  }

  #sendUnlessBusy(): void {
    this.#timer = undefined;
    if (this.hasFailed || this.#waiting.length === 0) return;
    if (this.#underWay.length === 0) this.#send();
    else this.#timer = setTimeout(() => this.#sendUnlessBusy(), LONGEST_WAIT_MS);
  }

  #send(): void {
    this.#stopTimer();
    const batch = this.#waiting;
    this.#waiting = [];
    this.#atWork += batch.length;
    const recorded = this.#recordBatch(batch).finally(() => {
      this.#underWay.splice(this.#underWay.indexOf(recorded), 1);
    });
    this.#underWay.push(recorded);
  }

  async #recordBatch(batch: readonly Observation[]): Promise<void> {
    try {
      const { observations, events, known, quarantined } = await this.#record(batch);
      this.#atWork -= batch.length;
      this.#report.observations += observations;
      this.#report.events += events;
      this.#report.known += known;
      this.#report.quarantined += quarantined;
    } catch (error) {
      this.#failure ??= { error };
      this.onFailure();
    }
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
