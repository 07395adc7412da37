/** The one fee market that all simulated nodes estimate from. */

/** Bitcoin Core's minimum relay feerate, 1 sat/vbyte, rounded up. */
const MINIMUM_FEERATE_PER_KW = 253;
/** What a node bears before it calls a peer's feerate a try to burn money as dust. */
const MAXIMUM_FACTOR = 25;

export class FeeMarket {
  #feeratePerKw = MINIMUM_FEERATE_PER_KW;

  get feeratePerKwNow(): number {
    return this.#feeratePerKw;
  }

  /** By the name of LDK's `ConfirmationTarget`. */
  feeratePerKw(target: string): number {
    if (target === 'MaximumFeeEstimate') return this.#feeratePerKw * MAXIMUM_FACTOR;
    return target.startsWith('MinAllowed') ? MINIMUM_FEERATE_PER_KW : this.#feeratePerKw;
  }

  set(feeratePerKw: number): void {
    this.#feeratePerKw = Math.max(MINIMUM_FEERATE_PER_KW, Math.round(feeratePerKw));
  }
}
