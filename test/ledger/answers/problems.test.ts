import { test } from 'uvu';
import type { AnswerContext } from '../../../src/ledger/answers/context.ts';
import { problems } from '../../../src/ledger/answers/problems.ts';
import type { Query } from '../../../src/ledger/query.ts';
import { ChannelId, Outpoint } from '../../../src/lightning/ids.ts';
import type { NodeDraft } from '../../../src/node/events.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofChannel, ofNode, opened, tell, updated } from './given.ts';
import { alice, at, bob, channelId, fundingOutpoint } from './rows.ts';

function refused(observationId: string, rule: string, minute: number): NodeDraft {
  return {
    type: 'ObservationQuarantined',
    data: {
      observationId: observationId.repeat(16),
      about: ofChannel(),
      type: 'CommitmentSeen',
      rule,
      detail: `detail of ${observationId}`,
      happenedAt: at(minute),
    },
    secret: { observation: '{}' },
  };
}

function gap(side: 'local' | 'remote', lastKnown: number | undefined, firstKnown: number) {
  const known = lastKnown === undefined ? {} : { lastKnown };
  const data = { what: 'commitments', side, ...known, firstKnown, why: 'taps were lost' } as const;
  return { type: 'RecordingGap', data } as const;
}

const lines = (query: Query = {}) => {
  return (context: AnswerContext) =>
    problems(context, query).map(({ kind, rule, count, firstAt, lastAt, detail }) => {
      return [kind, rule, count, firstAt, lastAt, detail];
    });
};

test('a record without fault has no problems', async () => {
  const ledger = await given(
    tell(ofChannel('ldk', alice), 0, opened()),
    tell(ofChannel('ldk', bob), 0, {
      ...opened({
        peerId: alice,
        opener: 'remote',
        localBalanceMsat: 400_000_000n,
        remoteBalanceMsat: 600_000_000n,
      }),
    }),
    tell(ofChannel('ldk', alice), 1, updated('local', 1, 590_000_000n)),
    // The other end's record of the same commitment; its own is not there yet.
    tell(ofChannel('ldk', bob), 1, updated('remote', 1, 410_000_000n)),
  );
  ledger.when((c) => problems(c)).then([]);
});

test('quarantine: one line for each rule and subject, until what was refused is let in', async () => {
  const ledger = await given(
    tell(ofNode(), 3, refused('aa', 'balances-equal-capacity', 2)),
    tell(ofNode(), 4, refused('bb', 'balances-equal-capacity', 1)),
    tell(ofNode(), 5, refused('cc', 'htlc-id-follows', 5)),
    tell(ofNode(), 6, {
      type: 'QuarantineReleased',
      data: { observationId: 'cc'.repeat(16), rule: 'htlc-id-follows', outcome: 'recorded' },
    }),
  );
  ledger
    .when((c) => problems(c))
    .then([
      {
        kind: 'quarantine',
        rule: 'balances-equal-capacity',
        subject: ofChannel(),
        channelId,
        nodeId: alice,
        count: 2,
        firstAt: at(1),
        lastAt: at(2),
        detail: 'told by ldk: detail of bb, and 1 more like it',
        whatToDo:
          'import what the source may have left out, then "problems retry"; it is kept, and changes nothing until it fits',
      },
    ]);
  ledger.when((c) => problems(c, { at: { kind: 'position', position: 3 } }).length).then(2);
  ledger.when((c) => problems(c, { knownAtNs: timeNsOf(at(3)) }).length).then(1);
});

test('a close of another funding is said in words that are true where none was told of', async () => {
  const refusal = refused('aa', 'funding-known', 1);
  const data = { ...refusal.data, detail: 'the close spends another funding' };
  const ledger = await given(tell(ofNode(), 3, { ...refusal, data } as typeof refusal));
  ledger
    .when((c) => problems(c).map(({ detail }) => detail))
    .then(['told by ldk: a close of a funding that it has not told of']);
});

test('what to do about a gap can be done in this version', async () => {
  const off = { type: 'RecordingGap', data: { what: 'recorder-off', why: 'off' } } as const;
  const ledger = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 2, gap('local', 0, 3)),
    tell(ofChannel(), 4, off),
  );
  ledger
    .when((c) => problems(c).map(({ whatToDo }) => /with "import observations"/.test(whatToDo)))
    .then([true, true]);
});

test('pauses of the recorder: one line for each node, however many channels and pauses', async () => {
  const off = (why: string) =>
    ({ type: 'RecordingGap', data: { what: 'recorder-off', why } }) as const;
  const started = { type: 'RecordingStarted', data: { recorder: 'test' } } as const;
  const stopped = { type: 'RecordingStopped', data: { why: 'asked to' } } as const;
  const other = ChannelId('22'.repeat(32));
  const second = ofChannel('ldk', alice, other);
  const ledger = await given(
    tell(ofNode(), 0, started),
    tell(ofChannel(), 1, opened()),
    tell(
      second,
      1,
      opened({ channelId: other, fundingOutpoint: Outpoint(`${'22'.repeat(32)}:0`) }),
    ),
    tell(ofNode(), 10, stopped),
    tell(ofNode(), 40, started),
    tell(ofChannel(), 40, off('since minute 10')),
    tell(second, 40, off('since minute 10')),
    tell(ofNode(), 50, stopped),
    tell(ofNode(), 55, started),
    tell(ofChannel(), 55, off('since minute 50')),
    tell(second, 55, off('since minute 50')),
    tell(ofNode(), 57, refused('aa', 'htlc-id-follows', 57)),
  );
  ledger
    .when((c) => problems(c).map(({ kind, subject }) => [kind, subject]))
    .then([
      ['quarantine', ofChannel()],
      ['gap', alice],
    ]);
  const detail =
    'nobody was recording: the recorder of ldk was off 2 times, 35 min in all, last from ' +
    `${at(50).slice(0, 19)}Z until ${at(55).slice(0, 19)}Z; 2 channels were open meanwhile`;
  ledger
    .when((c) => lines()(c).slice(1))
    .then([['gap', 'recorded-without-gap', 2, at(10), at(55), detail]]);
});

