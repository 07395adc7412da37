/** Observations put in the order of their times, as far as they are known ahead: a heap. */
import type { ChannelObservation } from '../../observation/observation.ts';

export class Timeline {
  readonly #heap: { readonly observation: ChannelObservation; readonly order: number }[] = [];
  #count = 0;

  add(observation: ChannelObservation): void {
    const heap = this.#heap;
    const item = { observation, order: this.#count++ };
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes out what happened by then, the earliest first; what was added first of one time. */
  *until(timeNs: bigint | undefined): Generator<ChannelObservation> {
    for (;;) {
      const first = this.#heap[0]?.observation;
      if (first === undefined) return;
      if (timeNs !== undefined && first.happenedAtNs > timeNs) return;
      this.#takeFirst();
      yield first;
    }
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return false;
    const [leftNs, rightNs] = [left.observation.happenedAtNs, right.observation.happenedAtNs];
    return leftNs === rightNs ? left.order < right.order : leftNs < rightNs;
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }
}
