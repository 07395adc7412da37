/** Whose deadline it was, where the height at which an end gave up is told, and where it is not. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { causeOf, closed, ourTxid, started, told } from './told.ts';

const tests = suite('verdicts by heights');

const htlc = (id: number, direction: 'offered' | 'received', cltvExpiry: number) =>
  told(id, { type: 'HtlcAdded', data: { id, direction, cltvExpiry, amountMsat: 30_000_000n } });
const paid = told(50, {
  type: 'HtlcSettled',
  data: { id: 1, direction: 'received', amountMsat: 30_000_000n, isOnChain: true },
});
const [received, offered] = [htlc(1, 'received', 125), htlc(2, 'offered', 140)];
const timedOut = (height?: number) =>
  told(10, started('HTLCsTimedOut'), height === undefined ? {} : { height });
const broadcast = (height: number) => {
  const data = { txid: ourTxid, purpose: 'commitment', by: 'local' } as const;
  return told(11, { type: 'TransactionBroadcast', data }, { height });
};
const inBlock = (height: number) => told(20, closed({ height }), { height });

const NEAR = ['received-htlc-near-deadline', 'CloseStarted@10', 'HtlcAdded@1'];
const EXPIRED = ['offered-htlc-expired', 'CloseStarted@10', 'HtlcAdded@2'];
const UNKNOWN = ['unknown'];

const decided = (...events: readonly CaseEvent[]) => {
  const { cause, events: restsOn } = causeOf(events);
  return [cause, ...restsOn];
};

tests("the height of the close's own block does not tell whose deadline came first", () => {
  // LDK's rule (ChannelMonitor): 125 is due from 107 on, 140 from 143 on.
  const held = [received, offered];
  equal(decided(...held, timedOut(110), inBlock(160), paid), NEAR);
  equal(decided(...held, timedOut(143), inBlock(160), paid), EXPIRED);
  equal(decided(...held, timedOut(), inBlock(160), paid), UNKNOWN);
  // Told at the block or after it, it says no more than the block.
  equal(decided(...held, timedOut(160), inBlock(160), paid), UNKNOWN);
  equal(decided(...held, timedOut(170), inBlock(160), paid), UNKNOWN);
});

tests('a height by which one end had given up leaves the deadlines that had come by then', () => {
  const held = [received, offered];
  equal(decided(...held, timedOut(), broadcast(110), inBlock(160), paid), NEAR);
  equal(decided(...held, timedOut(), broadcast(110)), NEAR);
  equal(decided(...held, timedOut(), broadcast(143), inBlock(160), paid), UNKNOWN);
  // The block before its own is the last that it can have been.
  equal(decided(...held, timedOut(), inBlock(143), paid), NEAR);
  equal(decided(...held, timedOut(), inBlock(144), paid), UNKNOWN);
  // Of one direction alone there is nothing to tell apart.
  equal(decided(offered, timedOut(), inBlock(144)), EXPIRED);
  equal(decided(offered, timedOut(), inBlock(143)), UNKNOWN);
  equal(decided(received, timedOut(), inBlock(108), paid), NEAR);
  equal(decided(received, timedOut(), inBlock(107), paid), UNKNOWN);
  // A shutdown's height was before what decided.
  const shut = told(5, { type: 'ShutdownStarted', data: { by: 'local' } }, { height: 100 });
  equal(decided(...held, shut, timedOut(), inBlock(160), paid), UNKNOWN);
  equal(decided(...held, timedOut(), paid), UNKNOWN);
});

tests.run();
