import { test } from 'uvu';
import { equal, throws } from 'uvu/assert';
import { resolveChannel } from '../../../src/ledger/answers/names.ts';
import { recordedNodes, resolveNode } from '../../../src/ledger/answers/nodes.ts';
import { LedgerRows } from '../../../src/ledger/rows.ts';
import { ChannelId, Outpoint, ShortChannelId } from '../../../src/lightning/ids.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { channelStream, Growing, second } from '../growing.ts';
import { given, ofChannel, ofNode, opened, tell } from './given.ts';
import { alice, bob, carol, channelId, fundingOutpoint } from './rows.ts';

const splicedOutpoint = Outpoint(`${'22'.repeat(32)}:1`);
const otherId = ChannelId('1122'.repeat(16));
const otherOutpoint = Outpoint(`${'77'.repeat(32)}:0`);
const named = {
  nodeId: alice,
  channelId,
  streams: [ofChannel('ldk'), ofChannel('lnd-db')],
};

const ledger = await given(
  tell(ofChannel('lnd-db'), 0, opened()),
  tell(ofChannel('ldk'), 0, opened()),
  tell(ofChannel('ldk'), 1, {
    type: 'FundingConfirmed',
    data: {
      fundingOutpoint,
      height: 102,
      blockHash: '55'.repeat(32),
      shortChannelId: ShortChannelId('102x1x0'),
    },
  }),
  tell(ofChannel('ldk'), 2, {
    type: 'ChannelReady',
    data: { fundingOutpoint, localAlias: ShortChannelId('16000000x5x9') },
  }),
  tell(ofChannel('ldk'), 3, {
    type: 'FundingReplaced',
    data: {
      fundingOutpoint: splicedOutpoint,
      previousOutpoint: fundingOutpoint,
      capacitySat: 1_000_000n,
      localBalanceMsat: 600_000_000n,
      remoteBalanceMsat: 400_000_000n,
    },
  }),
  tell(
    ofChannel('ldk', alice, otherId),
    1,
    opened({ channelId: otherId, fundingOutpoint: otherOutpoint, peerId: carol }),
  ),
);

test('a channel goes by every outpoint it had, its short ids and aliases, and its channel_id', () => {
  const names = [
    fundingOutpoint,
    splicedOutpoint,
    splicedOutpoint.toUpperCase(),
    '102x1x0',
    '102:1:0',
    '112150186098688',
    '16000000x5x9',
    channelId,
    ` ${channelId} `,
  ];
  for (const name of names) ledger.when((c) => resolveChannel(c, name)).then(named);
});

test('a prefix of four characters or more names a channel where it fits no other', () => {
  for (const name of ['111111', '2222', '102x', '102:', `${'22'.repeat(32)}:`]) {
    ledger.when((c) => resolveChannel(c, name)).then(named);
  }
  ledger.when((c) => resolveChannel(c, '11')).thenRefused('wrong', /too short to name a channel/);
});

