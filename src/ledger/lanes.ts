/**
 * Observations recorded in parallel over peers and strictly in order within one (DESIGN §9): a lane
 * for each peer of each node. One slow or quarantined peer never holds up another.
 */
import type { Observation } from '../observation/observation.ts';
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
  /** A channel stays in the lane it was first seen in. */
  readonly #laneOfChannel = new Map<string, string>();

  constructor(record: RecordBatch, options: { readonly isSingle: boolean }) {
    this.#record = record;
    this.#isSingle = options.isSingle;
  }

  /** Takes an observation; resolves once its lane has room for more. Throws what a lane met. */
  async add(observation: Observation): Promise<void> {
    const name = this.#isSingle ? 'all' : this.#laneOf(observation);
    const lane = this.#lanes.get(name) ?? new Lane(this.#record);
    this.#lanes.set(name, lane);
    const room = lane.add(observation);
    if (room !== undefined) await room;
  }

  /** Waits until everything taken is recorded. */
  async finish(): Promise<RecordReport> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.finish()));
    const total = { observations: 0, events: 0, known: 0, quarantined: 0 };
    for (const { report } of this.#lanes.values()) {
      total.observations += report.observations;
      total.events += report.events;
      total.known += report.known;
      total.quarantined += report.quarantined;
    }
    return total;
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

class Lane {
  readonly report = { observations: 0, events: 0, known: 0, quarantined: 0 };
  readonly #record: RecordBatch;
  #waiting: Observation[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #roomFor: (() => void)[] = [];

  constructor(record: RecordBatch) {
    this.#record = record;
  }

  add(observation: Observation): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#waiting.push(observation);
    this.#running ??= this.#run();
    if (this.#waiting.length < MAX_WAITING) return undefined;
    return new Promise((resolve) => this.#roomFor.push(resolve));
  }

  async finish(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(): Promise<void> {
    // What arrives in the same turn goes into one commit.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0, BATCH);
        const { events, known, quarantined, observations } = await this.#record(batch);
        this.report.observations += observations;
        this.report.events += events;
        this.report.known += known;
        this.report.quarantined += quarantined;
        this.#makeRoom();
      }
    } catch (error) {
      this.#failure = { error };
      this.#makeRoom();
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
