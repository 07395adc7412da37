/** A gossip_store in a ledger: beside the channels it is about, and its bad signatures in quarantine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../src/cli/importers.ts';
import { observationText } from '../../src/ledger/observation-json.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { channelIdOfOutpoint, Outpoint, ShortChannelId } from '../../src/lightning/ids.ts';
import type { ChannelObservation, Observation } from '../../src/observation/observation.ts';
import type { ImporterEntry } from '../../src/sources/importer.ts';
import { announcementHex, inOrder, testKey, updateHex } from '../ledger/signed-gossip.ts';
import { amountMessage, realStore, storeBytes, storeOf } from '../sources/gossip/stores.ts';
import { recordingNode } from '../sources/importing.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();

async function run(ledger: string, ...args: string[]) {
  return runInProcess([...args, '--ledger', join(place, ledger)], { ledgers, importers });
}

const [one, two] = inOrder(testKey('alice'), testKey('bob'));
const funding = inOrder(testKey('funding 1'), testKey('funding 2'));
const scid = ShortChannelId('103x1x0');
const announcement = hexToBytes(announcementHex(scid, [one, two], funding));
const policy = (direction: 0 | 1, feeBaseMsat: bigint) => ({
  direction,
  timestamp: 1_700_000_100 + direction,
  isDisabled: false,
  cltvExpiryDeltaBlocks: 34,
  htlcMinimumMsat: 1n,
  htlcMaximumMsat: 99_000_000n,
  feeBaseMsat,
  feeProportionalMillionths: 10,
});
const updates = [
  hexToBytes(updateHex(scid, policy(0, 1000n), one)),
  hexToBytes(updateHex(scid, policy(1, 2000n), two)),
];
const store = storeOf([announcement, ...updates].map((message) => ({ message })));

/** As a database tells of a channel: nothing of its node, which alone would name the chain. */
const outpoint = Outpoint(`${'9e'.repeat(32)}:0`);
const seen: ChannelObservation = {
  about: 'channel',
  chain: 'regtest',
  nodeId: one.nodeId,
  source: 'mine',
  happenedAtNs: 1_600_000_000_000_000_000n,
  recordedAtNs: 1_600_000_000_000_000_000n,
  timeBasis: 'source',
  evidence: 'row 1',
  key: '1',
  channelId: channelIdOfOutpoint(outpoint),
  context: {
    peerId: two.nodeId,
    fundingOutpoint: outpoint,
    capacitySat: 1_000_000n,
    shortChannelId: scid,
  },
  fact: {
    type: 'BalanceSeen',
    data: {
      localBalanceMsat: 600_000_000n,
      remoteBalanceMsat: 400_000_000n,
      precision: 'sat',
      htlcs: [],
    },
  },
};
const channelFile = join(place, 'channel.ndjson');
writeFileSync(channelFile, `${observationText(seen)}\n`);

const gossip = ['import', 'gossip', store, '--node', one.nodeId];
const channel = ['import', 'observations', channelFile];

test('both sides of a channel of the ledger show with the policies that they signed', async () => {
  for (const [name, ...imports] of [
    ['a.db', channel, gossip] as const,
    ['b.db', gossip, channel] as const,
  ]) {
    for (const args of imports) {
      const { exitCode, err } = await run(name, ...args);
      assert.is(err, '');
      assert.is(exitCode, 0);
    }
    const { out } = await run(name, 'channels', '--json');
    const [shown] = JSON.parse(out);
    assert.is(shown.localPolicy.feeBaseMsat, '1000');
    assert.is(shown.remotePolicy.feeBaseMsat, '2000');
    assert.is(shown.isAnnounced, true);
    const fees = JSON.parse((await run(name, 'fees', '103x1x0', '--json')).out);
    assert.equal(
      fees.map(({ side, to }: { side: string; to: { feeBaseMsat: string } }) => [
        side,
        to.feeBaseMsat,
      ]),
      [
        ['local', '1000'],
        ['remote', '2000'],
      ],
    );
  }
});

test('at Ctrl-C nothing is counted that was not taken', async () => {
  const stop = new AbortController();
  const [entry] = importers.filter(({ name }) => name === 'gossip');
  if (entry === undefined) throw new Error('there is no importer of gossip');
  const stopping: ImporterEntry = {
    ...entry,
    async load() {
      const importer = await entry.load();
      return {
        async open(context) {
          const { observations, tally } = await importer.open(context);
          return { observations: stoppedAtThird(observations, stop), tally };
        },
      };
    },
  };
  const { exitCode, out } = await runInProcess(
    [...gossip, '--json', '--ledger', join(place, 'stopped.db')],
    { ledgers, importers: [stopping], signal: stop.signal },
  );
  assert.is(exitCode, 130);
  const { isComplete, read, observations, events, checked } = JSON.parse(out);
  assert.is(isComplete, false);
  assert.equal(read, { channel_announcement: 1, channel_update: 1 });
  assert.equal([observations, events], [2, 2]);
  assert.equal(checked, {
    'channel_announcement signatures': { valid: 4, bad: 0, notCheckable: 0 },
    'channel_update signatures': { valid: 1, bad: 0, notCheckable: 0 },
  });
});

