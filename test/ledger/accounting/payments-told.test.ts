/** Payments that are told are read once each, however often something is recorded in between. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { rebalanceFees } from '../../../src/ledger/accounting/rebalance-fees.ts';
import { channels } from '../../../src/ledger/answers/channels.ts';
import { LedgerRows } from '../../../src/ledger/rows.ts';
import type { NodeDraft } from '../../../src/node/events.ts';
import type { StreamRange } from '../../../src/store/event-store.ts';
import { storedForm } from '../../stored-form.ts';
import { given, ofChannel, ofNode, opened, tell } from '../answers/given.ts';

const test = suite('payments told');

const [one, other] = ['e1', 'e2'].map((byte) => byte.repeat(16));
const sent = (paymentLink = ''): NodeDraft => ({
  type: 'PaymentSent',
  data: { paymentLink, amountMsat: 5n, feeMsat: 1n },
});
const received = (paymentLink = ''): NodeDraft => ({
  type: 'PaymentReceived',
  data: { paymentLink, amountMsat: 5n },
});

test('of one more payment only that one is read', async () => {
  const { context } = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofNode(), 1, sent(one)),
    tell(ofNode(), 2, sent(other)),
  );
  const { store } = context;
  const read: number[] = [];
  const streamEvents = function* (stream: string, range?: StreamRange) {
    for (const event of store.streamEvents(stream, range)) {
      if (stream.startsWith('node-')) read.push(event.revision);
      yield event;
    }
  };
  const counting = new Proxy(store, {
    get(target, name) {
      const value: unknown = name === 'streamEvents' ? streamEvents : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const asked = { store: counting, rows: new LedgerRows(store) };
  const [view] = channels(context);
  if (view === undefined) throw new Error('the ledger has a channel');
  const channel = { ...view, lifetime: { ...view.lifetime, sentMsat: 7n } };
  const costOf = () => rebalanceFees(asked).of(channel);
  // Both payments went to others.
  is(costOf(), 0n);
  equal(read.splice(0), [0, 1]);
  const append = async (fact: NodeDraft, revision: number) => {
    const stream = ofNode();
    const events = [storedForm(stream, fact, String(revision), { happenedAtNs: 0n })];
    await store.append(stream, events, { expectedRevision: revision - 1 });
  };
  await append(received('e3'.repeat(16)), 2);
  is(costOf(), 0n);
  equal(read.splice(0), [2]);
  // One came back: over which channel it went out nobody says.
  await append(received(other), 3);
  is(costOf(), undefined);
  is(read[0], 3);
});

test.run();
