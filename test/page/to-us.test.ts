import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { outpointOf } from '../../src/lightning/ids.ts';
import { flowOf } from '../../src/page/closed/flow.ts';
import { type Balanced, statedSums, wayToUs } from '../../src/page/closed/to-us.ts';
import { type Output, second, subjects, txid } from './closes.ts';

const output = (index: number, more: Partial<Output>): Output => ({
  outpoint: outpointOf(txid, index),
  what: 'to-local',
  valueSat: '0',
  ...more,
});
const made = (index: number, more: Partial<Output>): Output => ({
  ...output(index, more),
  outpoint: outpointOf(second, index),
});
const swept = (sweptSat: string, feeSat: string) =>
  ({ outcome: 'claimed', stage: 'last', sweptSat, feeSat }) as const;

interface Told {
  readonly localBalanceMsat?: string;
  readonly kind: 'cooperative' | 'local-force' | 'remote-force' | 'breach';
  readonly initiator?: 'local' | 'remote';
  readonly feeSat?: string;
  readonly outputs: readonly Output[];
}

function linesOf({ localBalanceMsat, initiator, feeSat, ...close }: Told): readonly string[] {
  const subject: Balanced & Parameters<typeof flowOf>[0] = {
    ...(localBalanceMsat !== undefined && { localBalanceMsat }),
    close: {
      ...close,
      closingTxid: txid,
      ...(initiator && { initiator }),
      ...(feeSat !== undefined && { feeSat }),
    },
  };
  return wayToUs(subject, flowOf(subject)).map(
    ({ title, sat, isSum }) => `${isSum ? '=' : ''} ${sat} ${title}`,
  );
}

test('whatever is told, each sum is what the lines before it come to', () => {
  fc.assert(
    fc.property(subjects, (subject) => {
      const flow = flowOf(subject);
      const lines = wayToUs({ ...subject, close: { ...subject.close } }, flow);
      let sum: bigint | undefined;
      for (const { sat, isSum } of lines) {
        if (isSum && sum !== undefined) assert.is(sat, sum);
        sum = isSum ? sat : (sum ?? 0n) + sat;
      }
    }),
  );
});

test('a force close with HTLCs: from the balance to what the sweeps brought', () => {
  const timedOut = { outcome: 'timed-out', stage: 'first', sweepTxid: second } as const;
  const lines = linesOf({
    kind: 'local-force',
    localBalanceMsat: '381000000',
    feeSat: '270',
    outputs: [
      output(0, { what: 'htlc-offered', valueSat: '44000', outcome: 'lost', stage: 'last' }),
      output(1, {
        what: 'htlc-offered',
        valueSat: '46000',
        ...timedOut,
        sweptSat: '45833',
        feeSat: '167',
      }),
      output(2, { what: 'to-remote', valueSat: '229000' }),
      output(3, { valueSat: '380730', ...swept('380608', '122') }),
      made(0, { what: 'htlc-offered', valueSat: '45833', ...swept('45711', '122') }),
    ],
  });
  assert.equal(lines, [
    '= 381000 our last balance',
    ' -270 fee of the closing transaction',
    '= 380730 our own output',
    ' 46000 HTLC outputs that came to us',
    ' -411 fees of our sweeps',
    '= 426319 to us',
  ]);
});

test('after a breach the last balance explains nothing, whoever took the outputs', () => {
  const breach = { kind: 'breach', localBalanceMsat: '410000000', feeSat: '226' } as const;
  const punished = { outcome: 'punished', stage: 'last', sweptSat: '900', feeSat: '100' } as const;
  const theirs = output(0, { what: 'to-remote', valueSat: '1000', ...punished });
  const ours = output(1, { valueSat: '500', ...swept('450', '50') });
  assert.equal(linesOf({ ...breach, initiator: 'remote', outputs: [theirs, ours] }), [
    '= 500 our own output',
    " 1000 outputs of the peer's that we took",
    ' -150 fees of our sweeps',
    '= 1350 to us',
  ]);
  const taken = output(0, { valueSat: '1000', ...punished });
  assert.equal(linesOf({ ...breach, initiator: 'local', outputs: [taken] }), [
    '= 1000 our own output',
    ' -1000 taken by the peer',
    '= 0 to us',
  ]);
});

test('what no source explains is said to be that, and what came as it was needs no words', () => {
  const outputs = [output(0, { what: 'cooperative-local', valueSat: '1000' })];
  const close = { kind: 'cooperative', outputs } as const;
  assert.equal(linesOf(close), []);
  assert.equal(linesOf({ ...close, localBalanceMsat: '1000000' }), []);
  assert.equal(linesOf({ ...close, localBalanceMsat: '1200000', feeSat: '150' }), [
    '= 1200 our last balance',
    ' -200 a difference that no source explains',
    '= 1000 our own output',
  ]);
});

test("the source's own sums are told with the outputs that come to as much", () => {
  const plain = (sat: string) => sat;
  const told = (settled: string, locked: string, outputs: readonly Output[]) =>
    statedSums(
      {
        sources: ['lnd-import'],
        close: { settledBalanceSat: settled, timeLockedBalanceSat: locked, outputs },
      },
      plain,
    );
  // What lnd told of 1865321x24x0, a channel of its testnet record.
  const stages = { outcome: 'timed-out', stage: 'first', sweepTxid: second } as const;
  const record = [
    output(0, {
      what: 'htlc-offered',
      valueSat: '124354',
      ...stages,
      sweptSat: '124187',
      feeSat: '167',
    }),
    output(1, { valueSat: '75419', outcome: 'claimed', stage: 'last' }),
    made(0, { what: 'htlc-offered', valueSat: '124187', outcome: 'timed-out', stage: 'last' }),
  ];
  assert.is(
    told('75419', '199606', record),
    'As lnd-import states it of the close: settled 75419, as much as our own output; ' +
      'time-locked 199606, as much as our own output and the HTLC outputs we claimed, ' +
      'after their first stage.',
  );
  assert.is(
    told('0', '900', record),
    'As lnd-import states it of the close: time-locked 900, to which no outputs that are told come.',
  );
  assert.is(
    told('900', '0', []),
    'As lnd-import states it of the close: settled 900, and no output is told of which it could be.',
  );
  assert.is(told('0', '0', record), '');
});

test.run();
