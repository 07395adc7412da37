/** Whether what two tellers say can have been at one time. */
import { parseTimeNs } from '../../schema/time.ts';
import type { AccountingFacts } from './facts.ts';

/** A payment ends with its last HTLC; two tellers' clocks, and how they round, are no further apart. */
const CLOCKS_NS = 600_000_000_000n;

interface Timed {
  readonly at: string;
  readonly eventId: string;
}

/** What was placed between times that are known may have been at any of them. */
export function sameTime(placed: AccountingFacts['placed']): (one: Timed, other: Timed) => boolean {
  const spanOf = ({ at, eventId }: Timed) => {
    const bounds = placed.get(eventId)?.bounds;
    const from = bounds === undefined ? at : bounds.notBefore;
    const to = bounds === undefined ? at : bounds.notAfter;
    return {
      fromNs: from === undefined ? undefined : parseTimeNs(from) - CLOCKS_NS,
      toNs: to === undefined ? undefined : parseTimeNs(to) + CLOCKS_NS,
    };
  };
  return (one, other) => {
    const [a, b] = [spanOf(one), spanOf(other)];
    return !isBefore(a.toNs, b.fromNs) && !isBefore(b.toNs, a.fromNs);
  };
}

function isBefore(ns: bigint | undefined, other: bigint | undefined): boolean {
  return ns !== undefined && other !== undefined && ns < other;
}
