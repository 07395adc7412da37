/** A sum of amounts of which some may not be known. */
export interface KnownSum {
  /** Of those that are known; absent where there are some and none of them is. */
  readonly sum: bigint | undefined;
  /** Some are not known: it is a lower bound. */
  readonly isAtLeast: boolean;
}

/** Of no amount at all it is 0. */
export function knownSum(amounts: readonly (bigint | undefined)[]): KnownSum {
  const known = amounts.filter((amount) => amount !== undefined);
  const isUnknown = known.length === 0 && amounts.length > 0;
  return {
    sum: isUnknown ? undefined : known.reduce((sum, amount) => sum + amount, 0n),
    isAtLeast: known.length < amounts.length,
  };
}
