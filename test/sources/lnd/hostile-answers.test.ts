/** Answers that lncli never prints. */
import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFramed } from '../../../src/ledger/observation-frame.ts';
import { observationText, parseObservation } from '../../../src/ledger/observation-json.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { isNotItsOwn } from '../own-contradictions.ts';
import { emptyLedger, fileOf, importInto, NOW_NS, observationsOf, realBytes, refusalOf } from './importing.ts';

const CASES = 1_000 * soakFactor();
const random = randomNumbers(seedOfRun());
const nodeId = '02fad37ef58f76c1a5f802d198a07da5a8e55620b9ffbcbdc316fc8c9e9eac02cb';
const said = { nodeId, chain: 'testnet' };

const answers = suite('hostile answers of lncli');

/** A small file of every kind of answer. */
const state = JSON.parse(Buffer.from(realBytes('lnd_testnet_state.json')).toString());
const sample: string = JSON.stringify({
  ...state.information,
  channels: state.channels.slice(0, 3),
  closed_channels: state.closedChannels
    .filter((one: { resolutions: unknown[] }) => one.resolutions.length > 2)
    .slice(0, 2),
  payments: state.allLightningTransactions.paymentsAll.payments.slice(-3),
  invoices: state.invoices.invoices.slice(0, 3),
  peers: state.peers.slice(0, 1),
  forwarding_events: [
    {
      timestamp_ns: '1625400000000000001',
      chan_id_in: state.channels[0].chan_id,
      chan_id_out: '7',
      amt_in_msat: '1001',
      amt_out_msat: '1000',
      fee_msat: '1',
      incoming_htlc_id: '4',
    },
  ],
  last_offset_index: 1,
  pending_open_channels: [
    {
      channel: {
        remote_node_pub: nodeId,
        channel_point: `${'ab'.repeat(32)}:1`,
        capacity: '5',
        local_balance: '1',
        remote_balance: '2',
        initiator: 'INITIATOR_LOCAL',
      },
      commit_fee: '2',
    },
  ],
  transactions: [{ tx_hash: 'ab', block_height: 2_007_000, time_stamp: '1625300000' }],
  edges: [
    {
      channel_id: state.channels[0].chan_id,
      chan_point: state.channels[0].channel_point,
      node1_pub: nodeId,
      node2_pub: state.channels[0].remote_pubkey,
      node1_policy: {
        time_lock_delta: 40,
        min_htlc: '1',
        fee_base_msat: '1000',
        fee_rate_milli_msat: '5',
        disabled: false,
        last_update: 1_625_300_000,
      },
      node2_policy: null,
    },
  ],
});

/** Of seconds and of nanoseconds: to come, at the end of what is kept in 32 and in 64 bits, and beyond. */
const ABSURD_TIMES = [
  '"2000000000"',
  '4294967295',
  '"4294967296"',
  '"999999999999999"',
  '9007199254740991',
  '"2000000000000000000"',
  '"9223372036854775807"',
  '"18446744073709551615"',
];

const HOSTILE = [
  'null',
  '-1',
  '1e999',
  '99999999999999999999999',
  '"99999999999999999999"',
  '"\\ud800"',
  '{}',
  '[]',
  'true',
  '""',
  '"0x"',
  '[[[[]]]]',
  '18446744073709551615',
  '"-5"',
  '1.5',
  ...ABSURD_TIMES,
];

/** Replaces whole values, so that it stays JSON more often than not. */
function changed(): Buffer {
  let text = sample;
  for (let times = 1 + random(3); times > 0; times--) {
    const values = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|[-\d.]+|true|false|null)/g)];
    const one = values[random(values.length)];
    if (one === undefined) continue;
    const value = HOSTILE[random(HOSTILE.length)] ?? '';
    text = `${text.slice(0, one.index + 1)}${value}${text.slice(one.index + one[0].length)}`;
  }
  const bytes = Buffer.from(text);
  if (random(3) === 0) {
    const at = random(bytes.length);
    bytes[at] = random(256);
  }
  return random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

answers(`changed in ${CASES} ways are told, named as bad, or refused`, async () => {
  const path = fileOf('answers.json', sample);
  assert.is((await observationsOf([path], said)).tally.bad.count, 0);
  let read = 0;
  for (let nth = 0; nth < CASES; nth++) {
    writeFileSync(path, changed());
    try {
      const { told } = await observationsOf([path], said);
      told.forEach(assertInTime);
      read += told.length;
    } catch (error) {
      assert.instance(error, ImportError, String(error));
    }
  }
  assert.ok(read > CASES);
});

/** It can be recorded, and no record of a node is later than its reading; a policy's time is its signer's choice. */
function assertInTime(observation: Observation, nth: number): void {
  assertFramed(observation, nth);
  const { timeBasis, happenedAtNs, notBeforeNs = 0n, fact } = observation;
  if (fact.type === 'FeePolicyChanged') return;
  const earliestNs = timeBasis === 'source' ? happenedAtNs : notBeforeNs;
  assert.ok(earliestNs <= NOW_NS, `${fact.type} at ${earliestNs}`);
}

const TIMES = /"(?:[a-z_]*(?:time|date|timestamp|update|height|_ns)[a-z_]*)":("[0-9]*"|[0-9]+)/g;

