/** Signatures and commitments on their way to threads on every core: in batches, and never too many. */
import { WorkerPool } from '../worker-pool.ts';
import { answerProofs, costOf, type ProofAnswer, type ProofTask } from './proof-tasks.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './proof-worker.ts' : './proof-worker.js',
  import.meta.url,
);

/** In ECDSA checks: a worker takes as long to start as some hundred. */
const BATCH_COST = 256;

type OnAnswer = (answer: ProofAnswer) => void;

export class ProofQueue {
  readonly #pool: Pick<WorkerPool<ProofTask[], readonly ProofAnswer[]>, 'size' | 'ask' | 'close'>;
  #tasks: ProofTask[] = [];
  #waiting: OnAnswer[] = [];
  #cost = 0;
  readonly #asked = new Set<Promise<void>>();
  #hasAsked = false;

  constructor(size?: number) {
    this.#pool = new WorkerPool({ worker: WORKER, name: 'the signature checker', size });
  }

  /** The answer comes later, and in no order; at the latest with `finish`. */
  add(task: ProofTask, onAnswer: OnAnswer): void {
    this.#tasks.push(task);
    this.#waiting.push(onAnswer);
    this.#cost += costOf(task);
  }

  /** Hands a full batch on; waits while every worker has enough to do. */
  async advance(): Promise<void> {
    if (this.#cost < BATCH_COST) return;
    while (this.#asked.size >= 2 * this.#pool.size) await Promise.race(this.#asked);
    this.#ask();
  }

  /** The rest: by the workers if they run already, here where there are so few. */
  async finish(): Promise<void> {
    if (this.#hasAsked && this.#tasks.length > 0) this.#ask();
    else {
      const [tasks, waiting] = this.#taken();
      tell(answerProofs(tasks), waiting);
    }
    await Promise.all(this.#asked);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await Promise.allSettled(this.#asked);
  }

  #taken(): readonly [ProofTask[], OnAnswer[]] {
    this.#cost = 0;
    return [this.#tasks.splice(0), this.#waiting.splice(0)];
  }

  #ask(): void {
    this.#hasAsked = true;
    const [tasks, waiting] = this.#taken();
    const asked = this.#pool.ask(tasks).then((answers) => {
      this.#asked.delete(asked);
      tell(answers, waiting);
    });
    this.#asked.add(asked);
    // Whoever waits next hears of it; until then it must not end the process.
    asked.catch(() => undefined);
  }
}

function tell(answers: readonly ProofAnswer[], waiting: readonly OnAnswer[]): void {
  waiting.forEach((onAnswer, nth) => {
    const answer = answers[nth];
    if (answer !== undefined) onAnswer(answer);
  });
}
