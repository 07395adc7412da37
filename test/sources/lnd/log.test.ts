/** Lines as lnd's source writes them (contractcourt, htlcswitch, server, peer); no real log is public. */
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeId } from '../../../src/lightning/ids.ts';
import { ChannelNames } from '../../../src/sources/lnd/channel-names.ts';
import { logObservations } from '../../../src/sources/lnd/log/read.ts';
import { Teller } from '../../../src/sources/lnd/told.ts';
import { Tally } from '../../../src/sources/tally.ts';
import { emptyLedger, fileOf, importInto, NOW_NS, observationsOf, realFile } from './importing.ts';
import { shownBy } from './state.ts';

const outpoint = '9220a597b5e74b8915db0ffa9f0a7c949b6ebc9f3ebd87971b7ad61ec923c068:0';
const peer = '030f0bf260acdbd3edcad84d7588ec7c5df4711e87e6a23016f989b8d3a4147230';
const hash = 'ab'.repeat(32);
const node = {
  nodeId: '02fad37ef58f76c1a5f802d198a07da5a8e55620b9ffbcbdc316fc8c9e9eac02cb',
  chain: 'testnet',
};

const lines = [
  `2021-07-05 09:00:00.000 [INF] SRVR: Established connection to: ${peer}@203.0.113.7:9735`,
  `2021-07-05 10:00:00.123 [INF] CNCT: ChannelArbitrator(${outpoint}): go to chain for outgoing htlc ${hash}: timeout=2007400, amount=1234567 mSAT, blocks_until_expiry=10, broadcast_delta=10`,
  `2021-07-05 10:00:00.124 [INF] CNCT channel_arbitrator.go:1102: ChannelArbitrator(${outpoint}): force closing chan`,
  `2021-07-05 10:10:00.123 [INF] CNCT: ChannelArbitrator(${outpoint}): go to chain for outgoing htlc ${hash}: timeout=2007400, amount=1234567 mSAT, blocks_until_expiry=9, broadcast_delta=10`,
  `2021-07-05 11:00:00.000 [ERR] HSWC: ChannelLink(${outpoint}): failing link: ChannelPoint(${outpoint}): received error from peer: chan_id=${hash}, err=internal error with error: remote error`,
  `2021-07-05 11:30:00.000 [ERR] HSWC: ChannelLink(${outpoint}): failing link: unable to update commitment: link shutting down with error: circuit error`,
  `2021-07-05 12:00:00.000 [INF] PEER: Peer(${peer}): disconnecting ${peer}@203.0.113.7:9735, reason: read handler closed`,
  '2021-07-05 12:00:01.000 [DBG] HSWC: something else entirely',
  'a second line of it',
];
const text = `${lines.join('\n')}\n`;

test('a closed list of lines is read, everything else is counted', async () => {
  const { told, tally } = await observationsOf([fileOf('lnd.log', text)], node);
  assert.equal(tally.read, {
    'log lines: peer up': 1,
    'log lines: going to chain': 2,
    'log lines: force closing': 1,
    'log lines: link failed': 2,
    'log lines: peer down': 1,
  });
  assert.equal(
    tally.unread.map(({ kind, count }) => [kind, count]),
    [
      ['failed links', 2],
      ['log lines', 2],
    ],
  );
  assert.equal(
    told.map(({ fact }) => fact),
    [
      { type: 'PeerConnected', data: { isInbound: false, address: '203.0.113.7:9735' } },
      {
        type: 'CloseStarted',
        data: {
          by: 'local',
          reason: 'went to chain for an HTLC',
          sourceReason:
            'outgoing HTLC of 1234567 msat that expires at height 2007400, in 10 blocks',
          saidAt: '2021-07-05T10:00:00.123000000Z',
        },
      },
      {
        type: 'CloseStarted',
        data: { by: 'local', reason: 'force close', saidAt: '2021-07-05T10:00:00.124000000Z' },
      },
      {
        type: 'CloseStarted',
        data: {
          by: 'local',
          reason: 'went to chain for an HTLC',
          sourceReason: 'outgoing HTLC of 1234567 msat that expires at height 2007400, in 9 blocks',
          saidAt: '2021-07-05T10:10:00.123000000Z',
        },
      },
      { type: 'PeerDisconnected', data: { why: 'read handler closed' } },
    ],
  );
});

