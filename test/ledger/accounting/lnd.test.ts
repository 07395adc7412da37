/** The books of a real lnd, from what its RPC lists: payments to itself are neither income nor expense. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingEntry } from '../../../src/ledger/accounting/entry.ts';
import { withRebalanceFees } from '../../../src/ledger/accounting/with-rebalance-fees.ts';
import { emptyLedger, openImport, realBytes, realFile } from '../../sources/lnd/importing.ts';

const books = suite('the books of a real lnd');

const ledger = await emptyLedger();
const run = await openImport([realFile('lnd_testnet_state.json')]);
await ledger.record(run.observations);
const { entries, balanceSheets, unknownAmounts } = ledger.accounting();
const rebalancing = ledger.rebalanceFees();
const feesByChannel = [...ledger.channels(), ...ledger.closed()].map((channel) => ({
  ...channel,
  rebalanceFeesMsat: rebalancing.of(channel),
}));
const shownFees = withRebalanceFees(ledger, {}, ledger.channels());
await ledger.close();

function sums(type: AccountingEntry['type']) {
  const found = entries.filter((entry) => entry.type === type);
  return found.reduce(
    (sum, { creditMsat = 0n, debitMsat = 0n }) => sum + creditMsat - debitMsat,
    0n,
  );
}

/** Payments, not the channels that their parts went over. */
function payments(type: AccountingEntry['type']): number {
  const isIn = type === 'receipt';
  const told = entries.filter(
    (entry) => entry.type === type && ((isIn ? entry.creditMsat : entry.debitMsat) ?? 0n) > 0n,
  );
  return new Set(told.map(({ eventIds }) => eventIds[0])).size;
}

books('enter 66 payments to itself as rebalances, and what they cost', () => {
  assert.is(payments('rebalance'), 66);
  const out = entries.filter(({ type, debitMsat = 0n }) => type === 'rebalance' && debitMsat > 0n);
  assert.is(
    out.reduce((sum, { debitMsat = 0n }) => sum + debitMsat, 0n),
    526_165_000n,
  );
  assert.is(sums('rebalance-fee'), -189_381n);
});

books('enter the 44 others as expenses, and their fees', () => {
  assert.is(payments('payment'), 44);
  assert.is(sums('payment'), -1_306_341_000n);
  assert.is(sums('payment-fee'), -453_764n);
});

books('enter the 32 receipts from outside as income', () => {
  assert.is(payments('receipt'), 32);
  assert.is(sums('receipt'), 787_666_000n);
});

interface ListedPayment {
  readonly payment_hash: string;
  readonly status: string;
  readonly htlcs: readonly {
    readonly status: string;
    readonly route: {
      readonly total_fees_msat: string;
      readonly total_amt_msat: string;
      readonly hops: readonly { readonly chan_id: string; readonly pub_key: string }[];
    };
  }[];
}

interface ListedInvoice {
  /** In hex in one list and in base64 in the other. */
  readonly r_hash: string;
  readonly add_index: string;
  readonly state: string;
  readonly htlcs: readonly {
    readonly chan_id: string;
    readonly state: string;
    readonly amt_msat: string;
  }[];
}

interface Answers {
  readonly information: { readonly identity_pubkey: string };
  readonly channels: readonly {
    readonly chan_id: string;
    readonly channel_point: string;
    readonly capacity: string;
    readonly initiator: boolean;
    readonly total_satoshis_sent: string;
    readonly total_satoshis_received: string;
  }[];
  readonly closedChannels: readonly {
    readonly chan_id: string;
    readonly channel_point: string;
    readonly capacity: string;
    readonly open_initiator: string;
    readonly settled_balance: string;
    readonly closing_tx_hash: string;
    readonly resolutions?: readonly {
      readonly resolution_type: string;
      readonly outcome: string;
      readonly amount_sat: string;
      readonly outpoint: { readonly txid_str: string };
    }[];
  }[];
}
const answers = JSON.parse(
  new TextDecoder().decode(realBytes('lnd_testnet_state.json')),
) as Answers;
const satOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + BigInt(text), 0n);
const unknown = (what: string) => unknownAmounts.filter((amount) => amount.what === what).length;

