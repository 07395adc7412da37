/** Which entries belong to a span of time, and which may. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isIn, mayBeIn } from '../../../src/ledger/accounting/span.ts';
import { at } from '../answers/rows.ts';

const span = { from: at(20), to: at(30) };

test('from its first moment on, and before its last', () => {
  const minutes = [19, 20, 29, 30].map((minute) => isIn({ at: at(minute) }, span));
  assert.equal(minutes, [false, true, true, false]);
  assert.ok(isIn({ at: at(1) }, { from: undefined, to: undefined }));
});

test('what stands outside may belong to it only where its bounds reach in', () => {
  const cases = [
    [{ at: at(10) }, false],
    [{ at: at(10), atBounds: { notBefore: at(5), notAfter: at(19) } }, false],
    [{ at: at(10), atBounds: { notBefore: at(5), notAfter: at(20) } }, true],
    [{ at: at(10), atBounds: { notBefore: at(5) } }, true],
    [{ at: at(40), atBounds: { notBefore: at(30), notAfter: at(50) } }, false],
    [{ at: at(40), atBounds: { notBefore: at(29), notAfter: at(50) } }, true],
    [{ at: at(40), isAtLatest: true }, true],
    [{ at: at(10), isAtLatest: true }, false],
    [{ at: at(25), atBounds: { notBefore: at(5), notAfter: at(40) } }, false],
  ] as const;
  for (const [entry, expected] of cases) {
    assert.is(mayBeIn(entry, span), expected, JSON.stringify(entry));
  }
});

test.run();