test('gaps: one line for each channel, side and kind, with what is missing', async () => {
  const ledger = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 2, gap('local', 0, 3)),
    tell(ofChannel(), 2, updated('local', 3, 590_000_000n)),
    tell(ofChannel(), 4, gap('local', 3, 5)),
    tell(ofChannel(), 4, updated('local', 5, 580_000_000n)),
    tell(ofChannel(), 5, gap('remote', 0, 2)),
  );
  const local = 'local commitments 1 to 2 are missing; local commitment 4 is missing';
  ledger.when(lines()).then([
    ['gap', 'recorded-without-gap', 2, at(2), at(4), `${local} (taps were lost)`],
    [
      'gap',
      'recorded-without-gap',
      1,
      at(5),
      at(5),
      'remote commitment 1 is missing (taps were lost)',
    ],
  ]);
});

test('a gap before the second commitment is of the first alone', async () => {
  const ledger = await given(
    tell(ofChannel(), 2, gap('local', undefined, 1)),
    tell(ofChannel(), 3, gap('remote', undefined, 3)),
  );
  ledger
    .when((c) => lines()(c).map((line) => line.at(-1)))
    .then([
      'local commitment 0 is missing (taps were lost)',
      'remote commitments up to 2 are missing (taps were lost)',
    ]);
});

test('a gap that another teller, there from the beginning, does not have is none', async () => {
  const ledger = await given(
    tell(ofChannel('ldk'), 0, opened()),
    tell(ofChannel('ldk'), 2, gap('local', 0, 2)),
    tell(ofChannel('ldk'), 2, updated('local', 2, 590_000_000n)),
    tell(ofChannel('mine'), 0, opened()),
    tell(ofChannel('mine'), 1, updated('local', 1, 595_000_000n)),
    tell(ofChannel('mine'), 2, updated('local', 2, 590_000_000n)),
  );
  ledger.when(lines()).then([]);
  ledger.when((c) => problems(c, { source: 'ldk' }).length).then(1);
});

test('a balance that no known HTLC explains', async () => {
  const ledger = await given(
    tell(ofChannel('lnd-rpc'), 0, opened()),
    tell(ofChannel('lnd-rpc'), 2, {
      type: 'BalanceObserved',
      data: {
        localBalanceMsat: 599_000_000n,
        remoteBalanceMsat: 400_000_000n,
        precision: 'sat',
        htlcs: [],
        unexplainedMsat: 1_000_000n,
      },
    }),
  );
  ledger
    .when(lines())
    .then([
      [
        'unexplained',
        'balance-explained',
        1,
        at(2),
        at(2),
        '1000000 msat of the balance lnd-rpc shows come from no known HTLC',
      ],
    ]);
});

test('a record that cannot be read is not told to be tried again', async () => {
  const ledger = await given(tell(ofNode(), 3, refused('aa', 'record-readable', 1)));
  const whatToDo =
    'go on with a release that reads what this node writes; the bytes are kept, sealed, and what only they told is missing';
  ledger.when((c) => problems(c).map((problem) => problem.whatToDo)).then([whatToDo]);
});

test('the fee of a commitment whose opener is not known is no missing HTLC', async () => {
  const ledger = await given(
    tell(ofChannel(), 0, {
      type: 'ChannelAdopted',
      data: {
        channelId,
        fundingOutpoint,
        peerId: bob,
        capacitySat: 1_000_000n,
        local: {},
        remote: {},
        htlcs: [],
        why: 'the opening was not recorded',
      },
    }),
    tell(ofChannel(), 2, {
      type: 'CommitmentUpdated',
      data: {
        side: 'local',
        number: 1,
        fundingOutpoint,
        localBalanceMsat: 599_817_000n,
        remoteBalanceMsat: 400_000_000n,
        unexplainedMsat: 183_000n,
        precision: 'sat',
        offered: [],
        received: [],
      },
    }),
  );
  ledger
    .when((c) => problems(c).map(({ kind, detail, whatToDo }) => [kind, detail, whatToDo]))
    .then([
      [
        'unexplained',
        '183000 msat are in neither balance ldk states: fee, anchors and rounding of its commitment, ' +
          'which the opener pays, and who opened the channel is not known',
        'tell its opening from a record of your own with "import observations": later commitments then place them',
      ],
    ]);
});

test('contradictions come before what is merely missing', async () => {
  const ledger = await given(
    tell(ofNode(), 1, refused('aa', 'htlc-id-follows', 9)),
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 2, gap('local', 0, 3)),
    tell(ofChannel('mine'), 0, opened({ opener: 'remote' })),
    tell(ofChannel('ldk', bob), 0, opened({ peerId: alice, opener: 'local' })),
  );
  ledger
    .when((c) => problems(c).map(({ kind }) => kind))
    .then(['quarantine', 'ends-differ', 'ends-differ', 'ends-differ', 'tellers-differ', 'gap']);
  ledger.when((c) => problems(c, { nodeId: bob }).map(({ kind }) => kind)).then([]);
});

test.run();
