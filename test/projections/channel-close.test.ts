import { test } from 'uvu';
import type { ChannelEvent, ChannelEventData } from '../../src/channel/events.ts';
import { Outpoint } from '../../src/lightning/ids.ts';
import { blockHash, fundingOutpoint } from '../channel/given.ts';
import { closingTxid, openedEvent, openedRow, story, sweepTxid } from './channel-story.ts';
import { at } from './rows-after.ts';

const toLocal = Outpoint(`${closingTxid}:0`);
const toHtlc = Outpoint(`${closingTxid}:2`);
const secondStage = Outpoint(`${sweepTxid}:0`);

test('a cooperative close: asked for, agreed, in a block, done', () => {
  const asked = { startedAt: at(1), startedBy: 'remote', outputs: [] } as const;
  const started = {
    ...asked,
    startedBy: 'both',
    reason: 'cooperative',
    sourceReason: 'x',
    reasonAt: at(2),
  } as const;
  const data: ChannelEventData<'ChannelClosed'> = {
    fundingOutpoint,
    closingTxid,
    height: 610_000,
    blockHash,
    kind: 'cooperative',
    initiator: 'remote',
    outputs: [{ index: 0, valueSat: 799_000n, what: 'cooperative-local' }],
    feeSat: 1000n,
    settledBalanceSat: 799_000n,
    timeLockedBalanceSat: 0n,
  };
  const closed = {
    ...started,
    kind: 'cooperative',
    initiator: 'remote',
    closedAt: at(3),
    closingTxid,
    height: 610_000,
    feeSat: 1000n,
    settledBalanceSat: 799_000n,
    timeLockedBalanceSat: 0n,
    outputs: [{ outpoint: toLocal, what: 'cooperative-local', valueSat: 799_000n }],
  } as const;
  story()
    .after(openedEvent, openedRow)
    .after({ type: 'ShutdownStarted', data: { by: 'remote' } }, { status: 'closing', close: asked })
    .after(
      { type: 'CloseStarted', data: { by: 'both', reason: 'cooperative', sourceReason: 'x' } },
      { close: started },
    )
    .after({ type: 'ChannelClosed', data }, { status: 'closed', close: closed })
    .after(
      { type: 'ChannelFullyResolved', data: { height: 610_006 } },
      {
        status: 'resolved',
        close: {
          ...closed,
          resolvedAt: at(4),
          resolvedHeight: 610_006,
        },
      },
    );
});

test('that nothing is left to be claimed may be told without since when', () => {
  const resolved: ChannelEvent = { type: 'ChannelFullyResolved', data: { isTimeUntold: true } };
  story()
    .after(openedEvent, openedRow)
    .after(resolved, { status: 'resolved', close: { outputs: [] } });
});

const forced: ChannelEventData<'ChannelClosed'> = {
  closingTxid,
  height: 610_000,
  blockHash,
  kind: 'local-force',
  initiator: 'local',
  commitmentNumber: 9,
  outputs: [
    { index: 0, valueSat: 700_000n, what: 'to-local' },
    { index: 2, valueSat: 9000n, what: 'htlc-offered', htlcId: 5 },
  ],
};
const firstClaim: ChannelEventData<'OutputResolved'> = {
  outpoint: toHtlc,
  what: 'htlc-offered',
  stage: 'first',
  outcome: 'timed-out',
  amountSat: 9000n,
  sweptSat: 8900n,
  feeSat: 100n,
  sweepTxid,
  height: 610_010,
  blockHash,
};
const secondClaim: ChannelEventData<'OutputResolved'> = {
  outpoint: secondStage,
  what: 'htlc-offered',
  stage: 'last',
  outcome: 'claimed',
  amountSat: 8900n,
  feeSat: 40n,
};

