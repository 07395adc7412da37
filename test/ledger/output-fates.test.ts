import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fateOf } from '../../src/ledger/output-fates.ts';

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

test.run();
