import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { feeEffects, type PolicyTerm } from '../../src/ledger/answers/fee-effects.ts';
import type { FeeChangeView, ForwardView } from '../../src/ledger/view-types.ts';

const at = (minute: number) => `2026-03-14T15:${String(minute).padStart(2, '0')}:00.000000000Z`;
const policy = {
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 100,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  htlcMaximumMsat: 1_000_000n,
  isDisabled: false,
  timestamp: 0,
  at: at(0),
};
const minute = fc.integer({ min: 0, max: 12 });
const channelId = fc.constantFrom('a', 'b');

const changesOf = fc
  .array(fc.record({ minute, channelId, side: fc.constantFrom('local', 'remote') }), {
    maxLength: 12,
  })
  .map((all) =>
    all
      .sort((a, b) => a.minute - b.minute)
      .map(
        ({ minute: time, ...rest }, nth): FeeChangeView => ({
          ...rest,
          nodeId: 'us',
          at: at(time),
          to: policy,
          eventId: `change ${nth}`,
        }),
      ),
  );
const forwardsOf = fc
  .array(
    fc.record({
      minute,
      outcome: fc.constantFrom('forwarded', 'failed'),
      incomingChannelId: channelId,
      outgoingChannelId: channelId,
      amountInMsat: fc.option(fc.bigInt({ min: 0n, max: 99n }), { nil: undefined }),
      amountOutMsat: fc.option(fc.bigInt({ min: 0n, max: 99n }), { nil: undefined }),
      feeMsat: fc.option(fc.bigInt({ min: -9n, max: 9n }), { nil: undefined }),
    }),
    { maxLength: 40 },
  )
  .map((all) =>
    all.map(({ minute: time, ...rest }, nth): ForwardView => {
      const { amountInMsat, amountOutMsat, feeMsat, ...always } = rest;
      return {
        ...always,
        ...(amountInMsat !== undefined && { amountInMsat }),
        ...(amountOutMsat !== undefined && { amountOutMsat }),
        ...(feeMsat !== undefined && { feeMsat }),
        nodeId: 'us',
        at: at(time),
        eventId: `forward ${nth}`,
      };
    }),
  );

/** As the rule says it: from one change on, and before the next. */
function naiveTerm(
  { side, channelId: id }: FeeChangeView,
  forwards: readonly ForwardView[],
  from: string,
  to: string | undefined,
): PolicyTerm {
  const within = forwards.filter((one) => {
    const through = side === 'local' ? one.outgoingChannelId : one.incomingChannelId;
    return through === id && one.at >= from && (to === undefined || one.at < to);
  });
  const done = within.filter(({ outcome }) => outcome === 'forwarded');
  const amounts = done.map((one) => (side === 'local' ? one.amountOutMsat : one.amountInMsat));
  const fees = done.map(({ feeMsat }) => feeMsat);
  return {
    from,
    ...(to !== undefined && { to }),
    forwardedCount: done.length,
    failedCount: within.length - done.length,
    amountMsat: amounts.reduce((sum: bigint, msat = 0n) => sum + msat, 0n),
    ...(amounts.includes(undefined) && { isAmountAtLeast: true }),
    feeMsat: fees.reduce((sum: bigint, msat = 0n) => sum + msat, 0n),
    ...(fees.includes(undefined) && { isFeeAtLeast: true }),
  };
}

test('each change has what went through under the policy before it and under its own', () => {
  fc.assert(
    fc.property(changesOf, forwardsOf, (changes, forwards) => {
      const expected = changes.map((change) => {
        const own = changes.filter(
          ({ side, channelId: id }) => side === change.side && id === change.channelId,
        );
        const index = own.indexOf(change);
        const [before, next] = [own[index - 1], own[index + 1]];
        return {
          ...change,
          ...(before && { before: naiveTerm(before, forwards, before.at, change.at) }),
          after: naiveTerm(change, forwards, change.at, next?.at),
        };
      });
      assert.equal(feeEffects(changes, forwards), expected);
    }),
    { numRuns: 300 },
  );
});

test.run();
