import { suite } from 'uvu';
import { equal, is, match } from 'uvu/assert';
import { bytesToHex } from '../../../src/lightning/bytes.ts';
import { chainImporter } from '../../../src/sources/chain/importer.ts';
import { fileOf, imported, nowNs, refusal } from '../importing.ts';
import {
  block,
  blockHash,
  blockTime,
  channel,
  commitment,
  commitmentHex,
  delayedClaim,
  funding,
  fundingHex,
  fundingOutpoint,
  htlcHexes,
  htlcs,
  knowing,
  peer,
  prevout,
  rawTransaction,
  recorder,
  scid,
  secondStageOutpoints,
  spending,
  sweepHex,
  toLocalOutpoint,
  transactionOf,
} from './bolt3-chain.ts';

const told = suite('transactions as bitcoin-cli prints them');

const coinbaseTxid = 'cc'.repeat(32);
const sweep = transactionOf(sweepHex);
/** The whole life: funded at 1, closed at 10, second stages at 12, swept at 20. */
const life = [
  rawTransaction(fundingHex, 1, { vin: [prevout(50)], fee: 0.0001392 }),
  rawTransaction(commitmentHex, 10, { vin: [prevout(0.1)], fee: 0.00001024 }),
  ...htlcHexes.map((hex) => rawTransaction(hex, 12)),
  rawTransaction(sweepHex, 20),
  block(1, [coinbaseTxid, funding.txid]),
  block(10, [coinbaseTxid, commitment.txid]),
  block(12, [coinbaseTxid, ...htlcs.map(({ txid }) => txid)]),
  block(20, [coinbaseTxid, sweep.txid]),
];
const lines = (documents: readonly object[]) =>
  documents.map((document) => `${JSON.stringify(document)}\n`).join('');
const known = knowing(channel);

const header = (height: number, txid: string, type: string, after = 0) => ({
  about: 'channel',
  chain: 'regtest',
  nodeId: recorder,
  source: 'chain',
  happenedAtNs: BigInt(blockTime(height)) * 1_000_000_000n + BigInt(after),
  timeBasis: 'source',
  blockHeight: height,
  recordedAtNs: nowNs,
  evidence: `transaction ${txid} in block ${blockHash(height)}`,
  key: `${type}/${txid}`,
  channelId: channel.channelId,
  context: { peerId: peer, fundingOutpoint, capacitySat: 10_000_000n },
});
const at = (height: number) => ({ height, blockHash: blockHash(height) });

const confirmed = {
  ...header(1, funding.txid, 'FundingConfirmed'),
  fact: {
    type: 'FundingConfirmed',
    // BOLT 3, appendix B: 5,000,000,000 sat are spent, and 10,000,000 and 4,989,986,080 paid.
    data: { fundingOutpoint, ...at(1), shortChannelId: scid, feeSat: 13_920n },
  },
};
const closed = {
  ...header(10, commitment.txid, 'ChannelClosed'),
  fact: {
    type: 'ChannelClosed',
    data: {
      fundingOutpoint,
      closingTxid: commitment.txid,
      ...at(10),
      kind: 'local-force',
      initiator: 'local',
      commitmentNumber: 42,
      outputs: [1000n, 2000n, 2000n, 3000n, 4000n, 3_000_000n, 6_986_976n].map(
        (valueSat, index) => ({ index, valueSat, what: index === 5 ? 'to-remote' : 'unknown' }),
      ),
      feeSat: 1024n,
    },
    secret: { scripts: commitment.outputs.map(({ script }) => bytesToHex(script)) },
  },
};
/** Appendix C: HTLCs 0, 1 and 4 come from the remote node, 2 and 3 go to it. */
const secondStages = (
  [
    [0, 'htlc-received', 'claimed', 1000n, 546n],
    [1, 'htlc-offered', 'timed-out', 2000n, 1572n],
    [2, 'htlc-received', 'claimed', 2000n, 1546n],
    [3, 'htlc-offered', 'timed-out', 3000n, 2572n],
    [4, 'htlc-received', 'claimed', 4000n, 3546n],
  ] as const
).map(([index, what, outcome, amountSat, sweptSat]) => {
  const txid = htlcs[index]?.txid ?? '';
  return {
    ...header(12, txid, 'OutputResolved', 1),
    fact: {
      type: 'OutputResolved',
      data: {
        outpoint: `${commitment.txid}:${index}`,
        what,
        stage: 'first',
        outcome,
        amountSat,
        sweptSat,
        feeSat: amountSat - sweptSat,
        isFeeDerived: true,
        sweepTxid: txid,
        nextOutpoint: `${txid}:0`,
        ...at(12),
      },
    },
  };
});
/** Six inputs and one output: one fee, and nobody knows what share of it is whose. */
const lastClaims = (
  [
    [toLocalOutpoint, 'to-local', 6_986_976n],
    [secondStageOutpoints[0], 'htlc-received', 546n],
    [secondStageOutpoints[1], 'htlc-offered', 1572n],
    [secondStageOutpoints[2], 'htlc-received', 1546n],
    [secondStageOutpoints[3], 'htlc-offered', 2572n],
    [secondStageOutpoints[4], 'htlc-received', 3546n],
  ] as const
).map(([outpoint, what, amountSat]) => ({
  ...header(20, sweep.txid, 'OutputResolved', 2),
  fact: {
    type: 'OutputResolved',
    data: {
      outpoint,
      what,
      stage: 'last',
      outcome: 'claimed',
      amountSat,
      sweepTxid: sweep.txid,
      ...at(20),
    },
  },
}));
const resolved = {
  ...header(20, sweep.txid, 'ChannelFullyResolved', 3),
  fact: { type: 'ChannelFullyResolved', data: { height: 20 } },
};

