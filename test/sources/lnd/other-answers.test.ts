/** Answers that the real record does not hold, in the form that lnd's `lightning.proto` gives them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channel, funding, imported, info, nodeId, peerId, shortId } from './answers.ts';
import { fileOf, observationsOf } from './importing.ts';

test('the opener’s gross balance has the fee and the anchors put back', async () => {
  const { ledger, report } = await imported({ channels: [channel] });
  const [view] = ledger.channels();
  assert.equal(
    [
      view?.localBalanceMsat,
      view?.remoteBalanceMsat,
      view?.pendingOfferedMsat,
      view?.unexplainedMsat,
    ],
    [610_000_000n, 380_000_000n, 10_000_000n, undefined],
  );
  assert.is(view?.channelType, 'unknown', 'lncli calls both anchor formats ANCHORS');
  assert.ok(
    report.tally.cannotTell.some((sentence) => sentence.startsWith('which of the two anchor')),
  );
  assert.equal(ledger.problems(), []);
  assert.ok((await ledger.verify()).isSound);
  await ledger.close();
});

test('a lease is of no type that a proof rebuilds, and its end is told', async () => {
  const lease = { ...channel, commitment_type: 'SCRIPT_ENFORCED_LEASE', thaw_height: 800_000 };
  const { told } = await observationsOf([
    fileOf('answers.json', JSON.stringify({ ...info, channels: [lease] })),
  ]);
  const contexts = told.flatMap((one) => (one.about === 'channel' ? [one.context] : []));
  assert.equal(
    contexts.map((one) => [one?.channelType, one?.leaseExpiryHeight]),
    [[undefined, 800_000]],
  );
  const { ledger } = await imported({ channels: [{ ...lease, thaw_height: 0 }] });
  const [view] = ledger.channels();
  assert.is(view?.channelType, 'unknown');
  assert.is(view?.localBalanceMsat, 610_000_000n, 'its anchors are put back all the same');
  await ledger.close();
});

test('what the parts of a balance do not make up is said, not spread', async () => {
  const { ledger } = await imported({ channels: [{ ...channel, local_balance: '500000' }] });
  const unexplained = ledger.problems().filter(({ rule }) => rule === 'balance-explained');
  assert.equal(
    unexplained.map(({ detail }) => detail.slice(0, 14)),
    ['100000000 msat'],
  );
  await ledger.close();
});

test('both ends’ policies of an own edge are told; other edges are counted', async () => {
  const policy = {
    time_lock_delta: 40,
    min_htlc: '1000',
    fee_base_msat: '1000',
    fee_rate_milli_msat: '250',
    disabled: false,
    max_htlc_msat: '990000000',
    last_update: 1_631_300_000,
  };
  const inbound = { ...policy, inbound_fee_base_msat: -10, inbound_fee_rate_milli_msat: -5 };
  const edge = {
    channel_id: shortId,
    chan_point: funding,
    node1_pub: nodeId,
    node2_pub: peerId,
    capacity: '1000000',
    node1_policy: inbound,
    node2_policy: null,
  };
  const foreign = { ...edge, node1_pub: peerId, node2_pub: `03${'f6'.repeat(32)}` };
  const { ledger, report } = await imported({
    channels: [channel],
    nodes: [{}],
    edges: [edge, foreign],
  });
  const [view] = ledger.channels();
  assert.equal(
    [
      view?.localPolicy?.feeBaseMsat,
      view?.localPolicy?.feeProportionalMillionths,
      view?.localPolicy?.inboundFeeBaseMsat,
      view?.remotePolicy,
    ],
    [1_000n, 250, -10n, undefined],
  );
  assert.equal(
    report.tally.unread.map(({ kind, count }) => [kind, count]),
    [
      ['nodes', 1],
      ['edges of other nodes', 1],
    ],
  );
  await ledger.close();
});

test('forwards are told between own channels, and the page they were on is', async () => {
  const forwarding_events = [1, 2].map((n) => ({
    timestamp: '1631300000',
    timestamp_ns: `163130000000000000${n}`,
    chan_id_in: shortId,
    chan_id_out: '99',
    amt_in_msat: '1001',
    amt_out_msat: '1000',
    fee_msat: '1',
    incoming_htlc_id: n === 1 ? '4' : null,
    outgoing_htlc_id: null,
  }));
  const { ledger } = await imported({
    channels: [channel],
    forwarding_events,
    last_offset_index: 102,
  });
  const { told } = await observationsOf([
    fileOf(
      'a.json',
      JSON.stringify({ ...info, channels: [channel], forwarding_events, last_offset_index: 102 }),
    ),
  ]);
  const forwards = told.flatMap(({ fact }) =>
    fact.type === 'PaymentForwarded' ? [fact.data] : [],
  );
  assert.equal(
    forwards.map(({ incomingHtlcId, outgoingChannelId, feeMsat }) => [
      incomingHtlcId,
      outgoingChannelId,
      feeMsat,
    ]),
    [
      [4, undefined, 1n],
      [undefined, undefined, 1n],
    ],
  );
  const gaps = ledger.problems().filter(({ kind }) => kind === 'gap');
  assert.equal(
    gaps.map(({ detail }) => detail),
    [
      "lnd-rpc: of the node's forwards the lists that were read leave out numbers 1 to 100 and what lies outside the span of time that was asked for",
    ],
  );
  await ledger.close();
});

test('what is under way to open or close is told as that', async () => {
  const pending = (vout: number) => ({
    channel: {
      remote_node_pub: peerId,
      channel_point: `${'c3'.repeat(32)}:${vout}`,
      capacity: '50000',
      local_balance: '40000',
      remote_balance: '9000',
      initiator: 'INITIATOR_LOCAL',
      commitment_type: 'STATIC_REMOTE_KEY',
    },
    commit_fee: '1000',
  });
  const { ledger } = await imported({
    pending_open_channels: [pending(2)],
    pending_force_closing_channels: [{ ...pending(3), closing_txid: '77'.repeat(32) }],
    waiting_close_channels: [pending(4)],
  });
  const shown = ledger
    .channels()
    .map(({ fundingOutpoint, status, localBalanceMsat }) => [
      fundingOutpoint?.slice(-2),
      status,
      localBalanceMsat,
    ]);
  assert.equal(shown.sort(), [
    [':2', 'unknown', undefined],
    [':3', 'closing', undefined],
    [':4', 'closing', undefined],
  ]);
  await ledger.close();
});

/** Told beside a transaction of the wallet in block 700,050. */
async function closeAt(close_height: number, close_type: number | string) {
  const closed = {
    channel_point: funding,
    chan_id: shortId,
    closing_tx_hash: '88'.repeat(32),
    remote_pubkey: peerId,
    capacity: '1000000',
    close_height,
    close_type,
  };
  const transactions = [
    { tx_hash: '99'.repeat(32), block_height: 700_050, time_stamp: '1631350000' },
  ];
  const { told } = await observationsOf([
    fileOf('a.json', JSON.stringify({ ...info, closed_channels: [closed], transactions })),
  ]);
  return told.find(({ fact }) => fact.type === 'ChannelClosed');
}

