import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import { decide } from '../../src/channel/decide.ts';
import type { ChannelEventData } from '../../src/channel/events.ts';
import { check } from '../../src/channel/invariants.ts';
import { newChannel } from '../../src/channel/state.ts';
import {
  adoption,
  channelId,
  commitment,
  fundingOutpoint,
  given,
  htlc,
  opened,
  stateAfter,
} from './given.ts';

const contradicts = suite('a commitment is refused where');
const unplaced = suite('a commitment of a channel whose opener is not known');
const unsized = suite('a commitment of a channel whose capacity is not known');

contradicts('the stated fee is not the one that follows', () => {
  const stated = { localSat: 749_774n, remoteSat: 200_000n, feeSat: 225n };
  given([opened])
    .when(commitment('remote', 1, { htlcs: [htlc('offered', 0, 50_000_000n)], stated }))
    .thenRefused('stated-equals-derived', 'feeSat: stated 225, derived 226');
});

contradicts('what both ends state after a gap is more than the rounding apart', () => {
  // 183 sat of fee: 799,817 + 200,000 is all there is.
  const after = (localSat: bigint, feeSat: bigint) =>
    given([opened]).when(
      commitment('local', 9, { stated: { localSat, remoteSat: 210_000n, feeSat } }),
    );
  after(789_815n, 183n).thenRefused(
    'stated-equals-derived',
    'localSat: stated 789815, derived 789817',
  );
  after(789_817n, 185n).thenRefused('stated-equals-derived', 'feeSat: stated 185, derived 183');
  const within = { localSat: 789_816n, remoteSat: 210_000n, feeSat: 184n };
  const state = stateAfter([opened, commitment('local', 9, { stated: within })]);
  equal(state.fundings[0]?.local?.localBalanceMsat, 790_000_000n);
});

const offer = htlc('offered', 0, 50_000_000n);
const remote1 = commitment('remote', 1, { htlcs: [offer] });

contradicts('it holds the same HTLC twice: that is no gap before it', () => {
  const detail = 'the commitment holds offered HTLC 0 twice';
  const twice = commitment('local', 1, { htlcs: [offer, offer] });
  given([opened]).when(twice).thenRefused('balance-moves-by-htlcs', detail);
  given([opened, remote1]).when(twice).thenRefused('balance-moves-by-htlcs', detail);
  const stated = { localSat: 749_774n, remoteSat: 200_000n };
  given([opened])
    .when(commitment('local', 5, { htlcs: [offer, { ...offer, amountMsat: 1n }], stated }))
    .thenRefused('balance-moves-by-htlcs', detail);
  // An id is one of its direction.
  const both = [htlc('offered', 0, 1_000n), htlc('received', 0, 1_000n)];
  equal(stateAfter([opened, commitment('local', 1, { htlcs: both })]).htlcs.length, 2);
});

contradicts('it was recorded with the same HTLC twice', () => {
  const data: ChannelEventData<'CommitmentUpdated'> = {
    side: 'local',
    number: 1,
    fundingOutpoint,
    localBalanceMsat: 700_000_000n,
    remoteBalanceMsat: 200_000_000n,
    precision: 'msat',
    offered: [0, 0],
    received: [],
  };
  equal(check(stateAfter([opened, remote1]), { type: 'CommitmentUpdated', data }), {
    rule: 'balance-moves-by-htlcs',
    detail: 'the commitment holds offered HTLC 0 twice',
  });
});

// 183 sat of fee, which one of them pays.
const context = {
  fundingOutpoint,
  capacitySat: 1_000_000n,
  channelType: 'static_remotekey',
} as const;
const stated = { localSat: 600_000n, remoteSat: 399_817n };
const asStated: ChannelEventData<'CommitmentUpdated'> = {
  side: 'local',
  number: 9,
  fundingOutpoint,
  localBalanceMsat: 600_000_000n,
  remoteBalanceMsat: 399_817_000n,
  precision: 'sat',
  unexplainedMsat: 183_000n,
  feeratePerKw: 253,
  offered: [],
  received: [],
  stated,
};

unplaced('is recorded as it is stated, and the fee is placed on neither side', () => {
  const decision = decide(newChannel, {
    channelId,
    context,
    fact: commitment('local', 9, { stated }),
  });
  equal(decision.kind === 'events' ? decision.events : decision, [
    adoption(context),
    { type: 'CommitmentUpdated', data: asStated },
  ]);
});

