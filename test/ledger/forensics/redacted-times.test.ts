/** Times in a redacted dossier that were only placed: rounded outwards, in the unit of their length. */
import { suite } from 'uvu';
import { is } from 'uvu/assert';
import type { Dossier } from '../../../src/ledger/forensics/dossier.ts';
import { redacted } from '../../../src/ledger/forensics/redact.ts';
import { timeText } from '../../../src/schema/time.ts';
import type { TimeBounds } from '../../../src/schema/time-bounds.ts';

const DAY = 86_400;
const BEGAN = 1_700_000_000;
const at = (seconds: number) => timeText(BigInt(Math.round((BEGAN + seconds) * 1000)) * 1_000_000n);

/** A time of so many seconds after the beginning, as the file of a stranger has it. */
function shown(seconds: number, bounds: TimeBounds | undefined, beganAtBounds?: TimeBounds) {
  const dossier: Dossier = {
    nodeId: 'us',
    channelId: 'channel',
    verdict: { cause: 'unknown', by: 'unknown', basis: 'unknown', events: [] },
    beganAt: at(0),
    ...(beganAtBounds && { beganAtBounds }),
    sections: [
      {
        title: 'Times',
        lines: [
          {
            basis: 'stated',
            events: [],
            parts: [{ kind: 'time', value: at(seconds), ...(bounds && { bounds }) }],
          },
        ],
      },
    ],
  };
  return redacted(dossier).sections[0]?.lines[0]?.text;
}

const tests = suite('a redacted time');

tests('that was told, from a beginning that was told, is exact', () => {
  is(shown(-1_667_136, undefined), '-1667136.000 s');
  is(shown(0.5, undefined), '+0.500 s');
});

tests(
  'that was placed says no more digits than are known, and never leaves the true time out',
  () => {
    // 19.29 days before, 2162.75 days after.
    const bounds = { notBefore: at(-1_667_136), notAfter: at(186_862_087.218) };
    is(shown(90_000_000, bounds), '-20 d to +2163 d (placed)');
    is(
      shown(1.5 * DAY, { notBefore: at(1.2 * DAY), notAfter: at(2.9 * DAY) }),
      '+28 h to +3 d (placed)',
    );
    is(
      shown(-1.5 * DAY, { notBefore: at(-2.9 * DAY), notAfter: at(-1.2 * DAY) }),
      '-3 d to -28 h (placed)',
    );
    is(shown(7, { notBefore: at(-0.5), notAfter: at(0.5) }), '-1 s to +1 s (placed)');
    is(shown(7, { notBefore: at(0.5) }), '+0 or later (placed)');
    is(shown(7, { notAfter: at(-0.5) }), '-0 or earlier (placed)');
    is(shown(7, {}), '[time not told]');
  },
);

tests('of the beginning itself claims nobody who began it', () => {
  const bounds = { notBefore: at(-DAY), notAfter: at(DAY) };
  is(shown(0, bounds, bounds), 'time 0 (placed)');
  is(shown(60, undefined, bounds), '-24 h to +25 h (placed)');
});

tests.run();
