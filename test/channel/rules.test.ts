import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { check } from '../../src/channel/invariants.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import type { channelRules } from '../../src/channel/rules.ts';
import { Txid } from '../../src/lightning/ids.ts';
import {
  blockHash,
  channelId,
  commitment,
  fundingOutpoint,
  htlc,
  opened,
  peerId,
  revoked,
  stateAfter,
} from './given.ts';
import {
  candidate,
  claimed,
  closed,
  closingTxid,
  confirmed,
  elsewhere,
  otherBlock,
  sweepTxid,
} from './on-chain.ts';

const rules = suite('a channel rule');

const offered = commitment('remote', 1, { htlcs: [htlc('offered', 0, 50_000_000n)] });
const policy = {
  type: 'FeePolicyChanged',
  data: {
    side: 'local',
    feeBaseMsat: 1000n,
    feeProportionalMillionths: 1,
    cltvExpiryDeltaBlocks: 40,
    htlcMinimumMsat: 1n,
    isDisabled: false,
    timestamp: 100,
  },
} satisfies ChannelEvent;

const newCommitment = {
  type: 'CommitmentUpdated',
  data: {
    side: 'local',
    number: 1,
    fundingOutpoint,
    localBalanceMsat: 800_000_000n,
    remoteBalanceMsat: 200_000_000n,
    precision: 'msat',
    feeratePerKw: 253,
    offered: [],
    received: [],
  },
} satisfies ChannelEvent;

interface Case {
  readonly given: readonly ChannelFact[];
  readonly breaks: ChannelEvent;
  readonly detail: string;
}

/** One event for each rule that breaks it and nothing else, and what is said of it. */
const cases: Readonly<Record<keyof typeof channelRules, Case>> = {
  'opened-once': {
    given: [],
    breaks: policy,
    detail: 'FeePolicyChanged before the channel was opened or adopted',
  },
  'funding-known': {
    given: [opened],
    breaks: { type: 'ChannelReady', data: { fundingOutpoint: elsewhere } },
    detail: `no funding ${elsewhere}`,
  },
  'balances-equal-capacity': {
    given: [opened],
    breaks: {
      ...newCommitment,
      data: { ...newCommitment.data, remoteBalanceMsat: 200_000_001n },
    },
    detail:
      '800000000 + 200000001 + 0 in HTLCs = 1000000001 msat, and the capacity is 1000000000 msat',
  },
  'balance-not-negative': {
    given: [opened],
    breaks: {
      ...newCommitment,
      data: {
        ...newCommitment.data,
        localBalanceMsat: 1_000_000_001n,
        remoteBalanceMsat: -1n,
      },
    },
    detail: 'local 1000000001 msat, remote -1 msat',
  },
  'balance-moves-by-htlcs': {
    given: [opened],
    breaks: {
      ...newCommitment,
      data: {
        ...newCommitment.data,
        localBalanceMsat: 700_000_000n,
        remoteBalanceMsat: 300_000_000n,
      },
    },
    detail: 'local 700000000 msat, and the HTLCs explain 800000000 msat',
  },
  'stated-equals-derived': {
    given: [opened],
    breaks: {
      ...newCommitment,
      data: { ...newCommitment.data, stated: { localSat: 799_816n, remoteSat: 200_000n } },
    },
    // BOLT 3: 724 weight at 253 sat/kw costs the opener 183 sat.
    detail: 'localSat: stated 799816, derived 799817',
  },
  'commitment-number-follows': {
    given: [opened],
    breaks: { ...newCommitment, data: { ...newCommitment.data, number: 2 } },
    detail: 'local commitment 2 after 0',
  },
  'revoked-is-previous': {
    given: [opened, commitment('local', 1), commitment('local', 2)],
    breaks: { type: 'CommitmentRevoked', data: { side: 'local', number: 0 } },
    detail: 'local commitment 0 is given up while 2 is the newest',
  },
  'htlc-id-follows': {
    given: [opened],
    breaks: {
      type: 'HtlcAdded',
      data: { id: 1, direction: 'offered', amountMsat: 1n, cltvExpiry: 500 },
    },
    detail: 'offered HTLC 1, expected 0',
  },
  'settle-needs-htlc': {
    given: [opened],
    breaks: {
      type: 'HtlcSettled',
      data: { id: 0, direction: 'offered', amountMsat: 1n, isOnChain: false },
    },
    detail: 'offered HTLC 0 is not pending',
  },
  'closed-is-final': {
    given: [opened, closed],
    breaks: newCommitment,
    detail: 'CommitmentUpdated after the channel was closed',
  },
  'policy-is-newer': {
    given: [opened, policy],
    breaks: { ...policy, data: { ...policy.data, feeBaseMsat: 5n } },
    detail: 'timestamp 100 after 100',
  },
  'outputs-sum-to-capacity': {
    given: [opened],
    breaks: { ...closed, data: { ...closed.data, feeSat: 182n } },
    detail: 'outputs and fee are 999999 sat, and the capacity is 1000000 sat',
  },
  'output-resolved-once': {
    given: [opened, closed, claimed],
    breaks: { ...claimed, data: { ...claimed.data, sweepTxid: Txid('66'.repeat(32)) } },
    detail: `${closingTxid}:0 was claimed by ${sweepTxid}`,
  },
  'sweep-conserves': {
    given: [opened, closed],
    breaks: { ...claimed, data: { ...claimed.data, feeSat: 118n } },
    detail: '999700 sat swept + 118 sat fee, from 999817 sat',
  },
  'undo-names-what-stands': {
    given: [opened, closed],
    breaks: {
      type: 'CloseUnconfirmed',
      data: { closingTxid, height: 10, blockHash: otherBlock },
    },
    detail: `CloseUnconfirmed in block ${otherBlock}, and it stands in ${blockHash}`,
  },
  'fact-restated': {
    given: [opened, candidate],
    breaks: candidate,
    detail: `funding ${elsewhere} is known already`,
  },
};

for (const [rule, { given, breaks, detail }] of Object.entries(cases)) {
  rules(`${rule}: names itself when an event breaks it`, () => {
    equal(check(stateAfter(given), breaks), { rule, detail });
  });
}

rules('says nothing of a channel that keeps them all', () => {
  const life: readonly ChannelFact[] = [
    opened,
    confirmed,
    { type: 'ChannelReady', data: { fundingOutpoint } },
    policy,
    offered,
    revoked('remote', 0),
    commitment('local', 1, { htlcs: [htlc('offered', 0, 50_000_000n)] }),
    revoked('local', 0),
    commitment('local', 2, { removed: [{ id: 0, direction: 'offered', outcome: 'settled' }] }),
    revoked('local', 1),
    commitment('remote', 2),
    revoked('remote', 1),
    closed,
    { ...policy, data: { ...policy.data, timestamp: 101, isDisabled: true } },
    claimed,
    { type: 'ChannelFullyResolved', data: { height: 12 } },
  ];
  const state = stateAfter(life);
  equal(
    [state.phase, state.isFullyResolved, state.peerId, state.channelId],
    ['closed', true, peerId, channelId],
  );
});

rules.run();
