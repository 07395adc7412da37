/**
 * The last index up to `newest` whose value is at or below a limit, or -1; values never go down.
 * Traffic is spread evenly enough that the place can be guessed from the values at both ends: 8
 * readings where halving takes 18. A guess that gained too little is followed by a halving.
 */
export function lastAtOrBelow(
  limit: bigint,
  newest: number,
  valueAt: (index: number) => bigint,
): number {
  if (newest < 0) return -1;
  let low = 0;
  let lowValue = valueAt(0);
  if (lowValue > limit) return -1;
  let high = newest;
  let highValue = valueAt(newest);
  if (highValue <= limit) return newest;
  let isGuessing = true;
  while (high - low > 1) {
    const width = high - low;
    const share = isGuessing ? Number(limit - lowValue) / Number(highValue - lowValue) : 0.5;
    const index = Math.min(high - 1, Math.max(low + 1, low + Math.round(width * share)));
    const value = valueAt(index);
    if (value <= limit) {
      low = index;
      lowValue = value;
    } else {
      high = index;
      highValue = value;
    }
    isGuessing = !isGuessing || high - low <= width / 2;
  }
  return low;
}
