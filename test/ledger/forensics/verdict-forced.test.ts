/** What decides where a close that was agreed, or wished, was forced before it came to its end. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import {
  caseOf,
  causeOf,
  closed,
  commitment,
  linesOf,
  message,
  ourTxid,
  started,
  told,
} from './told.ts';

const tests = suite('verdicts of forced closes');

const asked = 'User or plugin invoked close command';
const deadline = 'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline';
const timedOut = 'Forcibly closed by `close` command timeout';
const cln = (second: number, fact: LedgerFact) => told(second, fact, { source: 'cln-db' });
const shutdown = (second: number) =>
  cln(second, { type: 'ShutdownStarted', data: { by: 'local' } });
const broadcast = (second: number, height?: number) => {
  const data = { txid: ourTxid, purpose: 'commitment', by: 'local' } as const;
  const fact = { type: 'TransactionBroadcast', data } as const;
  return told(second, fact, height === undefined ? {} : { height });
};

tests('a wish to close by agreement is no cause where something else forced the end', () => {
  const wish = [shutdown(1), cln(1, started('user', asked))];
  const end = cln(6000, closed({}));
  const stated = (second: number) => ({
    by: 'local',
    basis: 'stated',
    events: [`CloseStarted@${second}`],
  });
  equal(causeOf([...wish, cln(5000, started('local', deadline)), end]), {
    cause: 'offered-htlc-expired',
    ...stated(5000),
  });
  const error = started('protocol', 'closingd: received ERROR channel 00: internal error');
  equal(causeOf([...wish, cln(5000, error), end]), {
    cause: 'peer-error',
    ...stated(5000),
    by: 'remote',
  });
  // What only a message tells comes before the wish too.
  const received = message({ text: 'internal error' });
  const given = cln(5000, started('local', 'a reason of tomorrow'));
  equal(causeOf([...wish, given, end], [told(4990, received)]), {
    cause: 'peer-error',
    by: 'remote',
    basis: 'derived',
    events: ['PeerMessage@4990'],
  });
  // And it is all that is told where nothing else is.
  equal(causeOf([...wish, given, end]), { cause: 'user', ...stated(1) });
  // By agreement after all: the wish came to its end.
  const agreed = cln(6000, closed({ kind: 'cooperative', initiator: 'local' }));
  const { cause, events } = causeOf([...wish, agreed]);
  equal([cause, events], ['user', ['CloseStarted@1', 'ShutdownStarted@1']]);
});

tests(
  'a close that was told to be forced if the peer does not answer is the wish of its user',
  () => {
    // lightningd/closing_control.c, close_command_timeout.
    const begun = [shutdown(1), cln(1, started('user', asked)), cln(9, started('user', timedOut))];
    const expected = { cause: 'user', by: 'local', basis: 'stated', events: ['CloseStarted@9'] };
    equal(causeOf([...begun, cln(20, closed({}))]), expected);
    // Forced it is from then on, before any block says so.
    equal(causeOf(begun), expected);
    equal(linesOf("The source's reason", caseOf(begun)).slice(2), [
      `stated: cln-db says user: ${timedOut}`,
      'stated: that is: this node was told to close, by force if the peer would not answer in time',
    ]);
  },
);

tests('a word that names no cause does not hide the next one, which does', () => {
  // The HTLC that LDK speaks of is not recorded.
  const unsaid = told(5, started('HTLCsTimedOut'), { height: 700 });
  const unknown = told(6, started('a reason of tomorrow'), { source: 'lnd-log' });
  const said = told(7, started('HolderForceClosed'), { source: 'ldk-copy' });
  for (const before of [[unsaid], [unknown], [unsaid, unknown]]) {
    const { cause, events } = causeOf([...before, said, told(20, closed({}))]);
    equal([cause, events], ['user', ['CloseStarted@7']]);
  }
});

const added = (second: number, direction: 'offered' | 'received', id: number, cltvExpiry: number) =>
  told(second, { type: 'HtlcAdded', data: { direction, id, amountMsat: 5_000_000n, cltvExpiry } });
const failed = (second: number, isOnChain: boolean) =>
  told(second, {
    type: 'HtlcFailed',
    data: { direction: 'offered', id: 1, amountMsat: 5_000_000n, isOnChain },
  });

tests('an HTLC that ended during the shutdown forced nobody afterwards', () => {
  const shut = told(10, { type: 'ShutdownStarted', data: { by: 'local' } }, { height: 80 });
  const begun = [added(1, 'offered', 1, 100), added(2, 'received', 5, 125), shut];
  const given = told(30, started('HTLCsTimedOut'), { height: 110 });
  const end = told(40, closed({ height: 111 }));
  const of = (...more: ReturnType<typeof told>[]) => {
    const { cause, events } = causeOf([...begun, ...more]);
    return [cause, ...events];
  };
  // 125 - 110 is in LDK's 18 blocks; 100 was ten blocks ago.
  const near = ['received-htlc-near-deadline', 'CloseStarted@30', 'HtlcAdded@2'];
  const expired = ['offered-htlc-expired', 'CloseStarted@30', 'HtlcAdded@1'];
  equal(of(failed(20, false), given, end), near);
  equal(of(given, end), expired);
  equal(of(given, failed(35, false), end), expired);
  // On chain it ended because of the close.
  equal(of(given, end, failed(50, true)), expired);
  const late = told(60, started('HTLCsTimedOut'), { height: 110 });
  const rest = ['offered-htlc-expired', 'CloseStarted@60', 'HtlcAdded@1'];
  equal(of(end, failed(50, true), late), rest);
});

tests('nor by the height at which the commitment was handed to the network', () => {
  const shut = told(10, { type: 'ShutdownStarted', data: { by: 'local' } }, { height: 80 });
  const begun = [added(1, 'offered', 1, 100), shut];
  const end = [broadcast(30, 110), told(40, closed({ height: 112 }))];
  equal(causeOf([...begun, ...end]).events, [
    'ChannelClosed@40',
    'TransactionBroadcast@30',
    'HtlcAdded@1',
  ]);
  is(causeOf([...begun, failed(20, false), ...end]).cause, 'unknown');
  // The wish was told at a height where it had run out; it was forced only later.
  const wish = told(11, started('user', asked), { source: 'cln-db', height: 101 });
  equal(causeOf([added(1, 'offered', 1, 100), shut, wish, failed(20, false), ...end]), {
    cause: 'user',
    by: 'local',
    basis: 'stated',
    events: ['CloseStarted@11'],
  });
});

const shutAt80 = told(10, { type: 'ShutdownStarted', data: { by: 'local' } }, { height: 80 });
const HTLCS = 'HTLCs in flight';

tests('the HTLCs in flight are those at the force, not those at the shutdown before it', () => {
  // BOLT 2: who has not sent shutdown yet may add them still.
  const begun = [added(1, 'offered', 1, 100), shutAt80, added(15, 'received', 5, 125)];
  const gone = failed(20, false);
  const given = told(30, started('HTLCsTimedOut'), { height: 110 });
  const end = told(40, closed({ height: 112 }));
  const late =
    'stated: received 5: 5000000 msat, expires at height 125, 15 blocks were left; how it ended is not recorded';
  equal(linesOf(HTLCS, caseOf([...begun, gone, given, end])), [late]);
  equal(linesOf(HTLCS, caseOf([...begun, gone, broadcast(30, 110), end])), [late]);
  // The block alone: two blocks later.
  equal(linesOf(HTLCS, caseOf([...begun, gone, end])), [
    late.replace('15 blocks were left', '13 blocks were left'),
  ]);
  // And it can be the one that forced.
  equal(causeOf([...begun, gone, given, end]), {
    cause: 'received-htlc-near-deadline',
    by: 'local',
    basis: 'stated',
    events: ['CloseStarted@30', 'HtlcAdded@15'],
  });
  // A wish without a shutdown that is told decides as little.
  const wish = cln(11, started('user', asked));
  const told5 = [wish, added(15, 'received', 5, 125), broadcast(30, 110), end];
  equal(linesOf(HTLCS, caseOf(told5)), [late]);
});

tests('an agreed close has all HTLCs that its shutdown had to wait for', () => {
  const begun = [added(1, 'offered', 1, 100), shutAt80, added(15, 'received', 5, 125)];
  const first =
    'stated: offered 1: 5000000 msat, expires at height 100, 20 blocks were left; not paid off chain';
  const second =
    'stated: received 5: 5000000 msat, expires at height 125, 45 blocks were left; how it ended is not recorded';
  // It still waits.
  equal(linesOf(HTLCS, caseOf([...begun, failed(20, false)])), [first, second]);
  const end = told(40, closed({ kind: 'cooperative', initiator: 'both', height: 90 }));
  equal(linesOf(HTLCS, caseOf([...begun, failed(20, false), end])), [first, second]);
});

tests('connections, feerates and fees are those of before the force', () => {
  const day = 86_400;
  const given = told(3 * day, started('HTLCsTimedOut'), { height: 500 });
  const end = told(3 * day + 900, closed({ height: 502 }));
  const down = told(3 * day - 60, { type: 'PeerDisconnected', data: { why: 'ping' } });
  const rate = told(3 * day - 600, {
    type: 'FeerateEstimated',
    data: { target: 'soon', feeratePerKw: 7 },
  });
  const policy = told(3 * day - 30, {
    type: 'FeePolicyChanged',
    data: {
      side: 'local',
      timestamp: 5,
      feeBaseMsat: 1_000n,
      feeProportionalMillionths: 10,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      htlcMaximumMsat: 1_000n,
      isDisabled: false,
    },
  });
  const closing = caseOf([shutAt80, policy, given, end], [rate, down]);
  const of = (title: string) => linesOf(title, closing).map((l) => l.replace(/\d{4}-\S+/, 'TIME'));
  equal(of('The peer in the day before'), ['stated: TIME  disconnected: ping']);
  equal(of('Fee changes in the day before'), ['stated: TIME  ours: 1000 msat + 10 ppm']);
  equal(of('Feerate'), ['stated: estimated for soon: 7 sat per 1000 weight']);
});

tests('an end that comes back with an old state after the shutdown is why it was forced', () => {
  const last = told(5, commitment('local', 7));
  const back = told(
    25,
    message({ kind: 'reestablish', direction: 'sent', nextLocalCommitment: 5 }),
  );
  const given = told(30, started('a reason of tomorrow'));
  const end = told(40, closed({}));
  equal(causeOf([last, shutAt80, given, end], [back]), {
    cause: 'data-loss',
    by: 'local',
    basis: 'derived',
    events: ['PeerMessage@25', 'CommitmentUpdated@5'],
  });
});

tests.run();
