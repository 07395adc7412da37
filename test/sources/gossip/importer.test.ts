import { suite } from 'uvu';
import { equal, is, match, ok } from 'uvu/assert';
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import { NodeId, ShortChannelId } from '../../../src/lightning/ids.ts';
import { gossipImporter } from '../../../src/sources/gossip/importer.ts';
import { StoreRecords } from '../../../src/sources/gossip/store-records.ts';
import type { Known } from '../../../src/sources/known.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { eventsOf, recorderOf } from '../../ledger/recording.ts';
import { announcementHex, inOrder, testKey, updateHex } from '../../ledger/signed-gossip.ts';
import { fileOf, imported, nowNs, recordingNode, refusal } from '../importing.ts';
import { amountMessage, COMPLETED, realStore, recordBytes, storeOf } from './stores.ts';

const real = suite('real gossip stores');
const made = suite('a gossip store');

const mesh = fileOf('mesh', realStore('regtest-mesh-3x3'));
const small = fileOf('small', realStore('mainnet-small'));
const v9 = fileOf('v9', realStore('mainnet-2020-05-v9-part1'));

const figures = (valid: number) => ({ valid, bad: 0, notCheckable: 0 });

real('of a regtest mesh has 81 signatures, all of them valid', async () => {
  const { observations, report } = await imported(gossipImporter, [mesh]);
  is(observations.length, 36);
  equal(report.read, {
    channel_announcement: 12,
    channel_amount: 12,
    channel_update: 24,
    node_announcement: 9,
  });
  equal(report.checked, {
    'channel_announcement signatures': figures(48),
    'channel_update signatures': figures(24),
    'node_announcement signatures': figures(9),
  });
  equal(report.bad, { count: 0, named: [] });
  equal(report.unread, []);
});

real('of mainnet has 89 announcements and 8 updates, and one record that is damaged', async () => {
  const { observations, report } = await imported(gossipImporter, [small]);
  const ofType = (type: string) => observations.filter(({ fact }) => fact.type === type).length;
  is(ofType('PublicChannelAnnounced'), 89);
  is(ofType('PublicFeePolicyChanged'), 8);
  equal(report.checked, {
    'channel_announcement signatures': figures(4 * 89),
    'channel_update signatures': figures(8),
  });
  equal(report.bad, {
    count: 1,
    named: [{ place: `${small} record 186 (byte 42653)`, reason: 'its checksum is wrong' }],
  });
  is(new Set(observations.map(({ chain }) => chain)).size, 1);
  is(observations[0]?.chain, 'bitcoin');
});

real('of version 9 ends in the middle of a record, and what stands before it is read', async () => {
  const { observations, report, failure } = await imported(gossipImporter, [v9]);
  is(failure, undefined);
  is(observations.length, 2197);
  equal(report.read, {
    channel_announcement: 2107,
    channel_amount: 2197,
    'channel_announcement, marked deleted': 90,
  });
  equal(report.checked, { 'channel_announcement signatures': figures(4 * 2197) });
  equal(report.bad.count, 0);
  equal(report.unread, [
    {
      kind: 'record without its end',
      count: 1,
      why: `${v9} byte 1023803 has only its first 197 bytes: import it again when it has grown`,
    },
  ]);
});

real('without its beginning is refused for its version', async () => {
  const whole = realStore('mainnet-small');
  const part = fileOf('part2', whole.subarray(21_571));
  match(await refusal(gossipImporter, [part]), /part2 is no gossip_store: its first byte says ver/);
});

const [alice, bob] = inOrder(testKey('alice'), testKey('bob'));
const [first, second] = inOrder(testKey('funding 1'), testKey('funding 2'));
const scid = ShortChannelId('103x1x0');
const announcement = hexToBytes(announcementHex(scid, [alice, bob], [first, second]));
const policy = {
  timestamp: 1_700_000_100,
  direction: 0,
  isDisabled: false,
  cltvExpiryDeltaBlocks: 34,
  htlcMinimumMsat: 1n,
  htlcMaximumMsat: 99_000_000n,
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 10,
} as const;
const update = hexToBytes(updateHex(scid, policy, alice));
const header = {
  about: 'gossip',
  chain: 'regtest',
  nodeId: recordingNode,
  source: 'gossip',
  recordedAtNs: nowNs,
  shortChannelId: scid,
} as const;

