/** The answers of a real testnet lnd (0.12.1, July 2021): every figure is from the record's own README. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelView, ProblemView } from '../../../src/ledger/view-types.ts';
import { emptyLedger, importInto, observationsOf, realBytes, realFile } from './importing.ts';

const STATE = 'lnd_testnet_state.json';
const path = realFile(STATE);
const ledger = await emptyLedger();
const first = await importInto(ledger, [path]);

const sum = (amounts: readonly (bigint | undefined)[]): bigint =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);
const shown = ({ rule, subject, detail }: ProblemView) => [rule, subject.slice(0, 8), detail];

test('every record is read, and what is not is counted', () => {
  assert.is(first.quarantined, 0);
  assert.equal(first.tally.read, {
    getinfo: 1,
    listpeers: 5,
    listchannels: 17,
    closedchannels: 40,
    listpayments: 120,
    listinvoices: 827,
  });
  assert.equal(first.tally.bad, { count: 0, named: [] });
});

test('17 channels are open and 40 closed, 24 of them by force', () => {
  assert.is(ledger.channels().length, 17);
  const kinds = new Map<string, number>();
  for (const { close } of ledger.closed()) {
    const kind = close?.kind ?? 'none';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  assert.equal([...kinds].sort(), [
    ['cooperative', 16],
    ['local-force', 20],
    ['remote-force', 4],
  ]);
});

test('capacity is both gross balances and what is in flight, 17 of 17', () => {
  const state = JSON.parse(Buffer.from(realBytes(STATE)).toString()) as {
    readonly channels: readonly {
      readonly channel_point: string;
      readonly capacity: string;
      readonly initiator: boolean;
      readonly local_balance: string;
      readonly remote_balance: string;
      readonly commit_fee: string;
    }[];
  };
  const byOutpoint = new Map(ledger.channels().map((view) => [String(view.fundingOutpoint), view]));
  for (const channel of state.channels) {
    const view = byOutpoint.get(channel.channel_point);
    const fee = BigInt(channel.commit_fee);
    const local = BigInt(channel.local_balance) + (channel.initiator ? fee : 0n);
    const remote = BigInt(channel.remote_balance) + (channel.initiator ? 0n : fee);
    assert.is(view?.localBalanceMsat, local * 1000n, channel.channel_point);
    assert.is(view?.remoteBalanceMsat, remote * 1000n, channel.channel_point);
    assert.is(view?.unexplainedMsat, undefined);
    assert.is(local + remote, BigInt(channel.capacity));
    assert.is(view?.precision, 'sat');
  }
  assert.is(state.channels.length, 17);
});

test('where the lists are short of a channel’s totals, problems say by how much', () => {
  const problems = ledger.problems().filter(({ kind }) => kind === 'unexplained');
  assert.equal(problems.map(shown), [
    [
      'lists-explain-totals',
      '151bbd82',
      'lnd-rpc: the lists explain 20000 of 20103 sat received: 103 sat are in none of them',
    ],
    [
      'lists-explain-totals',
      '151bbd82',
      'lnd-rpc: the lists explain 30006 of 50006 sat sent: 20000 sat are in none of them',
    ],
    [
      'lists-explain-totals',
      '9220a597',
      'lnd-rpc: the lists explain 10131 of 10233 sat sent: 102 sat are in none of them',
    ],
    [
      'lists-explain-totals',
      '8983657f',
      'lnd-rpc: the lists explain 960516 of 1022521 sat received: 62005 sat are in none of them',
    ],
  ]);
});

test('verify counts every sum that lnd states: 17 balances, 10 own outputs, 8 time-locked balances', async () => {
  const { isSound, rules } = await ledger.verify();
  assert.ok(isSound);
  const counted = (name: string) => {
    const found = rules.find(({ rule }) => rule === name);
    return [found?.checked, found?.broken, found?.notCheckable];
  };
  assert.equal(counted('totals-explain-balance'), [17, 0, []]);
  const claims = (name: string) => counted(`claims-explain-${name}-balance`).slice(0, 2);
  assert.equal(
    [claims('settled'), claims('time-locked')],
    [
      [10, 0],
      [8, 0],
    ],
  );
  // What the lists leave out is no fault of the record: problems say of which channels, and how much.
  const short = { why: 'the lists are short: see "problems"', count: 4 };
  assert.equal(counted('lists-explain-totals'), [30, 0, [short]]);
});

test('what the lists leave out is a gap', () => {
  const gaps = ledger.problems().filter(({ kind }) => kind === 'gap');
  assert.equal(
    gaps.map(({ detail }) => detail),
    [
      "lnd-rpc: of the node's forwards the lists that were read leave out what lies outside the span of time that was asked for",
      "lnd-rpc: of the node's payments the lists that were read leave out numbers 1 to 50",
    ],
  );
});

test('66 payments came back to the node: 526,165,000 msat for 189,381 msat', async () => {
  const { told } = await observationsOf([path]);
  const sent = new Map<
    string,
    {
      readonly hash: string;
      readonly amountMsat: bigint;
      readonly feeMsat: bigint;
      readonly isToSelf: boolean;
    }
  >();
  const received = new Map<string, bigint>();
  for (const observation of told) {
    if (observation.about !== 'node') continue;
    const { fact, paymentHash = '', key } = observation;
    if (fact.type === 'PaymentSent') {
      const { amountMsat = 0n, feeMsat = 0n, isToSelf = false } = fact.data;
      sent.set(key, { hash: paymentHash, amountMsat, feeMsat, isToSelf });
    }
    if (fact.type === 'PaymentReceived') received.set(paymentHash, fact.data.amountMsat);
  }
  const circular = [...sent.values()].filter(({ isToSelf }) => isToSelf);
  const others = [...sent.values()].filter(({ isToSelf }) => !isToSelf);
  const figures = (payments: typeof circular) => [
    payments.length,
    sum(payments.map(({ amountMsat }) => amountMsat)),
    sum(payments.map(({ feeMsat }) => feeMsat)),
  ];
  assert.equal(figures(circular), [66, 526_165_000n, 189_381n]);
  assert.equal(figures(others), [44, 1_306_341_000n, 453_764n]);
  assert.ok(circular.every(({ hash }) => received.has(hash)));
  const own = new Set(circular.map(({ hash }) => hash));
  const fromOutside = [...received].filter(([hash]) => !own.has(hash));
  assert.equal([fromOutside.length, sum(fromOutside.map(([, msat]) => msat))], [32, 787_666_000n]);
});

test('a first stage pays the fee of its HTLC transaction: what its last stage lacks', () => {
  const stages = ledger
    .closed()
    .flatMap(({ close }) => close?.outputs ?? [])
    .filter(({ stage }) => stage === 'first');
  assert.is(stages.length, 9);
  assert.ok(
    stages.every(({ valueSat, sweptSat, feeSat }) => valueSat - (sweptSat ?? 0n) === feeSat),
  );
  assert.equal([...new Set(stages.map(({ feeSat }) => feeSat))], [167n]);
});

test('an HTLC that the peer claimed with the preimage is lost, not claimed', () => {
  const lost = ledger
    .closed()
    .flatMap(({ close }) => close?.outputs ?? [])
    .filter(({ outcome }) => outcome === 'lost');
  assert.equal(
    lost.map(({ what, valueSat }) => [what, valueSat]),
    [['htlc-offered', 1_339n]],
  );
});

test('no fee is told where there is no transaction: it is unknown, never 0', () => {
  assert.ok(ledger.closed().every(({ close }) => close?.feeSat === undefined));
});

test('a second import, and a third long after, append nothing', async () => {
  const again = await importInto(ledger, [path]);
  const later = await importInto(ledger, [path], { nowNs: 1_790_000_000_000_000_000n });
  assert.equal([again.events, later.events], [0, 0]);
  assert.equal([again.quarantined, later.quarantined], [0, 0]);
});

test('a payment is dated by the end of its last attempt, or bounded where only its beginning is told', async () => {
  const { told } = await observationsOf([path]);
  const payments = told.filter(({ key }) => key === 'payment/514' || key === 'payment/51');
  const shown = payments.map(({ key, happenedAtNs, timeBasis, notBeforeNs }) => [
    key,
    happenedAtNs,
    timeBasis,
    notBeforeNs,
  ]);
  assert.equal(
    [...new Set(shown.map((one) => one.join(' ')))],
    [
      'payment/51 1580858563000000000 interpolated 1580858563000000000',
      'payment/514 1623624642421893100 source ',
    ],
  );
});

test('no payment hash and no preimage stands in plain text of any event', async () => {
  const state = Buffer.from(realBytes(STATE)).toString();
  const secrets = [
    ...state.matchAll(/"(?:payment_hash|payment_preimage|r_hash|r_preimage)": ?"([^"]{20,})"/g),
  ].flatMap(([, text = '']) => {
    const bytes = /^[0-9a-f]{64}$/.test(text)
      ? Buffer.from(text, 'hex')
      : Buffer.from(text, 'base64');
    return [bytes.toString('hex'), bytes.toString('base64')];
  });
  assert.ok(secrets.length > 1_000);
  const views: readonly ChannelView[] = [...ledger.channels(), ...ledger.closed()];
  const shown = JSON.stringify(views, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const { told } = await observationsOf([path]);
  const named = told.map(({ key, evidence }) => `${key} ${evidence}`).join('\n');
  assert.is(secrets.filter((secret) => shown.includes(secret) || named.includes(secret)).length, 0);
});

test.after(() => ledger.close());
test.run();
