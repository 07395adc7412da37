/**
 * The books of a closed network of real nodes, all of them recorded: nothing comes in from outside and nothing
 * leaves but on-chain fees, so what one node is out of pocket another has earned.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EntryType } from '../../src/ledger/accounting/entry.ts';
import { memoryLedger, playInto } from './play.ts';

const books = suite('the books of a whole network');

const ledger = await memoryLedger('books');
await playInto(ledger, { seed: 'books' });
const { entries, balanceSheets } = ledger.accounting();

function sumOf(...types: readonly EntryType[]): bigint {
  return entries
    .filter(({ type }) => types.includes(type))
    .reduce((sum, { creditMsat = 0n, debitMsat = 0n }) => sum + creditMsat - debitMsat, 0n);
}

books('explain every balance of every channel to the msat', () => {
  assert.is(balanceSheets.length, 12);
  for (const { channelId, outcome, unexplainedMsat } of balanceSheets) {
    assert.equal([outcome, unexplainedMsat], ['explained', 0n], channelId);
  }
});

books('enter every payment at both its ends, and its fees where they were earned', () => {
  assert.is(sumOf('payment', 'receipt'), 0n);
  assert.is(sumOf('payment-fee', 'forward'), 0n);
  assert.ok(sumOf('forward') > 0n);
  assert.is(sumOf('push'), 0n);
});

books('enter as the gain of one end of a breach what the other lost', () => {
  const penalties = entries.filter(({ type }) => type === 'penalty');
  assert.is(penalties.length, 2);
  assert.is(sumOf('penalty'), 0n);
});

books('leave nothing in the account of a closed channel', () => {
  const forwarded = new Set<string>();
  for (const { nodeId, incomingChannelId, outgoingChannelId } of ledger.forwards()) {
    forwarded.add(`${nodeId} ${incomingChannelId}`).add(`${nodeId} ${outgoingChannelId}`);
  }
  let checked = 0;
  for (const { nodeId, channelId } of ledger.closed()) {
    // A forward's entry is its fee alone; and after a breach the account says what was agreed on last.
    if (forwarded.has(`${nodeId} ${channelId}`)) continue;
    const inAccount = [
      'channel-open',
      'push',
      'payment',
      'payment-fee',
      'receipt',
      'channel-close',
    ];
    const sum = entries
      .filter((entry) => entry.nodeId === nodeId && entry.channelId === channelId)
      .filter(({ type }) => inAccount.includes(type))
      .reduce((total, { creditMsat = 0n, debitMsat = 0n }) => total + creditMsat - debitMsat, 0n);
    assert.is(sum, 0n, channelId);
    checked++;
  }
  assert.ok(checked > 0);
});

books.run();