/** Somebody presses Ctrl-C when two are taken. */
async function* stoppedAtThird(observations: AsyncIterable<Observation>, stop: AbortController) {
  let count = 0;
  for await (const observation of observations) {
    count += 1;
    yield observation;
    if (count === 2) stop.abort();
  }
}

test('what is imported twice adds nothing', async () => {
  const { out } = await run('a.db', ...gossip, '--json');
  const { observations, events, known } = JSON.parse(out);
  assert.equal([observations, events, known], [3, 0, 3]);
});

test('a signature of another key is in quarantine by its rule, and ends nothing', async () => {
  const forged = Uint8Array.from(updates[1] ?? []);
  forged[10] = (forged[10] ?? 0) ^ 1;
  const path = storeOf(
    [announcement, updates[0] ?? forged, forged].map((message) => ({ message })),
  );
  const args = ['import', 'gossip', path, '--node', recordingNode, '--json'];
  const { exitCode, out, err } = await run('forged.db', ...args);
  assert.is(exitCode, 1);
  assert.match(
    err,
    'all else is recorded, but 1 of its signatures and secrets is wrong: the report',
  );
  const first = JSON.parse(out);
  const byte = 1 + 2 * 12 + announcement.length + (updates[0]?.length ?? 0);
  assert.equal(first.wrong, [
    {
      place: `gossip_store channel_update at byte ${byte}`,
      reason: `not signed by ${two.nodeId}`,
    },
  ]);
  assert.is(first.quarantined, 1);
  assert.equal(first.quarantinedByRule, { 'signature-valid': 1 });
  assert.equal(first.eventsByType, {
    PublicChannelAnnounced: 1,
    PublicFeePolicyChanged: 1,
    ObservationQuarantined: 1,
  });
  assert.equal(first.checked['channel_update signatures'], { valid: 1, bad: 1, notCheckable: 0 });
  const again = JSON.parse((await run('forged.db', ...args)).out);
  assert.equal([again.events, again.quarantined, again.quarantinedByRule], [0, 1, {}]);
  const [problem] = JSON.parse((await run('forged.db', 'problems', '--json')).out);
  assert.is(problem.rule, 'signature-valid');
  assert.match(problem.detail, `PublicFeePolicyChanged: not signed by ${two.nodeId}`);
  const retried = JSON.parse((await run('forged.db', 'problems', 'retry', '--json')).out);
  assert.equal(retried, { released: 0, remaining: 1 });
  const verified = JSON.parse((await run('forged.db', 'verify', '--json')).out);
  assert.is(verified.isSound, true);
});

test('a record that is damaged ends with 1 and the rest is kept; one that is being written is none', async () => {
  const messages = [announcement, ...updates].map((message) => ({ message }));
  const whole = storeBytes(messages);
  const damaged = storeOf(messages.map((one, nth) => (nth === 1 ? { ...one, crc: 1 } : one)));
  const first = await run('damaged.db', 'import', 'gossip', damaged, '--node', recordingNode);
  assert.is(first.exitCode, 1);
  assert.match(
    first.err,
    'all else is recorded, but 1 record is damaged or cut off: the report says',
  );
  assert.match(first.out, /^events added +2: /m);
  const dry = await run('dry.db', 'import', 'gossip', damaged, '--node', one.nodeId, '--dry-run');
  assert.is(dry.exitCode, 1);
  assert.not.match(dry.err, 'recorded');
  const growing = join(place, 'growing');
  writeFileSync(growing, whole.subarray(0, whole.length - 5));
  const second = await run('growing.db', 'import', 'gossip', growing, '--node', recordingNode);
  assert.is(second.err, '');
  assert.is(second.exitCode, 0);
  assert.match(second.out, /^not read +1 record without its end: /m);
});

test('every signature of a real store is valid in the ledger too, whatever its times say', async () => {
  const path = join(place, 'small');
  writeFileSync(path, realStore('mainnet-small'));
  await run('real.db', 'import', 'gossip', path, '--node', recordingNode);
  const { rules } = JSON.parse((await run('real.db', 'verify', '--json')).out);
  const signed = rules.find(({ rule }: { rule: string }) => rule === 'gossip-signatures');
  assert.equal(signed, { rule: 'gossip-signatures', checked: 364, broken: 0, notCheckable: [] });
});

test('of a store without policies it is not said that nothing was checked', async () => {
  // An announcement waits for its capacity.
  const path = storeOf([{ message: announcement }, { message: amountMessage(1_000_000n) }]);
  const { out } = await run('announced.db', 'import', 'gossip', path, '--node', one.nodeId);
  assert.match(out, /^channel_announcement signatures +4 valid, 0 bad$/m);
  assert.not.match(out, 'not checked here');
});

test.run();