test('a height whose block the wallet’s transactions date has that time, and no bounds', async () => {
  const close = await closeAt(700_050, 0);
  assert.equal(
    [close?.happenedAtNs, close?.timeBasis, close?.notBeforeNs],
    [1_631_350_000_000_000_000n, 'source', undefined],
  );
});

test('a height between two known ones is placed on the line between them', async () => {
  const close = await closeAt(700_075, 'COOPERATIVE_CLOSE');
  assert.equal(
    [
      close?.happenedAtNs,
      close?.timeBasis,
      close?.notBeforeNs,
      close?.notAfterNs,
      close?.blockHeight,
    ],
    [
      1_631_375_000_000_000_000n,
      'interpolated',
      1_631_350_000_000_000_000n,
      1_631_400_000_000_000_000n,
      700_075,
    ],
  );
});

test('lncli’s numbers of close types are not the database’s', async () => {
  for (const [close_type, kind] of [
    [2, 'remote-force'],
    [3, 'breach'],
    [4, 'funding-cancelled'],
    [5, 'abandoned'],
  ] as const) {
    const closed = {
      channel_point: funding,
      chan_id: '0',
      closing_tx_hash: '00'.repeat(32),
      remote_pubkey: peerId,
      capacity: '1000000',
      close_height: 0,
      close_type,
    };
    const { told } = await observationsOf([
      fileOf('a.json', JSON.stringify({ ...info, closed_channels: [closed] })),
    ]);
    const [close] = told.flatMap(({ fact }) => (fact.type === 'ChannelClosed' ? [fact.data] : []));
    assert.equal([close?.kind, close?.closingTxid, close?.height], [kind, undefined, undefined]);
  }
});

/** A force close two of whose HTLCs, or one of them, were claimed by one transaction in a first stage. */
const firstStages = (...htlcs: readonly (readonly [amountSat: number, sweptSat: number])[]) => {
  const [closing, stage, sweep] = ['88', 'ab', 'cd'].map((byte) => byte.repeat(32));
  const claim = (outcome: string, txid_str: string | undefined, index: number, sat: number) => ({
    resolution_type: 'INCOMING_HTLC',
    outcome,
    outpoint: { txid_str, output_index: index },
    amount_sat: String(sat),
    sweep_txid: outcome === 'FIRST_STAGE' ? stage : sweep,
  });
  return {
    channel_point: funding,
    chan_id: shortId,
    closing_tx_hash: closing,
    remote_pubkey: peerId,
    capacity: '1000000',
    close_height: 700_050,
    close_type: 'LOCAL_FORCE_CLOSE',
    resolutions: [
      ...htlcs.map(([sat], nth) => claim('FIRST_STAGE', closing, nth + 2, sat)),
      ...htlcs.map(([, sat], nth) => claim('CLAIMED', stage, nth, sat)),
    ],
  };
};

test('a first stage’s fee is told by its only output, and unknown where the transaction has several', async () => {
  for (const [htlcs, fees] of [
    [[[10_000, 9_833]], [167n]],
    [[[10_000, 10_000]], [undefined]],
    [
      [
        [50_000, 10_000],
        [10_000, 50_000],
      ],
      [undefined, undefined],
    ],
  ] as const) {
    const { told } = await observationsOf([
      fileOf('a.json', JSON.stringify({ ...info, closed_channels: [firstStages(...htlcs)] })),
    ]);
    const stages = told.flatMap(({ fact }) =>
      fact.type === 'OutputResolved' && fact.data.stage === 'first' ? [fact.data] : [],
    );
    assert.equal(
      stages.map(({ feeSat }) => feeSat),
      fees,
    );
    if (htlcs.length === 1) continue;
    assert.ok(stages.every(({ sweptSat }) => sweptSat === undefined));
  }
});

test.run();
