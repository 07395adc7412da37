/** Commitments of a source that keeps exact balances itself, and facts that stand beside them. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { decide } from '../../src/channel/decide.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Txid } from '../../src/lightning/ids.ts';
import {
  channelId,
  commitment,
  fundingOutpoint,
  given,
  htlc,
  opened,
  stateAfter,
} from './given.ts';

const test = suite('balances as a source keeps them');

const context = { fundingOutpoint, capacitySat: 1_000_000n, opener: 'local' } as const;
const balances = { localBalanceMsat: 700_000_001n, remoteBalanceMsat: 299_999_999n };
const ready: ChannelFact = { type: 'ChannelReady', data: { fundingOutpoint } };
const gap = (side: 'local' | 'remote', firstKnown: number): ChannelFact => ({
  type: 'RecordingGap',
  data: { what: 'commitments', side, firstKnown, why: 'lost' },
});

function violationOf(facts: readonly ChannelFact[], fact: ChannelFact): string {
  const decision = decide(stateAfter(facts, context), { channelId, fact, context });
  return decision.kind === 'refused' ? decision.violation.rule : decision.kind;
}

test('are taken to the msat where none can be derived', () => {
  given([ready], context)
    .when(commitment('local', 7, { balances }))
    .then([
      {
        type: 'CommitmentUpdated',
        data: {
          side: 'local',
          number: 7,
          fundingOutpoint,
          feeratePerKw: 253,
          ...balances,
          precision: 'msat',
          offered: [],
          received: [],
        },
      },
    ]);
});

test('are taken after a gap, where what the other side holds explains something else', () => {
  const facts = [ready, gap('local', 7), commitment('local', 7, { balances }), gap('remote', 9)];
  const moved = { localBalanceMsat: 600_000_000n, remoteBalanceMsat: 400_000_000n };
  const after = stateAfter(
    [...facts, gap('local', 9), commitment('local', 9, { balances: moved })],
    context,
  );
  is(after.fundings[0]?.local?.localBalanceMsat, 600_000_000n);
  is(after.fundings[0]?.local?.isExact, true);
});

test('that contradict what follows from the commitment before are refused', () => {
  const told = { localBalanceMsat: 799_999_999n, remoteBalanceMsat: 200_000_001n };
  is(violationOf([opened], commitment('local', 1, { balances: told })), 'stated-equals-derived');
  const right = { localBalanceMsat: 800_000_000n, remoteBalanceMsat: 200_000_000n };
  is(violationOf([opened], commitment('local', 1, { balances: right })), 'events');
});

test('that do not make up the capacity are refused', () => {
  const told = { localBalanceMsat: 1n, remoteBalanceMsat: 1n };
  is(violationOf([ready], commitment('local', 7, { balances: told })), 'balances-equal-capacity');
});

test('an HTLC that ends and that no commitment known holds is forgotten at once', () => {
  const { id, direction, amountMsat } = htlc('offered', 0, 5_000n);
  const added: ChannelFact = { type: 'HtlcAdded', data: htlc('offered', 0, 5_000n) };
  const settled: ChannelFact = {
    type: 'HtlcSettled',
    data: { id, direction, amountMsat, isOnChain: false },
  };
  equal(stateAfter([ready, added, settled], context).htlcs, []);
  // Behind a gap a commitment that was not seen may still hold it.
  const kept = stateAfter([ready, gap('remote', 5), added, settled], context).htlcs;
  equal(
    kept.map(({ outcome }) => outcome),
    ['settled'],
  );
});

test('transactions that are kept and movements that are booked may be told after the close', () => {
  const closed: ChannelFact = {
    type: 'ChannelClosed',
    data: { kind: 'unknown', initiator: 'unknown', outputs: [] },
  };
  const after: readonly ChannelFact[] = [
    { type: 'TransactionKept', data: { txid: Txid('ee'.repeat(32)), purpose: 'funding' } },
    {
      type: 'MovementBooked',
      data: { kind: 'fee', tags: ['onchain_fee'], creditMsat: 1n, debitMsat: 0n },
    },
  ];
  const state = stateAfter([ready, closed], context);
  for (const fact of after) {
    const decision = decide(state, { channelId, fact });
    ok(decision.kind === 'events');
    equal(decision.events, [fact]);
    equal(decision.state, state);
  }
});

test.run();
