/** The rules of what is on chain: the closing transaction and the claims of its outputs. */
import type { Violation } from '../schema/aggregate.ts';
import type { ChannelEvent, ChannelEventData } from './events.ts';
import { violates } from './rules.ts';
import { activeFunding, type ChannelState, fundingOf } from './state.ts';
import { isDropped, type UndoOfBlock, undoneThing } from './undone.ts';

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

/** Said again without an undo between it would be stored twice: a block that comes back repeats ids. */
export function checkConfirmed(
  state: ChannelState,
  event: Extract<ChannelEvent, { readonly type: 'FundingConfirmed' | 'ChannelFullyResolved' }>,
): Violation | undefined {
  if (event.type === 'ChannelFullyResolved') {
    return state.isFullyResolved
      ? violates('fact-restated', 'the channel is fully resolved already')
      : undefined;
  }
  const { fundingOutpoint } = event.data;
  const funding = fundingOf(state, fundingOutpoint);
  if (funding === undefined) return violates('funding-known', `no funding ${fundingOutpoint}`);
  const { confirmedIn } = funding;
  return confirmedIn === undefined
    ? undefined
    : violates('fact-restated', `it is confirmed in block ${confirmedIn.blockHash} already`);
}

export type UndoEvent =
  | UndoOfBlock
  | Extract<ChannelEvent, { readonly type: 'FundingCandidateDropped' }>;

/** What is undone must stand: an undo of anything else would take a later confirmation with it. */
export function checkUndo(state: ChannelState, event: UndoEvent): Violation | undefined {
  const standing = standingFor(state, event);
  if (event.type === 'FundingUnconfirmed') {
    const { fundingOutpoint } = event.data;
    if (fundingOf(state, fundingOutpoint) === undefined) {
      return violates('funding-known', `no funding ${fundingOutpoint}`);
    }
  }
  if (standing === undefined) {
    return violates('undo-names-what-stands', `${event.type}: nothing like it stands now`);
  }
  if (standing === 'unseen') return undefined;
  const isInBlock = 'blockHash' in event.data && standing.blockHash !== undefined;
  return isInBlock && standing.blockHash !== event.data.blockHash
    ? violates(
        'undo-names-what-stands',
        `${event.type} in block ${event.data.blockHash}, and it stands in ${standing.blockHash}`,
      )
    : undefined;
}

/**
 * What the undo takes back, in whatever block it is: a block is unknown where none was told. `unseen`
 * where nothing is known of it, so that it was missed and contradicts nothing; undefined where it was
 * taken back before or something else stands in its place.
 */
export function standingFor(
  state: ChannelState,
  event: UndoEvent,
): { readonly blockHash?: string | undefined } | 'unseen' | undefined {
  switch (event.type) {
    case 'FundingUnconfirmed': {
      const funding = fundingOf(state, event.data.fundingOutpoint);
      return funding && (funding.confirmedIn ?? unseen(state, event));
    }
    case 'FundingCandidateDropped': {
      const { fundingOutpoint } = event.data;
      if (state.lostFundings.includes(fundingOutpoint)) return {};
      const candidate = fundingOf(state, fundingOutpoint);
      if (candidate === undefined) return isDropped(state, fundingOutpoint) ? undefined : 'unseen';
      return candidate === activeFunding(state) ? undefined : {};
    }
    case 'CloseUnconfirmed': {
      const { close } = state;
      if (close === undefined) return unseen(state, event);
      return close.txid === event.data.closingTxid ? close : undefined;
    }
    case 'OutputUnconfirmed': {
      const { outpoint, sweepTxid } = event.data;
      const claim = state.claims.find((c) => c.outpoint === outpoint);
      if (claim === undefined) return unseen(state, event);
      return claim.sweepTxid === sweepTxid ? claim : undefined;
    }
  }
}

function unseen({ undone }: ChannelState, event: UndoOfBlock): 'unseen' | undefined {
  const what = undoneThing(event);
  const last = undone.find((one) => one.what === what);
  return last?.blockHash === event.data.blockHash ? undefined : 'unseen';
}
