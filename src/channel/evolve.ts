/** The state after one more event: pure, total, without a default. */
import { withBroadcast } from './broadcasts.ts';
import type { ChannelEvent, ChannelEventData } from './events.ts';
import { commitmentUpdated, gap, htlcAdded, htlcRemoved } from './evolve-htlcs.ts';
import {
  adopted,
  candidateAdded,
  candidateDropped,
  fundingReplaced,
  opened,
} from './evolve-opening.ts';
import { type ChannelState, type ClaimState, withFunding } from './state.ts';
import { confirmedAgain, takenBack } from './undone.ts';

/** The state after one more event. */
export function evolve(state: ChannelState, event: ChannelEvent): ChannelState {
  switch (event.type) {
    case 'ChannelOpened':
      return opened(state, event.data);
    case 'ChannelAdopted':
      return adopted(state, event.data);
    case 'FundingConfirmed': {
      const { height, blockHash } = event.data;
      const confirmedIn = { height, blockHash };
      const after = confirmedAgain(state, event);
      return withFunding(after, event.data.fundingOutpoint, (f) => ({ ...f, confirmedIn }));
    }
    case 'FundingUnconfirmed': {
      const after = takenBack(state, event);
      return withFunding(after, event.data.fundingOutpoint, ({ confirmedIn: _, ...f }) => f);
    }
    case 'FundingCandidateAdded':
      return candidateAdded(state, event.data);
    case 'FundingCandidateDropped':
      return candidateDropped(state, event.data);
    case 'FundingReplaced':
      return fundingReplaced(state, event.data);
    case 'ChannelReady':
      return withFunding(state, event.data.fundingOutpoint, (f) => ({ ...f, isReady: true }));
    case 'ChannelAnnounced':
      return { ...state, announcement: event.data };
    case 'HtlcAdded':
      return htlcAdded(state, event.data);
    case 'HtlcSettled':
    case 'HtlcFailed':
      return htlcRemoved(state, event.data, event.type === 'HtlcSettled' ? 'settled' : 'failed');
    case 'CommitmentUpdated':
      return commitmentUpdated(state, event.data);
    case 'CommitmentRevoked':
      return {
        ...state,
        lastRevoked: { ...state.lastRevoked, [event.data.side]: event.data.number },
      };
    case 'FeePolicyChanged': {
      const { raw: _raw, cause: _cause, ...policy } = event.data;
      return { ...state, policies: { ...state.policies, [policy.side]: policy } };
    }
    case 'BalanceObserved':
    case 'TransactionKept':
    case 'MovementBooked':
      return state;
    case 'RecordingGap':
      return gap(state, event.data);
    case 'ShutdownStarted':
      return { ...state, shutdowns: [...state.shutdowns, event.data.by] };
    case 'CloseStarted':
      return { ...state, closeStarts: [...state.closeStarts, event.data] };
    case 'TransactionBroadcast':
      return { ...state, broadcasts: withBroadcast(state.broadcasts, event.data) };
    case 'ChannelClosed':
      return closed(confirmedAgain(state, event), event.data);
    case 'CloseUnconfirmed': {
      const { close: _, ...open } = takenBack(state, event);
      return { ...open, phase: 'open', isCloseMissing: false, isFullyResolved: false };
    }
    case 'OutputResolved':
      return { ...confirmedAgain(state, event), claims: [...state.claims, event.data] };
    case 'OutputUnconfirmed': {
      const { outpoint, sweepTxid } = event.data;
      const isUndone = (c: ClaimState) => c.outpoint === outpoint && c.sweepTxid === sweepTxid;
      const claims = state.claims.filter((claim) => !isUndone(claim));
      return { ...takenBack(state, event), claims, isFullyResolved: false };
    }
    case 'ChannelFullyResolved':
      return { ...state, isFullyResolved: true };
    case 'ChannelPurged':
      return { ...state, isPurged: true };
  }
}

function closed(state: ChannelState, data: ChannelEventData<'ChannelClosed'>): ChannelState {
  const { closingTxid, blockHash, kind, outputs } = data;
  return {
    ...state,
    phase: 'closed',
    close: {
      kind,
      outputs,
      ...(closingTxid && { txid: closingTxid }),
      ...(blockHash && { blockHash }),
    },
  };
}