made(
  'tells an announcement with the capacity behind it, and a policy with its own time',
  async () => {
    const store = storeOf([
      { message: announcement, timestamp: 1_700_000_000 },
      { message: amountMessage(1_000_000n) },
      { message: update, timestamp: 1_700_000_100 },
    ]);
    const { observations } = await imported(gossipImporter, [store]);
    equal(observations, [
      {
        ...header,
        happenedAtNs: 1_700_000_000_000_000_000n,
        timeBasis: 'interpolated',
        notAfterNs: 1_700_000_000_000_000_000n,
        evidence: 'gossip_store channel_announcement at byte 1',
        key: 'announced/103x1x0',
        fact: {
          type: 'PublicChannelAnnounced',
          data: {
            shortChannelId: scid,
            nodeId1: alice.nodeId,
            nodeId2: bob.nodeId,
            raw: bytesToHex(announcement),
            capacitySat: 1_000_000n,
          },
        },
      },
      {
        ...header,
        happenedAtNs: 1_700_000_100_000_000_000n,
        timeBasis: 'source',
        evidence: `gossip_store channel_update at byte ${1 + 12 + announcement.length + 22}`,
        key: 'policy/103x1x0/0/1700000100',
        fact: {
          type: 'PublicFeePolicyChanged',
          data: {
            shortChannelId: scid,
            direction: 0,
            feeBaseMsat: 1000n,
            feeProportionalMillionths: 10,
            cltvExpiryDeltaBlocks: 34,
            htlcMinimumMsat: 1n,
            htlcMaximumMsat: 99_000_000n,
            isDisabled: false,
            timestamp: 1_700_000_100,
            raw: bytesToHex(update),
          },
        },
      },
    ]);
  },
);

made("names each signature that is not its key's", async () => {
  const forged = Uint8Array.from(announcement);
  forged[2 + 64 * 2 + 5] = (forged[2 + 64 * 2 + 5] ?? 0) ^ 1;
  const other = hexToBytes(updateHex(scid, { ...policy, direction: 1 }, alice));
  const capacity = { message: amountMessage(1_000_000n) };
  const store = storeOf([
    { message: announcement },
    { message: other },
    { message: forged },
    capacity,
  ]);
  const { observations, report } = await imported(gossipImporter, [store]);
  equal(
    observations.map((one) => one.about === 'gossip' && one.badSignature),
    [undefined, `not signed by ${bob.nodeId}`, "not its key's: bitcoin_signature_1"],
  );
  equal(report.checked, {
    'channel_announcement signatures': { valid: 7, bad: 1, notCheckable: 0 },
    'channel_update signatures': { valid: 0, bad: 1, notCheckable: 0 },
  });
});

made("takes nobody's word for whose channel it is", async () => {
  const forged = Uint8Array.from(announcement);
  forged[2 + 64 * 2 + 5] = (forged[2 + 64 * 2 + 5] ?? 0) ^ 1;
  const ofAlice = hexToBytes(updateHex(scid, { ...policy, direction: 0 }, alice));
  const byBob = hexToBytes(updateHex(scid, { ...policy, direction: 0, timestamp: 1 }, bob));
  const store = storeOf([{ message: forged }, { message: ofAlice }, { message: byBob }]);
  const { observations, report } = await imported(gossipImporter, [store]);
  equal(
    observations.map((one) => one.about === 'gossip' && one.badSignature),
    ["not its key's: bitcoin_signature_1", undefined, undefined],
  );
  equal(report.checked['channel_update signatures'], { valid: 0, bad: 0, notCheckable: 2 });
});

const meshBytes = realStore('regtest-mesh-3x3');

/** Where the records of the mesh end. */
function endsOf(bytes: Uint8Array): readonly number[] {
  const records = [...new StoreRecords(15, 'mesh').take(bytes.subarray(1))];
  return [...records.slice(1).map(({ byte }) => byte), bytes.length];
}

made('that ends behind an announcement is told the rest of when it has grown', async () => {
  const ends = endsOf(meshBytes);
  is(ends.length, 57);
  for (const end of [...ends.slice(0, 6), ...ends.slice(-6)]) {
    const store = new MemoryStore();
    const recorder = recorderOf(store);
    const part = fileOf('part', meshBytes.subarray(0, end));
    const { observations, report } = await imported(gossipImporter, [part]);
    await recorder.record(observations);
    const left = report.unread.map(({ kind, count }) => [kind, count]);
    ok(left.length === 0 || String(left) === 'channel_announcement at the end,1', String(left));
    await recorder.record((await imported(gossipImporter, [mesh])).observations);
    const events = await eventsOf(store);
    const withCapacity = events.filter(({ data }) => String(data).includes('capacitySat'));
    is(withCapacity.length, 12, `cut at byte ${end}`);
  }
});

made('cannot check an update whose announcement it does not hold', async () => {
  const { observations, report } = await imported(gossipImporter, [storeOf([{ message: update }])]);
  is(observations.length, 1);
  equal(report.checked, {
    'channel_update signatures': { valid: 0, bad: 0, notCheckable: 1 },
  });
});

