import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fateOf, holderOf, publisherOf } from '../../src/ledger/output-fates.ts';

const theirs = { kind: 'remote-force', initiator: 'remote' } as const;
const theirBreach = { kind: 'breach', initiator: 'remote' } as const;
const ourBreach = { kind: 'breach', initiator: 'local' } as const;

/** BOLT 5: the outputs of a revoked commitment are the other side's to take, to_remote is its own. */
test('what became of an output is told by its claim, else by what it is', () => {
  const claimed = { outcome: 'claimed', sweptSat: 900n, feeSat: 0n } as const;
  const cases = [
    [{ what: 'to-local', ...claimed, sweepTxid: undefined }, theirs, 'paid to us'],
    [{ what: 'to-local', ...claimed, feeSat: 1n }, theirs, 'claimed'],
    [{ what: 'htlc-offered', outcome: 'lost' }, theirs, 'lost'],
    [{ what: 'cooperative-local' }, theirs, 'paid to us'],
    [{ what: 'cooperative-remote' }, theirs, 'paid to them'],
    [{ what: 'to-remote' }, theirs, 'paid to them'],
    [{ what: 'to-remote' }, theirBreach, 'not claimed yet'],
    [{ what: 'to-remote' }, ourBreach, 'paid to them'],
    [{ what: 'to-local' }, theirBreach, 'not claimed yet'],
    [{ what: 'anchor-local' }, theirs, 'not claimed'],
    [{ what: 'unknown' }, theirs, 'unknown'],
  ] as const;
  for (const [output, close, fate] of cases) {
    assert.is(fateOf({ valueSat: 900n, ...output }, close), fate);
  }
});

test('whose an output is follows its words', () => {
  const cases = [
    [{ what: 'to-local', outcome: 'claimed' }, theirs, 'us'],
    [{ what: 'htlc-offered', outcome: 'timed-out' }, theirs, 'us'],
    [{ what: 'htlc-offered', outcome: 'lost' }, theirs, 'peer'],
    [{ what: 'to-local', outcome: 'unclaimed' }, theirs, 'open'],
    [{ what: 'to-local', outcome: 'abandoned' }, theirs, 'open'],
    [{ what: 'cooperative-local' }, theirs, 'us'],
    [{ what: 'cooperative-remote' }, theirs, 'peer'],
    [{ what: 'to-remote' }, theirs, 'peer'],
    [{ what: 'to-remote' }, theirBreach, 'open'],
    [{ what: 'to-remote' }, ourBreach, 'peer'],
    [{ what: 'anchor-local' }, theirs, 'open'],
    [{ what: 'unknown' }, theirs, 'unknown'],
    [{ what: 'to-local', outcome: 'punished' }, theirBreach, 'us'],
    [{ what: 'to-local', outcome: 'punished' }, ourBreach, 'peer'],
    [
      { what: 'to-local', outcome: 'punished' },
      { kind: 'breach', initiator: 'unknown' },
      'unknown',
    ],
  ] as const;
  for (const [output, close, holder] of cases) assert.is(holderOf(output, close), holder);
});

test('a commitment is published by its owner, whoever gave the channel up', () => {
  const cases = [
    [{ kind: 'local-force', initiator: 'remote' }, 'local'],
    [{ kind: 'remote-force', initiator: 'local' }, 'remote'],
    [{ kind: 'remote-force', initiator: 'unknown' }, 'remote'],
    [{ kind: 'breach', initiator: 'local' }, 'local'],
    [{ kind: 'breach', initiator: 'unknown' }, undefined],
    [{ kind: 'unknown', initiator: 'both' }, undefined],
  ] as const;
  for (const [close, side] of cases) assert.is(publisherOf(close), side);
  // A recorded commitment is known by its transaction.
  assert.is(publisherOf({ kind: 'breach', initiator: 'unknown' }, 'remote'), 'remote');
  assert.is(publisherOf({ kind: 'local-force' }, 'remote'), 'remote');
});

test.run();
