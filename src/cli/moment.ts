/** Times that options take; the moments of `--at` are read by the ledger (answers/moments.ts). */
import { parseTimeNs } from '../schema/time.ts';
import { UsageError } from './errors.ts';

/** A plain time, for options that take nothing else. */
export function parseTimeOption(text: string, option: string): bigint {
  try {
    return parseTimeNs(text);
  } catch {
    throw new UsageError(`${option} takes a time like 2026-03-14T15:09:26Z, not "${text}"`);
  }
}
