/** How a batch is cut into the parts that are appended while the next is decided. */

/**
 * How many observations are appended together at most: so many that a commit's own cost is spread. The
 * first are fewer, so that writing begins early, and the last, so that little is left to wait for.
 */
export const PART = 384;
const SHORT_PART = 128;

/** Of the part that begins at `from`, in a batch of `count` that is written aside. */
export function partSize(from: number, count: number): number {
  const rest = count - from;
  if (from === 0 || rest < 2 * SHORT_PART) return Math.min(rest, SHORT_PART);
  return Math.min(PART, Math.ceil(rest / 2));
}
