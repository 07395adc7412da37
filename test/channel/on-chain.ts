/** What the channel of given.ts meets on chain: its confirmation, a force close of ours, its claim. */
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Outpoint, ShortChannelId, Txid } from '../../src/lightning/ids.ts';
import { blockHash, fundingOutpoint } from './given.ts';

export const closingTxid = Txid('33'.repeat(32));
export const sweepTxid = Txid('44'.repeat(32));
/** An outpoint that the channel never had. */
export const elsewhere = Outpoint(`${'55'.repeat(32)}:1`);
export const otherBlock = '23'.repeat(32);

export const confirmed = {
  type: 'FundingConfirmed',
  data: { fundingOutpoint, height: 3, blockHash, shortChannelId: ShortChannelId('3x1x0') },
} satisfies ChannelFact;

/** One output of 999,817 sat; the fee is what commitment 0 leaves of the capacity, 183 sat. */
export const closed = {
  type: 'ChannelClosed',
  data: {
    fundingOutpoint,
    closingTxid,
    height: 10,
    blockHash,
    kind: 'local-force',
    initiator: 'local',
    outputs: [{ index: 0, valueSat: 999_817n, what: 'to-local' }],
    feeSat: 183n,
  },
} satisfies ChannelFact;

/** The one output of `closed`, swept at a fee of 117 sat. */
export const claimed = {
  type: 'OutputResolved',
  data: {
    outpoint: Outpoint(`${closingTxid}:0`),
    what: 'to-local',
    stage: 'last',
    outcome: 'claimed',
    amountSat: 999_817n,
    sweptSat: 999_700n,
    feeSat: 117n,
    sweepTxid,
    height: 12,
    blockHash,
  },
} satisfies ChannelFact;

/** A splice that keeps every amount as it is. */
export const candidate = {
  type: 'FundingCandidateAdded',
  data: {
    fundingOutpoint: elsewhere,
    kind: 'splice',
    capacitySat: 1_000_000n,
    localBalanceMsat: 800_000_000n,
    remoteBalanceMsat: 200_000_000n,
  },
} satisfies ChannelFact;
