/** Channels and lists of one node, told together or alone, by older and newer releases, in any order. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { knownBy } from '../../../src/cli/import-known.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { NodeId } from '../../../src/lightning/ids.ts';
import { emptyLedger, fileOf, importInto, NOW_NS } from './importing.ts';
import { newer, type State, shownBy } from './state.ts';

type Channel = State['channels'][number];
type Problem = ReturnType<Ledger['problems']>[number];

/** The same channel after as much came in as went out: its balances stay what they are. */
const moved = (channel: Channel, sat: bigint): Channel => ({
  ...channel,
  total_satoshis_sent: String(BigInt(channel.total_satoshis_sent) + sat),
  total_satoshis_received: String(BigInt(channel.total_satoshis_received) + sat),
});

/** The lists of the real state, and its channels, in files of their own. */
const { payments, invoices, ...real } = newer;
const { information } = newer;
/** Room for the forwards below, that the real lists do not have. */
const stateAlone = { ...real, channels: real.channels.map((one) => moved(one, 10_000n)) };
const [into, out] = newer.channels.map(({ chan_id }) => chan_id);
const forward = {
  timestamp: '1600000000',
  timestamp_ns: '1600000000000000001',
  chan_id_in: into,
  chan_id_out: out,
  amt_in_msat: '1001000',
  amt_out_msat: '1000000',
  fee_msat: '1000',
};
const ids = { incoming_htlc_id: '5', outgoing_htlc_id: '6' };
const channelsFile = fileOf('channels.json', JSON.stringify(stateAlone));
const listsFile = fileOf('lists.json', JSON.stringify({ payments, invoices }));
const forwardsFile = (...forwarding_events: readonly object[]) =>
  fileOf('forwards.json', JSON.stringify({ forwarding_events, last_offset_index: 1 }));
const named = forwardsFile({ ...forward, ...ids });
const ofState = {
  nodeId: String(newer.information.identity_pubkey),
  chain: 'testnet',
};
async function afterState(...imports: readonly string[][]) {
  const ledger = await emptyLedger();
  for (const paths of imports) {
    const { quarantined } = await importInto(ledger, paths, atOnce);
    assert.is(quarantined, 0);
  }
  const [shown, problems, forwards] = [shownBy(ledger), ledger.problems(), ledger.forwards()];
  const cameIn = ledger.channels().flatMap(({ forwardedInCount = 0, forwardedInMsat }) => {
    return forwardedInCount === 0 ? [] : [[forwardedInCount, forwardedInMsat]];
  });
  assert.ok((await ledger.verify()).isSound);
  await ledger.close();
  return { shown, problems, forwards, cameIn };
}

const isOfLists = ({ rule }: Problem) => rule === 'lists-explain-totals';

test('channels and lists may be told together or alone, in any order, and again', async () => {
  const together = await afterState([channelsFile, listsFile, named]);
  const unexplained = together.problems.filter(isOfLists);
  assert.equal(
    together.forwards.map(({ incomingChannelId, incomingHtlcId, outgoingPeerId, feeMsat }) => [
      incomingChannelId !== undefined,
      incomingHtlcId,
      outgoingPeerId,
      feeMsat,
    ]),
    [[true, 5, newer.channels[1]?.remote_pubkey, 1_000n]],
  );
  for (const orders of [
    [[channelsFile], [listsFile], [named]],
    [[named], [listsFile], [channelsFile]],
    [[listsFile], [channelsFile], [named], [named, listsFile, channelsFile]],
  ]) {
    const apart = await afterState(...orders);
    assert.equal(apart.forwards, together.forwards);
    assert.equal(apart.problems.filter(isOfLists), unexplained);
  }
});

/** What lncli prints, a command a file, each with getinfo. */
const parts = [
  { channels: real.channels },
  { channels: real.closedChannels },
  { payments, invoices },
  { lists: real.allLightningTransactions },
].map((part) => fileOf('part.json', JSON.stringify({ information: real.information, ...part })));

/** At one time, which is the latest that a placed fact can have happened. */
const atOnce = { ...ofState, nowNs: NOW_NS };

