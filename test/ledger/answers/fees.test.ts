import { test } from 'uvu';
import type { AnswerContext } from '../../../src/ledger/answers/context.ts';
import { feeChanges } from '../../../src/ledger/answers/fees.ts';
import { ChannelId, ShortChannelId } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofChannel, opened, tell } from './given.ts';
import { alice, at, bob, carol, channelId, fundingOutpoint } from './rows.ts';

const shortChannelId = ShortChannelId('102x1x0');
const gossip = 'gossip-regtest.102x1x0';
const otherId = ChannelId('22'.repeat(32));

const policy = (ppm: number, timestamp: number) => ({
  feeBaseMsat: 1_000n,
  feeProportionalMillionths: ppm,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  isDisabled: false,
  timestamp,
});

const changed = (ppm: number, timestamp: number, cause?: string) =>
  ({
    type: 'FeePolicyChanged',
    data: { side: 'local', ...policy(ppm, timestamp), ...(cause && { cause }) },
  }) as const;

const published = (direction: number, ppm: number, timestamp: number) =>
  ({
    type: 'PublicFeePolicyChanged',
    data: { shortChannelId, direction, ...policy(ppm, timestamp), raw: '' },
  }) as const;

const ledger = await given(
  // Names the chain of alice's gossip.
  tell(`node-regtest.${alice}.ldk`, 0, { type: 'RecordingStarted', data: { recorder: 'test' } }),
  tell(ofChannel(), 0, opened()),
  tell(ofChannel(), 1, {
    type: 'FundingConfirmed',
    data: { fundingOutpoint, height: 102, blockHash: '55'.repeat(32), shortChannelId },
  }),
  tell(ofChannel(), 2, changed(100, 10)),
  tell(gossip, 3, {
    type: 'PublicChannelAnnounced',
    data: { shortChannelId, nodeId1: alice, nodeId2: bob, raw: '' },
  }),
  tell(gossip, 4, published(0, 100, 10)),
  tell(gossip, 5, published(1, 500, 11)),
  tell(ofChannel(), 6, changed(100, 20)),
  tell(ofChannel(), 7, changed(200, 30, 'operator')),
  tell(gossip, 8, published(0, 200, 30)),
  tell(gossip, 9, published(1, 700, 31)),
  tell(
    ofChannel('ldk', alice, otherId),
    1,
    opened({ channelId: otherId, peerId: carol, fundingOutpoint: `${otherId}:0` as never }),
  ),
  tell(ofChannel('ldk', alice, otherId), 10, changed(5, 40)),
);

const brief = (name?: string, query = {}) => {
  return (context: AnswerContext) =>
    feeChanges(context, name, query).map(({ at: when, side, from, to, cause }) => {
      const ppm = (p: typeof to | undefined) => p?.feeProportionalMillionths;
      return [when, side, ppm(from), ppm(to), cause];
    });
};

test('both sides, from and to, each change once whoever told it, with the cause where one knows it', () => {
  ledger.when(brief(channelId)).then([
    [at(2), 'local', undefined, 100, undefined],
    [at(5), 'remote', undefined, 500, undefined],
    // The one of minute 6 only states the same again.
    [at(7), 'local', 100, 200, 'operator'],
    [at(9), 'remote', 500, 700, undefined],
  ]);
});

test('without a name, the changes of all channels', () => {
  ledger
    .when((c) => feeChanges(c, undefined).map((change) => change.channelId))
    .then([channelId, channelId, channelId, channelId, otherId]);
});

test('where no cause is told in words, it is the event that the teller names', async () => {
  const told = (minute: number, ppm: number, causationId: string) => {
    return { ...tell(ofChannel(), minute, changed(ppm, minute)), causationId };
  };
  const caused = await given(tell(ofChannel(), 0, opened()), told(1, 100, 'rebalance-7'), {
    ...tell(ofChannel(), 2, changed(200, 2, 'operator')),
    causationId: 'rebalance-8',
  });
  caused.when(brief(channelId)).then([
    [at(1), 'local', undefined, 100, 'rebalance-7'],
    [at(2), 'local', 100, 200, 'operator'],
  ]);
});

test("one teller's account leaves gossip out", () => {
  ledger.when(brief(channelId, { source: 'ldk' })).then([
    [at(2), 'local', undefined, 100, undefined],
    [at(7), 'local', 100, 200, 'operator'],
  ]);
});

test('as of a moment, gossip is cut at the same one', () => {
  const first = [
    [at(2), 'local', undefined, 100, undefined],
    [at(5), 'remote', undefined, 500, undefined],
  ];
  ledger.when(brief(channelId, { at: { kind: 'time', timeNs: timeNsOf(at(6)) } })).then(first);
  ledger.when(brief(channelId, { at: { kind: 'revision', revision: 3 } })).then(first);
  ledger
    .when(brief(undefined, { at: { kind: 'revision', revision: 3 } }))
    .thenRefused('wrong', /belongs to one channel/);
});

test.run();