told(
  'give the confirmation of a channel, its close and every claim, in the order of its life',
  async () => {
    const path = fileOf('life.json', lines(life));
    const { observations, report } = await imported(chainImporter, [path], { known });
    equal(observations, [confirmed, closed, ...secondStages, ...lastClaims, resolved]);
    equal(report.read, { getrawtransaction: 8, getblock: 4 });
    equal(report.unread, []);
    equal(report.bad.count, 0);
  },
);

told('say the same in any order, over many lines, in an array, and in several files', async () => {
  const { observations } = await imported(chainImporter, [fileOf('life.json', lines(life))], {
    known,
  });
  const forms = [
    lines(life.toReversed()),
    life.map((document) => JSON.stringify(document, null, 2)).join(''),
    JSON.stringify(life),
    `\ufeff${life.map((document) => JSON.stringify(document)).join(',\r\n')}`,
  ];
  for (const [nth, text] of forms.entries()) {
    const again = await imported(chainImporter, [fileOf(`form-${nth}`, text)], { known });
    equal(again.observations, observations, `form ${nth}`);
  }
  const parts = [life.slice(6), life.slice(0, 6)].map((part, nth) =>
    fileOf(`part-${nth}`, lines(part)),
  );
  equal((await imported(chainImporter, parts, { known })).observations, observations);
});

told(
  'without what they spend have a fee only where the capacity gives it, and say so',
  async () => {
    const bare = [
      rawTransaction(fundingHex, 1),
      rawTransaction(commitmentHex, 10),
      ...life.slice(-4),
    ];
    const path = fileOf('bare.json', lines(bare));
    const { observations } = await imported(chainImporter, [path], { known });
    const { feeSat: _, ...unpaid } = confirmed.fact.data;
    equal(observations, [
      { ...confirmed, fact: { ...confirmed.fact, data: unpaid } },
      {
        ...closed,
        fact: { ...closed.fact, data: { ...closed.fact.data, feeSat: 1024n, isFeeDerived: true } },
      },
    ]);
  },
);

told('as lnd prints them say the same, but for fees that lnd does not know', async () => {
  const transactions = [fundingHex, commitmentHex].map((hex, nth) => ({
    tx_hash: transactionOf(hex).txid,
    amount: '-10013920',
    num_confirmations: 7,
    block_hash: blockHash([1, 10][nth] ?? 0),
    block_height: [1, 10][nth],
    time_stamp: String(blockTime([1, 10][nth] ?? 0)),
    total_fees: nth === 0 ? '13920' : '0',
    raw_tx_hex: hex,
    label: '',
  }));
  const path = fileOf('lnd.json', JSON.stringify({ transactions }, null, 4));
  const named = knowing({ ...channel, shortChannelIds: [scid] });
  const { observations, report } = await imported(chainImporter, [path], { known: named });
  equal(observations, [
    confirmed,
    {
      ...closed,
      fact: { ...closed.fact, data: { ...closed.fact.data, isFeeDerived: true } },
    },
  ]);
  equal(report.read, { listchaintxns: 2 });
});

