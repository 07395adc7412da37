/** JSON and logs that are none, or that say what lnd never says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonItems } from '../../../src/sources/lnd/json/stream.ts';
import { parseLogLine } from '../../../src/sources/lnd/log/lines.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { fileOf, observationsOf, refusalOf } from './importing.ts';

const CASES = 1_000 * soakFactor();
const random = randomNumbers(seedOfRun());
const nodeId = '02fad37ef58f76c1a5f802d198a07da5a8e55620b9ffbcbdc316fc8c9e9eac02cb';
const said = { nodeId, chain: 'testnet' };

const streams = suite('a stream of JSON');
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

streams.run();
logs.run();
