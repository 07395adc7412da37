/** Two ledgers held against each other: the last digest of a stream seals all of it. */
import type { StreamHead } from '../store/event-store.ts';

export interface Difference {
  readonly stream: string;
  /** A clause: what is different. */
  readonly what: string;
}

/** Streams whose last events differ, by name; empty where both ledgers hold the same. */
export function differences(
  here: readonly StreamHead[],
  there: readonly StreamHead[],
): readonly Difference[] {
  const others = new Map(there.map((head) => [head.stream, head]));
  const found: Difference[] = [];
  for (const { stream, revision, digest } of here) {
    const other = others.get(stream);
    others.delete(stream);
    if (other === undefined) found.push({ stream, what: 'it is not there' });
    else if (other.revision !== revision) {
      found.push({
        stream,
        what: `it ends at revision ${revision} here and ${other.revision} there`,
      });
    } else if (Buffer.compare(other.digest, digest) !== 0) {
      found.push({ stream, what: `its digest at revision ${revision} is another one there` });
    }
  }
  for (const { stream } of others.values()) found.push({ stream, what: 'it is not here' });
  return found.sort((a, b) => (a.stream < b.stream ? -1 : 1));
}
