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
}

export const kindText = ({ kind, initiator }: Close): string =>
  [kind ?? UNKNOWN, `by ${initiator ?? UNKNOWN}`].join(', ');

/** What the sweeps cost; empty where nothing was swept. */
export function sweepFeesText({ sweepFeesSat, isSweepFeesAtLeast = false }: Close): string {
  if (sweepFeesSat === undefined) return isSweepFeesAtLeast ? UNKNOWN : '';
  return atLeast(sat(sweepFeesSat), isSweepFeesAtLeast);
}

export function reasonText({ reason, sourceReason }: Close): string {
  const said = [reason, sourceReason === reason ? undefined : sourceReason];
  return outsideText(said.filter((part) => part !== undefined && part !== '').join(': '));
}

export function amountsOf({ capacitySat, close }: Closed): readonly Said[] {
  return [
    { field: 'capacity', label: 'capacity', text: sat(capacitySat) },
    { field: 'settled', label: 'settled', text: sat(close.settledBalanceSat) },
    { field: 'locked', label: 'time-locked', text: sat(close.timeLockedBalanceSat) },
    { field: 'fee', label: 'close fee', text: sat(close.feeSat) },
    { field: 'sweeps', label: 'sweep fees', text: sweepFeesText(close) },
  ];
}

export function heightsOf({ close }: Closed): readonly Said[] {
  const { resolvedAt, resolvedAtBounds } = close;
  return [
    { field: 'height', label: 'at height', text: count(close.height) },
    { field: 'resolved', label: 'resolved', text: placed(resolvedAt, resolvedAtBounds) },
    { field: 'resolved-height', label: 'resolved at height', text: count(close.resolvedHeight) },
  ];
}

export function idsOf({ close, fundingOutpoint }: Closed): readonly Said[] {
  return [
    { field: 'point', label: 'channel point', text: fundingOutpoint ?? UNKNOWN },
    { field: 'transaction', label: 'closing transaction', text: close.closingTxid ?? UNKNOWN },
    { field: 'commitment', label: 'commitment', text: count(close.commitmentNumber) },
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
