/** Answers without a time that the ledger has already are known by their evidence, and names by themselves. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ChannelId, NodeId } from '../../../src/lightning/ids.ts';
import type { Known, KnownFact } from '../../../src/sources/known.ts';
import { toldAnswers } from '../../../src/sources/lnd/json/told-answers.ts';

const test = suite('an answer that was told before');

const us = NodeId(`02${'a1'.repeat(32)}`);
const peer = NodeId(`03${'b2'.repeat(32)}`);
const channelId = ChannelId('c3'.repeat(32));

/** Two facts of lnd-rpc: a balance and a name. */
interface Told extends KnownFact {
  readonly about: 'channel' | 'peer';
  readonly subjectId: string;
  readonly source: string;
}
const facts: readonly Told[] = [
  {
    ...{ about: 'channel', subjectId: channelId, source: 'lnd-rpc' },
    ...{
      happenedAtNs: 1n,
      isPlaced: false,
      type: 'BalanceObserved',
      evidence: 'listchannels channel 1',
      data: {},
    },
  },
  {
    ...{ about: 'peer', subjectId: peer, source: 'lnd-rpc' },
    ...{
      happenedAtNs: 1n,
      isPlaced: false,
      type: 'PeerRenamed',
      evidence: 'listpeers',
      data: { alias: 'north' },
    },
  },
];
const known: Known = {
  nodes: [{ nodeId: us, chain: 'testnet' }],
  channels: () => [],
  facts: (asked, types) =>
    facts.filter(
      (one) =>
        asked.nodeId === us &&
        asked.about === one.about &&
        asked.subjectId === one.subjectId &&
        asked.source === one.source &&
        types.includes(one.type),
    ),
};

function answers(of: ReturnType<typeof toldAnswers>) {
  return {
    same: of.has(channelId, 'listchannels channel 1'),
    otherEvidence: of.has(channelId, 'listchannels channel 2'),
    otherChannel: of.has(ChannelId('d4'.repeat(32)), 'listchannels channel 1'),
    name: of.isNamed(peer, 'north'),
    otherName: of.isNamed(peer, 'south'),
    otherPeer: of.isNamed(us, 'north'),
  };
}
const NONE = {
  same: false,
  otherEvidence: false,
  otherChannel: false,
  name: false,
  otherName: false,
  otherPeer: false,
};

test('without a time is known by what the ledger has of it', () => {
  const told = answers(toldAnswers(us, { known, isDated: false }));
  equal(told, { ...NONE, same: true, name: true });
});

test('with a time is told again: its own moment tells which it is', () => {
  equal(answers(toldAnswers(us, { known, isDated: true })), NONE);
});

test('is not known without a ledger to ask, nor to another node', () => {
  equal(answers(toldAnswers(us, { known: undefined, isDated: false })), NONE);
  equal(answers(toldAnswers(peer, { known, isDated: false })), NONE);
});

test.run();