test('with what lncli printed beside it, a failed link is an error of that peer', async () => {
  const paths = [fileOf('lnd.log', text), realFile('lnd_testnet_state.json')];
  const { told } = await observationsOf(paths);
  const messages = told.flatMap((one) =>
    one.about === 'peer' && one.fact.type === 'PeerMessage' ? [[one.peerId, one.fact.data]] : [],
  );
  assert.equal(messages, [
    [
      peer,
      {
        kind: 'error',
        direction: 'received',
        channelId: '68c023c91ed67a1b9787bd3e9fbc6e9b947c0a9ffa0fdb15894be7b597a52092',
        text: 'chan_id=…, err=internal error',
      },
    ],
  ]);
});

test('the log names no time zone: each time has half a day on both sides', async () => {
  const { told } = await observationsOf([fileOf('lnd.log', text)], node);
  const [first] = told;
  assert.equal(
    [first?.happenedAtNs, first?.notBeforeNs, first?.notAfterNs, first?.timeBasis],
    [
      1_625_475_600_000_000_000n,
      1_625_475_600_000_000_000n - 14n * 3_600_000_000_000n,
      1_625_475_600_000_000_000n + 12n * 3_600_000_000_000n,
      'interpolated',
    ],
  );
});

test('compressed and rotated logs are read by their dates, and twice adds nothing', async () => {
  const ledger = await emptyLedger();
  const paths = [
    fileOf('lnd.log', `${lines.slice(5).join('\n')}\n`),
    fileOf('lnd.log.7.gz', gzipSync(`${lines.slice(0, 5).join('\r\n')}\r\n`)),
  ];
  const first = await importInto(ledger, paths, node);
  const again = await importInto(ledger, paths, node);
  assert.equal([first.quarantined, again.events, again.quarantined], [0, 0, 0]);
  const [channel] = ledger.channels();
  assert.is(channel?.close?.reason, 'went to chain for an HTLC');
  assert.is(channel?.status, 'closing');
  await ledger.close();
});

test('of logs that are imported apart the earliest reason counts, in either order and again', async () => {
  const logs = [lines.slice(1, 2), lines.slice(2, 3), lines.slice(3, 4)].map((some, nth) =>
    fileOf(`lnd.log.${nth}`, `${some.join('\n')}\n`),
  );
  // The same words a day later, as a node says that is started again.
  const again = lines[2]?.replace('2021-07-05', '2021-07-06') ?? '';
  logs.push(fileOf('lnd.log.3', `${again}\n`));
  const atOnce = { ...node, nowNs: NOW_NS };
  const together = await emptyLedger();
  await importInto(together, logs, atOnce);
  const shown = shownBy(together);
  await together.close();
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1, 0, 1, 2, 3],
  ]) {
    const ledger = await emptyLedger();
    for (const nth of order) {
      const { quarantined } = await importInto(ledger, [logs[nth] ?? ''], atOnce);
      assert.is(quarantined, 0);
    }
    assert.is(shownBy(ledger), shown);
    const [channel] = ledger.channels();
    const { startedAt, startedBy, reason, sourceReason } = channel?.close ?? {};
    assert.equal(
      [startedAt, startedBy, reason, sourceReason],
      [
        '2021-07-05T10:00:00.123000000Z',
        'local',
        'went to chain for an HTLC',
        'outgoing HTLC of 1234567 msat that expires at height 2007400, in 10 blocks',
      ],
    );
    for (const path of logs) assert.is((await importInto(ledger, [path], node)).events, 0);
    assert.ok((await ledger.verify()).isSound);
    await ledger.close();
  }
  const restarted = await emptyLedger();
  for (const nth of [3, 1]) await importInto(restarted, [logs[nth] ?? ''], node);
  assert.is(restarted.channels()[0]?.close?.startedAt, '2021-07-05T10:00:00.124000000Z');
  await restarted.close();
});

