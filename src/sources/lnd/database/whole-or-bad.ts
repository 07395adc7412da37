/** Records stand by themselves: one that cannot be read is named, and the next one is read. */
import type { Observation } from '../../../observation/observation.ts';
import { ImportError } from '../../importer.ts';
import type { Tally } from '../../tally.ts';

/** All that one record tells, or nothing of it. Where the file itself is damaged, nothing more is read. */
export function wholeOrBad(
  tally: Tally,
  place: string,
  read: () => Iterable<Observation>,
): readonly Observation[] {
  try {
    return [...read()];
  } catch (error) {
    if (error instanceof ImportError) throw error;
    tally.bad(place, reasonOf(error));
    return [];
  }
}

/** A parser's own words name the field and the byte, and quote nothing. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it cannot be read';
}
