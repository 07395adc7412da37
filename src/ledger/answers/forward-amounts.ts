/** Forwards summed: what one of them does not tell makes that sum a lower bound. */
import type { ForwardAmounts, ForwardView } from '../view-types.ts';

export type AmountSums = { -readonly [Field in keyof ForwardAmounts]: ForwardAmounts[Field] };

export const noAmounts = (): AmountSums => ({ amountInMsat: 0n, amountOutMsat: 0n, feeMsat: 0n });

export function addIncoming(sum: AmountSums, { amountInMsat }: ForwardView): void {
  if (amountInMsat === undefined) sum.isAmountInAtLeast = true;
  else sum.amountInMsat += amountInMsat;
}

/** What went out, and what it earned. */
export function addOutgoing(sum: AmountSums, { amountOutMsat, feeMsat }: ForwardView): void {
  if (amountOutMsat === undefined) sum.isAmountOutAtLeast = true;
  else sum.amountOutMsat += amountOutMsat;
  if (feeMsat === undefined) sum.isFeeAtLeast = true;
  else sum.feeMsat += feeMsat;
}
