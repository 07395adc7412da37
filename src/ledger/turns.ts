/**
 * Batches that are recorded in the order of their calls: the next is decided while the one before is
 * still being written, and its answer comes after that one's.
 */
import { StoreError } from '../store/event-store.ts';

/** What recording a batch says of itself, and asks, where other batches wait for it. */
export interface Turn {
  /** Its number in the store: what one call of a number loses, the later ones of that number lose. */
  batch(): number;
  /** Something of it is on its way to the store. */
  begin(): void;
  /** It is there, or is not: after `lose` in that case. */
  end(): void;
  /** Everything is decided, and the next batch may be decided on it. */
  decided(): void;
  /** Something of it lost a race or failed: said before anything is decided on what is there now. */
  lose(): void;
  /** Something was lost, and is not all known yet, or not stored where a batch before it lost it. */
  readonly isHeldUp: boolean;
  /** Resolves when it may decide again; throws a StoreError where a batch before it failed. */
  goOn(): Promise<void>;
}

interface Place {
  readonly decided: Promise<void>;
  readonly ended: Promise<void>;
}

let batches = 0;

export class Turns {
  #newest: Place = { decided: Promise.resolve(), ended: Promise.resolve() };
  #given = 0;
  /** Those that have lost something and not recorded it yet. */
  readonly #losers = new Set<number>();
  /** Those before this one were given when nobody had heard yet of one that failed. */
  #givenBeforeFailure = 0;
  /**
   * Shared by all that are under way, since they share the streams' states: what one loses on a stream,
   * those decided on it must lose there too, and not fit another writer's revision by chance. Where
   * something is lost, nothing begins until all that was under way has ended: then a new number begins.
   */
  #batch = ++batches;
  #underWay = 0;
  #settling: PromiseWithResolvers<void> | undefined;

  /** The turn of a batch that no other waits for. */
  own(): Turn {
    const isHeldUp = () => this.#settling !== undefined;
    return {
      ...this.#shared(),
      decided: () => undefined,
      lose: () => this.#lose(),
      get isHeldUp() {
        return isHeldUp();
      },
      goOn: () => this.#settled(),
    };
  }

  async take<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    const nth = this.#given++;
    const before = this.#newest;
    const decided = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.#newest = { decided: decided.promise, ended: ended.promise };
    const turn = this.#turn(nth, before, decided.resolve);
    let hasFailed = false;
    try {
      await before.decided;
      this.#assertUnspoilt(nth);
      return await work(turn);
    } catch (cause) {
      turn.lose();
      hasFailed = !(cause instanceof SpoiltError);
      if (hasFailed) this.#givenBeforeFailure = this.#given;
      throw cause;
    } finally {
      decided.resolve();
      await before.ended;
      if (hasFailed) this.#givenBeforeFailure = this.#given;
      this.#losers.delete(nth);
      ended.resolve();
    }
  }

  #turn(nth: number, before: Place, decided: () => void): Turn {
    const losers = this.#losers;
    const isSettling = () => this.#settling !== undefined;
    return {
      ...this.#shared(),
      decided,
      lose: () => {
        losers.add(nth);
        this.#lose();
      },
      get isHeldUp() {
        return isSettling() || (losers.size > 0 && [...losers].some((loser) => loser < nth));
      },
      goOn: async () => {
        await before.ended;
        await this.#settled();
        this.#assertUnspoilt(nth);
      },
    };
  }

  #shared(): Pick<Turn, 'batch' | 'begin' | 'end'> {
    return {
      batch: () => this.#batch,
      begin: () => {
        this.#underWay++;
      },
      end: () => {
        this.#underWay--;
        this.#settle();
      },
    };
  }

  #lose(): void {
    this.#settling ??= Promise.withResolvers();
    this.#settle();
  }

  #settle(): void {
    if (this.#settling === undefined || this.#underWay > 0) return;
    this.#batch = ++batches;
    this.#settling.resolve();
    this.#settling = undefined;
  }

  async #settled(): Promise<void> {
    while (this.#settling !== undefined) await this.#settling.promise;
  }

  /** What follows upon something that is not there would stand in the ledger with gaps before it. */
  #assertUnspoilt(nth: number): void {
    if (nth < this.#givenBeforeFailure) throw new SpoiltError();
  }
}

class SpoiltError extends StoreError {
  constructor() {
    super('a batch given before this one could not be recorded: give both again, that one first');
  }
}
