/** The rules of what is on chain: the closing transaction and the claims of its outputs. */
import type { Violation } from '../schema/aggregate.ts';
import type { ChannelEventData } from './events.ts';
import { violates } from './rules.ts';
import { activeFunding, type ChannelState, fundingOf } from './state.ts';

export function checkClosed(
  state: ChannelState,
  data: ChannelEventData<'ChannelClosed'>,
): Violation | undefined {
  const funding =
    data.fundingOutpoint === undefined
      ? activeFunding(state)
      : fundingOf(state, data.fundingOutpoint);
  if (funding === undefined) return violates('funding-known', 'the close spends another funding');
  if (data.feeSat === undefined || funding.capacitySat === 0n) return undefined;
  const sum = data.outputs.reduce((total, output) => total + output.valueSat, data.feeSat);
  return sum === funding.capacitySat
    ? undefined
    : violates(
        'outputs-sum-to-capacity',
        `outputs and fee are ${sum} sat, and the capacity is ${funding.capacitySat} sat`,
      );
}

export function checkClaim(
  state: ChannelState,
  data: ChannelEventData<'OutputResolved'>,
): Violation | undefined {
  const earlier = state.claims.find((claim) => claim.outpoint === data.outpoint);
  if (earlier !== undefined) {
    return violates('output-resolved-once', `${data.outpoint} was claimed by ${earlier.sweepTxid}`);
  }
  const { close } = state;
  const [txid, index] = data.outpoint.split(':');
  const output =
    close?.txid === txid ? close?.outputs.find((o) => String(o.index) === index) : undefined;
  if (output !== undefined && output.valueSat !== data.amountSat) {
    const detail = `the output holds ${output.valueSat} sat, claimed are ${data.amountSat} sat`;
    return violates('sweep-conserves', detail);
  }
  if (data.sweptSat === undefined || data.feeSat === undefined) return undefined;
  return data.sweptSat + data.feeSat === data.amountSat
    ? undefined
    : violates(
        'sweep-conserves',
        `${data.sweptSat} sat swept + ${data.feeSat} sat fee, from ${data.amountSat} sat`,
      );
}
