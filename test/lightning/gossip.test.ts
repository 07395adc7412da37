import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex, concatBytes } from '../../src/lightning/bytes.ts';
import { chainOfHash } from '../../src/lightning/chain-hash.ts';
import {
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseGossipMessage,
  parseNodeAnnouncement,
  signedDigest,
  signedPart,
} from '../../src/lightning/gossip.ts';
import { doubleSha256 } from '../../src/lightning/hashes.ts';
import { gossipMessages, hex, mayOnlyRefuse, refuses, typeOf } from './fixtures.ts';

const MESH = gossipMessages('gossip/regtest-mesh-3x3.gossip_store.gz');
const MAINNET = gossipMessages('gossip/mainnet-small.gossip_store.gz');
const isGossip = (message: Uint8Array) => [256, 257, 258].includes(typeOf(message));
const REAL = [...MESH, ...MAINNET].filter(isGossip);

const NODE_1 = '023da092f6980e58d2c037173180e9a465476026ee50f96695963e8efe436f54eb';
const NODE_2 = '030e9f7b623d2ccc7c9bd44d66d5ce21ce504c0acf6385a132cec6d3c39fa711c1';
const REGTEST = '06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f';
const SCID = '0000670000010001';
const signature = (byte: string) => byte.repeat(64);

/** The fields of BOLT 7's tables, one after another. */
const UPDATE = [
  ['type', '0102'],
  ['signature', signature('aa')],
  ['chain_hash', REGTEST],
  ['short_channel_id', SCID],
  ['timestamp', '65000000'],
  ['message_flags', '01'],
  ['channel_flags', '03'],
  ['cltv_expiry_delta', '0090'],
  ['htlc_minimum_msat', '00000000000003e8'],
  ['fee_base_msat', '000003e9'],
  ['fee_proportional_millionths', '00000064'],
  ['htlc_maximum_msat', '000000003b9aca00'],
]
  .map(([, bytes]) => bytes)
  .join('');

const ANNOUNCEMENT = [
  '0100',
  signature('a1') + signature('a2') + signature('b1') + signature('b2'),
  '00028002',
  REGTEST + SCID,
  NODE_1 + NODE_2,
  NODE_2 + NODE_1,
].join('');

const NODE = [
  `0101${signature('cc')}`,
  '000180',
  `65000001${NODE_1}68f442`,
  bytesToHex(new TextEncoder().encode('alice\u001b[31m')).padEnd(64, '0'),
  '0007017f0000012607',
].join('');

test('a channel_update, field by field', () => {
  const { tail, ...fields } = parseChannelUpdate(hex(UPDATE));
  assert.equal(fields, {
    type: 258,
    signature: hex(signature('aa')),
    chainHash: REGTEST,
    shortChannelId: '103x1x1',
    timestamp: 0x65000000,
    messageFlags: 1,
    channelFlags: 3,
    direction: 1,
    isDisabled: true,
    cltvExpiryDelta: 144,
    htlcMinimumMsat: 1000n,
    feeBaseMsat: 1001n,
    feeProportionalMillionths: 100,
    htlcMaximumMsat: 1_000_000_000n,
  });
  assert.equal(tail, { raw: new Uint8Array(), tlvs: [] });
});

test('a channel_update from before htlc_maximum_msat was required has none', () => {
  const old = hex(UPDATE);
  old[110] = 0;
  const { htlcMaximumMsat, tail } = parseChannelUpdate(old.subarray(0, -8));
  assert.is(htlcMaximumMsat, undefined);
  assert.is(tail.raw.length, 0);
});

test('a channel_announcement, field by field', () => {
  const { tail, ...fields } = parseChannelAnnouncement(hex(ANNOUNCEMENT));
  assert.equal(fields, {
    type: 256,
    nodeSignature1: hex(signature('a1')),
    nodeSignature2: hex(signature('a2')),
    bitcoinSignature1: hex(signature('b1')),
    bitcoinSignature2: hex(signature('b2')),
    features: hex('8002'),
    chainHash: REGTEST,
    shortChannelId: '103x1x1',
    nodeId1: NODE_1,
    nodeId2: NODE_2,
    bitcoinKey1: hex(NODE_2),
    bitcoinKey2: hex(NODE_1),
  });
  assert.equal(tail.tlvs, []);
});

