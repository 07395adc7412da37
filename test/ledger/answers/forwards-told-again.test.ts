/** One teller's forwards, told by several releases of it: the sums of its row are those of the forwards. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { ChannelId, NodeId, ShortChannelId } from '../../../src/lightning/ids.ts';
import type { Observation } from '../../../src/observation/observation.ts';

const nodeId = NodeId(`03${'bb'.repeat(32)}`);
const channelId = ChannelId('a1'.repeat(32));
const incoming = ShortChannelId('700000x1x0');
const outgoing = ShortChannelId('700001x1x0');
const START_NS = 1_600_000_000_000_000_000n;
const SECOND_NS = 1_000_000_000n;

const header = { chain: 'regtest', nodeId, source: 'lnd-rpc', timeBasis: 'source' } as const;
const recorded = { recordedAtNs: START_NS + 60n * SECOND_NS, evidence: 'fwdinghistory' };

/** The channel that they come in over, so that somebody can be asked what it forwarded. */
const channel: Observation = {
  ...header,
  ...recorded,
  about: 'channel',
  channelId,
  context: { shortChannelId: incoming, capacitySat: 1_000_000n },
  happenedAtNs: START_NS - 1n,
  key: 'listchannels',
  fact: {
    type: 'BalanceSeen',
    data: {
      localBalanceMsat: 500_000_000n,
      remoteBalanceMsat: 500_000_000n,
      precision: 'sat',
      htlcs: [],
    },
  },
};

type Release = 'seconds' | 'nanoseconds' | 'htlcs';

interface Forward {
  readonly atNs: bigint;
  readonly amountInMsat: bigint;
  readonly htlcId: number;
}

function told({ atNs, amountInMsat, htlcId }: Forward, release: Release): Observation {
  const seconds = atNs - (atNs % SECOND_NS);
  return {
    ...header,
    ...recorded,
    about: 'node',
    happenedAtNs: release === 'seconds' ? seconds : atNs,
    key: `${release} ${htlcId}`,
    fact: {
      type: 'PaymentForwarded',
      data: {
        incomingShortChannelId: incoming,
        ...(release === 'htlcs' && { incomingHtlcId: htlcId }),
        outgoingShortChannelId: outgoing,
        amountInMsat,
        amountOutMsat: amountInMsat - 1_000n,
        feeMsat: 1_000n,
      },
    },
  };
}

const anyForwards = fc
  .array(
    fc.record({
      second: fc.integer({ min: 0, max: 2 }),
      // At a whole second two releases could not be told from two forwards.
      ns: fc.constantFrom(1n, 2n, 3n),
      amountInMsat: fc.constantFrom(5_000_000n, 7_000_000n),
    }),
    { maxLength: 6 },
  )
  .map((all) =>
    all.map(({ second, ns, amountInMsat }, htlcId) => {
      return { atNs: START_NS + BigInt(second) * SECOND_NS + ns, amountInMsat, htlcId };
    }),
  );

/** Each release tells all of them; what they tell comes in any order. */
const anyTellings = fc
  .tuple(anyForwards, fc.subarray<Release>(['seconds', 'nanoseconds', 'htlcs'], { minLength: 1 }))
  .chain(([all, releases]) => {
    const tellings = releases.flatMap((release) => all.map((one) => told(one, release)));
    const shuffled = fc.shuffledSubarray(tellings, { minLength: tellings.length });
    return fc.record({ all: fc.constant(all), tellings: shuffled });
  });

test('releases that tell the same forwards, in any order, count each of them once', async () => {
  await fc.assert(
    fc.asyncProperty(anyTellings, async ({ all, tellings }) => {
      const ledger = await openLedger(':memory:');
      await ledger.recordBatch([channel]);
      for (const telling of tellings) await ledger.recordBatch([telling]);
      const sum = all.reduce((total, { amountInMsat }) => total + amountInMsat, 0n);
      const [view] = ledger.channels();
      const forwards = ledger.forwards();
      await ledger.close();
      assert.is(forwards.length, all.length);
      const cameIn = forwards.reduce((total, one) => total + (one.amountInMsat ?? 0n), 0n);
      assert.is(cameIn, sum);
      assert.is(view?.forwardedInCount ?? 0, all.length);
      assert.is(view?.forwardedInMsat ?? 0n, sum);
    }),
    { seed: 20_261_121, numRuns: 30 },
  );
});

test('an older release that prints whole satoshi tells the same forward', async () => {
  const ledger = await openLedger(':memory:');
  const exact = { atNs: START_NS + 5n, amountInMsat: 5_000_999n, htlcId: 4 };
  const older = { ...exact, amountInMsat: 5_000_000n };
  await ledger.recordBatch([channel, told(exact, 'htlcs')]);
  await ledger.recordBatch([told(older, 'seconds')]);
  const [view] = ledger.channels();
  assert.equal([view?.forwardedInCount, view?.forwardedInMsat], [1, 5_000_999n]);
  assert.equal(
    ledger.forwards().map(({ amountInMsat }) => amountInMsat),
    [5_000_999n],
  );
  await ledger.close();
});

test.run();
