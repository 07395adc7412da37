/** What this node's sweeps of a close cost on chain, as far as it is known: what the peer takes, it pays for. */
import type { CloseRow, OutputRow } from './channel-row.ts';

type SweepFees = Pick<CloseRow, 'sweepFeesSat' | 'isSweepFeesAtLeast'>;

/** The sum is absent where no fee is known: a sweep whose fee nobody told did not cost nothing. */
export function sweepFees({
  outputs,
  kind,
  initiator,
}: Pick<CloseRow, 'outputs' | 'kind' | 'initiator'>): SweepFees {
  const isPunished = kind === 'breach' && initiator === 'local';
  const own = outputs.filter(({ outcome }) => {
    return outcome !== 'lost' && !(outcome === 'punished' && isPunished);
  });
  const fees = own.flatMap(({ feeSat }) => feeSat ?? []);
  const sweepFeesSat = fees.reduce((sum, feeSat) => sum + feeSat, 0n);
  return {
    ...(fees.length > 0 && { sweepFeesSat }),
    ...(own.some(isUnpriced) && { isSweepFeesAtLeast: true }),
  };
}

/** Swept for a fee that is not known. */
function isUnpriced({ outcome, what, feeSat }: OutputRow): boolean {
  if (feeSat !== undefined) return false;
  if (outcome === 'punished') return true;
  return (outcome === 'claimed' || outcome === 'timed-out') && !what.endsWith('-remote');
}
