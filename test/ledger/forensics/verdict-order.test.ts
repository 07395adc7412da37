/**
 * The rules of a verdict are tried in one order, and each precedence has a reason. One case holds the
 * evidence of all of them; what decides it is taken away, and the next one decides.
 */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { causeOf, closed, commitment, message, revoked, started, told } from './told.ts';

interface Evidence {
  readonly of: string;
  /** Why it decides before all that stand below it. */
  readonly because: string;
  readonly channel?: readonly CaseEvent[];
  readonly beside?: readonly CaseEvent[];
  readonly expected: readonly [cause: string, by: string, basis: string, ...events: string[]];
}

const stale = { kind: 'reestablish', direction: 'received', nextLocalCommitment: 7 } as const;
const expiring = { id: 1, direction: 'offered', cltvExpiry: 690, amountMsat: 5_000_000n } as const;
const asked = 'User or plugin invoked close command';

const evidence: readonly Evidence[] = [
  {
    of: 'a revoked commitment on chain',
    because: 'it is in the block, and nobody may broadcast it, whatever they say of their reasons',
    channel: [told(4, revoked('local', 3))],
    expected: ['revoked-state', 'local', 'stated', 'ChannelClosed@40', 'CommitmentRevoked@4'],
  },
  {
    of: "the node's own word",
    because: 'it knows why it acted, and all that stands below is derived from what came before',
    channel: [told(30, started('HolderForceClosed'))],
    expected: ['user', 'local', 'stated', 'CloseStarted@30'],
  },
  {
    of: 'lost states',
    because: 'BOLT 2: who is told of a state it does not have sends an error, which is the answer',
    channel: [told(3, revoked('remote', 6))],
    beside: [told(20, message(stale))],
    expected: ['data-loss', 'remote', 'derived', 'PeerMessage@20', 'CommitmentRevoked@3'],
  },
  {
    of: "the peer's error",
    because: 'BOLT 1: it fails the channel, and what this node sends afterwards is an answer',
    beside: [told(25, message({}))],
    expected: ['peer-error', 'remote', 'derived', 'PeerMessage@25'],
  },
  {
    of: 'an error of this node',
    because: 'it was said when the channel was given up; an HTLC can run out beside any cause',
    beside: [told(26, message({ direction: 'sent' }), { source: 'lnd-log' })],
    expected: ['own-error', 'local', 'derived', 'PeerMessage@26'],
  },
  {
    of: 'an HTLC that had run out',
    because: 'it had to be forced; that somebody wished an end by agreement forces nobody',
    channel: [
      told(2, { type: 'HtlcAdded', data: expiring }),
      told(31, started('a reason of tomorrow'), { height: 700 }),
    ],
    expected: [
      'offered-htlc-expired',
      'local',
      'derived',
      'ChannelClosed@40',
      'CloseStarted@31',
      'HtlcAdded@2',
    ],
  },
  {
    of: 'a wish to close',
    because: 'it is all that is told',
    channel: [told(27, started('user', asked), { source: 'cln-db' })],
    expected: ['user', 'local', 'stated', 'CloseStarted@27'],
  },
];

const [held, end] = [
  told(1, commitment('local', 3)),
  told(40, closed({ height: 710, commitmentNumber: 3 })),
];

const decided = (given: readonly Evidence[]) => {
  const channel = given.flatMap((one) => one.channel ?? []);
  const beside = given.flatMap((one) => one.beside ?? []);
  const inOrder = [held, ...channel, end].sort((a, b) => (a.at < b.at ? -1 : 1));
  const { cause, by, basis, events } = causeOf(inOrder, beside);
  return [cause, by, basis, ...events];
};

const tests = suite('the order of verdicts');

tests('each piece of evidence decides where it stands alone', () => {
  for (const one of evidence) equal(decided([one]), one.expected, one.of);
  equal(decided([]), ['unknown', 'local', 'unknown']);
});

tests('of two that are there, the one with the better reason decides', () => {
  for (const [index, first] of evidence.entries()) {
    for (const second of evidence.slice(index + 1)) {
      const both = `${first.of}, before ${second.of}: ${first.because}`;
      equal(decided([first, second]), first.expected, both);
    }
    equal(decided(evidence.slice(index)), first.expected, first.of);
  }
});

tests('an error that this node sent first is what the peer answers', () => {
  const ours = told(24, message({ direction: 'sent' }), { source: 'lnd-log' });
  const theirs = told(25, message({}));
  const { cause, events } = causeOf([held, end], [ours, theirs]);
  equal([cause, ...events], ['own-error', 'PeerMessage@24']);
});

tests.run();
