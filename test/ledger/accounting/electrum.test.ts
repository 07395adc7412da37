/** The books of the real Electrum wallet against the history that Electrum itself exports of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingEntry } from '../../../src/ledger/accounting/entry.ts';
import {
  CLOSED,
  emptyLedger,
  expectedHistory,
  importInto,
  OPEN,
  wallet,
} from '../../sources/electrum/wallets.ts';

const books = suite('the books of an Electrum wallet');

const ledger = await emptyLedger();
await importInto(ledger, wallet);
const { entries, balanceSheets, unknownAmounts } = ledger.accounting();

interface HistoryItem {
  readonly timestamp: number;
  readonly amount_msat: number;
  readonly fee_msat: number | null;
  readonly type: string;
  readonly lightning: boolean;
  readonly children?: readonly HistoryItem[];
}

/** The Lightning side of everything that Electrum lists. */
const expected = Object.values(expectedHistory as Record<string, HistoryItem>)
  .flatMap((item) => item.children ?? [item])
  .filter(({ lightning }) => lightning)
  .map(({ timestamp, amount_msat, fee_msat, type }) => ({
    timestamp,
    amount_msat,
    fee_msat,
    type,
  }));

const typeOf: Partial<Record<AccountingEntry['type'], string>> = {
  payment: 'payment',
  receipt: 'payment',
  'channel-open': 'channel_opening',
  'channel-close': 'channel_closing',
};

books('hold the 6 payments and 3 openings and closes of Electrum’s own export', () => {
  assert.is(expected.length, 9);
  const ours = entries.flatMap(({ at, type, creditMsat = 0n, debitMsat = 0n, feesMsat }) => {
    const known = typeOf[type];
    if (known === undefined) return [];
    const amount_msat = Number(creditMsat - debitMsat - (feesMsat ?? 0n));
    const timestamp = Math.floor(Date.parse(at) / 1000);
    const fee_msat = type === 'payment' ? Number(feesMsat) : null;
    return [{ timestamp, amount_msat, fee_msat, type: known }];
  });
  const order = (a: { timestamp: number }, b: { timestamp: number }) => a.timestamp - b.timestamp;
  assert.equal(ours.sort(order), [...expected].sort(order));
});

books('bound when a payment ended by the offers of the HTLCs before and after it', () => {
  const second = (seconds: number, end: '000000000' | '999999999') => {
    return new Date(seconds * 1000).toISOString().replace('000Z', `${end}Z`);
  };
  const between = (offered: number, next: number | undefined) => ({
    notBefore: second(offered, '000000000'),
    ...(next !== undefined && { notAfter: second(next, '999999999') }),
  });
  const payments = entries.filter(({ type }) => type === 'payment' || type === 'receipt');
  // The wallet's own adds: offered 1, 3, 6 and 9, then received 0 and 1, each with the one that came next.
  assert.equal(
    payments.map(({ atBounds }) => atBounds),
    [
      between(1_708_970_395, 1_708_970_417),
      between(1_708_970_418, 1_708_972_441),
      between(1_708_972_442, 1_708_972_473),
      between(1_708_972_473, 1_708_972_515),
      between(1_708_972_515, 1_708_972_548),
      between(1_708_972_548, undefined),
    ],
  );
});

books('enter each fee once, beside what it was paid for', () => {
  const fees = entries.filter(({ type }) => type.endsWith('-fee'));
  assert.equal(
    fees.map(({ type, debitMsat, channelId }) => [type, debitMsat, channelId]),
    [
      ['open-fee', 153_000n, CLOSED],
      ['close-fee', 183_000n, CLOSED],
      ['open-fee', 190_000n, OPEN],
      ['payment-fee', 3_100n, OPEN],
      ['payment-fee', 3_100n, OPEN],
      ['payment-fee', 30_000n, OPEN],
      ['payment-fee', 10_000n, OPEN],
    ],
  );
  assert.equal(unknownAmounts, []);
});

books('explain every balance to the msat', () => {
  assert.equal(balanceSheets, [
    {
      nodeId: entries[0]?.nodeId,
      channelId: OPEN,
      receivedMsat: 225_000n,
      sentMsat: 62_046_200n,
      inFlightMsat: 0n,
      openingMsat: 400_000_000n,
      closingMsat: 338_178_800n,
      unexplainedMsat: 0n,
      basis: 'recorded',
      outcome: 'explained',
    },
    {
      nodeId: entries[0]?.nodeId,
      channelId: CLOSED,
      receivedMsat: 0n,
      sentMsat: 0n,
      inFlightMsat: 0n,
      openingMsat: 302_547_000n,
      closingMsat: 302_547_000n,
      unexplainedMsat: 0n,
      basis: 'recorded',
      outcome: 'explained',
    },
  ]);
});

books('name the event of every entry', async () => {
  const ids = new Set<string>();
  for await (const { id } of ledger.store.readAll()) ids.add(id);
  for (const { eventIds } of entries) {
    assert.ok(eventIds.length > 0);
    for (const id of eventIds) assert.ok(ids.has(id));
  }
});

books('hold from one time and before another only what lies between', () => {
  const fromNs = 1_708_970_395_000_000_000n;
  const toNs = 1_708_970_418_000_000_000n;
  const types = ledger.accounting({ fromNs, toNs }).entries.map(({ type }) => type);
  assert.equal(types, ['payment', 'payment-fee']);
});

books.run();
