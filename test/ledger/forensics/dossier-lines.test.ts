/** The lines of a dossier: HTLCs in flight and their other halves, feerates, connections, messages. */
import { suite } from 'uvu';
import { equal, not, ok } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { dossierOf } from '../../../src/ledger/forensics/dossier.ts';
import type { OtherHtlc } from '../../../src/ledger/forensics/dossier-htlcs.ts';
import { inFull, redacted } from '../../../src/ledger/forensics/redact.ts';
import { outpointOf, Txid } from '../../../src/lightning/ids.ts';
import { channelId } from '../story.ts';
import { caseOf, closed, commitment, linesOf, message, ourTxid, revoked, told } from './told.ts';

const tests = suite("a dossier's lines");

const offered: CaseEvent = told(5, {
  type: 'HtlcAdded',
  data: { id: 2, direction: 'offered', amountMsat: 30_000_000n, cltvExpiry: 740 },
});
const received: CaseEvent = told(6, {
  type: 'HtlcAdded',
  data: { id: 9, direction: 'received', amountMsat: 50_000_000n, cltvExpiry: 690 },
});
const gone = (direction: 'offered' | 'received', id: number, isPaid: boolean): CaseEvent =>
  told(30, {
    type: isPaid ? 'HtlcSettled' : 'HtlcFailed',
    data: { id, direction, amountMsat: 1n, isOnChain: true },
  });
const end = told(20, closed({ height: 700, closingTxid: ourTxid }), { height: 700 });

tests(
  'an HTLC in flight has its expiry, the blocks that were left, and its end with its basis',
  () => {
    equal(linesOf('HTLCs in flight', caseOf([offered, received, end, gone('offered', 2, false)])), [
      'stated: offered 2: 30000000 msat, expires at height 740, 40 blocks were left; not paid on chain',
      'stated: received 9: 50000000 msat, expires at height 690, run out 10 blocks before; how it ended is not recorded',
    ]);
  },
);

tests(
  'the other half of a forward: its channel, expiry and outcome, and the loss where they differ',
  () => {
    const other = (
      direction: 'offered' | 'received',
      id: number,
      outcome?: 'settled' | 'failed',
    ): OtherHtlc => ({
      direction,
      id,
      channelId: 'ff'.repeat(32),
      htlcId: 77,
      amountMsat: direction === 'offered' ? 30_100_000n : 49_000_000n,
      cltvExpiry: direction === 'offered' ? 780 : 650,
      ...(outcome && { outcome }),
      events: [],
    });
    const forwards = (ended: CaseEvent, half: OtherHtlc) =>
      linesOf('HTLCs in flight', caseOf([offered, received, end, ended]), [half]).filter((line) =>
        /: {3}/.test(line),
      );
    const from = `stated:   forwarded from ${'ff'.repeat(32)}, its HTLC 77, which expires at height 780`;
    const to = `stated:   forwarded to ${'ff'.repeat(32)}, its HTLC 77, which expires at height 650`;
    // Paid out here and not paid in there: what went out is lost.
    equal(forwards(gone('offered', 2, true), other('offered', 2, 'failed')), [
      `${from}; it was not paid`,
      'derived:   the two halves differ: this node lost 30000 sat by it',
    ]);
    equal(forwards(gone('received', 9, false), other('received', 9, 'settled')), [
      `${to}; it was paid`,
      'derived:   the two halves differ: this node lost 49000 sat by it',
    ]);
    equal(forwards(gone('offered', 2, true), other('offered', 2, 'settled')), [
      `${from}; it was paid`,
    ]);
    // Paid in and not out: a gain, not a loss.
    equal(forwards(gone('offered', 2, false), other('offered', 2, 'settled')), [
      `${from}; it was paid`,
    ]);
    equal(forwards(gone('offered', 2, true), other('offered', 2)), [
      `${from}; how it ended is not recorded`,
    ]);
  },
);

