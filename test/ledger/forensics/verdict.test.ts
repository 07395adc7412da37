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
    // peer_control.c: "%s: %s ERROR %s"; what comes after ERROR is whose error it is.
    ['cln', 'protocol', 'channeld: received ERROR channel 00: we have fallen behind', 'peer-error'],
    ['cln', 'protocol', 'channeld: received ERROR update_fee 253 outside range', 'peer-error'],
    ['cln', 'local', 'channeld: sent ERROR Bad commit_sig signature 1 for tx', 'own-error'],
    ['cln', 'local', 'channeld: sent ERROR Awaiting unilateral close', 'data-loss'],
    ['cln', 'remote', 'Bob says: received an error, data loss', 'unknown'],
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
  // What it revoked only afterwards it did not have then.
  const later = [...held.slice(0, 2), told(60, revoked('remote', 6)), end];
  is(causeOf(later, [reestablish('received', 7)]).cause, 'unknown');
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

const shutdown = (second: number, by: 'local' | 'remote' = 'local') =>
  told(second, { type: 'ShutdownStarted', data: { by } });
const broadcast = (second: number, purpose: 'commitment' | 'cooperative-close') =>
  told(second, { type: 'TransactionBroadcast', data: { txid: ourTxid, purpose, by: 'local' } });

tests("a shutdown that is under way is somebody's wish, whatever the peer said before", () => {
  const wish = { cause: 'user', by: 'local', basis: 'derived', events: ['ShutdownStarted@4000'] };
  equal(causeOf([shutdown(4000)]), wish);
  // The second is of no channel: of the whole connection.
  const errors = [
    told(1000, message({})),
    told(2000, { type: 'PeerMessage', data: { kind: 'error', direction: 'received', text: '' } }),
    told(4001, message({})),
  ];
  equal(causeOf([shutdown(4000)], errors), wish);
  const end = told(5000, closed({ kind: 'unknown', initiator: 'unknown' }));
  equal(causeOf([shutdown(4000), broadcast(4010, 'cooperative-close'), end], errors), wish);
  // As lnd lists one that closes in either way: that is no word of a force close.
  const listed = told(4000, started('lnd lists it among the channels that are closing'));
  is(causeOf([listed], errors).cause, 'unknown');
  const beside = told(4001, { type: 'CloseStarted', data: { by: 'remote', reason: 'remote' } });
  equal(causeOf([shutdown(4000), beside], errors), wish);
  // By which transaction it ended, such a close does not tell.
  is(causeOf([shutdown(4000), end], errors).cause, 'unknown');
  for (const kind of ['funding-cancelled', 'abandoned'] as const) {
    is(
      causeOf([told(4000, closed({ kind, initiator: 'unknown' }))], errors).cause,
      'unknown',
      kind,
    );
  }
});

tests("the peer's error is a cause only before a channel was given up by force", () => {
  const error = (second: number) => told(second, message({ text: 'closing as you asked' }));
  const end = told(30, closed({}));
  const given = told(10, started('local'), { source: 'cln-db' });
  const because = (second: number) => ({
    cause: 'peer-error',
    by: 'remote',
    basis: 'derived',
    events: [`PeerMessage@${second}`],
  });
  equal(causeOf([given, broadcast(20, 'commitment'), end], [error(9)]), because(9));
  is(causeOf([given, broadcast(20, 'commitment'), end], [error(12)]).cause, 'unknown');
  // As long as it closes too.
  equal(causeOf([given], [error(9)]), because(9));
  is(causeOf([given], [error(12)]).cause, 'unknown');
  // A shutdown that the error broke off: given up it was with the commitment.
  equal(causeOf([shutdown(5), broadcast(20, 'commitment')], [error(12)]), because(12));
  equal(causeOf([shutdown(5), end], [error(12)]), because(12));
  const beside = told(5, { type: 'CloseStarted', data: { by: 'remote', reason: 'remote' } });
  equal(causeOf([shutdown(5), beside, broadcast(20, 'commitment')], [error(12)]), because(12));
  // One that this node broke off by itself.
  const off = told(10, started('local'), { source: 'cln-db' });
  const broken = [shutdown(5), off, broadcast(20, 'commitment'), end];
  is(causeOf(broken, [error(12)]).cause, 'unknown');
  equal(causeOf(broken, [error(9)]), because(9));
  // In a block, and out of it: that it was given up by then stays true.
  const blockHash = 'b1'.repeat(32);
  const first = told(10, closed({ closingTxid: ourTxid, height: 700, blockHash }));
  const undone = told(11, {
    type: 'CloseUnconfirmed',
    data: { closingTxid: ourTxid, height: 700, blockHash },
  });
  is(causeOf([first, undone, end], [error(12)]).cause, 'unknown');
  equal(causeOf([first, undone], [error(9)]), because(9));
  // BOLT 1: who sends an error fails the channel; what the peer then says is an answer.
  const sent = told(8, message({ direction: 'sent', text: 'bye' }));
  is(causeOf([broadcast(20, 'commitment'), end], [sent, error(9)]).cause, 'unknown');
  equal(causeOf([broadcast(20, 'commitment'), end], [error(7), sent]), because(7));
});

const htlc = (second: number, id: number, direction: 'offered' | 'received', cltvExpiry: number) =>
  told(second, { type: 'HtlcAdded', data: { id, direction, cltvExpiry, amountMsat: 30_000_000n } });
