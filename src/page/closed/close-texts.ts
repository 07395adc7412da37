/** The words of a close summary, one for each thing that `closed` prints. */
import { fateOf } from '../../ledger/output-fates.ts';
import type { Closed } from '../api/json.ts';
import { atLeast, count, msatAsSat, outsideText, sat, UNKNOWN } from '../format.ts';
import { placed } from '../parts/placed.ts';
import type { Output } from './flow.ts';

export type Close = Closed['close'];

export interface Said {
  readonly field: string;
  readonly label: string;
  readonly text: string;
  /** The field of the row that it comes from, where it is told and not summed. */
  readonly from?: string;
}

/** What is told leads to the event that told it. */
const told = (field: string, label: string, text: string, from: string): Said => ({
  ...{ field, label, text },
  ...(text !== UNKNOWN && text !== '' && { from }),
});

export const kindText = ({ kind, initiator }: Close): string =>
  [kind ?? UNKNOWN, `by ${initiator ?? UNKNOWN}`].join(', ');

/** What the sweeps cost; empty where nothing was swept. */
export function sweepFeesText({ sweepFeesSat, isSweepFeesAtLeast = false }: Close): string {
  if (sweepFeesSat === undefined) return isSweepFeesAtLeast ? UNKNOWN : '';
  return atLeast(sat(sweepFeesSat), isSweepFeesAtLeast);
}

export function reasonText({ reason, sourceReason, isReasonOvertaken = false }: Close): string {
  const said = [
    isReasonOvertaken ? 'asked for before it was forced' : undefined,
    reason,
    sourceReason === reason ? undefined : sourceReason,
  ];
  return outsideText(said.filter((part) => part !== undefined && part !== '').join(': '));
}

export function amountsOf({ capacitySat, close }: Closed): readonly Said[] {
  return [
    told('capacity', 'capacity', sat(capacitySat), 'capacitySat'),
    told('settled', 'settled', sat(close.settledBalanceSat), 'close.settledBalanceSat'),
    told('locked', 'time-locked', sat(close.timeLockedBalanceSat), 'close.timeLockedBalanceSat'),
    told('fee', 'close fee', sat(close.feeSat), 'close.feeSat'),
    { field: 'sweeps', label: 'sweep fees', text: sweepFeesText(close) },
  ];
}

/**
 * Our last balance less what the closing transaction paid us, as the server reckons it. Empty where nothing
 * was closed on chain, or a breach was punished. It rests on the event that told the fee.
 */
export function costOf({ costToUs }: Pick<Closed, 'costToUs'>): Said {
  const text = costToUs === undefined ? '' : msatAsSat(costToUs.msat);
  return told('cost', 'cost to us', text, 'close.feeSat');
}

export function heightsOf({ close }: Closed): readonly Said[] {
  const { resolvedAt, resolvedAtBounds, height, resolvedHeight } = close;
  const resolved = placed(resolvedAt, resolvedAtBounds);
  return [
    told('height', 'at height', count(height), 'close.height'),
    told('resolved', 'resolved', resolved, 'close.resolvedAt'),
    told('resolved-height', 'resolved at height', count(resolvedHeight), 'close.resolvedHeight'),
  ];
}

export function idsOf({ close, fundingOutpoint }: Closed): readonly Said[] {
  const { closingTxid = UNKNOWN, commitmentNumber } = close;
  return [
    told('point', 'channel point', fundingOutpoint ?? UNKNOWN, 'fundingOutpoint'),
    told('transaction', 'closing transaction', closingTxid, 'close.closingTxid'),
    told('commitment', 'commitment', count(commitmentNumber), 'close.commitmentNumber'),
  ];
}

export function lifetimeOf({ lifetime, ...costs }: Closed): readonly Said[] {
  const total = (field: string, msat: string, isAtLeast: boolean): Said => ({
    field,
    label: field,
    text: atLeast(msatAsSat(msat), isAtLeast),
  });
  const { rebalanceFeesMsat, isRebalanceFeesAtLeast = false } = costs;
  return [
    total('sent', lifetime.sentMsat, lifetime.isSentAtLeast),
    total('received', lifetime.receivedMsat, lifetime.isReceivedAtLeast),
    total('forwarded', lifetime.forwardedMsat, lifetime.isForwardedAtLeast),
    total('earned', lifetime.feesEarnedMsat, lifetime.isForwardedAtLeast),
    ...(rebalanceFeesMsat === undefined || rebalanceFeesMsat === '0'
      ? []
      : [total('rebalancing', rebalanceFeesMsat, isRebalanceFeesAtLeast)]),
  ];
}

/** What became of an output, in the words of the command. */
export function fateText(output: Output, close: Pick<Close, 'kind' | 'initiator'>): string {
  const { valueSat, sweptSat, feeSat } = output;
  const amounts = {
    valueSat: BigInt(valueSat),
    sweptSat: sweptSat === undefined ? undefined : BigInt(sweptSat),
    feeSat: feeSat === undefined ? undefined : BigInt(feeSat),
  };
  const fate = fateOf({ ...output, ...amounts }, close);
  return output.stage === 'first' ? `${fate}, first of two stages` : fate;
}
