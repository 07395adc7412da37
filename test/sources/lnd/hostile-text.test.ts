/** JSON and logs that are none, or that say what lnd never says. */
import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sumRules } from '../../../src/ledger/answers/stated-sums.ts';
import { observationText, parseObservation } from '../../../src/ledger/observation-json.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { jsonItems } from '../../../src/sources/lnd/json/stream.ts';
import { parseLogLine } from '../../../src/sources/lnd/log/lines.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { emptyLedger, fileOf, importInto, observationsOf, realBytes } from './importing.ts';

const CASES = 1_000 * soakFactor();
const random = randomNumbers(seedOfRun());
const nodeId = '02fad37ef58f76c1a5f802d198a07da5a8e55620b9ffbcbdc316fc8c9e9eac02cb';
const said = { nodeId, chain: 'testnet' };

const streams = suite('a stream of JSON');
const answers = suite('hostile answers of lncli');
const logs = suite('a hostile log');

async function itemsOf(text: string, pieces = 1): Promise<readonly (readonly [string, unknown])[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
  }
  const items: [string, unknown][] = [];
  for await (const { path, value, isElement } of jsonItems(chunks(), (name) => name === 'list')) {
    items.push([`${path.join('.')}${isElement ? '[]' : ''}`, value]);
  }
  return items;
}

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, ImportError);
  return (error as ImportError).message;
}

streams('gives elements whole and scalars with their path, cut anywhere', async () => {
  const text =
    '\ufeff{"a": {"b": [1, {"c": null}], "list": [{"x": "}]\\"\\\\"}, 7, [], "s"]}, "d": -1.5e3}';
  const expected = [
    ['a.b', 1],
    ['a.b.c', null],
    ['a.list[]', { x: '}]"\\' }],
    ['a.list[]', 7],
    ['a.list[]', []],
    ['a.list[]', 's'],
    ['d', -1500],
  ];
  for (const pieces of [1, 2, 3, 7, 1000]) assert.equal(await itemsOf(text, pieces), expected);
});

for (const [text, why] of [
  ['', 'it ends in the middle'],
  ['{"a": 1', 'it ends in the middle'],
  ['{"list": [{"a": ', 'it ends in the middle'],
  ['{"a" 1}', 'a colon was expected'],
  ['{"a": 1 "b": 2}', 'a comma was expected'],
  ['{1: 2}', 'a name was expected'],
  ['{"a": nul}', 'a value cannot be read'],
  ['{"list": [{]}', 'a value cannot be read'],
  ['{} {}', 'something follows its end'],
  ['['.repeat(100), 'more than 64 deep'],
] as const) {
  streams(`refuses ${text.slice(0, 20) || 'nothing'}: ${why}`, async () => {
    assert.match(
      await refusalOf(itemsOf(text)),
      new RegExp(`at byte \\d+: it is not JSON: ${why}`),
    );
  });
}

streams('refuses a value that would fill the memory', async () => {
  const text = `{"list": ["${'x'.repeat(17 << 20)}"]}`;
  assert.match(await refusalOf(itemsOf(text, 1 << 20)), /more than 16777216 bytes/);
});

streams('refuses a value that would fill the memory once it is parsed', async () => {
  const deep = `{"list": [{"x": ${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`;
  assert.match(await refusalOf(itemsOf(deep, 1 << 16)), /at byte 10: .*more than 64 deep/);
  const many = `{"list": [{"x": [${'[],'.repeat(600_000)}1]}]}`;
  assert.match(await refusalOf(itemsOf(many, 1 << 16)), /holds more than 500000 others/);
  const whole = `{"list": [{"x": [${'1,'.repeat(400_000)}1]}, {"y": "${'[,{'.repeat(300_000)}"}]}`;
  assert.is((await itemsOf(whole, 1 << 16)).length, 2);
});

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
      read += (await observationsOf([path], said)).told.length;
    } catch (error) {
      assert.instance(error, ImportError, String(error));
    }
  }
  assert.ok(read > CASES);
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
  const isSum = (rule: string) => sumRules.some((known) => known === rule);
  assert.equal(
    broken.filter(({ rule }) => !isSum(rule)),
    [],
  );
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

logs(`of ${CASES} changed lines gives facts or nothing`, () => {
  const hash = 'ab'.repeat(32);
  const lines = [
    `2021-07-05 10:00:00.123 [INF] CNCT: ChannelArbitrator(${hash}:0): go to chain for outgoing htlc ${hash}: timeout=2007400, amount=1234567 mSAT, blocks_until_expiry=10, broadcast_delta=10`,
    `2021-07-05 11:00:00.000 [ERR] HSWC: ChannelLink(${hash}:0): failing link: ChannelPoint(${hash}:0): received error from peer: no with error: remote error`,
    `2021-07-05 12:00:00.000 [INF] PEER: disconnecting ${nodeId}@203.0.113.7:9735, reason: closed`,
  ];
  for (let nth = 0; nth < CASES; nth++) {
    const text = [...(lines[random(lines.length)] ?? '')];
    for (let times = 1 + random(4); times > 0; times--) {
      text[random(text.length)] =
        ['9', '-', ' ', '\u0000', ':', 'f', '\u{1f6f0}', ''][random(8)] ?? '';
    }
    const parsed = parseLogLine(text.join(''));
    assert.ok(['undefined', 'bigint'].includes(typeof parsed?.clockNs));
  }
});

logs('line that goes on for ever is passed over', async () => {
  const text = `2021-07-05 10:00:00.123 [INF] CNCT: ${'x'.repeat(1 << 20)}\n2021-07-05 12:00:00.000 [INF] SRVR: Disconnecting from ${nodeId}@203.0.113.7:9735\n`;
  const { told } = await observationsOf([fileOf('lnd.log', text)], said);
  assert.equal(
    told.map(({ fact }) => fact.type),
    ['PeerDisconnected'],
  );
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

streams.run();
answers.run();
logs.run();
