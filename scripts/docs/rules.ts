/** Which events a channel's rules look at, as src/channel/invariants.ts checks them. */
import type { ChannelEvent } from '../../src/channel/events.ts';
import { type ChannelRule, channelRules } from '../../src/channel/rules.ts';

type EventType = ChannelEvent['type'];

/** A rule added to the code and not here does not compile. */
const appliesTo: Readonly<Record<ChannelRule, readonly EventType[] | 'every'>> = {
  'opened-once': 'every',
  'closed-is-final': 'every',
  'fact-restated': 'every',
  'funding-known': [
    'FundingConfirmed',
    'FundingUnconfirmed',
    'ChannelReady',
    'CommitmentUpdated',
    'ChannelClosed',
  ],
  'balances-equal-capacity': [
    'ChannelOpened',
    'FundingCandidateAdded',
    'FundingReplaced',
    'CommitmentUpdated',
    'BalanceObserved',
  ],
  'balance-not-negative': [
    'ChannelOpened',
    'FundingCandidateAdded',
    'FundingReplaced',
    'CommitmentUpdated',
    'BalanceObserved',
  ],
  'balance-moves-by-htlcs': ['CommitmentUpdated', 'BalanceObserved'],
  'stated-equals-derived': ['CommitmentUpdated'],
  'commitment-number-follows': ['CommitmentUpdated'],
  'revoked-is-previous': ['CommitmentRevoked'],
  'htlc-id-follows': ['HtlcAdded'],
  'settle-needs-htlc': ['HtlcSettled', 'HtlcFailed'],
  'policy-is-newer': ['FeePolicyChanged'],
  'outputs-sum-to-capacity': ['ChannelClosed'],
  'output-resolved-once': ['OutputResolved'],
  'sweep-conserves': ['OutputResolved'],
  'undo-names-what-stands': [
    'FundingUnconfirmed',
    'FundingCandidateDropped',
    'CloseUnconfirmed',
    'OutputUnconfirmed',
  ],
};

const all = Object.entries(channelRules) as readonly (readonly [ChannelRule, string])[];

/** Rules of this event beyond those of every event. */
export function rulesOf(type: string): ChannelRule[] {
  return all
    .map(([rule]) => rule)
    .filter((rule) => {
      const types: readonly string[] | 'every' = appliesTo[rule];
      return types !== 'every' && types.includes(type);
    });
}

export function ruleTable(): string[] {
  return [
    '| rule | says | looks at |',
    '|---|---|---|',
    ...all.map(([rule, says]) => {
      const types = appliesTo[rule];
      const at = types === 'every' ? 'every event' : types.map((type) => `\`${type}\``).join(', ');
      return `| \`${rule}\` | ${says} | ${at} |`;
    }),
  ];
}
