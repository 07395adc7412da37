/** Which commitments one side gave up, as far as their secrets were told, and which are missing between. */

/** First and last commitment number of a run of secrets that nobody told. */
export interface SecretGap {
  readonly first: number;
  readonly last: number;
}

export interface SecretSpanReport {
  /** How many were told. */
  readonly told: number;
  /** Commitment numbers of the first and the newest told. */
  readonly first?: number;
  readonly last?: number;
  /** The first ones, at most `MOST_GAPS`. */
  readonly gaps: readonly SecretGap[];
}

const MOST_GAPS = 100;

export class SecretSpan {
  #told = 0;
  #first: number | undefined;
  #last: number | undefined;
  #gaps: SecretGap[] = [];

  take(number: number): void {
    this.#told++;
    if (this.#first === undefined || this.#last === undefined) {
      this.#first = number;
      this.#last = number;
    } else if (number > this.#last) {
      this.#missed(this.#last + 1, number - 1);
      this.#last = number;
    } else if (number < this.#first) {
      this.#missed(number + 1, this.#first - 1);
      this.#first = number;
    } else this.#fill(number);
  }

  get hasAny(): boolean {
    return this.#told > 0;
  }

  report(): SecretSpanReport {
    const told = this.#told;
    const gaps = [...this.#gaps].sort((a, b) => a.first - b.first).slice(0, MOST_GAPS);
    if (this.#first === undefined || this.#last === undefined) return { told, gaps };
    return { told, first: this.#first, last: this.#last, gaps };
  }

  #missed(first: number, last: number): void {
    if (first <= last && this.#gaps.length < 2 * MOST_GAPS) this.#gaps.push({ first, last });
  }

  /** Told late: what is left of the gap on both of its sides. */
  #fill(number: number): void {
    const gap = this.#gaps.find(({ first, last }) => first <= number && number <= last);
    if (gap === undefined) return;
    this.#gaps = this.#gaps.filter((one) => one !== gap);
    this.#missed(gap.first, number - 1);
    this.#missed(number + 1, gap.last);
  }
}
