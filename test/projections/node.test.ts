import { test } from 'uvu';
import { nodeProjection } from '../../projections/node.ts';
import type { ChannelForwardsRow } from '../../projections/node-row.ts';
import { ChannelId } from '../../src/lightning/ids.ts';
import type { NodeEvent } from '../../src/node/events.ts';
import { blockHash, nodeId } from '../channel/given.ts';
import { at, Story } from './rows-after.ts';

const SECOND_NS = 1_000_000_000n;
const [first, second] = [ChannelId('aa'.repeat(32)), ChannelId('bb'.repeat(32))];
const story = () => new Story(nodeProjection, `node-regtest.${nodeId}.ldk`);

function sums(channelId: ChannelId, rest: Partial<ChannelForwardsRow>): ChannelForwardsRow {
  const none = { inMsat: 0n, inCount: 0, outMsat: 0n, outCount: 0, feeMsat: 0n, failedCount: 0 };
  return { channelId, ...none, lastAt: at(0), ...rest };
}

test('a node is recorded, stopped, killed, and started again; blocks and feerates come in', () => {
  const recorder = 'channel-ledger';
  const started: NodeEvent = { type: 'RecordingStarted', data: { recorder, alias: 'alice' } };
  const block = (height: number): NodeEvent => {
    return { type: 'BestBlockChanged', data: { height, blockHash, blockTime: 1 } };
  };
  const feerate = (target: string, feeratePerKw: number): NodeEvent => {
    return { type: 'FeerateEstimated', data: { target, feeratePerKw } };
  };
  story()
    .begins({
      nodeId,
      source: 'ldk',
      isRecording: false,
      recordings: [],
      recordingCount: 0,
      recordedNs: 0n,
      feerates: [],
      forwards: [],
      newestForwards: [],
      forwardedMsat: 0n,
      forwardedCount: 0,
      forwardFeesMsat: 0n,
      forwardFailedCount: 0,
      sentMsat: 0n,
      sentCount: 0,
      sentFeesMsat: 0n,
      sendFailedCount: 0,
      receivedMsat: 0n,
      receivedCount: 0,
      payments: [],
      lists: [],
      quarantine: [],
      quarantinedCount: 0,
    })
    .after(started, {
      isRecording: true,
      recordings: [{ from: at(0), recorder }],
      recordingCount: 1,
      firstRecordedAt: at(0),
      alias: 'alice',
    })
    .after(block(100), { bestHeight: 100, bestBlockHash: blockHash, bestBlockAt: at(1) })
    .after(
      { type: 'RecordingStopped', data: { why: 'asked to' } },
      {
        isRecording: false,
        recordings: [{ from: at(0), recorder, to: at(2), why: 'asked to' }],
        recordedNs: 2n * SECOND_NS,
      },
    )
    .after({ type: 'RecordingStopped', data: { why: 'again' } }, {})
    .after(started, {
      isRecording: true,
      recordings: [
        { from: at(0), recorder, to: at(2), why: 'asked to' },
        { from: at(4), recorder },
      ],
      recordingCount: 2,
    })
    .after(feerate('normal', 253), {
      feerates: [{ target: 'normal', feeratePerKw: 253, at: at(5) }],
    })
    .after(feerate('urgent', 500), {
      feerates: [
        { target: 'normal', feeratePerKw: 253, at: at(5) },
        { target: 'urgent', feeratePerKw: 500, at: at(6) },
      ],
    })
    .after(feerate('normal', 300), {
      feerates: [
        { target: 'normal', feeratePerKw: 300, at: at(7) },
        { target: 'urgent', feeratePerKw: 500, at: at(6) },
      ],
    })
    .after(started, {
      recordings: [
        { from: at(0), recorder, to: at(2), why: 'asked to' },
        { from: at(4), recorder, to: at(7) },
        { from: at(8), recorder },
      ],
      recordingCount: 3,
      recordedNs: 5n * SECOND_NS,
    })
    .after(block(99), { bestHeight: 99, bestBlockAt: at(9) });
});

/** As the newest forward is remembered, told in whole seconds as the story's times are. */
const newest = (name: string, nth: number, amounts: Partial<ForwardAmounts> = {}) => {
  const told = { bySecond: true, byInstant: false, byHtlc: false };
  return { newestForwards: [{ name, at: at(nth), ...told, ...amounts }] };
};
type ForwardAmounts = Record<'inMsat' | 'outMsat' | 'feeMsat', bigint>;

