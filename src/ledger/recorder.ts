/**
 * Observations in, events out: each is decided on its stream's state, sealed, and appended with the
 * revision it was decided on. Who loses a race reads again and decides again.
 */
import { setTimeout } from 'node:timers/promises';
import type { Observation } from '../observation/observation.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type LocalStore,
  type NewEvent,
  StoreError,
} from '../store/event-store.ts';
import { BatchDecider, type DecidingTurn, nodeStreamOf } from './batch-decider.ts';
import type { Appended, Decided, Part, Unfit } from './decided.ts';
import { InFlight } from './in-flight.ts';
import type { Keyring } from './keyring.ts';
import { withLinks } from './links.ts';
import { sealSubject } from './sealing.ts';
import { streamOf } from './streams.ts';
import { type Turn, Turns } from './turns.ts';

export interface RecordReport {
  readonly observations: number;
  readonly events: number;
  /** Observations that said nothing new. */
  readonly known: number;
  /** Observations that broke a rule, those that were in quarantine already among them. */
  readonly quarantined: number;
}

/** A batch's events of one stream, as they lie in the store now. */
export interface Recorded {
  readonly stream: string;
  readonly firstRevision: number;
  readonly events: readonly NewEvent[];
  /** Position of the last one. */
  readonly position: number;
}

export interface RecordOptions {
  /** Recorded in the order told, in whole batches, rather than peer beside peer: for records all there. */
  readonly isInOrder?: boolean;
  readonly onProgress?: (done: number, total?: number) => void;
  /** Told of what is appended while this goes on, in order; the events are not to be kept. */
  readonly onRecorded?: (recorded: readonly Recorded[]) => void;
}

type MutableReport = { -readonly [Figure in keyof RecordReport]: RecordReport[Figure] };

interface Recording {
  readonly unfit: Unfit;
  readonly report: MutableReport;
  readonly turn: Turn;
}

interface RecordedParts {
  readonly lost: Set<Observation>;
  /** What comes from here on was not decided. */
  readonly end: number;
}

export interface RecorderOptions {
  readonly store: LocalStore;
  readonly keyring: Keyring;
  /** Told of what was appended, in order, before `record` answers. */
  readonly onRecorded: (recorded: readonly Recorded[]) => void;
}

/** A stream that loses this many races in a row is written to by something that never pauses. */
const MAX_ATTEMPTS = 32;
/** Two that lose to each other again and again must not go on in step. */
const LONGEST_PAUSE_MS = 50;
/** So many parts of a batch may be with the writer while the next is decided: it never waits. */
const PARTS_AHEAD = 4;

export class Recorder {
  readonly #store: LocalStore;
  readonly #keyring: Keyring;
  readonly #onRecorded: RecorderOptions['onRecorded'];
  readonly #inFlight = new InFlight();
  readonly #turns = new Turns();
  readonly #decider: BatchDecider;