tests("the last commitment's feerate stands beside the time's estimates", () => {
  const estimate = (second: number, target: string, feeratePerKw: number) =>
    told(second, { type: 'FeerateEstimated', data: { target, feeratePerKw } });
  const closing = caseOf(
    [told(1, commitment('local', 3, { feeratePerKw: 500 })), end],
    [
      estimate(2, 'soon', 999),
      estimate(3, 'soon', 2_000),
      estimate(4, 'later', 1_000),
      estimate(90, 'soon', 1),
    ],
  );
  equal(linesOf('Feerate', closing), [
    'stated: of the last commitment: 500 sat per 1000 weight',
    'stated: estimated for soon: 2000 sat per 1000 weight',
    'stated: estimated for later: 1000 sat per 1000 weight',
    'derived: the last commitment paid 25 % to 50 % of what was estimated',
  ]);
});

tests('connections of the day before, how it stood then, and no message of after the close', () => {
  const day = 86_400;
  const up = (second: number) =>
    told(second, { type: 'PeerConnected', data: { isInbound: false, features: '' } });
  const down = (second: number) =>
    told(second, { type: 'PeerDisconnected', data: { why: 'ping' } });
  const late = told(3 * day, closed({}));
  const closing = caseOf(
    [late],
    [
      up(10),
      down(3 * day - 60),
      told(3 * day - 100, message({ kind: 'warning', text: 'before' })),
      told(3 * day + 100, message({ text: 'after' })),
    ],
  );
  equal(
    linesOf('The peer in the day before', closing).map((line) => line.replace(/\d{4}-\S+/, 'TIME')),
    ['derived: connected since TIME', 'stated: TIME  disconnected: ping'],
  );
  equal(
    linesOf('Last messages', closing).map((line) => line.replace(/\d{4}-\S+/, 'TIME')),
    ['stated: TIME  warning received: before'],
  );
});

const breachOutputs = [
  { index: 0, valueSat: 100_000n, what: 'to-local' },
  { index: 1, valueSat: 50_000n, what: 'to-remote' },
  { index: 2, valueSat: 9_000n, what: 'htlc-received', htlcId: 4 },
  { index: 3, valueSat: 330n, what: 'anchor-remote' },
] as const;
const breach = (changes: Parameters<typeof closed>[0]) =>
  told(
    20,
    closed({
      kind: 'breach',
      initiator: 'remote',
      height: 700,
      closingTxid: ourTxid,
      commitmentNumber: 3,
      outputs: [...breachOutputs],
      ...changes,
    }),
  );
const punished = (height?: number) =>
  told(40, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 1),
      what: 'to-remote',
      outcome: 'punished',
      stage: 'last',
      amountSat: 50_000n,
      ...(height !== undefined && { height }),
    },
  });
const RISK = 'Money at risk, block by block';

tests(
  'of a revoked commitment of the peer all is at risk, resolved or not, whatever it is called',
  () => {
    const byHand = [
      breach({}),
      // The source has no word for a breach: the recorded revocation has.
      breach({ kind: 'remote-force' }),
    ];
    const revocation = [told(1, commitment('remote', 3)), told(2, revoked('remote', 3))];
    for (const close of byHand) {
      const unresolved = caseOf([...revocation, close]);
      equal(linesOf(RISK, unresolved), ['derived: height 700: 159000 sat open after the close']);
      const [, toRemote] = linesOf('Outputs', unresolved);
      equal(toRemote, `transaction: to-remote, 50000 sat, ${ourTxid}:1: not claimed yet`);
      equal(linesOf(RISK, caseOf([...revocation, close, punished(701)])), [
        'derived: height 700: 159000 sat open after the close',
        'derived: height 701: 109000 sat open after 50000 sat taken by this node as a penalty',
      ]);
    }
    // Where this node cheated, what the peer owns is safe.
    const own = caseOf([breach({ initiator: 'local' })]);
    equal(linesOf(RISK, own), ['derived: height 700: 109000 sat open after the close']);
    ok(linesOf('Outputs', own)[1]?.endsWith(':1: paid to them'));
  },
);

