/**
 * A persistent subscription group: events given out among its consumers, each until it is acknowledged,
 * at least once and in no promised order; what fails too often is parked.
 */
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import { type Failure, failureOf, groupDropped, groupIsFull } from '../failures.ts';
import { streamFrom } from '../subscribing.ts';
import { chosen } from './choice.ts';
import type { Consumer, Message } from './consumer.ts';
import { ALL, type GroupSettings, type GroupState, wantedBy } from './group-state.ts';

export type Refusal = 'retry' | 'park' | 'skip' | 'stop';

/** Read before somebody can take it: little, so that an idle group holds next to nothing. */
const READ_AHEAD = 32;
const LATE_CHECK_MS = 100;

export class Group {
  readonly source: string;
  readonly name: string;
  readonly #store: LocalStore;
  readonly #onChange: () => void;
  readonly #abort = new AbortController();
  readonly #consumers: Consumer[] = [];
  readonly #ready: StoredEvent[] = [];
  readonly #retries: Message[] = [];
  readonly #replays: number[] = [];
  readonly #parked: Set<number>;
  #settings: GroupSettings;
  #checkpoint: number;
  #lastRead: number;
  #turn = 0;
  #givenBefore = 0;
  #sinceSaved = 0;
  #isReading = false;
  #resume: (() => void) | undefined;
  #lateCheck: NodeJS.Timeout | undefined;
  #saveLater: NodeJS.Timeout | undefined;

  /** `onChange` is called when what is kept of the group should be written. */
  constructor(store: LocalStore, state: GroupState, onChange: () => void) {
    this.source = state.source;
    this.name = state.name;
    this.#store = store;
    this.#onChange = onChange;
    this.#settings = state.settings;
    this.#checkpoint = state.checkpoint;
    this.#lastRead = state.checkpoint;
    this.#parked = new Set(state.parked);
  }

  get settings(): GroupSettings {
    return this.#settings;
  }

  get consumers(): readonly Consumer[] {
    return this.#consumers;
  }

  /** How many events it has given out since it was opened, to those that have left as well. */
  get givenCount(): number {
    return this.#consumers.reduce((sum, { total }) => sum + total, this.#givenBefore);
  }

  get retryCount(): number {
    return this.#retries.length;
  }

  get readCount(): number {
    return this.#ready.length;
  }

