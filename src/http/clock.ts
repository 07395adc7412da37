/** The time of this machine, as the ledger writes times. */
import { timeText } from '../schema/time.ts';

export function nowText(): string {
  return timeText(BigInt(Date.now()) * 1_000_000n);
}