test('a force close: outputs are claimed in one stage or two, undone, claimed again, resolved', () => {
  const started = {
    startedAt: at(1),
    startedBy: 'local',
    reason: 'htlc-timed-out',
    reasonAt: at(1),
  } as const;
  const local = { outpoint: toLocal, what: 'to-local', valueSat: 700_000n } as const;
  const htlc = { outpoint: toHtlc, what: 'htlc-offered', valueSat: 9000n, htlcId: 5 } as const;
  const closed = {
    ...started,
    kind: 'local-force',
    initiator: 'local',
    closedAt: at(2),
    closingTxid,
    height: 610_000,
    commitmentNumber: 9,
  } as const;
  const claimed = {
    ...htlc,
    stage: 'first',
    outcome: 'timed-out',
    sweptSat: 8900n,
    feeSat: 100n,
    sweepTxid,
    height: 610_010,
  } as const;
  const second = {
    outpoint: secondStage,
    what: 'htlc-offered',
    valueSat: 8900n,
    stage: 'last',
    outcome: 'claimed',
    feeSat: 40n,
    at: at(4),
  } as const;
  const undone = { outpoint: toHtlc, sweepTxid, height: 610_010, blockHash };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'CloseStarted', data: { by: 'local', reason: 'htlc-timed-out' } },
      { status: 'closing', close: { ...started, outputs: [] } },
    )
    .after(
      { type: 'ChannelClosed', data: forced },
      { status: 'closed', close: { ...closed, outputs: [local, htlc] } },
    )
    .after(
      { type: 'OutputResolved', data: firstClaim },
      { close: { ...closed, outputs: [local, { ...claimed, at: at(3) }], sweepFeesSat: 100n } },
    )
    .after(
      { type: 'OutputResolved', data: secondClaim },
      {
        close: {
          ...closed,
          outputs: [local, { ...claimed, at: at(3) }, second],
          sweepFeesSat: 140n,
        },
      },
    )
    .after(
      { type: 'ChannelFullyResolved', data: {} },
      {
        status: 'resolved',
        close: {
          ...closed,
          outputs: [local, { ...claimed, at: at(3) }, second],
          sweepFeesSat: 140n,
          resolvedAt: at(5),
        },
      },
    )
    .after(
      { type: 'OutputUnconfirmed', data: undone },
      { status: 'closed', close: { ...closed, outputs: [local, htlc, second], sweepFeesSat: 40n } },
    )
    .after(
      { type: 'OutputResolved', data: firstClaim },
      {
        close: {
          ...closed,
          outputs: [local, { ...claimed, at: at(7) }, second],
          sweepFeesSat: 140n,
        },
      },
    )
    .after(
      { type: 'CloseUnconfirmed', data: { closingTxid, height: 610_000, blockHash } },
      { status: 'closing', close: { ...started, outputs: [] } },
    );
});

test('a claim told before the closing transaction keeps its place among the outputs', () => {
  const claimed = {
    outpoint: toHtlc,
    what: 'htlc-offered',
    valueSat: 9000n,
    stage: 'first',
    outcome: 'timed-out',
    sweptSat: 8900n,
    feeSat: 100n,
    sweepTxid,
    height: 610_010,
    at: at(1),
  } as const;
  const gap: ChannelEvent = { type: 'RecordingGap', data: { what: 'close', why: 'not seen' } };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'OutputResolved', data: firstClaim },
      { close: { outputs: [claimed], sweepFeesSat: 100n } },
    )
    .after(gap, { gaps: [{ what: 'close', why: 'not seen', at: at(2) }] })
    .after(
      { type: 'ChannelClosed', data: forced },
      {
        status: 'closed',
        close: {
          kind: 'local-force',
          initiator: 'local',
          closedAt: at(3),
          closingTxid,
          height: 610_000,
          commitmentNumber: 9,
          outputs: [
            { outpoint: toLocal, what: 'to-local', valueSat: 700_000n },
            { ...claimed, htlcId: 5 },
          ],
          sweepFeesSat: 100n,
        },
      },
    )
    .after(gap, {})
    .after(
      { type: 'RecordingGap', data: { what: 'resolutions', why: 'off' } },
      {
        gaps: [
          { what: 'close', why: 'not seen', at: at(2) },
          { what: 'resolutions', why: 'off', at: at(5) },
        ],
      },
    )
    .after(
      { type: 'RecordingGap', data: { what: 'recorder-off', why: 'off' } },
      {
        gaps: [
          { what: 'close', why: 'not seen', at: at(2) },
          { what: 'resolutions', why: 'off', at: at(5) },
          { what: 'recorder-off', why: 'off', at: at(6) },
        ],
      },
    );
});

test('a reorganisation of something nobody told of changes nothing', () => {
  story()
    .after(openedEvent, openedRow)
    .after(
      {
        type: 'OutputUnconfirmed',
        data: { outpoint: toHtlc, sweepTxid, height: 1, blockHash },
      },
      {},
    )
    .after({ type: 'CloseUnconfirmed', data: { closingTxid, height: 1, blockHash } }, {})
    .after(
      { type: 'FundingUnconfirmed', data: { fundingOutpoint: toLocal, height: 1, blockHash } },
      {},
    )
    .after({ type: 'FundingCandidateDropped', data: { fundingOutpoint: toLocal } }, {});
});

test.run();
