/** A subscriber that goes on where it stopped: at least once, with nothing left out. */
import { type MonoTypeOperatorFunction, Observable, type Subscription } from 'rxjs';
import type { Checkpoint } from '../../store/event-store.ts';
import { type Change, Changes } from '../changes.ts';
import type { CheckpointStore } from './checkpoints.ts';
import { HandledPrefix } from './handled-prefix.ts';
import { Pulled } from './pulled.ts';

export interface ResumeOptions {
  /**
   * How many changes may be read beyond the oldest one that is not handled (default 10,000): that many
   * come again at most after a crash, and only their checkpoints are in memory meanwhile.
   */
  readonly window?: number;
}

const WINDOW = 10_000;

/**
 * Reads on after the checkpoint that is kept, and keeps one only after everything up to it is handled;
 * what was handled after it comes again next time, with the same event id. `handling` is the operator
 * that does the work, `handleInTurn(…)` or `inOrderPerChannel(…)`: it emits each change when it is
 * done, and leaves none out. Place it first: `changes().pipe(resumeFrom(checkpoints, handling))`.
 */
export function resumeFrom(
  checkpoints: CheckpointStore,
  handling: MonoTypeOperatorFunction<Change>,
  { window = WINDOW }: ResumeOptions = {},
): MonoTypeOperatorFunction<Change> {
  if (!Number.isSafeInteger(window) || window < 1) {
    throw new Error(`window must be a whole number from 1 on, not ${window}`);
  }
  return (source) => {
    if (!(source instanceof Changes)) {
      throw new Error('resumeFrom must be the first operator after changes()');
    }
    return new Observable<Change>((subscriber) => {
      const prefix = new HandledPrefix(window);
      let work: Subscription | undefined;
      const keeper = new Keeper(checkpoints, (error) => {
        work?.unsubscribe();
        subscriber.error(error);
      });
      const handed = new Pulled<Change>(async function* (signal) {
        const changes = source.after(await checkpoints.load());
        for await (const change of changes.pull(signal)) {
          await prefix.room(signal);
          if (signal.aborted) return;
          prefix.begin(change);
          yield change;
        }
      });
      const handled = handling(handed);
      work = handled.subscribe({
        next: (change) => {
          const checkpoint = prefix.done(change);
          if (checkpoint !== undefined) keeper.keep(checkpoint);
          subscriber.next(change);
        },
        // What is handled is kept before the end is told: who begins again then finds it.
        error: (error: unknown) => keeper.kept().finally(() => subscriber.error(error)),
        complete: () => keeper.kept().then(() => subscriber.complete()),
      });
      return () => work?.unsubscribe();
    });
  };
}

/** Saves one checkpoint after the other; where they come faster than they are saved, the newest. */
class Keeper {
  readonly #checkpoints: CheckpointStore;
  readonly #onFailed: (error: unknown) => void;
  #next: Checkpoint | undefined;
  #saving: Promise<void> | undefined;
  #hasFailed = false;

  constructor(checkpoints: CheckpointStore, onFailed: (error: unknown) => void) {
    this.#checkpoints = checkpoints;
    this.#onFailed = onFailed;
  }

  keep(checkpoint: Checkpoint): void {
    if (this.#hasFailed) return;
    this.#next = checkpoint;
    this.#saving ??= this.#save();
  }

  /** Resolves when the newest one is saved, or cannot be. */
  async kept(): Promise<void> {
    await this.#saving;
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    try {
      while (this.#next !== undefined) {
        const checkpoint = this.#next;
        this.#next = undefined;
        await this.#checkpoints.save(checkpoint);
      }
    } catch (error) {
      this.#hasFailed = true;
      this.#onFailed(error);
    }
    this.#saving = undefined;
  }
}