books(
  'enter the opening of every channel: 53 of ours by their capacity, 2 of peers, 2 unknown',
  () => {
    const { channels, closedChannels } = answers;
    const isOurs = closedChannels.filter((one) => one.open_initiator === 'INITIATOR_LOCAL');
    const ours = [...channels.filter(({ initiator }) => initiator), ...isOurs];
    assert.is(ours.length, 53);
    const opened = entries.filter(({ type }) => type === 'channel-open');
    assert.is(opened.length, channels.length + closedChannels.length);
    const deposits = opened.filter(({ creditMsat = 0n }) => creditMsat > 0n);
    assert.equal(
      deposits.map(({ outpoint, creditMsat }) => `${outpoint} ${creditMsat}`).sort(),
      ours.map((one) => `${one.channel_point} ${one.capacity}000`).sort(),
    );
    assert.is(opened.filter(({ creditMsat }) => creditMsat === undefined).length, 2);
    assert.is(unknown('channel-open'), 2);
    // Nothing in the file tells a funding transaction's fee: of those 53, and of 2 nobody knows whose it was.
    assert.is(unknown('open-fee'), 55);
    // listchannels has push_amount_sat, closedchannels has not.
    assert.is(unknown('push'), 40);
  },
);

books('enter each of the 40 closes by what came out of it, and count the 40 fees not told', () => {
  const closes = entries.filter(({ type }) => type === 'channel-close');
  assert.is(closes.length, 40);
  // settled_balance, and the HTLCs of the closing transaction that did not go to the peer.
  const cameOut = answers.closedChannels.flatMap((one) => [
    one.settled_balance,
    ...(one.resolutions ?? [])
      .filter(({ outpoint }) => outpoint.txid_str === one.closing_tx_hash)
      .filter((part) => part.resolution_type === 'OUTGOING_HTLC' && part.outcome !== 'CLAIMED')
      .map(({ amount_sat }) => amount_sat),
  ]);
  assert.is(satOf(cameOut), 7_079_703n);
  assert.is(sums('channel-close'), -7_079_703_000n);
  assert.is(unknown('close-fee'), 40);
});

books('explain the 17 open channels by what lnd states of them, within a satoshi', () => {
  const explained = balanceSheets.filter(({ outcome }) => outcome === 'explained');
  assert.is(explained.length, 17);
  for (const sheet of explained) {
    assert.is(sheet.basis, 'stated');
    assert.is(sheet.roundingMsat, 1_000n);
  }
  const sumOf = (of: (sheet: (typeof explained)[number]) => bigint | undefined) =>
    explained.reduce((sum, sheet) => sum + (of(sheet) ?? 0n), 0n);
  const { channels } = answers;
  const ours = channels.filter(({ initiator }) => initiator).map(({ capacity }) => capacity);
  assert.is(
    sumOf(({ openingMsat }) => openingMsat),
    satOf(ours) * 1000n,
  );
  const sent = satOf(channels.map((one) => one.total_satoshis_sent));
  const received = satOf(channels.map((one) => one.total_satoshis_received));
  assert.is(
    sumOf(({ sentMsat }) => sentMsat),
    sent * 1000n,
  );
  assert.is(
    sumOf(({ receivedMsat }) => receivedMsat),
    received * 1000n,
  );
  // Of the 40 closed ones no balance is told, and that is said.
  const others = balanceSheets.filter(({ outcome }) => outcome === 'not-checkable');
  assert.is(others.length, 40);
});

/** Wherever in the file they stand: it has its lists several times. */
function listed<T>(value: unknown, fields: readonly string[]): readonly T[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap((one) => listed<T>(one, fields));
  return fields.every((field) => field in value) ? [value as T, ...inside] : inside;
}

