/** The channel that the stories are about, and its events in short. */
import { channelProjection } from '../../projections/channel.ts';
import type { CommitmentRow, TotalsRow } from '../../projections/channel-row.ts';
import type { ChannelEvent, ChannelEventData } from '../../src/channel/events.ts';
import type { Side } from '../../src/channel/fields.ts';
import { Outpoint, ShortChannelId, Txid } from '../../src/lightning/ids.ts';
import { channelId, fundingOutpoint, nodeId, peerId } from '../channel/given.ts';
import { at, Story } from './rows-after.ts';

export const stream = `channel-${nodeId}.${channelId}.ldk`;
export const shortChannelId = ShortChannelId('600000x1x0');
export const closingTxid = Txid('33'.repeat(32));
export const sweepTxid = Txid('44'.repeat(32));
export const secondFunding = Outpoint(`${'55'.repeat(32)}:1`);

export const story = () => new Story(channelProjection, stream);

export const openedEvent: ChannelEvent = {
  type: 'ChannelOpened',
  data: {
    channelId,
    fundingOutpoint,
    peerId,
    opener: 'local',
    capacitySat: 1_000_000n,
    pushMsat: 200_000_000n,
    localBalanceMsat: 800_000_000n,
    remoteBalanceMsat: 200_000_000n,
    channelType: 'anchors',
    isPrivate: false,
    local: { dustLimitSat: 354n, csvDelayBlocks: 144 },
    remote: { dustLimitSat: 546n },
    feeratePerKw: 253,
    fundingFeeSat: 300n,
  },
};

export const noTotals: TotalsRow = {
  sentMsat: 0n,
  sentCount: 0,
  receivedMsat: 0n,
  receivedCount: 0,
  forwardedMsat: 0n,
  forwardedCount: 0,
  feesEarnedMsat: 0n,
  failedCount: 0,
  isAtLeast: false,
};

export interface Held {
  readonly offered?: number[];
  readonly received?: number[];
}

/** What a row shows of a commitment of the event at `nth`. */
export function commitmentRow(
  nth: number,
  number: number,
  [localBalanceMsat, remoteBalanceMsat]: readonly [bigint, bigint],
  { offered = [], received = [] }: Held = {},
): CommitmentRow {
  return {
    number,
    localBalanceMsat,
    remoteBalanceMsat,
    precision: 'msat',
    feeratePerKw: 253,
    offered,
    received,
    at: at(nth),
  };
}

export function commitmentEvent(
  side: Side,
  number: number,
  [localBalanceMsat, remoteBalanceMsat]: readonly [bigint, bigint],
  { offered = [], received = [] }: Held = {},
  rest: Partial<ChannelEventData<'CommitmentUpdated'>> = {},
): ChannelEvent {
  return {
    type: 'CommitmentUpdated',
    data: {
      side,
      number,
      fundingOutpoint,
      localBalanceMsat,
      remoteBalanceMsat,
      precision: 'msat',
      feeratePerKw: 253,
      offered,
      received,
      ...rest,
    },
  };
}

/** Fields of the row after `openedEvent` as the story's first event. */
export const openedRow = {
  peerId,
  opener: 'local',
  channelType: 'anchors',
  isPrivate: false,
  localTerms: { dustLimitSat: 354n, csvDelayBlocks: 144 },
  remoteTerms: { dustLimitSat: 546n },
  openedAt: at(0),
  fundingFeeSat: 300n,
  outpoints: [fundingOutpoint],
  status: 'pending',
  fundingOutpoint,
  capacitySat: 1_000_000n,
  local: commitmentRow(0, 0, [800_000_000n, 200_000_000n]),
  remote: commitmentRow(0, 0, [800_000_000n, 200_000_000n]),
  nextOfferedId: 0,
  nextReceivedId: 0,
  localBalanceMsat: 800_000_000n,
  remoteBalanceMsat: 200_000_000n,
  precision: 'msat',
  balanceAt: at(0),
} as const;

/** What is shown of a balance told by the event at `nth`. */
export function shown(
  nth: number,
  [localBalanceMsat, remoteBalanceMsat]: readonly [bigint, bigint],
) {
  return { localBalanceMsat, remoteBalanceMsat, balanceAt: at(nth) };
}