test('forwards are summed for the node and for each channel they came in or went out over', () => {
  const forwarded: NodeEvent = {
    type: 'PaymentForwarded',
    data: {
      incomingChannelId: second,
      outgoingChannelId: first,
      amountInMsat: 1010n,
      amountOutMsat: 1000n,
      feeMsat: 10n,
      isClaimedOnChain: false,
    },
  };
  const outgoing = sums(first, { outMsat: 1000n, outCount: 1, feeMsat: 10n });
  const incoming = sums(second, { inMsat: 1010n, inCount: 1 });
  story()
    .after(forwarded, {
      forwards: [outgoing, incoming],
      ...newest(`${second},${first},1`, 0, { inMsat: 1010n, outMsat: 1000n, feeMsat: 10n }),
      forwardedMsat: 1000n,
      forwardedCount: 1,
      forwardFeesMsat: 10n,
    })
    .after(
      {
        type: 'PaymentForwarded',
        data: {
          outgoingChannelId: first,
          amountInMsat: 7n,
          amountOutMsat: 5n,
          isClaimedOnChain: true,
        },
      },
      {
        forwards: [
          sums(first, { outMsat: 1005n, outCount: 2, feeMsat: 12n, lastAt: at(1) }),
          incoming,
        ],
        ...newest(`,${first},0`, 1, { inMsat: 7n, outMsat: 5n, feeMsat: 2n }),
        forwardedMsat: 1005n,
        forwardedCount: 2,
        forwardFeesMsat: 12n,
      },
    )
    .after(
      { type: 'PaymentForwarded', data: { incomingChannelId: second, isClaimedOnChain: false } },
      {
        forwards: [
          sums(first, { outMsat: 1005n, outCount: 2, feeMsat: 12n, lastAt: at(1) }),
          sums(second, { inMsat: 1010n, inCount: 2, lastAt: at(2), inUntoldCount: 1 }),
        ],
        ...newest(`${second},,`, 2),
        forwardedCount: 3,
        forwardedUntoldCount: 1,
        forwardFeesUntoldCount: 1,
      },
    )
    .after(
      {
        type: 'ForwardFailed',
        data: { incomingChannelId: second, outgoingChannelId: second, reason: 'no route' },
      },
      {
        forwards: [
          sums(first, { outMsat: 1005n, outCount: 2, feeMsat: 12n, lastAt: at(1) }),
          sums(second, {
            ...{ inMsat: 1010n, inCount: 2, failedCount: 1, lastAt: at(2) },
            inUntoldCount: 1,
          }),
        ],
        forwardFailedCount: 1,
      },
    );
});

test('payments of the node itself are summed, and those counted whose amount nobody told', () => {
  story()
    .after(
      { type: 'PaymentSent', data: { amountMsat: 100n, feeMsat: 3n } },
      { sentMsat: 100n, sentFeesMsat: 3n, sentCount: 1 },
    )
    .after(
      { type: 'PaymentSent', data: {} },
      { sentCount: 2, sentUntoldCount: 1, sentFeesUntoldCount: 1 },
    )
    .after(
      { type: 'PaymentSent', data: { amountMsat: 0n } },
      { sentCount: 3, sentFeesUntoldCount: 2 },
    )
    .after({ type: 'PaymentFailed', data: { reason: 'no route' } }, { sendFailedCount: 1 })
    .after(
      { type: 'PaymentReceived', data: { amountMsat: 50n } },
      { receivedMsat: 50n, receivedCount: 1 },
    );
});

test('observations in quarantine are listed by rule until they are released', () => {
  const [a, b, c] = ['0a'.repeat(16), '0b'.repeat(16), '0c'.repeat(16)] as const;
  const quarantined = (observationId: string, rule: string): NodeEvent => ({
    type: 'ObservationQuarantined',
    data: { observationId, about: 'x', type: 'y', rule, detail: '', happenedAt: at(0) },
  });
  const released = (observationId: string, rule: string): NodeEvent => {
    return { type: 'QuarantineReleased', data: { observationId, rule, outcome: 'known' } };
  };
  const one = { rule: 'htlc-id-follows', count: 1, firstAt: at(0), lastAt: at(0) };
  const two = { ...one, count: 2, lastAt: at(1) };
  const other = { rule: 'opened-once', count: 1, firstAt: at(2), lastAt: at(2) };
  story()
    .after(quarantined(a, 'htlc-id-follows'), { quarantine: [one], quarantinedCount: 1 })
    .after(quarantined(b, 'htlc-id-follows'), { quarantine: [two], quarantinedCount: 2 })
    .after(quarantined(c, 'opened-once'), { quarantine: [two, other], quarantinedCount: 3 })
    .after(released(a, 'htlc-id-follows'), {
      quarantine: [{ ...two, count: 1 }, other],
      quarantinedCount: 2,
    })
    .after(released(b, 'htlc-id-follows'), { quarantine: [other], quarantinedCount: 1 })
    .after(released(b, 'htlc-id-follows'), {});
});

test.run();
