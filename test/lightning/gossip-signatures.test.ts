import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import {
  parseChannelAnnouncement,
  parseChannelUpdate,
  signedPart,
} from '../../src/lightning/gossip.ts';
import {
  announcementSignatures,
  verifyChannelAnnouncement,
  verifyChannelUpdate,
  verifyNodeAnnouncement,
} from '../../src/lightning/gossip-signatures.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import { isSignedByReference } from '../../src/lightning/signatures.ts';
import { fixtureText, gossipMessages, present, typeOf } from './fixtures.ts';

const MESH = gossipMessages('gossip/regtest-mesh-3x3.gossip_store.gz');
const MAINNET = gossipMessages('gossip/mainnet-small.gossip_store.gz');
const ofType = (messages: readonly Uint8Array[], type: number) =>
  messages.filter((message) => typeOf(message) === type);

const nodesOf = new Map(
  ofType([...MESH, ...MAINNET], 256)
    .map(parseChannelAnnouncement)
    .map(
      ({ shortChannelId, nodeId1, nodeId2 }) =>
        [shortChannelId, [nodeId1, nodeId2] as const] as const,
    ),
);

function changedAt(message: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(message);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

test('a small graph: 81 of 81 signatures are valid', () => {
  let signatures = 0;
  for (const message of ofType(MESH, 256)) {
    assert.equal(verifyChannelAnnouncement(message), { isValid: true, bad: [] });
    signatures += 4;
  }
  for (const message of ofType(MESH, 257)) {
    assert.ok(verifyNodeAnnouncement(message));
    signatures += 1;
  }
  for (const message of ofType(MESH, 258)) {
    const { shortChannelId, direction } = parseChannelUpdate(message);
    const ends = present(nodesOf.get(shortChannelId));
    const [sender, receiver] = direction === 0 ? ends : [ends[1], ends[0]];
    assert.ok(verifyChannelUpdate(message, sender));
    assert.not(verifyChannelUpdate(message, receiver));
    signatures += 1;
  }
  assert.is(signatures, 81);
});

test('mainnet: all four signatures of 89 announcements are valid', () => {
  const announcements = ofType(MAINNET, 256);
  assert.is(announcements.length, 89);
  for (const message of announcements) assert.ok(verifyChannelAnnouncement(message).isValid);
});

test('mainnet: the updates whose channel is announced beside them are valid', () => {
  let checked = 0;
  for (const message of ofType(MAINNET, 258)) {
    const { shortChannelId, direction } = parseChannelUpdate(message);
    const sender = nodesOf.get(shortChannelId)?.[direction];
    if (sender === undefined) continue;
    assert.ok(verifyChannelUpdate(message, sender));
    checked += 1;
  }
  assert.is(checked, 8);
});

test('the reference gives the same answer on real signatures', () => {
  for (const message of ofType(MAINNET, 256).slice(0, 10)) {
    const { nodeSignature1, nodeId1 } = parseChannelAnnouncement(message);
    assert.ok(isSignedByReference(nodeSignature1, signedPart(message), hexToBytes(nodeId1)));
  }
});

test('one changed signature is named, and the other three stay valid', () => {
  const message = present(ofType(MESH, 256)[0]);
  const names = [
    'node_signature_1',
    'node_signature_2',
    'bitcoin_signature_1',
    'bitcoin_signature_2',
  ];
  names.forEach((name, i) => {
    const changed = changedAt(message, 2 + 64 * i + 40);
    assert.equal(verifyChannelAnnouncement(changed), { isValid: false, bad: [name] });
  });
});

test('a byte changed in what is signed, or added to it, makes every signature invalid', () => {
  const announcement = present(ofType(MESH, 256)[0]);
  // The last byte of the chain hash, then of the short channel id.
  for (const at of [announcement.length - 141, announcement.length - 133]) {
    assert.is(verifyChannelAnnouncement(changedAt(announcement, at)).bad.length, 4);
  }
  const longer = Uint8Array.from([...announcement, 1, 0]);
  assert.is(verifyChannelAnnouncement(longer).bad.length, 4);
  // The last byte of the alias: there are no addresses behind it.
  const node = present(ofType(MESH, 257)[0]);
  assert.not(verifyNodeAnnouncement(changedAt(node, node.length - 3)));
  for (const update of ofType(MESH, 258)) {
    const { shortChannelId, direction } = parseChannelUpdate(update);
    const sender = present(nodesOf.get(shortChannelId))[direction];
    assert.not(verifyChannelUpdate(changedAt(update, update.length - 1), sender));
  }
});

test("lnd's own channels: 24 announcement and 12 update signatures are valid", () => {
  const kept: {
    readonly announcements: readonly string[];
    readonly updates: readonly { readonly nodeId: string; readonly raw: string }[];
  } = JSON.parse(fixtureText('lnd/chantools-gossip.json'));
  assert.equal([kept.announcements.length, kept.updates.length], [6, 12]);
  for (const raw of kept.announcements) {
    assert.equal(verifyChannelAnnouncement(hexToBytes(raw)), { isValid: true, bad: [] });
    const checks = announcementSignatures(hexToBytes(raw));
    assert.is(checks.length, 4);
    for (const { signature, message, publicKey } of checks) {
      assert.ok(isSignedByReference(signature, message, publicKey));
    }
  }
  for (const { raw, nodeId } of kept.updates) {
    assert.ok(verifyChannelUpdate(hexToBytes(raw), NodeId(nodeId)));
  }
});

test.run();