answers('any of whose times is absurd are told, named as bad, or left', async () => {
  const path = fileOf('answers.json', sample);
  const times = [...sample.matchAll(TIMES)];
  assert.ok(times.length > 50);
  let told = 0;
  for (const { 0: field, 1: value = '', index } of times) {
    const end = index + field.length;
    for (const absurd of ['0', ...ABSURD_TIMES]) {
      const text = `${sample.slice(0, end - value.length)}${absurd}${sample.slice(end)}`;
      writeFileSync(path, text);
      const changed = await observationsOf([path], said);
      changed.told.forEach(assertInTime);
      told += changed.told.length;
    }
  }
  assert.ok(told > times.length * ABSURD_TIMES.length);
});

/** What is told and what is named, of the sample with one text in it changed. */
async function withChange(from: string, to: string) {
  assert.ok(sample.includes(from), from);
  const path = fileOf('answers.json', sample.replace(from, to));
  const { told, tally } = await observationsOf([path], said);
  told.forEach(assertInTime);
  const reasons = tally.bad.named.map(
    ({ place, reason }) => `${place.split(' at ')[0]}: ${reason}`,
  );
  return { told, reasons, unread: tally.unread };
}

const forwardsOf = (told: readonly Observation[]) =>
  told.filter(({ fact }) => fact.type === 'PaymentForwarded');

answers('that tell of a forward and not when name it, and do not date it 1970', async () => {
  const { told, reasons } = await withChange('"timestamp_ns":"1625400000000000001",', '');
  assert.equal(forwardsOf(told), []);
  assert.equal(reasons, ['answers.json, forwarding_events: when it was forwarded is not there']);
});

answers('that tell of a forward to come leave it until then', async () => {
  const { told, reasons, unread } = await withChange('1625400000000000001', '1800000000000000001');
  assert.equal([forwardsOf(told), reasons], [[], []]);
  assert.equal(unread.filter(({ why }) => why.includes('ahead of this clock')).length, 1);
});

answers('that name no time of a block say so, and tell the rest', async () => {
  const whole = await observationsOf([fileOf('answers.json', sample)], said);
  const header = /"best_header_timestamp":"?[0-9]+"?/.exec(sample)?.[0] ?? '';
  const { told, reasons } = await withChange(header, '"best_header_timestamp":"999999999999999"');
  assert.equal(reasons, ['answers.json, getinfo: best_header_timestamp is no time of a block']);
  assert.is(told.length, whole.told.length);
});

answers('that the ledger hears fit its schemas, or go to quarantine', async () => {
  const ledger = await emptyLedger();
  const path = fileOf('answers.json', sample);
  for (let nth = 0; nth < CASES / 20; nth++) {
    writeFileSync(path, changed());
    try {
      await importInto(ledger, [path], said);
    } catch (error) {
      assert.instance(error, ImportError, String(error));
    }
  }
  // An answer may state sums that its own lists exceed: that is found, and shown.
  const { broken } = await ledger.verify();
  assert.equal(broken.filter(isNotItsOwn), []);
  await ledger.close();
});

answers('give observations that can be written down and read back', async () => {
  const { told } = await observationsOf([fileOf('answers.json', sample)], said);
  assert.ok(told.length > 15);
  for (const observation of told) {
    const again = parseObservation(JSON.parse(observationText(observation)));
    assert.equal(again.fact, observation.fact);
  }
});

answers('of another program, or another backend, are refused by what they are', async () => {
  const refused = async (name: string, bytes: string | Uint8Array) =>
    refusalOf(observationsOf([fileOf(name, bytes)], said));
  assert.match(
    await refused('lnd.sqlite', 'SQLite format 3\0…'),
    /not yet, this is a SQLite database/,
  );
  assert.match(await refused('dump', 'PGDMP…'), /not yet, this is a dump of a Postgres database/);
  assert.match(
    await refused('dump.sql', '--\n-- PostgreSQL database dump\n--\n'),
    /not yet, .* Postgres/,
  );
  assert.match(
    await refused('channel.backup', Buffer.alloc(64, 7)),
    /not yet, .* static channel backup/,
  );
  assert.match(await refused('picture.png', Buffer.alloc(64, 7)), /is no channel\.db, no JSON/);
  assert.match(
    await refused('state.json', '{"channels": []}'.slice(0, -1)),
    /state\.json at byte 15: it is not JSON/,
  );
  const nobodys = refusalOf(observationsOf([fileOf('channels.json', '{"channels": []}')]));
  assert.match(await nobodys, /lncli getinfo.*--node KEY/);
});

answers('end by themselves, soon, where the person ends it', async () => {
  const controller = new AbortController();
  const path = fileOf('state.json', realBytes('lnd_testnet_state.json'));
  const options = {
    signal: controller.signal,
    onProgress: (done: number, total: number) => {
      if (done > total / 2) controller.abort();
    },
  };
  const { told } = await observationsOf([path], options);
  assert.ok(told.length < 366);
});

answers('a file of more lists than anybody puts together is refused', async () => {
  const named = (count: number) => {
    const page = { forwarding_events: [], last_offset_index: 0 };
    const pages = Array.from({ length: count }, (_, nth) => [`page${nth}`, page]);
    return fileOf('pages.json', JSON.stringify(Object.fromEntries(pages)));
  };
  const { told } = await observationsOf([named(1_000)], said);
  assert.is(told.length, 1_000);
  assert.match(
    await refusalOf(observationsOf([named(1_001)], said)),
    /pages\.json holds more than 1,000 lists/,
  );
});

answers.run();
