/** What importers say of a gap is this program's own, and stands in a redacted file as it is. */
import { suite } from 'uvu';
import { equal, ok } from 'uvu/assert';
import { gapPart } from '../../../src/ledger/forensics/own-words.ts';
import { words } from '../../../src/ledger/forensics/parts.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { importCln, L1, L2, realDatabase, shownAnswers } from '../../sources/cln/real-cln.ts';
import { cutAfter, observationsOf } from '../../sources/electrum/wallets.ts';

const tests = suite('own words');

function gapsIn(observations: readonly Observation[]): readonly string[] {
  return observations.flatMap((observation) => {
    if (!('fact' in observation) || observation.fact.type !== 'RecordingGap') return [];
    return [String(observation.fact.data.why)];
  });
}

tests(
  'every gap that an importer tells of the real records is in words that are known',
  async () => {
    const l1 = { nodeId: L1, chain: 'regtest' } as const;
    const l2 = { nodeId: L2, chain: 'regtest' } as const;
    const imports = [
      (await observationsOf(cutAfter(0))).observations,
      (await importCln([realDatabase('l1-before-moves-in-db')], l1)).observations,
      (await importCln([realDatabase('v0.12.1-forward')], l1)).observations,
      (await importCln([realDatabase('l2-missed-p2wpkh-CLOSED')], l2)).observations,
      (await importCln(shownAnswers('listclosedchannels'), l1)).observations,
      (await importCln(shownAnswers('listhtlcs'), l1)).observations,
    ];
    const gaps = imports.flatMap(gapsIn);
    ok(gaps.length > 9, String(gaps.length));
    equal(
      gaps.filter((why) => gapPart(why) !== why),
      [],
    );
  },
);

tests('a gap is in our own words letter by letter, with numbers as channels count', () => {
  const missing = (what: string) => `${what} came before the closing transaction was seen`;
  const ours = [
    missing('OutputResolved'),
    missing('CloseUnconfirmed'),
    missing('ChannelFullyResolved'),
    'local commitments 3 to 99999999 were not seen',
    'offered HTLC 7 is gone, and whether it was paid is not known',
  ];
  const others = [
    missing('AliceOfZurich'),
    // An event that is told only of a close that was seen.
    missing('OutputUnconfirmed'),
    missing('HtlcSettled'),
    // A short channel id as one number, a telephone number, a time.
    'local commitments 3 to 770000123456789 were not seen',
    'offered HTLC 0041441234567 is gone, and whether it was paid is not known',
    'its update log holds 1767225600 changes, and commitment 3 is the newest',
    'local commitment 3 was given up before its successor was seen at home',
  ];
  equal(ours.map(gapPart), ours);
  equal(others.map(gapPart), others.map(words));
});

tests.run();
