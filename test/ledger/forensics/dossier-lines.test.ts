/** The lines of a dossier: HTLCs in flight and their other halves, feerates, connections, messages. */
import { suite } from 'uvu';
import { equal, not, ok } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { dossierOf } from '../../../src/ledger/forensics/dossier.ts';
import type { OtherHtlc } from '../../../src/ledger/forensics/dossier-htlcs.ts';
import { inFull, redacted } from '../../../src/ledger/forensics/redact.ts';
import { outpointOf, Txid } from '../../../src/lightning/ids.ts';
import { channelId } from '../story.ts';
import { caseOf, closed, commitment, linesOf, message, ourTxid, told } from './told.ts';

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

tests("an HTLC's end is a transaction's only where its own output is seen claimed so", () => {
  const close = told(
    20,
    closed({
      height: 700,
      closingTxid: ourTxid,
      outputs: [
        { index: 0, valueSat: 1_000n, what: 'to-local' },
        { index: 3, valueSat: 7_000n, what: 'htlc-received', htlcId: 2 },
        { index: 1, valueSat: 30_000n, what: 'htlc-offered', htlcId: 2 },
        { index: 2, valueSat: 50_000n, what: 'htlc-received', htlcId: 9 },
      ],
    }),
    { height: 700 },
  );
  const [sweep, second] = [Txid('bb'.repeat(32)), Txid('cc'.repeat(32))];
  const claim = (
    index: number,
    outcome: 'claimed' | 'timed-out' | 'lost' | 'punished',
    more: { readonly height?: number; readonly of?: Txid; readonly by?: Txid } = {},
  ) =>
    told(40 + index, {
      type: 'OutputResolved',
      data: {
        outpoint: outpointOf(more.of ?? ourTxid, index),
        what: 'to-local',
        stage: 'last',
        outcome,
        amountSat: 1_000n,
        sweepTxid: more.by ?? sweep,
        ...(more.height !== undefined && { height: more.height }),
      },
    });
  const basisOf = (direction: 'offered' | 'received', isPaid: boolean, ...claims: CaseEvent[]) => {
    const id = direction === 'offered' ? 2 : 9;
    const closing = caseOf([offered, received, close, gone(direction, id, isPaid), ...claims]);
    const lines = linesOf('HTLCs in flight', closing);
    return lines.find((line) => line.includes(`${direction} ${id}`))?.replace(/:.*/, '');
  };
  const seen = { height: 705 };
  // Another output, also one of an HTLC of the same number in the other direction.
  equal(basisOf('received', true, claim(0, 'claimed', seen)), 'stated');
  equal(basisOf('received', true, claim(1, 'lost', seen)), 'stated');
  equal(basisOf('offered', false, claim(3, 'lost', seen)), 'stated');
  equal(basisOf('received', true, claim(2, 'claimed', seen)), 'transaction');
  equal(basisOf('received', false, claim(2, 'lost', seen)), 'transaction');
  equal(basisOf('offered', true, claim(1, 'lost', seen)), 'transaction');
  equal(basisOf('offered', false, claim(1, 'timed-out', seen)), 'transaction');
  equal(basisOf('offered', false, claim(1, 'punished', seen)), 'transaction');
  // What is said is not what the claim shows.
  equal(basisOf('received', true, claim(2, 'lost', seen)), 'stated');
  equal(basisOf('offered', true, claim(1, 'timed-out', seen)), 'stated');
  // In no block that is told; its second stage is in one.
  const first = claim(1, 'timed-out');
  equal(basisOf('offered', false, first), 'stated');
  const after = (of: Txid) => claim(0, 'claimed', { height: 710, of, by: second });
  equal(basisOf('offered', false, first, after(sweep)), 'transaction');
  equal(basisOf('offered', false, first, after(second)), 'stated');
});

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
      amountMsat: direction === 'offered' ? 30_100_000n : 49_000_999n,
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
      'derived:   the two halves differ: this node lost 30000000 msat by it',
    ]);
    equal(forwards(gone('received', 9, false), other('received', 9, 'settled')), [
      `${to}; it was paid`,
      'derived:   the two halves differ: this node lost 49000999 msat by it',
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
      'stated: time 0 (placed) height close  closed: local-force',
      'stated: -10 d or later (placed)  to-local of 7 sat claimed',
      'stated: -10 d or later (placed)  to-local of 7 sat claimed',
      'stated: +60 s to +11 d (placed)  nothing is left on chain',
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
      told(1, { type: 'PeerDisconnected', data: { why: 'Bob hung up' } }),
      told(1, message({ text: 'Bob says good bye' })),
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
  for (const name of [...others, 'Bob was away', 'Bob hung up', 'Bob says good bye']) {
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