  constructor(options: RecorderOptions) {
    this.#store = options.store;
    this.#keyring = options.keyring;
    this.#onRecorded = options.onRecorded;
    this.#decider = new BatchDecider({
      store: options.store,
      keyring: options.keyring,
      inFlight: this.#inFlight,
      append: this.#append.bind(this),
    });
  }

  /** Records a batch after those given before it, whose last part may still be on its way to the disk. */
  recordInTurn(observations: readonly Observation[]): Promise<RecordReport> {
    return this.#turns.take((turn) => this.record(observations, turn));
  }

  /** Records a batch: one append per observation, all of them in one commit where possible. */
  async record(
    observations: readonly Observation[],
    turn = this.#turns.own(),
  ): Promise<RecordReport> {
    this.#keyring.prepare(newChannels(observations));
    const linked = observations.map((observation) => withLinks(this.#keyring, observation));
    try {
      return await this.#record(linked, turn);
    } catch (cause) {
      this.#forgetAll(linked);
      throw cause;
    } finally {
      this.#decider.release();
    }
  }

  async #record(observations: readonly Observation[], turn: Turn): Promise<RecordReport> {
    let todo = observations;
    const unfit: Unfit = new Map();
    const report = { observations: todo.length, events: 0, known: 0, quarantined: 0 };
    for (let attempt = 0; todo.length > 0; attempt++) {
      if (attempt === MAX_ATTEMPTS) {
        throw new StoreError(
          'another process keeps writing to the same streams: stop one of the two',
        );
      }
      const { lost, end } = await this.#recordParts(todo, { unfit, report, turn });
      const again = lost.size === 0 ? [] : todo.slice(0, end).filter((one) => lost.has(one));
      todo = [...again, ...todo.slice(end)];
      if (todo.length > 0 && (lost.size > 0 || turn.isHeldUp)) await turn.goOn();
      if (lost.size > 0 && attempt > 0) await pause(attempt);
      if (lost.size === 0) attempt = -1;
    }
    return report;
  }

  /** Decides parts while those before them are written, until all are or one has lost a race. */
  async #recordParts(
    observations: readonly Observation[],
    { unfit, report, turn }: Recording,
  ): Promise<RecordedParts> {
    let hasLost = false;
    const lose = () => {
      hasLost = true;
      turn.lose();
    };
    const { batch, begin, end: ended } = turn;
    const deciding = this.#decider.decide(observations, unfit, { batch, begin, end: ended, lose });
    const lost = new Set<Observation>();
    const parts: Part[] = [];
    let end = 0;
    let isWhole = true;
    try {
      // What was decided on a part that lost has lost there too; the rest is decided on what is there now.
      while (!hasLost && isWhole && !turn.isHeldUp) {
        const next = deciding.next();
        if (next.done) {
          if (end === observations.length) turn.decided();
          break;
        }
        parts.push(next.value);
        end = next.value.end;
        const { until } = next.value;
        const mayWait = until === undefined ? PARTS_AHEAD : 0;
        while (parts.length > mayWait) await this.#finish(parts.shift(), lost, report);
        isWhole = (await until) !== false;
      }
      deciding.return();
      while (parts.length > 0) await this.#finish(parts.shift(), lost, report);
    } catch (cause) {
      // Before anybody else can find in the states what is never going to be stored.
      deciding.return();
      this.#forgetAll(observations);
      throw cause;
    } finally {
      // Where one part fails, the next may be stored: it ends before that is told.
      await Promise.allSettled(parts.map(({ stored }) => stored));
    }
    return { lost, end };
  }

  /** Waits for a part's events to be stored, and adds what has to be decided again to `lost`. */
  async #finish(
    part: Part | undefined,
    lost: Set<Observation>,
    report: MutableReport,
  ): Promise<void> {
    if (part === undefined) return;
    const { decided, appending, stored } = part;
    for (const one of this.#settle(appending, await stored, report)) lost.add(one);
    const lostStreams = new Set([...lost].map(streamOf));
    for (const { observation, request, isQuarantined, isStored } of decided) {
      if (request !== undefined) continue;
      const isLost = lostStreams.has(streamOf(observation)) || (await isStored) === false;
      if (isLost) lost.add(observation);
      else if (isQuarantined) report.quarantined++;
      else report.known++;
    }
  }

  /** Forgets what is held of a stream, so that it is read again. */
  forget(stream: string): void {
    this.#decider.forget(stream);
  }

  /** Their states may hold what was decided and never written. */
  #forgetAll(observations: readonly Observation[]): void {
    for (const observation of observations) {
      this.forget(streamOf(observation));
      this.forget(nodeStreamOf(observation));
    }
  }

  #append(decided: readonly Decided[], options: AppendOptions, turn: DecidingTurn): Appended {
    const appending: Decided[] = [];
    const requests: AppendRequest[] = [];
    for (const one of decided) {
      if (one.request === undefined) continue;
      appending.push(one);
      requests.push(one.request);
    }
    if (requests.length === 0) return { decided, appending, stored: Promise.resolve([]) };
    const stored = this.#store.appendMany(requests, options);
    const streams = requests.map(({ stream }) => stream);
    // Where it fails, what was written is not known: the states must be read again.
    this.#inFlight.follow(streams, stored, (stream) => {
      this.forget(stream);
      turn.lose();
    });
    turn.begin();
    // After what was lost is told: nobody goes on before.
    stored.then(turn.end, turn.end);
    return { decided, appending, stored };
  }

  /** Takes what was appended into the report; gives back what has to be decided again. */
  #settle(
    appending: readonly Decided[],
    results: readonly AppendResult[],
    report: MutableReport,
  ): Set<Observation> {
    const recorded: Recorded[] = [];
    const lost = new Set<Observation>();
    let nth = 0;
    for (const { observation, request, isQuarantined } of appending) {
      const result = results[nth++];
      if (request === undefined || result === undefined) continue;
      const { stream, events } = request;
      if (!result.ok) {
        this.forget(streamOf(observation));
        lost.add(observation);
        continue;
      }
      report.events += events.length;
      if (isQuarantined) report.quarantined++;
      const firstRevision = result.lastRevision - events.length + 1;
      recorded.push({ stream, firstRevision, events, position: result.position });
    }
    if (recorded.length > 0) this.#onRecorded(recorded);
    return lost;
  }
}

function pause(attempt: number): Promise<void> {
  return setTimeout(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** attempt));
}

/** Whose keys a batch will ask for: what opens a channel is sealed under the channel's own. */
function newChannels(observations: readonly Observation[]): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const observation of observations) {
    if (observation.about !== 'channel' || observation.fact.type !== 'ChannelOpened') continue;
    const { nodeId, channelId } = observation;
    subjects.add(sealSubject({ category: 'channel', nodeId, subjectId: channelId }));
  }
  return subjects;
}