told(
  'that no channel is about, or in no block, or without a known height are counted',
  async () => {
    const stranger = spending([toLocalOutpoint], 5, ['30', `02${'11'.repeat(32)}`]);
    const documents = [
      rawTransaction(stranger.replace(commitment.txid, ''), 3),
      rawTransaction(commitmentHex, undefined),
      rawTransaction(fundingHex, 1),
      { hello: 1 },
    ];
    const { observations, report } = await imported(
      chainImporter,
      [fileOf('strangers.json', lines(documents))],
      { known },
    );
    equal(observations, []);
    equal(
      report.unread.map(({ kind, count, why }) => [kind, count, why]),
      [
        ['JSON object', 1, 'it is no transaction and no block of the commands that are known'],
        ['other transaction', 1, 'no channel of the ledger is about it'],
        ['unconfirmed transaction', 1, 'it is in no block'],
        ['transaction without its block', 1, 'getblockheader of its block tells height and time'],
      ],
    );
  },
);

told('that lie about themselves are bad records, and named', async () => {
  const documents = [
    rawTransaction(fundingHex, 1, { txid: 'ab'.repeat(32) }),
    rawTransaction(fundingHex, 1, { vin: [prevout(50)], fee: 0.5 }),
    rawTransaction(fundingHex, 1, { hex: 'zz' }),
    block(1, [], { height: -1 }),
  ];
  const text = `error code: -5\n${lines(documents)}{"txid":`;
  const { observations, report } = await imported(chainImporter, [fileOf('lies', text)], { known });
  equal(observations, []);
  is(report.bad.count, 6);
  equal(
    report.bad.named.map(({ reason }) => reason.slice(0, 46)),
    [
      'it is no JSON object',
      'its bytes are those of another transaction',
      'its fee is not what its inputs hold beyond its',
      'getrawtransaction: hex: expected lower-case he',
      'getblockheader: height: expected a whole numbe',
      'the file ends before it does',
    ],
  );
  match(report.bad.named[1]?.place ?? '', /lies object 2 \(byte 15\)$/);
});

told('of blocks that left the chain tell nothing more', async () => {
  const documents = [...life.slice(0, 2), block(1, [funding.txid], { confirmations: -1 })];
  const path = fileOf('stale.json', lines(documents));
  const { observations, report } = await imported(chainImporter, [path], { known });
  // But that they left: an older record of them may come later.
  const data = at(1);
  equal(
    observations.map(({ about, fact }) => [about, fact]),
    [['node', { type: 'BlockDisconnected', data }]],
  );
  equal(
    report.unread.map(({ kind }) => kind),
    ['transaction of a block that left the chain', 'transaction without its block'],
  );
});

told('tell of a claim alone where others told of the close', async () => {
  const output = { outpoint: toLocalOutpoint, what: 'to-local', valueSat: 6_986_976n } as const;
  const half = knowing({ ...channel, closingTxid: commitment.txid, outputs: [output] });
  const alone = spending([toLocalOutpoint], 6_986_000, delayedClaim);
  const { txid } = transactionOf(alone);
  const documents = [rawTransaction(alone, 20, { vin: [prevout(0.06986976)] }), block(20, [txid])];
  const path = fileOf('claim.json', lines(documents));
  const { observations } = await imported(chainImporter, [path], { known: half });
  equal(observations, [
    {
      ...header(20, txid, 'OutputResolved', 2),
      fact: {
        type: 'OutputResolved',
        data: {
          outpoint: toLocalOutpoint,
          what: 'to-local',
          stage: 'last',
          outcome: 'claimed',
          amountSat: 6_986_976n,
          sweptSat: 6_986_000n,
          feeSat: 976n,
          sweepTxid: txid,
          ...at(20),
        },
      },
    },
  ]);
});

told('need a ledger that knows a channel, and a chain that somebody names', async () => {
  const path = fileOf('life.json', lines(life));
  const none = await refusal(chainImporter, [path], { known: knowing() });
  match(none, /^the ledger has no channel that these transactions could be about/);
  const nameless = { ...known, nodes: [{ nodeId: recorder, chain: undefined }] };
  match(
    await refusal(chainImporter, [path], { known: nameless }),
    /^no record of the node names its chain: say it with --chain bitcoin/,
  );
  const { observations } = await imported(chainImporter, [path], {
    known: nameless,
    chain: 'signet',
  });
  is(observations[0]?.chain, 'signet');
});

told.run();
