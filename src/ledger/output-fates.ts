/** What became of the outputs of a close: in all forms the same words. */
import type { CloseRow, OutputRow } from '../../projections/channel-row.ts';

type Claim = {
  readonly [Field in 'outcome' | 'sweepTxid' | 'sweptSat' | 'feeSat']?:
    | OutputRow[Field]
    | undefined;
};

/** What became of one output of a close. */
export function fateOf(
  output: Pick<OutputRow, 'what' | 'valueSat'> & Claim,
  { kind, initiator }: Pick<CloseRow, 'kind' | 'initiator'>,
): string {
  if (isPaidAtOnce(output.valueSat, output)) return 'paid to us';
  return output.outcome ?? untoldFate(output.what, kind === 'breach' && initiator !== 'local');
}

/** Whole and for no fee, by no transaction of its own: it lies in the wallet since the close. */
export function isPaidAtOnce(valueSat: bigint, claim: Claim): boolean {
  const { outcome, sweepTxid, sweptSat, feeSat } = claim;
  const isWhole = sweptSat === valueSat && feeSat === 0n;
  return outcome === 'claimed' && sweepTxid === undefined && isWhole;
}

/**
 * Some outputs lie in a wallet from the start, and nobody has to claim them. `mayPunish`: the commitment
 * was a revoked one of the peer, whose outputs this node may take.
 */
export function untoldFate(what: OutputRow['what'], mayPunish: boolean): string {
  if (what === 'cooperative-local') return 'paid to us';
  if (what === 'cooperative-remote') return 'paid to them';
  if (what === 'to-remote' && !mayPunish) return 'paid to them';
  if (what === 'unknown') return what;
  return what.startsWith('anchor') ? 'not claimed' : 'not claimed yet';
}