test('an ambiguous prefix lists the candidates with channel point, peer and status', async () => {
  const alike = ChannelId(`1111${'33'.repeat(30)}`);
  const two = await given(
    tell(ofChannel('ldk'), 0, opened()),
    tell(
      ofChannel('ldk', alice, alike),
      1,
      opened({ channelId: alike, fundingOutpoint: otherOutpoint, peerId: carol }),
    ),
  );
  two
    .when((c) => resolveChannel(c, '1111'))
    .thenRefused(
      'wrong',
      /"1111" names 2 channels: give more of its name: (1111)+:0 \(peer 03bbbbbbbbbb…, pending, node 02aaaaaaaaaa…\); (7777)+:0 \(peer 02cccccccccc…, pending/,
    );
  two.when((c) => resolveChannel(c, '111111').channelId).then(channelId);
});

test('an unknown name is answered with what to do', () => {
  ledger
    .when((c) => resolveChannel(c, 'ffff'))
    .thenRefused('unknown', /no channel is called "ffff": "channels" and "closed" list all 2/);
  ledger
    .when((c) => resolveChannel(c, '102x1x0', { source: 'lnd-db' }))
    .thenRefused('unknown', /no channel told by lnd-db is called/);
});

const bothEnds = await given(
  tell(ofNode(alice), 0, { type: 'RecordingStarted', data: { recorder: 'test', alias: 'alice' } }),
  tell(ofNode(bob), 0, { type: 'RecordingStarted', data: { recorder: 'test', alias: 'bob' } }),
  tell(ofChannel('ldk', alice), 1, opened()),
  tell(ofChannel('ldk', bob), 1, opened({ peerId: alice, opener: 'remote' })),
);

test('where both ends are recorded, one channel is two views: --node says whose', () => {
  bothEnds
    .when((c) => resolveChannel(c, channelId))
    .thenRefused(
      'wrong',
      /same channel of several recorded nodes: say whose view with --node: alice \([0-9a-f]{12}…\) or bob \(/,
    );
  bothEnds
    .when((c) => resolveChannel(c, channelId, { nodeId: bob }))
    .then({ nodeId: bob, channelId, streams: [ofChannel('ldk', bob)] });
});

test('a node goes by its id, a unique prefix of it, or the alias it gave itself', () => {
  bothEnds.when((c) => resolveNode(c, alice)).then(alice);
  bothEnds.when((c) => resolveNode(c, '03BBB')).then(bob);
  bothEnds.when((c) => resolveNode(c, 'bob')).then(bob);
  bothEnds
    .when((c) => resolveNode(c, 'dave'))
    .thenRefused(
      'unknown',
      /no node of this ledger is called "dave": it records alice \(02aaaaaaaaaa…\), bob \(03b/,
    );
  bothEnds
    .when((c) => resolveNode(c, '02a'))
    .thenRefused('wrong', /"02a" is too short to name a node: give 4 characters or more, or its/);
  bothEnds.when((c) => resolveNode(c, '04')).thenRefused('unknown', /is called "04"/);
  bothEnds.when((c) => recordedNodes(c, '')).then([alice, bob]);
});

test('a name that is told later is a name from then on, and one that another has too is not', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const context = { store, rows: new LedgerRows(store) };
  const [one, other] = [channelStream(0), channelStream(1)];
  const confirmed = (shortChannelId: string) => {
    const data = {
      fundingOutpoint,
      height: 102,
      blockHash: '55'.repeat(32),
      shortChannelId: ShortChannelId(shortChannelId),
    };
    return {
      event: { type: 'FundingConfirmed', data } as const,
      times: { happenedAtNs: second(1) },
    };
  };
  await growing.append(one, [confirmed('102x1x0')]);
  equal(resolveChannel(context, '102x1x0').streams, [one]);
  throws(() => resolveChannel(context, '103x1x0'), /no channel is called "103x1x0"/);
  await growing.append(one, [confirmed('103x1x0')]);
  await growing.append(other, [confirmed('102x1x0')]);
  equal(resolveChannel(context, '103x1x0').streams, [one]);
  throws(() => resolveChannel(context, '102x1x0'), /"102x1x0" names 2 channels/);
});

const alike = [`02${'ab'.repeat(32)}`, `02${'ab'.repeat(31)}cd`, `03${'ef'.repeat(32)}`] as const;
const started = (alias: string) => {
  return { type: 'RecordingStarted', data: { recorder: 'test', alias } } as const;
};
const family = await given(
  tell(ofNode(alike[0]), 0, started('carol')),
  tell(ofNode(alike[1]), 0, started('caroline')),
  tell(ofNode(alike[2]), 0, started('Eve of 02ab')),
);

test('a node goes by the beginning of its alias too, where that fits no other', () => {
  family.when((c) => resolveNode(c, 'caroli')).then(alike[1]);
  family.when((c) => resolveNode(c, 'eve of')).then(alike[2]);
  // What is its whole alias is its name, whoever else's begins so.
  family.when((c) => resolveNode(c, 'carol')).then(alike[0]);
  family.when((c) => resolveNode(c, 'eve')).thenRefused('wrong', /"eve" is too short to name/);
});

test('a beginning that fits several nodes lists them, so that they can be told apart', () => {
  const [first, second] = alike;
  const listed = `carol \\(${first}\\), caroline \\(${second}\\)$`;
  for (const name of ['02abab', 'caro']) {
    const says = `^"${name}" names several nodes: write more of the id or alias of one of ${listed}`;
    family.when((c) => resolveNode(c, name)).thenRefused('wrong', new RegExp(says));
  }
});

test.run();
