/** A funding that takes the place of the first, and what only it makes possible. */
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Outpoint } from '../../src/lightning/ids.ts';

const fundingOutpoint = Outpoint(`${'99'.repeat(32)}:0`);

export const candidate: ChannelFact = {
  type: 'FundingCandidateAdded',
  data: {
    fundingOutpoint,
    kind: 'replacement-by-fee',
    capacitySat: 1_000_000n,
    localBalanceMsat: 800_000_000n,
    remoteBalanceMsat: 200_000_000n,
  },
};

/** Refused as long as the ledger knows no such funding. */
export const candidateReady: ChannelFact = { type: 'ChannelReady', data: { fundingOutpoint } };
