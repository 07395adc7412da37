/**
 * Up to where everything is handled. Handlers end in any order, and a checkpoint stands for all that
 * came before it: it may only move over changes that are handled without a hole.
 */
import type { Checkpoint } from '../../store/event-store.ts';
import type { Change } from '../changes.ts';

interface Begun {
  readonly checkpoint: Checkpoint;
  isDone: boolean;
}

export class HandledPrefix {
  readonly #window: number;
  /** In the order they were handed out; a Map keeps it. */
  readonly #begun = new Map<string, Begun>();
  #makeRoom: (() => void) | undefined;

  /** `window`: how many changes may be out at once, from the oldest one that is not handled on. */
  constructor(window: number) {
    this.#window = window;
  }

  get size(): number {
    return this.#begun.size;
  }

  begin({ event, checkpoint }: Change): void {
    this.#begun.set(event.id, { checkpoint, isDone: false });
  }

  /** The checkpoint that holds now, where this one's end moved it. */
  done({ event }: Change): Checkpoint | undefined {
    const begun = this.#begun.get(event.id);
    if (begun === undefined) return undefined;
    begun.isDone = true;
    let moved: Checkpoint | undefined;
    for (const [id, { checkpoint, isDone }] of this.#begun) {
      if (!isDone) break;
      moved = checkpoint;
      this.#begun.delete(id);
    }
    if (this.#begun.size < this.#window) this.#makeRoom?.();
    return moved;
  }

  /** Resolves when another one may be handed out: behind a stuck one they must not pile up. */
  async room(signal: AbortSignal): Promise<void> {
    if (this.#begun.size < this.#window || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#makeRoom = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#makeRoom = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