test('a node_announcement, field by field; its alias is what the sender wrote', () => {
  const { tail, ...fields } = parseNodeAnnouncement(hex(NODE));
  assert.equal(fields, {
    type: 257,
    signature: hex(signature('cc')),
    features: hex('80'),
    timestamp: 0x65000001,
    nodeId: NODE_1,
    rgbColor: '68f442',
    alias: 'alice\u001b[31m',
    addresses: hex('017f0000012607'),
  });
  assert.equal(tail.tlvs, []);
});

test('what follows the fields is kept raw, and as TLVs where it is a stream', () => {
  const withTlv = parseChannelUpdate(hex(`${UPDATE}0503aabbcc`));
  assert.equal(withTlv.tail, {
    raw: hex('0503aabbcc'),
    tlvs: [{ type: 5n, value: hex('aabbcc') }],
  });
  assert.equal(parseChannelUpdate(hex(`${UPDATE}0503aabb`)).tail, { raw: hex('0503aabb') });
});

test('signatures cover all that follows them, the tail too', () => {
  const update = hex(`${UPDATE}0503aabbcc`);
  assert.equal(signedPart(update), update.subarray(66));
  assert.equal(signedDigest(update), doubleSha256(update.subarray(66)));
  const announcement = hex(ANNOUNCEMENT);
  assert.equal(signedPart(announcement), announcement.subarray(258));
});

test('a message of another type, or of none, is refused', () => {
  refuses(() => parseChannelUpdate(hex(ANNOUNCEMENT)), /expected message type 258, got 256/);
  refuses(() => parseGossipMessage(hex('0107')), /expected type 256, 257 or 258, got 263/);
  refuses(() => parseGossipMessage(hex('01')));
});

test('every shorter piece of a message is refused', () => {
  for (const whole of [UPDATE, ANNOUNCEMENT, NODE].map(hex)) {
    for (let length = 0; length < whole.length; length++) {
      refuses(() => parseGossipMessage(whole.subarray(0, length)));
    }
  }
});

test('real messages: a whole small graph fits together', () => {
  const channels = new Map<string, readonly string[]>();
  const counts = { 256: 0, 257: 0, 258: 0 };
  const nodes = new Set<string>();
  for (const message of MESH.filter(isGossip).map(parseGossipMessage)) {
    counts[message.type] += 1;
    if (message.type === 256) {
      assert.is(chainOfHash(message.chainHash), 'regtest');
      assert.ok(message.nodeId1 < message.nodeId2);
      channels.set(message.shortChannelId, [message.nodeId1, message.nodeId2]);
    } else if (message.type === 258) {
      assert.ok(channels.has(message.shortChannelId));
      assert.is(message.htlcMaximumMsat !== undefined, true);
    } else {
      nodes.add(message.nodeId);
    }
  }
  assert.equal(counts, { 256: 12, 257: 9, 258: 24 });
  assert.is(new Set([...channels.values()].flat()).size, 9);
  assert.is(nodes.size, 9);
});

test('real messages: mainnet channels name their keys in order', () => {
  const announcements = MAINNET.filter((message) => typeOf(message) === 256);
  assert.is(announcements.length, 89);
  for (const { nodeId1, nodeId2, chainHash } of announcements.map(parseChannelAnnouncement)) {
    assert.ok(nodeId1 < nodeId2);
    assert.is(chainOfHash(chainHash), 'bitcoin');
  }
});

test('any bytes, and any real message changed, are a message or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.constantFrom(0, 1, 2), (bytes, type) => {
      mayOnlyRefuse(() => parseGossipMessage(bytes));
      mayOnlyRefuse(() => parseGossipMessage(concatBytes(Uint8Array.of(1, type), bytes)));
    }),
    { seed: 25, numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...REAL), fc.nat(), fc.nat({ max: 255 }), (real, at, byte) => {
      const changed = Uint8Array.from(real);
      changed[at % real.length] = byte;
      mayOnlyRefuse(() => parseGossipMessage(changed));
    }),
    { seed: 26, numRuns: 2000 },
  );
});

test.run();
