/** A value that waits while it is moved on and on: a slider passes hundreds that nobody reads. */
import { useEffect, useReducer, useRef } from 'preact/hooks';

/** Longer than a frame, shorter than one waits for a list. */
const REST_MS = 120;

/**
 * A first move is given at once; those that follow it within the time of a rest are left out until
 * nothing has moved for so long. Values are compared as they are: give texts.
 */
export function useRested(value: string | undefined): string | undefined {
  const [, wake] = useReducer((count: number, _: undefined) => count + 1, 0);
  const moved = useRef({ latest: value, at: Number.NEGATIVE_INFINITY, given: value });
  const { current } = moved;
  if (current.latest !== value) {
    const now = performance.now();
    if (now - current.at >= REST_MS) current.given = value;
    current.latest = value;
    current.at = now;
  }
  const isWaiting = current.given !== value;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(() => {
      current.given = value;
      wake(undefined);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [value, isWaiting]);
  return current.given;
}
