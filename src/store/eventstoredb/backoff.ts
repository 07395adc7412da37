/** How long to wait before the next try: longer each time, never in step with others, never too long. */
import { setTimeout } from 'node:timers/promises';

const FIRST_MS = 50;
const LONGEST_MS = 5000;

/** Between half and all of a doubling time; `random` is from 0 to 1. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  return Math.round(whole / 2 + (whole / 2) * random);
}

/** Waits before the next try; returns at once when the signal aborts. */
export async function backOff(failures: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  const options = signal === undefined ? {} : { signal };
  await setTimeout(backoffMs(failures, Math.random()), undefined, options).catch(() => undefined);
}