made('keeps out and counts what it has no meaning for', async () => {
  const uuid = Buffer.concat([Buffer.of(0x10, 0x0b), Buffer.alloc(32)]);
  const store = storeOf([
    { message: uuid },
    { message: Buffer.of(0x20, 0x01, 5) },
    { message: update, flags: COMPLETED | 0x0004 },
    { message: update, flags: 0 },
    { message: Buffer.of(1) },
    { message: update.subarray(0, 80) },
  ]);
  const { observations, report } = await imported(gossipImporter, [store]);
  equal(observations, []);
  equal(report.unread, [
    { kind: 'uuid', count: 1, why: 'it names the store' },
    { kind: 'record of type 8193', count: 1, why: 'no known version has it' },
    { kind: 'record with flags 0004', count: 1, why: 'no known version gives them a meaning' },
    { kind: 'incomplete record', count: 1, why: 'its node had not finished writing it' },
    { kind: 'record of type -1', count: 1, why: 'no known version has it' },
  ]);
  is(report.bad.count, 1);
  match(report.bad.named[0]?.place ?? '', / record 6 \(byte \d+\)$/);
});

made('of another chain than was said is refused, and so is one that nobody names', async () => {
  const store = storeOf([{ message: announcement }]);
  const said = await refusal(gossipImporter, [store], { chain: 'bitcoin' });
  match(said, /record 1 \(byte 1\) is of regtest, and --chain says bitcoin: leave --chain out$/);
  const strange = Uint8Array.from(announcement);
  strange.fill(7, 260, 292);
  const unknown = storeOf([{ message: strange }]);
  const none =
    /is of a chain that is none of bitcoin, testnet, testnet4, signet, regtest \(chain_hash (07){32}\)/;
  match(await refusal(gossipImporter, [unknown]), none);
  match(await refusal(gossipImporter, [unknown], { chain: 'bitcoin' }), none);
});

made(
  'asks in one sentence for the node that heard it, unless the ledger knows of one alone',
  async () => {
    const asked =
      'a gossip_store does not name the node that heard it: say it with --node ID (66 hex digits, as ' +
      'getinfo prints it)';
    is(await refusal(gossipImporter, [mesh], { nodeId: undefined }), asked);
    const only = { nodeId: NodeId(alice.nodeId), chain: 'regtest' };
    const known: Known = { nodes: [only], channels: () => [], facts: () => [] };
    const { observations } = await imported(gossipImporter, [mesh], { nodeId: undefined, known });
    is(observations[0]?.nodeId, alice.nodeId);
    const two: Known = { ...known, nodes: [only, { ...only, nodeId: recordingNode }] };
    is(await refusal(gossipImporter, [mesh], { nodeId: undefined, known: two }), asked);
  },
);

made('of before version 9, of a later layout and of nothing is refused', async () => {
  match(
    await refusal(gossipImporter, [storeOf([], 8)]),
    /has version 8, and a gossip_store is read/,
  );
  match(await refusal(gossipImporter, [storeOf([], 0x2f)]), /its first byte says version 1\.15/);
  match(await refusal(gossipImporter, [fileOf('nothing', '')]), /nothing is empty/);
});

made('of version 9 with a length that no message has ends there, and says where', async () => {
  const length = Buffer.alloc(40);
  length.writeUInt32BE(0x3fffffff, 0);
  const path = fileOf('hostile', Buffer.concat([Buffer.of(9), length]));
  match(await refusal(gossipImporter, [path]), /record 1 \(byte 1\) says it has 1073741823 bytes/);
});

made('does not wait for records that are no longer written', async () => {
  const cut = recordBytes({ message: update }).subarray(0, 60);
  const path = fileOf('cut', Buffer.concat([Buffer.of(15), recordBytes({ message: update }), cut]));
  const { observations, report } = await imported(gossipImporter, [path]);
  is(observations.length, 1);
  equal(
    report.unread.map(({ kind }) => kind),
    ['record without its end'],
  );
});

made(
  'that is left in its middle counts as read what was told, however far it was read',
  async () => {
    const { observations, tally } = await gossipImporter.open({
      paths: [v9],
      nodeId: recordingNode,
      chain: undefined,
      nowNs,
      signal: new AbortController().signal,
      workDirectory: '',
      onProgress: () => undefined,
    });
    for await (const { fact } of observations) {
      is(fact.type, 'PublicChannelAnnounced');
      break;
    }
    const { read } = tally.report();
    equal(read, { channel_announcement: 1, channel_amount: 1 });
  },
);

real.run();
made.run();