unplaced('is no base for an exact one: the next is as stated too', () => {
  const offered = htlc('offered', 4, 50_000_000n);
  const next = { localSat: 550_000n, remoteSat: 399_774n };
  given([commitment('local', 9, { stated })], context)
    .when(commitment('local', 10, { htlcs: [offered], stated: next }))
    .then([
      { type: 'HtlcAdded', data: offered },
      {
        type: 'CommitmentUpdated',
        data: {
          ...asStated,
          number: 10,
          localBalanceMsat: 550_000_000n,
          remoteBalanceMsat: 399_774_000n,
          unexplainedMsat: 226_000n,
          offered: [4],
          stated: next,
        },
      },
    ]);
});

unplaced('claims neither that the balances are the capacity nor that they follow', () => {
  const adopted = stateAfter([{ type: 'ChannelReady', data: { fundingOutpoint } }], context);
  const event = { type: 'CommitmentUpdated', data: asStated } as const;
  const uses = new Map(ruleUses(adopted, event).map(({ rule, whyNot }) => [rule, whyNot]));
  equal(uses.get('balances-equal-capacity'), 'who opened the channel is not known');
  equal(uses.get('stated-equals-derived'), 'who opened the channel is not known');
  equal(uses.get('balance-moves-by-htlcs'), 'the balance is known to the satoshi only');
  // What was made at its writing is looked at all the same.
  equal(check(adopted, event), undefined);
  const spoilt = { ...event, data: { ...asStated, unexplainedMsat: 183_001n } };
  equal(check(adopted, spoilt)?.rule, 'balances-equal-capacity');
});

unplaced('still fits where the opening is told later', () => {
  const terms = { ...context, opener: 'local', local: { dustLimitSat: 354n } } as const;
  const ready = { type: 'ChannelReady', data: { fundingOutpoint } } as const;
  equal(
    check(stateAfter([ready], terms), { type: 'CommitmentUpdated', data: asStated }),
    undefined,
  );
});

unplaced('contradicts where more is stated than the channel holds', () => {
  given([], context)
    .when(commitment('local', 9, { stated: { localSat: 600_000n, remoteSat: 400_001n } }))
    .thenRefused('balance-not-negative', 'stated are 1000 msat more than the capacity');
});

const unknown = { fundingOutpoint };
const unsizedSeen = commitment('local', 9, { stated });

unsized('is recorded as it is stated', () => {
  const adopted = { channelId, ...unknown, local: {}, remote: {}, htlcs: [] };
  given([], unknown)
    .when(unsizedSeen)
    .then([
      { type: 'ChannelAdopted', data: { ...adopted, why: 'the opening was not recorded' } },
      { type: 'CommitmentUpdated', data: { ...asStated, unexplainedMsat: 0n } },
    ]);
  // 724 + 172 weight at 253 sat/kw.
  const offered = htlc('offered', 4, 50_000_000n);
  const next = { localSat: 550_000n, remoteSat: 399_774n };
  const state = stateAfter(
    [unsizedSeen, commitment('local', 10, { htlcs: [offered], stated: next })],
    unknown,
  );
  const { localBalanceMsat, remoteBalanceMsat } = state.fundings[0]?.local ?? {};
  equal([localBalanceMsat, remoteBalanceMsat], [550_000_000n, 399_774_000n]);
});

unsized('has the fee on the side of its opener, where that is known and has an output', () => {
  const known = { opener: 'remote', channelType: 'static_remotekey' } as const;
  const terms = { ...unknown, ...known, local: { dustLimitSat: 354n } };
  const balances = (seen: typeof stated) => {
    const state = stateAfter([commitment('local', 9, { stated: seen })], terms);
    const { localBalanceMsat, remoteBalanceMsat } = state.fundings[0]?.local ?? {};
    return [localBalanceMsat, remoteBalanceMsat];
  };
  equal(balances(stated), [600_000_000n, 400_000_000n]);
  equal(balances({ ...stated, remoteSat: 0n }), [600_000_000n, 0n]);
});

unsized('still fits where the capacity is told later', () => {
  const adopted = stateAfter([{ type: 'ChannelReady', data: { fundingOutpoint } }], context);
  const data = { ...asStated, unexplainedMsat: 0n };
  equal(check(adopted, { type: 'CommitmentUpdated', data }), undefined);
});

unsized('of which nothing is stated has nothing to start from', () => {
  given([], unknown)
    .when(commitment('local', 9, { stated: { feeSat: 183n } }))
    .thenRefused(
      'balance-moves-by-htlcs',
      'local commitment 9: no exact base and nothing stated to start from',
    );
});

contradicts.run();
unplaced.run();
unsized.run();
