/** The names of the rules a channel's events must keep (DESIGN §5), and how one is said to be broken. */
import type { Violation } from '../schema/aggregate.ts';

export const channelRules = {
  'opened-once': 'a channel is opened once, and before anything else happens to it',
  'funding-known': 'a commitment or confirmation names a funding the channel has',
  'balances-equal-capacity': 'local + remote + HTLCs in the commitment = capacity',
  'balance-not-negative': 'no side owes the channel anything',
  'balance-moves-by-htlcs': 'a balance changes only by the HTLCs that came and went',
  'stated-equals-derived': 'what the source states is what follows from the commitments before',
  'commitment-number-follows': "a side's commitment numbers rise by one",
  'revoked-is-previous': 'the commitment given up is the one before the newest',
  'htlc-id-follows': 'HTLC ids of a direction rise by one',
  'settle-needs-htlc': 'only an HTLC that some commitment holds can be settled or failed',
  'closed-is-final':
    'after the closing transaction only its resolution, policies and what a reorganisation undoes follow',
  'policy-is-newer': "a side's policies have rising timestamps",
  'outputs-sum-to-capacity': "the closing transaction's outputs and fee make up the capacity",
  'output-resolved-once': 'an output is claimed by one transaction',
  'sweep-conserves': 'what is swept and its fee make up the output that was claimed',
  'undo-names-what-stands':
    'what is taken back was not before, and nothing else stands in its place at that moment',
  'fact-restated': 'a source says the same thing of the same fact when it says it again',
} as const;
export type ChannelRule = keyof typeof channelRules;

export const violates = (rule: ChannelRule, detail: string): Violation => ({ rule, detail });
