/** How often one address may ask: a bucket that fills steadily and is emptied by requests. */
import { LRUCache } from 'lru-cache';
import { Refusal } from './problem.ts';

export interface Rate {
  readonly perSecond: number;
  /** What may come at once. */
  readonly burst: number;
}

const MOST_ADDRESSES = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

export class RateLimit {
  readonly #rate: Rate;
  readonly #nowMs: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: MOST_ADDRESSES });

  constructor(rate: Rate, nowMs: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#nowMs = nowMs;
  }

  /** Takes one of what the address has left; false where there is none. */
  take(address: string): boolean {
    const bucket = this.#filled(address);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  /** Whether something is left, without taking it. */
  has(address: string): boolean {
    return this.#filled(address).left >= 1;
  }

  #filled(address: string): Bucket {
    const { perSecond, burst } = this.#rate;
    const atMs = this.#nowMs();
    const bucket = this.#buckets.get(address) ?? { left: burst, atMs };
    bucket.left = Math.min(burst, bucket.left + ((atMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = atMs;
    this.#buckets.set(address, bucket);
    return bucket;
  }
}

export function tooMany(): Refusal {
  return new Refusal(429, 'ask again in a second', { 'retry-after': '1' });
}
