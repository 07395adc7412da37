import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fateOf } from '../../src/ledger/output-fates.ts';
import { outpointOf } from '../../src/lightning/ids.ts';
import { flowOf, type Part, type Step, type Subject } from '../../src/page/closed/flow.ts';
import { type Output, second, subjects, txid } from './closes.ts';

const sum = (all: readonly { readonly sat: bigint }[]) =>
  all.reduce((total, { sat }) => total + sat, 0n);
const stepsIn = (parts: readonly Part[]): readonly Step[] =>
  parts.flatMap(({ to }) => (typeof to === 'string' ? [] : [to, ...stepsIn(to.parts)]));

test('whatever is told, no satoshi is lost on the way and none appears', () => {
  fc.assert(
    fc.property(subjects, (subject) => {
      const { totalSat, steps, brought, sums } = flowOf(subject);
      assert.is(sum(steps), totalSat);
      for (const step of [...steps, ...stepsIn(steps.flatMap(({ parts }) => parts))]) {
        assert.is(sum(step.parts), step.sat);
      }
      const ended = [...sums.values()].reduce((total, sat) => total + sat, 0n);
      assert.is(ended, totalSat + sum(brought));
    }),
  );
});

const sumsOf = (subject: Subject) => Object.fromEntries(flowOf(subject).sums);
const output = (more: Partial<Output>): Output => ({
  outpoint: outpointOf(txid, 0),
  what: 'to-local',
  valueSat: '1000',
  ...more,
});
const closedWith = (
  more: Partial<Output>,
  initiator?: 'local' | 'remote' | 'unknown',
): Subject => ({
  capacitySat: '1000',
  close: { closingTxid: txid, outputs: [output(more)], ...(initiator && { initiator }) },
});

test('a claim whose fee nobody told is ours less that fee, and not ours as a whole', () => {
  assert.equal(sumsOf(closedWith({ outcome: 'claimed' })), { 'us-less-fee': 1000n });
  const split = closedWith({ outcome: 'claimed', sweptSat: '900', feeSat: '100' });
  assert.equal(sumsOf(split), { us: 900n, fees: 100n });
  // What arrived is told, the fee is not: the rest may have gone anywhere.
  const arrived = closedWith({ outcome: 'claimed', sweptSat: '900' });
  assert.equal(sumsOf(arrived), { us: 900n, unknown: 100n });
});

test("what a penalty took is the one's who did not broadcast the revoked state", () => {
  const penalty = { outcome: 'punished', sweptSat: '900', feeSat: '100' } as const;
  assert.equal(sumsOf(closedWith(penalty, 'remote')), { us: 900n, fees: 100n });
  assert.equal(sumsOf(closedWith(penalty, 'local')), { peer: 900n, fees: 100n });
  assert.equal(sumsOf(closedWith(penalty, 'unknown')), { unknown: 900n, fees: 100n });
});

test("of an unclaimed breach the peer's output is nobody's yet, in the picture as in words", () => {
  const toRemote = output({ what: 'to-remote', valueSat: '399000' });
  const amounts = { valueSat: 399_000n, sweptSat: undefined, feeSat: undefined };
  const said = (kind: 'breach' | 'remote-force', initiator: 'local' | 'remote') => {
    const close = { kind, initiator, closingTxid: txid, outputs: [toRemote] };
    return [sumsOf({ capacitySat: '399000', close }), fateOf({ ...toRemote, ...amounts }, close)];
  };
  assert.equal(said('breach', 'remote'), [{ open: 399_000n }, 'not claimed yet']);
  assert.equal(said('breach', 'local'), [{ peer: 399_000n }, 'paid to them']);
  assert.equal(said('remote-force', 'remote'), [{ peer: 399_000n }, 'paid to them']);
});

test("a penalty on a commitment whose label tells its owner needs nobody's word on who gave up", () => {
  const penalty = output({ outcome: 'punished', sweptSat: '900', feeSat: '100' });
  const sums = (kind: 'local-force' | 'remote-force', initiator: 'remote' | 'local' | 'unknown') =>
    sumsOf({
      capacitySat: '1000',
      close: { kind, initiator, closingTxid: txid, outputs: [penalty] },
    });
  assert.equal(sums('remote-force', 'unknown'), { us: 900n, fees: 100n });
  assert.equal(sums('remote-force', 'local'), { us: 900n, fees: 100n });
  assert.equal(sums('local-force', 'remote'), { peer: 900n, fees: 100n });
});

test('a first stage leads to the output that it made; until that is claimed nobody has it', () => {
  const stage = { outcome: 'timed-out', stage: 'first', sweepTxid: second } as const;
  const first = output({ ...stage, what: 'htlc-offered', sweptSat: '900', feeSat: '100' });
  const made = output({ outpoint: outpointOf(second, 0), what: 'htlc-offered', valueSat: '900' });
  const subject = (outputs: Output[]): Subject => {
    return { capacitySat: '1000', close: { closingTxid: txid, outputs } };
  };
  assert.equal(sumsOf(subject([first])), { open: 900n, fees: 100n });
  assert.equal(sumsOf(subject([first, made])), { open: 900n, fees: 100n });
  const claimed: Output = { ...made, outcome: 'claimed', sweptSat: '850', feeSat: '50' };
  assert.equal(sumsOf(subject([first, claimed])), { us: 850n, fees: 150n });
});

test('a fee that is more than the output was is paid with coins that the sweep brought along', () => {
  const anchor = closedWith({
    what: 'anchor-local',
    outcome: 'claimed',
    sweptSat: '0',
    feeSat: '1300',
  });
  const { totalSat, brought, sums } = flowOf(anchor);
  assert.is(totalSat, 1000n);
  assert.equal(brought, [{ sat: 300n, to: 'fees' }]);
  assert.equal(Object.fromEntries(sums), { fees: 1300n });
});

test('what nobody told of a channel is unknown, and a summary that contradicts itself says so', () => {
  const none: Subject = { capacitySat: '1000', close: { kind: 'local-force', outputs: [] } };
  assert.equal(sumsOf(none), { unknown: 1000n });
  assert.is(flowOf({ close: { outputs: [] } }).totalSat, 0n);
  const much = flowOf({ ...closedWith({ outcome: 'lost' }), capacitySat: '600' });
  assert.equal([much.totalSat, much.excessSat], [1000n, 400n]);
});

test.run();
