/** Secrets on their way to the workers: in batches, and never more than the workers can take. */
import type { Side } from '../../channel/fields.ts';
import { isSecretOfPoint } from '../../lightning/keys.ts';
import { type SecretPair, wrong } from '../secret-answers.ts';
import { SecretPool } from '../secret-pool.ts';
import type { Findings, Place } from './report.ts';

interface Origin {
  readonly place: Place;
  readonly side: Side;
  readonly number: number;
}

/** A worker takes 25 ms to start, as long as 130 points. */
const BATCH = 128;

export class PointQueue {
  readonly #findings: Findings;
  readonly #pool = new SecretPool();
  #pairs: SecretPair[] = [];
  #origins: Origin[] = [];
  readonly #asked = new Set<Promise<void>>();
  #hasAsked = false;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add(pair: SecretPair, origin: Origin): void {
    this.#pairs.push(pair);
    this.#origins.push(origin);
  }

  /** Hands full batches on; waits while every worker has enough to do. */
  async advance(): Promise<void> {
    while (this.#pairs.length >= BATCH) {
      while (this.#asked.size >= 2 * this.#pool.size) await Promise.race(this.#asked);
      this.#ask(this.#pairs.splice(0, BATCH), this.#origins.splice(0, BATCH));
    }
  }

  /** The rest: by the workers if they run already, here where there are so few. */
  async finish(): Promise<void> {
    const [pairs, origins] = [this.#pairs.splice(0), this.#origins.splice(0)];
    if (this.#hasAsked && pairs.length > 0) this.#ask(pairs, origins);
    else {
      this.#judge(
        pairs.map(({ secret, point }) => isSecretOfPoint(secret, point)),
        origins,
      );
    }
    await Promise.all(this.#asked);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await Promise.allSettled(this.#asked);
  }

  #ask(pairs: readonly SecretPair[], origins: readonly Origin[]): void {
    this.#hasAsked = true;
    const asked = this.#pool.ask({ kind: 'pairs', pairs }).then((answer) => {
      if (answer.kind === 'pairs') this.#judge(answer.areRight, origins);
      this.#asked.delete(asked);
    });
    this.#asked.add(asked);
    // Whoever waits next hears of it; until then it must not end the process.
    asked.catch(() => undefined);
  }

  #judge(areRight: readonly boolean[], origins: readonly Origin[]): void {
    for (const [nth, { place, side, number }] of origins.entries()) {
      const problem = areRight[nth] === true ? undefined : wrong(side, number);
      this.#findings.judge('secret-matches-point', place, problem);
    }
  }
}
