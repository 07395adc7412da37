import { test } from 'uvu';
import { is } from 'uvu/assert';
import { rebalanceFees } from '../../../src/ledger/accounting/rebalance-fees.ts';
import { channels } from '../../../src/ledger/answers/channels.ts';
import { LedgerRows } from '../../../src/ledger/rows.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { channelStream, Growing, policies, second } from '../growing.ts';

test('what rebalancing cost is worked out once for a question, and again when something is recorded', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const context = { store, rows: new LedgerRows(store) };
  const stream = channelStream(0);
  await growing.append(stream, policies(0, 2));
  const [view] = channels(context);
  if (view === undefined) throw new Error('the ledger has a channel');
  const channel = { ...view, lifetime: { ...view.lifetime, sentMsat: 7n } };
  const first = rebalanceFees(context);
  is(rebalanceFees(context), first);
  // Nobody has told of a payment: whether one came back cannot be known.
  is(first.of(channel), undefined);
  const at = { kind: 'time', timeNs: second(1) } as const;
  const earlier = rebalanceFees(context, { at });
  is.not(earlier, first);
  is(rebalanceFees(context, { at }), earlier);
  const settled = { direction: 'offered', id: 0, amountMsat: 7n, isOnChain: false } as const;
  await growing.append(stream, [
    { event: { type: 'HtlcSettled', data: settled }, times: { happenedAtNs: second(3) } },
  ]);
  const later = rebalanceFees(context);
  is.not(later, first);
  is(later.of(channel), 0n);
  is.not(rebalanceFees(context, { at }), earlier);
});

test.run();
