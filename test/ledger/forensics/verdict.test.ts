/** What decides a verdict where no LDK node can be brought to say it. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { ChannelId } from '../../../src/lightning/ids.ts';
import {
  caseOf,
  causeOf,
  closed,
  commitment,
  linesOf,
  message,
  ourTxid,
  revoked,
  started,
  told,
} from './told.ts';

const tests = suite('verdicts');

tests("each source's own words for a cause are known", () => {
  // lightning/src/ln/channel.rs; lightningd/peer_htlcs.c, htlc_end.c, peer_control.c; lnd's log.
  const words = [
    ['ldk', 'ProcessingError', 'Got an invalid signature', 'own-error'],
    ['ldk', 'ProcessingError', "Peer's feerate much too low. Actual: 253.", 'feerate'],
    [
      'ldk',
      'ProcessingError',
      'Peer attempted to reestablish channel with a very old local commitment transaction: 1',
      'data-loss',
    ],
    ['ldk', 'OutdatedChannelManager', undefined, 'data-loss'],
    ['ldk', 'HolderForceClosed', "Peer's feerate much too low", 'user'],
    ['cln', 'protocol', 'bad signature', 'own-error'],
    ['cln', 'user', 'update_fee 253 outside range', 'user'],
    ['cln', 'local', 'update_fee 253 outside range 1000-5000', 'feerate'],
    [
      'cln',
      'local',
      'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline',
      'offered-htlc-expired',
    ],
    [
      'cln',
      'local',
      'Fulfilled HTLC 4 SENT_REMOVE cltv 700 hit deadline',
      'received-htlc-near-deadline',
    ],
    ['cln', 'remote', undefined, 'unknown'],
    ['cln', 'onchain', undefined, 'unknown'],
    ['lnd-log', 'a reason of tomorrow', 'whatever', 'unknown'],
  ] as const;
  for (const [source, reason, said, cause] of words) {
    const begin = told(10, started(reason, said), { source });
    const end = told(20, closed({}));
    const verdict = causeOf([begin, end]);
    is(verdict.cause, cause, `${reason} ${said}`);
    equal(verdict.events, cause === 'unknown' ? [] : ['CloseStarted@10']);
    is(causeOf([end]).cause, 'unknown');
  }
});

tests(
  "an error of ours decides in lnd's log, and not in LDK, which sends one whatever the cause",
  () => {
    const error = (source: string, second = 10) =>
      told(second, message({ direction: 'sent', text: 'invalid commitment' }), { source });
    const end = told(20, closed({}));
    equal(causeOf([end], [error('lnd-log')]), {
      cause: 'own-error',
      by: 'local',
      basis: 'derived',
      events: ['PeerMessage@10'],
    });
    is(causeOf([end], [error('ldk')]).cause, 'unknown');
    // After the close, and the day before it, it is no cause; nor is another channel's.
    is(causeOf([end], [error('lnd-log', 21)]).cause, 'unknown');
    is(causeOf([told(90_000, closed({}))], [error('lnd-log')]).cause, 'unknown');
    const channel = ChannelId('22'.repeat(32));
    const other = told(10, message({ direction: 'sent', channelId: channel }), {
      source: 'lnd-log',
    });
    is(causeOf([end], [other]).cause, 'unknown');
  },
);

tests('who comes back with less than the ledger saw of it has lost data', () => {
  const end = told(100, closed({ kind: 'remote-force', initiator: 'remote' }));
  const held = [
    told(1, commitment('local', 7)),
    told(2, commitment('remote', 7)),
    told(3, revoked('remote', 6)),
  ];
  const reestablish = (direction: 'sent' | 'received', nextLocalCommitment: number, second = 50) =>
    told(second, message({ kind: 'reestablish', direction, nextLocalCommitment }));
  // BOLT 2: having commitment 7, one waits for 8.
  equal(causeOf([...held, end], [reestablish('sent', 7)]), {
    cause: 'data-loss',
    by: 'local',
    basis: 'derived',
    events: ['PeerMessage@50', 'CommitmentUpdated@1'],
  });
  is(causeOf([...held, end], [reestablish('sent', 8)]).cause, 'unknown');
  equal(causeOf([...held, end], [reestablish('received', 7)]), {
    cause: 'data-loss',
    by: 'remote',
    basis: 'derived',
    events: ['PeerMessage@50', 'CommitmentRevoked@3'],
  });
  is(causeOf([...held, end], [reestablish('received', 8)]).cause, 'unknown');
  // LDK answers for a channel that it has closed with next commitment 0: that is no loss.
  is(causeOf([...held, end], [reestablish('sent', 0, 101)]).cause, 'unknown');
});

tests(
  'the closing transaction names whose commitment it was, where a source has no word for it',
  () => {
    const events = [
      told(1, commitment('local', 3, { txid: ourTxid })),
      told(9, closed({ kind: 'unknown', initiator: 'unknown', closingTxid: ourTxid, height: 700 })),
    ];
    is(causeOf(events).by, 'local');
    equal(linesOf('Who closed, and how', caseOf(events)), [
      "transaction: this node's commitment number 3, by this node",
      `transaction: transaction ${ourTxid} at height 700`,
    ]);
    // The same label without the commitment: by label only, and nobody knows by whom.
    equal(
      linesOf('Who closed, and how', caseOf(events.slice(1)))[0],
      'stated: a close of unknown kind, by whom is not told, by label only',
    );
  },
);

tests(
  'a broadcast commitment that was revoked is a revoked state, whatever the source calls it',
  () => {
    const events = [
      told(1, commitment('remote', 3)),
      told(2, revoked('remote', 3)),
      told(9, closed({ kind: 'remote-force', initiator: 'remote', commitmentNumber: 3 })),
    ];
    equal(causeOf(events), {
      cause: 'revoked-state',
      by: 'remote',
      basis: 'stated',
      events: ['ChannelClosed@9', 'CommitmentRevoked@2'],
    });
    is(causeOf(events.filter(({ fact }) => fact.type !== 'CommitmentRevoked')).cause, 'unknown');
  },
);

tests.run();
