/** What became of the outputs of a close: in all forms the same words. */
import type { CloseRow, OutputRow } from '../../projections/channel-row.ts';
import type { Side } from '../channel/fields.ts';

type Claim = {
  readonly [Field in 'outcome' | 'sweepTxid' | 'sweptSat' | 'feeSat']?:
    | OutputRow[Field]
    | undefined;
};

type Told = Partial<Pick<CloseRow, 'kind' | 'initiator'>>;

/** What became of one output of a close. */
export function fateOf(output: Pick<OutputRow, 'what' | 'valueSat'> & Claim, close: Told): string {
  if (isPaidAtOnce(output.valueSat, output)) return 'paid to us';
  return output.outcome ?? untoldFate(output.what, mayPunish(close));
}

/** Who has an output in the end; `open`: nobody claimed it, or not yet. */
export type Holder = 'us' | 'peer' | 'open' | 'unknown';

/** Whose an output of a close is: the same decision as its words. */
export function holderOf(
  { what, outcome }: Pick<OutputRow, 'what'> & Pick<Claim, 'outcome'>,
  close: Told,
): Holder {
  if (outcome === undefined) return untoldHolder(what, mayPunish(close));
  if (outcome === 'unclaimed' || outcome === 'abandoned') return 'open';
  if (outcome === 'lost') return 'peer';
  if (outcome !== 'punished') return 'us';
  // Who is punished is who broadcast the revoked commitment.
  const cheater = publisherOf(close);
  if (cheater === undefined) return 'unknown';
  return cheater === 'local' ? 'peer' : 'us';
}

/**
 * Who put the commitment on chain that closed the channel: its owner. `recordedSide`: whose it is where the
 * closing transaction is a recorded commitment, which is more than a label. Who gave the channel up comes
 * last: that can be the other end, which saw the commitment there.
 */
export function publisherOf({ kind, initiator }: Told, recordedSide?: Side): Side | undefined {
  if (recordedSide !== undefined) return recordedSide;
  if (kind === 'local-force') return 'local';
  if (kind === 'remote-force') return 'remote';
  return initiator === 'local' || initiator === 'remote' ? initiator : undefined;
}

/** This node may take all outputs of a revoked commitment of the peer's. */
function mayPunish(close: Told): boolean {
  return close.kind === 'breach' && publisherOf(close) !== 'local';
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
  const holder = untoldHolder(what, mayPunish);
  if (holder === 'us') return 'paid to us';
  if (holder === 'peer') return 'paid to them';
  if (holder === 'unknown') return holder;
  return what.startsWith('anchor') ? 'not claimed' : 'not claimed yet';
}

function untoldHolder(what: OutputRow['what'], mayPunish: boolean): Holder {
  if (what === 'cooperative-local') return 'us';
  if (what === 'cooperative-remote') return 'peer';
  if (what === 'to-remote') return mayPunish ? 'open' : 'peer';
  return what === 'unknown' ? what : 'open';
}