const pointOf = new Map(
  [...answers.channels, ...answers.closedChannels].map((one) => [one.chan_id, one.channel_point]),
);
const sentParts = [
  ...new Map(
    listed<ListedPayment>(answers, ['payment_hash', 'htlcs', 'payment_index'])
      .filter(({ status }) => status === 'SUCCEEDED')
      .map((payment) => [payment.payment_hash, payment]),
  ).values(),
].flatMap(({ htlcs }) => htlcs.filter(({ status }) => status === 'SUCCEEDED'));
const receivedParts = [
  ...new Map(
    listed<ListedInvoice>(answers, ['r_hash', 'htlcs', 'add_index'])
      .filter(({ state }) => state === 'SETTLED')
      .map((invoice) => [invoice.add_index, invoice]),
  ).values(),
].flatMap(({ htlcs }) => htlcs.filter(({ state }) => state === 'SETTLED'));

const sumsByName = (parts: readonly (readonly [name: string, msat: bigint])[]) => {
  const sum = new Map<string, bigint>();
  for (const [name, msat] of parts) sum.set(name, (sum.get(name) ?? 0n) + msat);
  return [...sum].filter(([, msat]) => msat > 0n).sort();
};
const pointOfChannel = new Map<string, string | undefined>(
  feesByChannel.map(({ channelId, fundingOutpoint }) => [channelId, fundingOutpoint]),
);
const named = ({ channelId = '' }: AccountingEntry) => String(pointOfChannel.get(channelId));

books('put every payment under the channels it left by, as its first hops name them', () => {
  assert.ok(sentParts.length >= 110);
  const types = ['payment', 'payment-fee', 'rebalance', 'rebalance-fee'];
  assert.equal(
    sumsByName(
      entries
        .filter(({ type }) => types.includes(type))
        .map((entry) => [named(entry), entry.debitMsat ?? 0n]),
    ),
    sumsByName(
      sentParts.map(({ route }) => [
        String(pointOf.get(route.hops[0]?.chan_id ?? '')),
        BigInt(route.total_amt_msat),
      ]),
    ),
  );
});

books(
  'put every receipt under the channels it came by, as the HTLCs of its invoice name them',
  () => {
    assert.ok(receivedParts.length >= 98);
    assert.equal(
      sumsByName(
        entries
          .filter(({ type }) => type === 'receipt' || type === 'rebalance')
          .map((entry) => [named(entry), entry.creditMsat ?? 0n]),
      ),
      sumsByName(
        receivedParts.map((part) => [String(pointOf.get(part.chan_id)), BigInt(part.amt_msat)]),
      ),
    );
  },
);

books(
  'tell what rebalancing cost each channel that it left by, and 0 only where it is known',
  () => {
    const { identity_pubkey: us } = answers.information;
    const fees = sentParts
      .filter(({ route }) => route.hops.at(-1)?.pub_key === us)
      .map(
        ({ route }) =>
          [
            String(pointOf.get(route.hops[0]?.chan_id ?? '')),
            BigInt(route.total_fees_msat),
          ] as const,
      );
    assert.is(
      fees.reduce((sum, [, msat]) => sum + msat, 0n),
      189_381n,
    );
    assert.equal(
      sumsByName(
        feesByChannel.map(({ fundingOutpoint, rebalanceFeesMsat }) => [
          String(fundingOutpoint),
          rebalanceFeesMsat ?? 0n,
        ]),
      ),
      sumsByName(fees),
    );
    // They are known to be short, so what is told is a lower bound.
    const shown = shownFees.map(({ rebalanceFeesMsat = 0n, isRebalanceFeesAtLeast = false }) => {
      return rebalanceFeesMsat > 0n === isRebalanceFeesAtLeast;
    });
    assert.ok(shown.every(Boolean) && shownFees.some((one) => one.isRebalanceFeesAtLeast));
    // The lists begin with their 51st payment: only where nothing ever left is it known that none came back.
    const free = feesByChannel.filter(({ rebalanceFeesMsat }) => rebalanceFeesMsat === 0n);
    const still = answers.channels.filter((one) => one.total_satoshis_sent === '0');
    const charged = new Set(fees.map(([point]) => point));
    assert.equal(
      free.map(({ fundingOutpoint }) => String(fundingOutpoint)).sort(),
      still
        .map((one) => one.channel_point)
        .filter((point) => !charged.has(point))
        .sort(),
    );
  },
);

books('name the chain, and with it the currency, in every entry', () => {
  assert.equal([...new Set(entries.map(({ chain }) => chain))], ['testnet']);
});

books.run();