tests('of what was claimed at no told height it is said that its end is not known', () => {
  const htlc = told(50, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 2),
      what: 'htlc-received',
      outcome: 'punished',
      stage: 'last',
      amountSat: 9_000n,
      height: 720,
    },
  });
  equal(linesOf(RISK, caseOf([breach({}), punished(), htlc])), [
    'derived: height 700: 159000 sat open after the close',
    'derived: height 720: at most 150000 sat open after 9000 sat taken by this node as a penalty',
    'unknown: to-remote, 50000 sat, taken by this node as a penalty: until when it was open is not told',
  ]);
});

tests('an output that lies in the wallet since the close is nothing to claim', () => {
  const close = told(
    20,
    closed({
      height: 700,
      closingTxid: ourTxid,
      outputs: [{ index: 0, valueSat: 302_364n, what: 'to-local' }],
    }),
  );
  const arrived = told(20, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      what: 'to-local',
      outcome: 'claimed',
      stage: 'last',
      amountSat: 302_364n,
      sweptSat: 302_364n,
      feeSat: 0n,
    },
  });
  const closing = caseOf([close, arrived]);
  equal(linesOf('Outputs', closing), [
    `stated: to-local, 302364 sat, ${ourTxid}:0: paid to this node by the close itself`,
  ]);
  equal(linesOf(RISK, closing), []);
});

tests(
  'a time that no source told is shown between its bounds, and the order of such is not claimed',
  () => {
    // As a summary of a node tells a close: heights, and no times.
    const bounds = { notBefore: told(0, end.fact).at, notAfter: told(864_000, end.fact).at };
    const close = { ...told(432_000, end.fact, { height: 700 }), bounds };
    const claim = (second: number, index: number) => {
      const event = told(second, {
        type: 'OutputResolved',
        data: {
          outpoint: outpointOf(ourTxid, index),
          what: 'to-local',
          outcome: 'claimed',
          stage: 'last',
          amountSat: 7n,
        },
      });
      return { ...event, bounds: { notBefore: bounds.notBefore } };
    };
    const shutdown = told(864_060, { type: 'ChannelFullyResolved', data: {} });
    const closing = caseOf([close, claim(432_001, 0), claim(432_002, 1), shutdown]);
    const order = (lines: typeof inFull) => {
      const dossier = lines(dossierOf(closing, { nodeId: 'us', channelId, others: [] }));
      const section = dossier.sections.find(({ title }) => title === 'What happened, in order');
      return section?.lines.map(({ basis, text }) => `${basis}: ${text}`);
    };
    const untold = 'unknown: in which order these came is not told: no source has a time of each';
    equal(order(inFull), [
      'stated: 2026-01-06 00:00 ± 5 d (placed) height 700  closed: local-force',
      'stated: ≥ 2026-01-01 00:00:00 (placed)  to-local of 7 sat claimed',
      'stated: ≥ 2026-01-01 00:00:00 (placed)  to-local of 7 sat claimed',
      'stated: 2026-01-11T00:01:00.000000000Z  nothing is left on chain',
      untold,
    ]);
    equal(order(redacted), [
      'stated: given up (placed) height close  closed: local-force',
      'stated: -864000.000 s or later (placed)  to-local of 7 sat claimed',
      'stated: -864000.000 s or later (placed)  to-local of 7 sat claimed',
      'stated: +60.000 s to +864060.000 s (placed)  nothing is left on chain',
      untold,
    ]);
    const full = inFull(dossierOf(closing, { nodeId: 'us', channelId, others: [] }));
    equal(full.beganAtBounds, bounds);
    // Heights that differ tell the order, whatever the times do.
    const later = { ...claim(432_001, 0), height: 701 };
    const told702 = { ...claim(432_002, 1), height: 702 };
    equal(
      linesOf('What happened, in order', caseOf([close, later, told702])).includes(untold),
      false,
    );
  },
);

