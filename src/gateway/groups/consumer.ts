/** One client of a group: what it was given and has not answered yet. */
import type { StoredEvent } from '../../store/event-store.ts';
import type { Failure } from '../failures.ts';

export interface Message {
  readonly event: StoredEvent;
  /** How often it was given out before. */
  readonly retryCount: number;
  /** It was parked, and is there again because somebody asked for it. */
  readonly isReplay: boolean;
}

export interface GivenOut extends Message {
  readonly givenAtMs: number;
}

/** What the group needs of the call behind a consumer. */
export interface ConsumerCall {
  /** The UUID by which the client will acknowledge it. */
  send(message: Message): string;
  fail(failure: Failure): void;
}

export class Consumer {
  readonly #call: ConsumerCall;
  readonly #bufferSize: number;
  readonly #underWay = new Map<string, GivenOut>();
  total = 0;

  /** `bufferSize`: how many messages the client takes before it has answered the first. */
  constructor(call: ConsumerCall, bufferSize: number) {
    this.#call = call;
    this.#bufferSize = Math.max(1, bufferSize);
  }

  get slots(): number {
    return this.#bufferSize - this.#underWay.size;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  give(message: Message): void {
    this.total++;
    const id = this.#call.send(message);
    this.#underWay.set(id, { ...message, givenAtMs: performance.now() });
  }

  /** The message with that id, which is then no longer under way. */
  takeBack(id: string): Message | undefined {
    const message = this.#underWay.get(id);
    this.#underWay.delete(id);
    return message;
  }

  takeBackAll(): readonly Message[] {
    const messages = [...this.#underWay.values()];
    this.#underWay.clear();
    return messages;
  }

  /** What the client has not answered in time. */
  takeBackOlderThan(givenAtMs: number): readonly Message[] {
    const late: Message[] = [];
    for (const [id, message] of this.#underWay) {
      // Given out in this order: the first that is young enough ends it.
      if (message.givenAtMs > givenAtMs) break;
      this.#underWay.delete(id);
      late.push(message);
    }
    return late;
  }

  /** The earliest position of what is not handled yet. */
  lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { event, isReplay } of this.#underWay.values()) {
      if (!isReplay) lowest = Math.min(lowest, event.position);
    }
    return lowest;
  }

  fail(failure: Failure): void {
    this.#call.fail(failure);
  }
}
