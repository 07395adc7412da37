/** The outputs of a close, each with the claim of it that stands in a block. Pure. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import { outpointOf } from '../../lightning/ids.ts';
import { isClaimSeen } from './broadcast.ts';
import { type CaseEvent, type CaseEventOf, type ClosingCase, ofType } from './case.ts';
import { type BlockWord, standing } from './standing.ts';

export type Resolved = CaseEventOf<'OutputResolved'>;

export interface Output {
  readonly outpoint: string;
  readonly what: ChannelEventData<'OutputResolved'>['what'];
  readonly valueSat: bigint;
  readonly htlcId?: number;
  readonly resolved?: Resolved;
}

/** Those of the closing transaction, then what claims of them left to be claimed again. */
export function outputsOf(closing: ClosingCase): readonly Output[] {
  const found = resolutions(closing);
  const data = closing.closed?.fact.data;
  const txid = data?.closingTxid;
  const own = (data?.outputs ?? []).map((output): Output => {
    const outpoint = txid === undefined ? `output ${output.index}` : outpointOf(txid, output.index);
    const resolved = found.get(outpoint);
    const { what, valueSat, htlcId } = output;
    return {
      outpoint,
      what,
      valueSat,
      ...(htlcId !== undefined && { htlcId }),
      ...(resolved && { resolved }),
    };
  });
  const known = new Set(own.map(({ outpoint }) => outpoint));
  const more = [...found.values()].filter(({ fact }) => !known.has(fact.data.outpoint));
  return [
    ...own,
    ...more.map((resolved): Output => {
      const { outpoint, what, amountSat } = resolved.fact.data;
      return { outpoint, what, valueSat: amountSat, resolved };
    }),
  ];
}

/** The claim of an HTLC's output of the close, where it or what came of it was seen in a block. */
export function seenClaimOf(
  closing: ClosingCase,
  { direction, id }: { readonly direction: Direction; readonly id: number },
): Resolved | undefined {
  const all = outputsOf(closing);
  const own = all.find(({ what, htlcId }) => what === `htlc-${direction}` && htlcId === id);
  const claim = own?.resolved;
  if (claim === undefined || isClaimSeen(claim.fact.data)) return claim;
  const { sweepTxid } = claim.fact.data;
  // Its second stage is spent from what the claim made.
  const isAfter = ({ outpoint, resolved }: Output) =>
    sweepTxid !== undefined &&
    outpoint.startsWith(`${sweepTxid}:`) &&
    resolved !== undefined &&
    isClaimSeen(resolved.fact.data);
  return all.some(isAfter) ? claim : undefined;
}

/** By outpoint. Where several tellers have a claim, the fuller one; what a reorganisation took back is none. */
function resolutions({ events }: Pick<ClosingCase, 'events'>): ReadonlyMap<string, Resolved> {
  const words = new Map<string, BlockWord<CaseEvent>[]>();
  for (const event of events) {
    const { fact } = event;
    if (fact.type !== 'OutputResolved' && fact.type !== 'OutputUnconfirmed') continue;
    const { outpoint, sweepTxid: txid, blockHash } = fact.data;
    const word = { event, isUndoing: fact.type === 'OutputUnconfirmed', txid, blockHash };
    words.set(outpoint, [...(words.get(outpoint) ?? []), word]);
  }
  const found = new Map<string, Resolved>();
  for (const [outpoint, all] of words) {
    for (const event of ofType(standing(all), 'OutputResolved')) {
      const other = found.get(outpoint);
      if (other === undefined || knownOf(event) >= knownOf(other)) found.set(outpoint, event);
    }
  }
  return found;
}

function knownOf({ fact: { data } }: Resolved): number {
  return [data.sweepTxid, data.sweptSat, data.feeSat, data.height].filter((x) => x !== undefined)
    .length;
}
