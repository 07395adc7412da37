import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
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

const asked = { reason: 'user', sourceReason: 'User or plugin invoked close command' } as const;
const deadline = {
  reason: 'local',
  sourceReason: 'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline',
} as const;
const unknownWords = { reason: 'a reason of tomorrow' } as const;

test('the first reason that names a cause counts, and who gave it where a later one knows that', () => {
  const first = { ...unknownWords, reasonAt: at(1), startedAt: at(1), outputs: [] } as const;
  const told = { ...asked, reasonAt: at(3), startedAt: at(1), startedBy: 'local' } as const;
  const again = { reason: 'again', at: at(2) };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'CloseStarted', data: { by: 'unknown', ...unknownWords } },
      { status: 'closing', close: { ...first, startedBy: 'unknown' } },
    )
    .after(
      { type: 'CloseStarted', data: { by: 'remote', reason: 'again' } },
      { close: { ...first, startedBy: 'remote', otherReasons: [again] } },
    )
    .after(
      { type: 'CloseStarted', data: { by: 'local', ...asked } },
      { close: { ...told, otherReasons: [{ ...unknownWords, at: at(1) }, again], outputs: [] } },
    )
    // The same words say nothing new.
    .after({ type: 'CloseStarted', data: { by: 'local', ...asked } }, {})
    .after({ type: 'CloseStarted', data: { by: 'local', ...unknownWords } }, {});
});

test('a wish that was overtaken by force is not why: what forced it counts, and else it says so', () => {
  const kind = (of: 'local-force' | 'cooperative', closingTime: number) =>
    ({ kind: of, initiator: 'local', closedAt: at(closingTime), closingTxid }) as const;
  const wished = { ...asked, reasonAt: at(1), startedAt: at(1), startedBy: 'local' } as const;
  const forcedBy = { ...deadline, reasonAt: at(2), startedAt: at(1), startedBy: 'local' } as const;
  const closing = (of: 'local-force' | 'cooperative'): ChannelEvent => ({
    type: 'ChannelClosed',
    data: { kind: of, initiator: 'local', closingTxid, blockHash, height: 9, outputs: [] },
  });
  const undone: ChannelEvent = {
    type: 'CloseUnconfirmed',
    data: { closingTxid, blockHash, height: 9 },
  };
  const begun = () =>
    story()
      .after(openedEvent, openedRow)
      .after(
        { type: 'CloseStarted', data: { by: 'local', ...asked } },
        { status: 'closing', close: { ...wished, outputs: [] } },
      );
  const nowForced = { ...forcedBy, otherReasons: [{ ...asked, at: at(1) }], outputs: [] };
  begun()
    .after({ type: 'CloseStarted', data: { by: 'local', ...deadline } }, { close: nowForced })
    // By agreement after all.
    .after(closing('cooperative'), {
      status: 'closed',
      close: {
        ...wished,
        ...kind('cooperative', 3),
        height: 9,
        otherReasons: [{ ...deadline, at: at(2) }],
        outputs: [],
      },
    })
    // And then not.
    .after(undone, { status: 'closing', close: nowForced });
  begun()
    .after(closing('local-force'), {
      status: 'closed',
      close: {
        ...wished,
        ...kind('local-force', 2),
        height: 9,
        isReasonOvertaken: true,
        outputs: [],
      },
    })
    .after(undone, { status: 'closing', close: { ...wished, outputs: [] } });
});

test('of two reasons of one moment the same one counts, in whichever order they were recorded', () => {
  const reasons = [
    { by: 'local', reason: 'b', sourceReason: 'x' },
    { by: 'unknown', reason: 'a' },
    { by: 'local', reason: 'a', sourceReason: 'y' },
  ] as const;
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const row = channelProjection.initial({ stream: '', nodeId: '', subjectId: '', source: '' });
    for (const nth of order) {
      const data = reasons[nth];
      if (data === undefined) continue;
      const event = { type: 'CloseStarted', data, happenedAt: at(1), recordedAt: at(2) } as const;
      const told = { ...event, timeBasis: 'source', timeBounds: undefined } as const;
      channelProjection.on.CloseStarted?.(row, { ...told, revision: row.eventCount });
    }
    assert.equal(row.close, {
      startedAt: at(1),
      startedBy: 'local',
      reason: 'a',
      reasonAt: at(1),
      otherReasons: [
        { reason: 'a', sourceReason: 'y', at: at(1) },
        { reason: 'b', sourceReason: 'x', at: at(1) },
      ],
      outputs: [],
    });
  }
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