test('no payment hash leaves a line', async () => {
  const { told } = await observationsOf([fileOf('lnd.log', text)], node);
  const shown = JSON.stringify(told, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  assert.not(shown.includes(hash));
});

test('a log that is cut off in its compression is refused by name, what stood before is told', async () => {
  const whole = gzipSync(`${text.repeat(400)}`);
  const path = fileOf('lnd.log.1.gz', whole.subarray(0, whole.length - 40));
  const error = await observationsOf([path], node).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.is(error.name, 'ImportError');
  assert.match(error.message, /^lnd\.log\.1\.gz: it cannot be unpacked/);
});

test('a line whose clock is ahead waits, so that it has one time at each import', async () => {
  const path = fileOf('lnd.log', text);
  // 09:30: of the seven lines that are read, one has passed.
  const nowNs = 1_625_477_400_000_000_000n;
  const early = await observationsOf([path], { ...node, nowNs });
  assert.equal(
    early.told.map(({ happenedAtNs }) => happenedAtNs),
    [1_625_475_600_000_000_000n],
  );
  assert.is(early.tally.unread.find(({ kind }) => kind === 'log lines')?.count, 8);
  const ledger = await emptyLedger();
  await importInto(ledger, [path], { ...node, nowNs });
  const later = await importInto(ledger, [path], node);
  const again = await importInto(ledger, [path], node);
  assert.equal([later.quarantined, again.events, again.quarantined], [0, 0, 0]);
  await ledger.close();
});

test('what ends it ends the search for its first date too', async () => {
  const whole = gzipSync('no date\n'.repeat(100_000));
  const path = fileOf('lnd.log.1.gz', whole.subarray(0, whole.length - 40));
  const names = new ChannelNames();
  const teller = new Teller({
    source: 'lnd-log',
    chain: 'testnet',
    nodeId: NodeId(node.nodeId),
    nowNs: NOW_NS,
  });
  const signal = AbortSignal.abort();
  const ports = { teller, tally: new Tally(), names, signal, onBytes: () => undefined };
  const error = await logObservations([path], ports)
    .next()
    .catch((reason: unknown) => reason);
  assert.is(error instanceof Error && error.name, 'AbortError');
});

test('the first date is not looked for in what unpacks to no log', async () => {
  const junk = 'no date\n'.repeat(3 << 20);
  const whole = gzipSync(junk + text);
  const { tally } = await observationsOf([fileOf('lnd.log.1.gz', whole)], node);
  assert.is(tally.read['log lines: peer up'], 1, 'what follows is read all the same');
});

test('a line whose date is none is named, and the others are read', async () => {
  const line = (clock: string) =>
    `${clock}.000 [INF] SRVR: Established connection to: ${peer}@203.0.113.7:9735`;
  const dates = [
    '1969-12-31 23:59:59',
    '0001-01-01 00:00:00',
    '2021-99-05 09:00:00',
    '2021-02-30 09:00:00',
    '2021-07-05 25:00:00',
    '2021-07-05 09:00:00',
    '2024-02-29 09:00:00',
  ];
  const path = fileOf('lnd.log', dates.map((clock) => `${line(clock)}\n`).join(''));
  const ledger = await emptyLedger();
  const { tally, events } = await importInto(ledger, [path], node);
  assert.is(tally.read['log lines: peer up'], 2);
  assert.equal(
    tally.bad.named,
    [1, 2, 3, 4, 5].map((nth) => ({
      place: `lnd.log, line ${nth}`,
      reason: 'it begins with no date since 1970',
    })),
  );
  assert.ok(events >= 2);
  await ledger.close();
});

test.run();