tests('what a reorganisation took out of its block has not happened', () => {
  const [blockHash, txid] = ['b1'.repeat(32), Txid('ab'.repeat(32))];
  const first = told(
    20,
    closed({ closingTxid: txid, height: 699, blockHash, kind: 'cooperative' }),
  );
  const undone = told(21, {
    type: 'CloseUnconfirmed',
    data: { closingTxid: txid, height: 699, blockHash },
  });
  const who = (events: readonly CaseEvent[]) => linesOf('Who closed, and how', caseOf(events));
  ok(who([first])[0]?.includes('a cooperative close'));
  const again = told(
    22,
    closed({
      closingTxid: ourTxid,
      height: 700,
      outputs: [{ index: 0, valueSat: 31_000n, what: 'htlc-received', htlcId: 0 }],
    }),
  );
  const begun = told(5, { type: 'CloseStarted', data: { by: 'local', reason: 'x' } });
  equal(who([begun, first, undone]), [
    'stated: given up by this node',
    'unknown: no closing transaction is in a block as far as is known',
  ]);
  const claim = told(30, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      what: 'htlc-received',
      outcome: 'claimed',
      stage: 'last',
      amountSat: 31_000n,
      sweepTxid: txid,
      height: 702,
      blockHash,
    },
  });
  const taken = told(31, {
    type: 'OutputUnconfirmed',
    data: { outpoint: outpointOf(ourTxid, 0), sweepTxid: txid, height: 702, blockHash },
  });
  // A received HTLC is at risk as long as it is not claimed.
  equal(linesOf(RISK, caseOf([first, undone, again, claim])), [
    'derived: height 700: 31000 sat open after the close',
    'derived: height 702: 0 sat open after 31000 sat claimed by this node',
  ]);
  equal(linesOf(RISK, caseOf([first, undone, again, claim, taken])), [
    'derived: height 700: 31000 sat open after the close',
  ]);
});

tests("a redacted file quotes nobody, also where a node's words of a table are expected", () => {
  const others = ['Bob, 12 Elm Street', "Bob's reason", 'received error of Bob', "node of Bob's"];
  const [target = '', reason = '', sourceReason = '', source = ''] = others;
  const closing = caseOf(
    [
      told(1, { type: 'RecordingGap', data: { what: 'htlcs', why: 'Bob was away' } }),
      told(2, { type: 'CloseStarted', data: { by: 'local', reason, sourceReason } }, { source }),
      told(
        3,
        {
          type: 'CloseStarted',
          data: {
            by: 'local',
            reason: 'user',
            sourceReason: 'User or plugin invoked close command',
          },
        },
        { source: 'cln-db' },
      ),
      told(4, {
        type: 'RecordingGap',
        data: { what: 'commitments', why: 'local commitments 3 to 7 were not seen' },
      }),
      end,
    ],
    [
      told(1, { type: 'FeerateEstimated', data: { target, feeratePerKw: 253 } }),
      told(1, {
        type: 'FeerateEstimated',
        data: { target: 'OutputSpendingFee', feeratePerKw: 254 },
      }),
    ],
  );
  const dossier = dossierOf(closing, { nodeId: 'us', channelId, others: [] });
  const full = JSON.stringify(inFull(dossier));
  const text = JSON.stringify(redacted(dossier));
  for (const name of [...others, 'Bob was away']) {
    ok(full.includes(name), name);
    not.ok(text.includes(name), name);
  }
  // What a program's own source code writes is nobody's, and says much.
  for (const own of [
    'estimated for OutputSpendingFee: 254',
    'cln-db says user: User or plugin invoked close command',
    'gap in the record: commitments, local commitments 3 to 7 were not seen',
  ]) {
    ok(text.includes(own), own);
  }
});

tests.run();