async function afterParts(...imports: readonly string[][]) {
  const ledger = await emptyLedger();
  for (const paths of imports) {
    assert.is((await importInto(ledger, paths, atOnce)).quarantined, 0);
  }
  const again = await importInto(ledger, parts, atOnce);
  assert.equal([again.events, again.quarantined], [0, 0]);
  const text = (answer: unknown) =>
    JSON.stringify(answer, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  const closed = [...ledger.closed()].sort((a, b) => (a.channelId < b.channelId ? -1 : 1));
  const answers = {
    channels: text(ledger.channels()),
    closed: text(closed),
    forwards: text(ledger.forwards()),
    problems: text(ledger.problems()),
  };
  await ledger.close();
  return answers;
}

test('the parts of a real record, told one by one in any order, answer as all of it at once', async () => {
  const [channels = '', closed = '', some = '', most = ''] = parts;
  const together = await afterParts([channels, closed, some, most]);
  for (const order of [
    [channels, closed, some, most],
    [most, some, closed, channels],
    [closed, most, channels, some],
  ]) {
    const apart = await afterParts(...order.map((path) => [path]));
    assert.equal(apart, together);
  }
});

test('answers that were told with getinfo are known when they come again without', async () => {
  const ledger = await emptyLedger();
  for (const path of parts) await importInto(ledger, [path], ofState);
  const { peers } = newer;
  await importInto(ledger, [fileOf('peers.json', JSON.stringify({ information, peers }))], ofState);
  const known = knownBy(ledger, NodeId(ofState.nodeId));
  const undated = { channels: real.channels };
  const again = async (answers: object) => {
    const path = fileOf('undated.json', JSON.stringify(answers));
    const { events, quarantined, tally } = await importInto(ledger, [path], { ...ofState, known });
    return [events, quarantined, tally.unread];
  };
  const unread = (kind: string, count: number) => {
    return [{ kind, count, why: 'the same was told before with its time' }];
  };
  assert.equal(await again(undated), [0, 0, unread('listchannels without a time', 17)]);
  // An answer that says something else is news: nothing says that it is not older than the adoption.
  const [first, ...rest] = real.channels;
  const other = { ...first, total_satoshis_sent: '999999' };
  assert.equal(await again({ channels: [other, ...rest] }), [
    2,
    0,
    unread('listchannels without a time', 16),
  ]);
  await ledger.close();
});

test('a forward that an older lncli told with less of it is one forward', async () => {
  const { timestamp_ns: _, ...inSeconds } = forward;
  const older = [[forwardsFile(forward)], [forwardsFile(inSeconds)]];
  for (const orders of [
    [...older, [named]],
    [[named], ...older],
    [[named, channelsFile], ...older],
    [[forwardsFile(inSeconds)], [channelsFile], [named]],
  ]) {
    const { forwards, cameIn } = await afterState(...orders);
    assert.equal(
      forwards.map(({ incomingHtlcId, feeMsat }) => [incomingHtlcId, feeMsat]),
      [[5, 1_000n]],
    );
    const isChannelKnown = orders.some((paths) => paths.includes(channelsFile));
    assert.equal(cameIn, isChannelKnown ? [[1, 1_001_000n]] : []);
  }
  const another = { ...forward, timestamp_ns: '1600000000000000002' };
  const { forwards } = await afterState([forwardsFile(forward, another)], ...older, [named]);
  assert.equal(
    forwards.map(({ incomingHtlcId }) => incomingHtlcId),
    [5, undefined],
    'two within one second are two',
  );
});

test('lists that tell more than a channel ever moved are shown, and no sound record', async () => {
  const channels = real.channels.map((one) => moved(one, 1_001n));
  const stated = fileOf('stated.json', JSON.stringify({ ...real, channels }));
  const ledger = await emptyLedger();
  const excess = async (...events: readonly object[]) => {
    await importInto(ledger, [stated, forwardsFile(...events)], ofState);
    const found = ledger.problems().filter(({ rule }) => rule === 'lists-explain-totals');
    const { broken } = await ledger.verify();
    const shown = found.flatMap(({ detail }) => (detail.includes('more than') ? [detail] : []));
    assert.equal(broken.map(({ detail }) => detail).sort(), shown.sort());
    return shown;
  };
  assert.equal(await excess({ ...forward, ...ids }), []);
  const other = { ...forward, timestamp_ns: '1600000001000000001', incoming_htlc_id: '6' };
  assert.equal(await excess(other), [
    'lnd-rpc: the lists explain 2002 of 1001 sat received: 1001 sat more than the channel ever moved',
    'lnd-rpc: the lists explain 42108 of 41109 sat sent: 999 sat more than the channel ever moved',
  ]);
  await ledger.close();
});

test('of two answers within one block, the one after more updates of the channel is the newer', async () => {
  const updates = (num_updates: string, sent: bigint) => {
    const [first, ...rest] = stateAlone.channels;
    assert.ok(first);
    const local_balance = String(BigInt(first.local_balance) - sent);
    const remote_balance = String(BigInt(first.remote_balance) + sent);
    const total_satoshis_sent = String(BigInt(first.total_satoshis_sent) + sent);
    const changed = { num_updates, local_balance, remote_balance, total_satoshis_sent };
    const channels = [{ ...first, ...changed }, ...rest];
    return fileOf('updates.json', JSON.stringify({ ...stateAlone, channels }));
  };
  const [before, after] = [updates('188', 0n), updates('190', 1_000n)];
  const one = await afterState([before], [after]);
  const other = await afterState([after], [before]);
  const balance = (shown: string) =>
    (JSON.parse(shown) as { channelId: string; localBalanceMsat: string }[][])[0]?.find(
      (view) =>
        'fundingOutpoint' in view && view.fundingOutpoint === newer.channels[0]?.channel_point,
    )?.localBalanceMsat;
  assert.is(balance(one.shown), '8767000');
  assert.is(balance(other.shown), '8767000');
  assert.ok(one.shown === other.shown);
});

test.run();
