import fc from 'fast-check';
import { suite } from 'uvu';
import { is, throws } from 'uvu/assert';
import { parseTimeNs, timeNsOf, timeText } from '../../src/schema/time.ts';

const time = suite('a time');
const run = { seed: 20_261_121, numRuns: 1000 };
/** To the year 9999. */
const moments = fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_999n });

time('is stored in UTC with nine decimals', () => {
  is(timeText(1_767_225_600_000_000_001n), '2026-01-01T00:00:00.000000001Z');
  is(timeText(0n), '1970-01-01T00:00:00.000000000Z');
});

time('comes back to the nanosecond', () => {
  fc.assert(
    fc.property(moments, (ns) => {
      is(timeNsOf(timeText(ns)), ns);
      is(parseTimeNs(timeText(ns)), ns);
    }),
    run,
  );
});

time('sorts as text as it sorts as a number', () => {
  fc.assert(
    fc.property(moments, moments, (a, b) => {
      is(timeText(a) < timeText(b), a < b);
    }),
    run,
  );
});

const written: readonly (readonly [string, string])[] = [
  ['2026-03-14', '2026-03-14T00:00:00.000000000Z'],
  ['2026-03-14T15:09', '2026-03-14T15:09:00.000000000Z'],
  ['2026-03-14 15:09:26', '2026-03-14T15:09:26.000000000Z'],
  ['2026-03-14T15:09:26.5Z', '2026-03-14T15:09:26.500000000Z'],
  ['2026-03-14T15:09:26+01:00', '2026-03-14T14:09:26.000000000Z'],
  ['2026-03-14t15:09:26z', '2026-03-14T15:09:26.000000000Z'],
];
for (const [text, stored] of written) {
  time(`written ${text} is ${stored}`, () => {
    is(timeText(parseTimeNs(text)), stored);
  });
}

for (const text of [
  '',
  'yesterday',
  '2026-13-01',
  '2026-02-30',
  '2026-03-14T25:00',
  '14.03.2026',
  '1e9',
]) {
  time(`is not ${JSON.stringify(text)}`, () => {
    throws(() => parseTimeNs(text), /is not a time: write it like/);
  });
}

time('in another form than the stored one is refused where a stored one is read', () => {
  for (const text of ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000000+00:00', 'x']) {
    throws(() => timeNsOf(text), /is not RFC 3339 UTC with nine decimals/);
  }
});

time.run();
