/**
 * Observations recorded in parallel over peers and strictly in order within one (DESIGN §9): a lane
 * for each peer of each node. One slow or quarantined peer never holds up another.
 */
import type { Observation } from '../observation/observation.ts';
import { StoreError } from '../store/event-store.ts';
import type { RecordReport } from './recorder.ts';

type RecordBatch = (observations: readonly Observation[]) => Promise<RecordReport>;

/** One commit's worth. */
const BATCH = 1000;
/** A lane that is blocked takes this many before the source is made to wait. */
const MAX_WAITING = 100_000;

export class Lanes {
  readonly #record: RecordBatch;
  readonly #isSingle: boolean;
  readonly #lanes = new Map<string, Lane>();
  #hasFailed = false;
  /** A channel stays in the lane it was first seen in. */
  readonly #laneOfChannel = new Map<string, string>();

  constructor(record: RecordBatch, options: { readonly isSingle: boolean }) {
    this.#record = record;
    this.#isSingle = options.isSingle;
  }

  /** Called when a lane fails while its source is waited for; one at a time. */
  onFailure: () => void = () => undefined;

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Takes an observation; resolves once its lane has room for more, with false where the lane failed:
   * then nothing more of it is taken, and `finish` says why.
   */
  async add(observation: Observation): Promise<boolean> {
    const name = this.#isSingle ? 'all' : this.#laneOf(observation);
    const lane = this.#lanes.get(name) ?? new Lane(this.#record, () => this.#fail());
    this.#lanes.set(name, lane);
    const room = lane.add(observation);
    if (room !== undefined) await room;
    return !lane.hasFailed;
  }

  /**
   * Waits until everything taken is recorded. Where lanes failed, the others still come to their end;
   * then it throws what the first one met, and says how much was told and not recorded.
   */
  async finish(): Promise<RecordReport> {
    const lanes = [...this.#lanes.values()];
    await Promise.all(lanes.map((lane) => lane.finish()));
    const failed = lanes.find(({ hasFailed }) => hasFailed);
    if (failed !== undefined) {
      throw withCount(
        failed.error,
        lanes.reduce((sum, lane) => sum + lane.unrecorded, 0),
      );
    }
    const total = { observations: 0, events: 0, known: 0, quarantined: 0 };
    for (const { report } of this.#lanes.values()) {
      total.observations += report.observations;
      total.events += report.events;
      total.known += report.known;
      total.quarantined += report.quarantined;
    }
    return total;
  }

  #fail(): void {
    this.#hasFailed = true;
    this.onFailure();
  }

  #laneOf(observation: Observation): string {
    switch (observation.about) {
      case 'channel': {
        const channel = `${observation.nodeId}.${observation.channelId}`;
        const known = this.#laneOfChannel.get(channel);
        if (known !== undefined) return known;
        const peer = observation.context?.peerId;
        const lane = peer === undefined ? channel : `${observation.nodeId}.${peer}`;
        this.#laneOfChannel.set(channel, lane);
        return lane;
      }
      case 'peer':
        return `${observation.nodeId}.${observation.peerId}`;
      case 'node':
        return observation.nodeId;
      case 'gossip':
        return 'gossip';
    }
  }
}

/**
 * What a source tells, until a lane fails: a source that is silent for hours must not keep that to itself.
 */
export async function* untilFailed<T>(
  source: Iterable<T> | AsyncIterable<T>,
  lanes: Pick<Lanes, 'hasFailed' | 'onFailure'>,
): AsyncGenerator<T> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let isOver = false;
  try {
    while (!lanes.hasFailed) {
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        lanes.onFailure = () => resolve(undefined);
        Promise.resolve(iterator.next()).then(resolve, reject);
      });
      if (next === undefined) return;
      isOver = next.done === true;
      if (isOver) return;
      yield next.value;
    }
  } catch (cause) {
    isOver = true;
    throw cause;
  } finally {
    // Not waited for: a generator that waits for its next ends only once that has come.
    if (!isOver) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** An error of ours is said to be one: only a store's is a sentence for its user. */
export function withCount(error: unknown, unrecorded: number): unknown {
  if (!(error instanceof StoreError)) return error;
  const what = unrecorded === 1 ? '1 observation is' : `${unrecorded} observations are`;
  return new StoreError(`${error.message}; ${what} not recorded`, {
    cause: error,
  });
}

class Lane {
  readonly report = { observations: 0, events: 0, known: 0, quarantined: 0 };
  readonly #record: RecordBatch;
  readonly #onFailure: () => void;
  #waiting: Observation[] = [];
  /** Out of `#waiting`, and not recorded yet. */
  #atWork = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #roomFor: (() => void)[] = [];

  constructor(record: RecordBatch, onFailure: () => void) {
    this.#record = record;
    this.#onFailure = onFailure;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get error(): unknown {
    return this.#failure?.error;
  }

  /** What was told and is not recorded; of a batch that failed it is not known, so all of it. */
  get unrecorded(): number {
    return this.#atWork + this.#waiting.length;
  }

  add(observation: Observation): Promise<void> | undefined {
    this.#waiting.push(observation);
    if (this.hasFailed) return undefined;
    this.#running ??= this.#run();
    if (this.#waiting.length < MAX_WAITING) return undefined;
    return new Promise((resolve) => this.#roomFor.push(resolve));
  }

  async finish(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // What arrives in the same turn goes into one commit.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0, BATCH);
        this.#atWork = batch.length;
        const { events, known, quarantined, observations } = await this.#record(batch);
        this.#atWork = 0;
        this.report.observations += observations;
        this.report.events += events;
        this.report.known += known;
        this.report.quarantined += quarantined;
        this.#makeRoom();
      }
    } catch (error) {
      this.#failure = { error };
      this.#makeRoom();
      this.#onFailure();
    } finally {
      this.#running = undefined;
    }
  }

  #makeRoom(): void {
    const waiting = this.#roomFor;
    this.#roomFor = [];
    for (const resume of waiting) resume();
  }
}
