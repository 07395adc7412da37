/** What the sweeps of a close cost on chain, as far as it is known. */
import type { CloseRow, OutputRow } from './channel-row.ts';

type SweepFees = Pick<CloseRow, 'sweepFeesSat' | 'isSweepFeesAtLeast'>;

/** The sum is absent where no fee is known: a sweep whose fee nobody told did not cost nothing. */
export function sweepFees(outputs: readonly OutputRow[]): SweepFees {
  const fees = outputs.flatMap(({ feeSat }) => feeSat ?? []);
  const sweepFeesSat = fees.reduce((sum, feeSat) => sum + feeSat, 0n);
  return {
    ...(fees.length > 0 && { sweepFeesSat }),
    ...(outputs.some(isUnpriced) && { isSweepFeesAtLeast: true }),
  };
}

/** Swept by us, for a fee that is not known: what the peer claims, the peer pays for. */
function isUnpriced({ outcome, what, feeSat }: OutputRow): boolean {
  if (feeSat !== undefined) return false;
  if (outcome === 'punished') return true;
  return (outcome === 'claimed' || outcome === 'timed-out') && !what.endsWith('-remote');
}
