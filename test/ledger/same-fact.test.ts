/** Whether a commitment that is told again says what is recorded: its HTLCs and its balances, each in full. */
import { suite } from 'uvu';
import { is } from 'uvu/assert';
import { restates } from '../../src/ledger/same-fact.ts';
import type { Fact } from '../../src/schema/aggregate.ts';
import { channelStory, commitment, fundingOutpoint, paymentHash } from './story.ts';

const test = suite('a commitment that is told again');

const htlc = {
  id: 0,
  direction: 'offered',
  amountMsat: 50_000_000n,
  cltvExpiry: 600,
  paymentHash,
} as const;
const balances = { localBalanceMsat: 749_999_999n, remoteBalanceMsat: 200_000_001n };

const recordedAs = (precision: 'msat' | 'sat'): Fact => ({
  type: 'CommitmentUpdated',
  data: {
    ...{ side: 'remote', number: 1, fundingOutpoint, feeratePerKw: 253 },
    ...{ ...balances, precision, offered: [0], received: [] },
  },
});
const [told] = channelStory([commitment('remote', 1, { htlcs: [htlc], balances })]);

function isSaidAgain(
  changes: Partial<Parameters<typeof commitment>[2]>,
  { precision = 'msat', added = htlc }: { precision?: 'msat' | 'sat'; added?: object } = {},
): boolean {
  const parts = { htlcs: [htlc], balances, ...changes };
  const [observation = told] = channelStory([commitment('remote', 1, parts)]);
  const { perCommitmentPoint: _, ...data } = (observation?.fact.data ?? {}) as Record<
    string,
    unknown
  >;
  if (observation === undefined) return false;
  const again = { ...observation, fact: { ...observation.fact, data } } as typeof observation;
  return restates(again, recordedAs(precision), () => ({ type: 'HtlcAdded', data: added }));
}

test('is the same with the same HTLCs and balances', () => {
  is(isSaidAgain({}), true);
  is(isSaidAgain({ htlcs: [] }), false);
});

test('is another with other balances, unless the recorded ones are rounded', () => {
  for (const changed of [
    { ...balances, localBalanceMsat: 749_999_998n },
    { ...balances, remoteBalanceMsat: 200_000_000n },
  ]) {
    is(isSaidAgain({ balances: changed }), false);
    is(isSaidAgain({ balances: changed }, { precision: 'sat' }), true);
  }
});

test('is another with an HTLC of another amount or expiry', () => {
  is(isSaidAgain({ htlcs: [{ ...htlc, amountMsat: 50_000_001n }] }), false);
  is(isSaidAgain({ htlcs: [{ ...htlc, cltvExpiry: 601 }] }), false);
  // Nothing is known of how it was added.
  is(isSaidAgain({ htlcs: [{ ...htlc, cltvExpiry: 601 }] }, { added: {} }), true);
});

test.run();
