/** What decides where a close that was agreed, or wished, was forced before it came to its end. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import { caseOf, causeOf, closed, linesOf, message, ourTxid, started, told } from './told.ts';

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

tests.run();