const paidOnChain = (second: number, id: number, more: { readonly isDeduced?: true } = {}) =>
  told(second, {
    type: 'HtlcSettled',
    data: { id, direction: 'received', amountMsat: 30_000_000n, isOnChain: true, ...more },
  });

tests("the peer's own error is the peer's deed, whoever the source says began", () => {
  const begin = told(10, started('protocol', 'channeld: received ERROR bad'), { source: 'cln-db' });
  is(causeOf([begin, told(20, closed({}))]).by, 'remote');
});

tests(
  "LDK's rule tells whose deadline it was: 3 blocks after an offered one, 18 before a received",
  () => {
    // rust-lightning, ChannelMonitor: LATENCY_GRACE_PERIOD_BLOCKS 3, CLTV_CLAIM_BUFFER 18.
    const begin = told(10, started('HTLCsTimedOut'), { height: 700 });
    const of = (...htlcs: ReturnType<typeof htlc>[]) => {
      const end = told(20, closed({ kind: 'unknown', initiator: 'unknown', height: 701 }));
      const { cause, events } = causeOf([...htlcs, begin, end]);
      return [cause, events[1]];
    };
    equal(of(htlc(1, 1, 'offered', 697)), ['offered-htlc-expired', 'HtlcAdded@1']);
    equal(of(htlc(1, 1, 'offered', 698)), ['unknown', undefined]);
    equal(of(htlc(1, 1, 'received', 718)), ['received-htlc-near-deadline', 'HtlcAdded@1']);
    equal(of(htlc(1, 1, 'received', 719)), ['unknown', undefined]);
    equal(of(htlc(1, 1, 'offered', 699), htlc(2, 2, 'received', 717)), [
      'received-htlc-near-deadline',
      'HtlcAdded@2',
    ]);
    // The one whose preimage was known was claimed.
    equal(of(htlc(1, 1, 'received', 700), htlc(2, 2, 'received', 717), paidOnChain(30, 2)), [
      'received-htlc-near-deadline',
      'HtlcAdded@2',
    ]);
  },
);

tests('an HTLC that ran out is no cause where it ran out only before the block came', () => {
  const offered = htlc(1, 1, 'offered', 105);
  const received = htlc(2, 1, 'received', 105);
  const of = (side: 'local' | 'remote', began: number | undefined) => {
    const begin =
      began === undefined ? [] : [told(10, started('nothing known'), { height: began })];
    const end = told(20, closed({ kind: `${side}-force`, initiator: side, height: 110 }), {
      height: 110,
    });
    return causeOf([offered, received, ...begin, end]);
  };
  is(of('local', 100).cause, 'unknown');
  is(of('local', undefined).cause, 'unknown');
  is(of('local', 110).cause, 'unknown');
  equal(of('local', 105), {
    cause: 'offered-htlc-expired',
    by: 'local',
    basis: 'derived',
    events: ['ChannelClosed@20', 'CloseStarted@10', 'HtlcAdded@1'],
  });
  // What we received the peer had offered.
  equal(of('remote', 106).events, ['ChannelClosed@20', 'CloseStarted@10', 'HtlcAdded@2']);
  is(of('local', 104).cause, 'unknown');
});

tests(
  "a source's word that the closing transaction contradicts is marked, wherever it stands",
  () => {
    const events = (side: 'local' | 'remote') => [
      told(1, commitment(side, 3, { txid: ourTxid })),
      told(9, closed({ kind: 'breach', initiator: side, closingTxid: ourTxid, height: 700 })),
      told(10, { type: 'CloseStarted', data: { by: 'remote', reason: 'CommitmentTxConfirmed' } }),
    ];
    const linesOfAll = (side: 'local' | 'remote') =>
      ['Who closed, and how', "The source's reason", 'What happened, in order']
        .flatMap((title) => linesOf(title, caseOf(events(side))))
        .filter((line) => /given up|that is/.test(line))
        .map((line) => line.replace(/\d{4}-\S+/, 'TIME'));
    const but = ", which the transaction contradicts: the commitment is this node's";
    equal(linesOfAll('local'), [
      `stated: given up by the peer${but}`,
      `stated: that is: a commitment transaction of the peer was seen in a block${but}`,
      `stated: TIME  given up, by remote${but}`,
    ]);
    is(
      linesOfAll('remote').some((line) => line.includes('contradicts')),
      false,
    );
  },
);

tests('an HTLC that one teller saw end is not in flight because another tells it later', () => {
  const settled = told(3, {
    type: 'HtlcSettled',
    data: { id: 1, direction: 'offered', amountMsat: 30_000_000n, isOnChain: false },
  });
  const again = { ...htlc(4, 1, 'offered', 700), source: 'lnd-rpc' };
  const end = told(90, closed({ height: 600 }));
  equal(caseOf([htlc(1, 1, 'offered', 700), settled, again, end]).inFlight, []);
  // One that is only deduced does not take the place of one that was seen.
  const deduced = told(95, {
    type: 'HtlcFailed',
    data: {
      id: 2,
      direction: 'received',
      amountMsat: 30_000_000n,
      isOnChain: true,
      isDeduced: true,
    },
  });
  const [held] = caseOf([htlc(1, 2, 'received', 700), end, paidOnChain(94, 2), deduced]).inFlight;
  is(held?.ended?.eventId, 'HtlcSettled@94');
  // Nor is one in flight that came after the beginning.
  equal(caseOf([end, htlc(91, 3, 'offered', 700)]).inFlight, []);
});

tests.run();
