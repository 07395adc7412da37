import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Chain,
  ChannelId,
  channelIdOfBasepoints,
  channelIdOfOutpoint,
  NodeId,
  Outpoint,
  outpointOf,
  ShortChannelId,
  shortChannelIdToBigint,
  splitOutpoint,
  splitShortChannelId,
  Txid,
  txidOfBytes,
  txidToBytes,
} from '../../src/lightning/ids.ts';
import { hex, mayOnlyRefuse, refuses, WRONG_TYPES } from './fixtures.ts';

const KEY = '023da092f6980e58d2c037173180e9a465476026ee50f96695963e8efe436f54eb';
const TXID = '8984484a580b825b9972d7adb15050b3ab624ccd731946b3eeddb92f4e7ef6be';
const PARSERS = { NodeId, ChannelId, Txid, Outpoint, ShortChannelId, Chain };

test('every parser refuses wrong types and hostile texts in one sentence', () => {
  for (const parse of Object.values(PARSERS)) {
    for (const value of WRONG_TYPES) refuses(() => parse(value));
  }
});

test('every parser refuses a text in a sentence, or takes its own result unchanged', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.bigInt()), (value) => {
      for (const parse of Object.values(PARSERS)) {
        mayOnlyRefuse(() => {
          const id = parse(value);
          assert.is(parse(id), id);
        });
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('the refusal names the value, and shows no control characters', () => {
  refuses(() => NodeId('\u001b[2J\u0007x', 'peer_id'), /^Error: "peer_id" expected .*"\?\[2J\?x"$/);
  refuses(() => NodeId('0'.repeat(1000)), /…" \(1000 characters\)/);
});

test('a node id is a compressed key; upper case is the same key', () => {
  assert.is(NodeId(KEY), KEY);
  assert.is(NodeId(KEY.toUpperCase()), KEY);
  for (const wrong of [`04${KEY.slice(2)}`, KEY.slice(2), `${KEY}00`, `${KEY}\n`]) {
    refuses(() => NodeId(wrong), /compressed public key/);
  }
});

test('an outpoint is txid:vout with a 32-bit index in its shortest form', () => {
  assert.is(Outpoint(`${TXID}:0`), `${TXID}:0`);
  assert.is(Outpoint(`${TXID.toUpperCase()}:4294967295`), `${TXID}:4294967295`);
  for (const vout of ['', '-1', '01', '4294967296', '0x1', '1.0', ' 1']) {
    refuses(() => Outpoint(`${TXID}:${vout}`));
  }
  assert.equal(splitOutpoint(Outpoint(`${TXID}:7`)), { txid: TXID, vout: 7 });
  assert.is(outpointOf(Txid(TXID), 7), `${TXID}:7`);
});

test('a txid is its bytes in reverse', () => {
  const bytes = txidToBytes(Txid(TXID));
  assert.equal(bytes.subarray(0, 2), hex('bef6'));
  assert.is(txidOfBytes(bytes), TXID);
});

test('a short channel id is the same from BLOCKxTXxOUT, colons, digits and the integer', () => {
  const id = (103n << 40n) | (1n << 16n) | 1n;
  for (const spelled of ['103x1x1', '103:1:1', id, id.toString()]) {
    assert.is(ShortChannelId(spelled), '103x1x1');
  }
  assert.is(shortChannelIdToBigint(ShortChannelId('103x1x1')), id);
  // BOLT 1 appendix B, namespace n1, tlv2.
  assert.is(ShortChannelId(BigInt('0x0000000000000226')), '0x0x550');
  assert.is(ShortChannelId((1n << 64n) - 1n), '16777215x16777215x65535');
});

test('a short channel id out of its 3, 3 and 2 bytes is refused', () => {
  const wrong = ['16777216x0x0', '0x16777216x0', '0x0x65536', '103x1:1', '103x01x1', '1x1', 103];
  for (const spelled of [...wrong, 1n << 64n, '18446744073709551616']) {
    refuses(() => ShortChannelId(spelled));
  }
});

test('a short channel id survives the way to the integer and back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (integer) => {
      const id = ShortChannelId(integer);
      assert.is(shortChannelIdToBigint(id), integer);
      const { blockHeight, txIndex, outputIndex } = splitShortChannelId(id);
      assert.is(ShortChannelId(`${blockHeight}:${txIndex}:${outputIndex}`), id);
    }),
    { seed: 2 },
  );
});

test('a chain has a plain name', () => {
  for (const name of ['bitcoin', 'testnet4', 'regtest']) assert.is(Chain(name), name);
  for (const name of ['Bitcoin', 'main net', 'a-b', 'x'.repeat(33)]) refuses(() => Chain(name));
});

test('a channel id is the funding txid with the output index in its last two bytes', () => {
  const bytes = 'bef67e4e2fb9ddeeb3461973cd4c62abb35050b1add772995b820b584a48';
  assert.is(channelIdOfOutpoint(Outpoint(`${TXID}:0`)), `${bytes}8489`);
  assert.is(channelIdOfOutpoint(Outpoint(`${TXID}:1`)), `${bytes}8488`);
  assert.is(channelIdOfOutpoint(Outpoint(`${TXID}:258`)), `${bytes}858b`);
  refuses(() => channelIdOfOutpoint(Outpoint(`${TXID}:65536`)), /below 65536/);
});

test('a v2 channel id hashes both basepoints, the lesser first, whichever end asks', () => {
  const [one, other] = [hex(KEY), hex(`03${KEY.slice(2)}`)];
  const hash = createHash('sha256').update(one).update(other).digest('hex');
  assert.is(channelIdOfBasepoints(other, one), hash);
  assert.is(channelIdOfBasepoints(one, other), channelIdOfBasepoints(other, one));
});

test.run();
