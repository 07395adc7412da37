/** A close's label against the recorded commitment that has the closing transaction's id. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { mannerOf } from '../../../src/ledger/forensics/manner.ts';
import { caseOf, causeOf, closed, commitment, linesOf, ourTxid, revoked, told } from './told.ts';

const tests = suite('closes whose label the transaction contradicts');

const theirs = told(1, commitment('remote', 1, { txid: ourTxid }));
const ours = told(1, commitment('local', 1, { txid: ourTxid }));
const given = told(2, revoked('remote', 1));
const end = (data: Parameters<typeof closed>[0] = {}) =>
  told(9, closed({ closingTxid: ourTxid, height: 700, ...data }));
const [HOW, REVOKED] = ['Who closed, and how', 'Was the broadcast commitment revoked?'];
const howOf = (...events: readonly CaseEvent[]) =>
  linesOf(HOW, caseOf(events)).filter((line) => !line.includes(ourTxid));

tests('the recorded commitment decides whose it was, and the label is said beside it', () => {
  const events = [theirs, given, end()];
  equal(causeOf(events), {
    cause: 'revoked-state',
    by: 'remote',
    basis: 'transaction',
    events: ['ChannelClosed@9', 'CommitmentRevoked@2'],
  });
  equal(howOf(...events), [
    "transaction: the peer's commitment number 1, by the peer",
    "stated: ldk calls it this node's commitment, by this node, which the transaction contradicts: the commitment is the peer's number 1",
  ]);
  equal(linesOf(REVOKED, caseOf(events)), [
    'transaction: yes: commitment 1 was revoked, and this node holds its secret',
  ]);
  equal(
    linesOf('What happened, in order', caseOf(events)).map((line) =>
      line.replace(/\d{4}-\S+/, 'TIME'),
    ),
    [
      "stated: TIME  closed: local-force, which the transaction contradicts: the commitment is the peer's number 1",
    ],
  );
  // The other way round.
  equal(howOf(ours, end({ kind: 'remote-force', initiator: 'remote' })), [
    "transaction: this node's commitment number 1, by this node",
    "stated: ldk calls it the peer's commitment, by the peer, which the transaction contradicts: the commitment is this node's number 1",
  ]);
});

tests('so it decides the number, which says whether it was revoked', () => {
  const other = told(3, commitment('remote', 2));
  const events = [
    theirs,
    given,
    other,
    end({ kind: 'remote-force', initiator: 'remote', commitmentNumber: 2 }),
  ];
  is(causeOf(events).cause, 'revoked-state');
  equal(howOf(...events), [
    "transaction: the peer's commitment number 1, by the peer",
    "stated: ldk calls it the peer's commitment number 2, by the peer, which the transaction contradicts: the commitment is the peer's number 1",
  ]);
});

tests('no label makes a recorded commitment a close by agreement', () => {
  const agreed = [ours, end({ kind: 'cooperative', initiator: 'both' })];
  is(mannerOf(caseOf(agreed)), 'forced');
  equal(howOf(...agreed), [
    "transaction: this node's commitment number 1, by this node",
    "stated: ldk calls it a cooperative close, by both ends, which the transaction contradicts: the commitment is this node's number 1",
  ]);
  is(mannerOf(caseOf([end({ kind: 'cooperative', initiator: 'both' })])), 'negotiated');
});

tests('a label that agrees, or says less, is not said again', () => {
  for (const data of [
    { kind: 'remote-force', initiator: 'remote', commitmentNumber: 1 },
    { kind: 'remote-force', initiator: 'unknown' },
    { kind: 'unknown', initiator: 'unknown' },
  ] as const) {
    equal(howOf(theirs, end(data)), ["transaction: the peer's commitment number 1, by the peer"]);
  }
  // Who gave a channel up can be the end that saw the other's revoked commitment.
  equal(howOf(theirs, given, end({ kind: 'breach', initiator: 'remote' })), [
    'transaction: a revoked commitment number 1, by the peer',
  ]);
  // Who acted is the end that had it, where nothing says why.
  is(causeOf([theirs, end()]).by, 'remote');
  // Without the commitment there is the label alone.
  equal(howOf(end()), ["stated: this node's commitment, by this node, by label only"]);
});

tests.run();