  get parked(): readonly number[] {
    return [...this.#parked];
  }

  /** What is written of it; the checkpoint lies before the first event that is not handled. */
  state(): GroupState {
    const { source, name } = this;
    this.#moveCheckpoint();
    const parked = [...this.#parked];
    return { source, name, settings: this.#settings, checkpoint: this.#checkpoint, parked };
  }

  /** Throws a Failure where no further consumer may join. */
  assertRoom(): void {
    const most = this.#settings.maxSubscriberCount;
    if (most > 0 && this.#consumers.length >= most) throw groupIsFull(this.source, this.name);
  }

  join(consumer: Consumer): void {
    this.assertRoom();
    this.#consumers.push(consumer);
    this.#lateCheck ??= setInterval(() => this.#guarded(() => this.#takeBackLate()), LATE_CHECK_MS);
    this.#startReading();
    this.#deliver();
  }

  /** What it had not answered goes to another. */
  leave(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index === -1) return;
    this.#consumers.splice(index, 1);
    this.#givenBefore += consumer.total;
    for (const message of consumer.takeBackAll()) this.#again(message);
    if (this.#consumers.length === 0) {
      clearInterval(this.#lateCheck);
      this.#lateCheck = undefined;
    }
    this.#deliver();
  }

  acknowledge(consumer: Consumer, ids: readonly string[]): void {
    for (const id of ids) {
      const message = consumer.takeBack(id);
      if (message !== undefined) this.#handled(message);
    }
    this.#deliver();
  }

  refuse(consumer: Consumer, ids: readonly string[], action: Refusal): void {
    for (const id of ids) {
      const message = consumer.takeBack(id);
      if (message === undefined) continue;
      if (action === 'park') this.#park(message);
      else if (action === 'skip') this.#handled(message);
      else this.#again(message);
    }
    if (action === 'stop') consumer.fail(groupDropped(this.source, this.name));
    this.#deliver();
  }

  /** Gives parked events out again; they stay parked until somebody has handled them. */
  replayParked(most: number): void {
    const waiting = new Set(this.#replays);
    for (const position of [...this.#parked].slice(0, most)) {
      if (!waiting.has(position)) this.#replays.push(position);
    }
    this.#deliver();
  }

  /** Other settings: its consumers are sent away, as the real server does, and come again. */
  update(settings: GroupSettings): void {
    this.#settings = settings;
    this.#dropConsumers();
    this.#onChange();
  }

  close(failure: Failure = groupDropped(this.source, this.name)): void {
    this.#abort.abort();
    this.#resume?.();
    clearTimeout(this.#saveLater);
    this.#dropConsumers(failure);
    clearInterval(this.#lateCheck);
  }

  #dropConsumers(failure: Failure = groupDropped(this.source, this.name)): void {
    for (const consumer of [...this.#consumers]) {
      consumer.fail(failure);
      this.leave(consumer);
    }
  }

  #startReading(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#read().catch((cause: unknown) => {
      this.#isReading = false;
      this.#dropConsumers(failureOf(cause));
    });
  }

  async #read(): Promise<void> {
    const isWanted = wantedBy(this.#settings);
    for await (const event of this.#events()) {
      if (this.#abort.signal.aborted) return;
      this.#lastRead = event.position;
      if (isWanted !== undefined && !isWanted(event)) continue;
      this.#ready.push(event);
      this.#deliver();
      while (this.#ready.length >= READ_AHEAD && !this.#abort.signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      }
    }
  }

  async *#events(): AsyncGenerator<StoredEvent> {
    const { signal } = this.#abort;
    if (this.source === ALL) {
      yield* this.#store.subscribe(String(this.#lastRead), undefined, signal);
      return;
    }
    const revision = this.#store.revisionAtPosition(this.source, this.#lastRead) + 1;
    for await (const event of streamFrom(this.#store, this.source, revision, signal)) {
      if (event !== 'caught up') yield event;
    }
  }

  /** Gives out what there is for as long as somebody takes it. */
  #deliver(): void {
    for (;;) {
      const message = this.#next();
      if (message === undefined) break;
      const consumer = chosen(this.#consumers, this.#settings.strategy, message.event, this.#turn);
      if (consumer === undefined) {
        this.#retries.unshift(message);
        break;
      }
      this.#turn++;
      consumer.give(message);
    }
    if (this.#ready.length < READ_AHEAD) {
      const resume = this.#resume;
      this.#resume = undefined;
      resume?.();
    }
  }

  #next(): Message | undefined {
    if (!this.#consumers.some(({ slots }) => slots > 0)) return undefined;
    const retry = this.#retries.shift();
    if (retry !== undefined) return retry;
    const replayed = this.#nextReplay();
    if (replayed !== undefined) return { event: replayed, retryCount: 0, isReplay: true };
    const event = this.#ready.shift();
    return event === undefined ? undefined : { event, retryCount: 0, isReplay: false };
  }

  #nextReplay(): StoredEvent | undefined {
    const position = this.#replays.shift();
    if (position === undefined) return undefined;
    for (const event of this.#store.allEvents(position - 1)) return event;
    return undefined;
  }

  #again(message: Message): void {
    const retryCount = message.retryCount + 1;
    if (retryCount > this.#settings.maxRetryCount) this.#park(message);
    else this.#retries.push({ ...message, retryCount });
  }

  #park({ event }: Message): void {
    this.#parked.add(event.position);
    this.#changed();
  }

  #handled({ event, isReplay }: Message): void {
    if (isReplay) this.#parked.delete(event.position);
    this.#changed();
  }

  /** Checkpoint and parked events are written together: until then the events come again. */
  #changed(): void {
    this.#sinceSaved++;
    const { maxCheckpointCount, checkpointAfterMs } = this.#settings;
    // Once: a timer put off by every acknowledgement would never run.
    const isDue = this.#sinceSaved === Math.max(1, maxCheckpointCount);
    if (isDue) clearTimeout(this.#saveLater);
    else if (this.#saveLater !== undefined) return;
    const delayMs = isDue ? 0 : Math.max(1, checkpointAfterMs);
    this.#saveLater = setTimeout(() => this.#guarded(() => this.#save()), delayMs).unref();
  }

  /** Nobody waits for a timer: what fails there is told to the consumers, who come again. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (cause) {
      this.#dropConsumers(failureOf(cause));
    }
  }

  #save(): void {
    clearTimeout(this.#saveLater);
    this.#saveLater = undefined;
    this.#sinceSaved = 0;
    this.#onChange();
  }

  #takeBackLate(): void {
    const { messageTimeoutMs } = this.#settings;
    if (messageTimeoutMs <= 0) return;
    const before = performance.now() - messageTimeoutMs;
    for (const consumer of this.#consumers) {
      for (const message of consumer.takeBackOlderThan(before)) this.#again(message);
    }
    this.#deliver();
  }

  #moveCheckpoint(): void {
    let lowest = this.#ready[0]?.position ?? this.#lastRead + 1;
    for (const consumer of this.#consumers) lowest = Math.min(lowest, consumer.lowest());
    for (const { event, isReplay } of this.#retries) {
      if (!isReplay) lowest = Math.min(lowest, event.position);
    }
    this.#checkpoint = Math.max(this.#checkpoint, lowest - 1);
  }
}
