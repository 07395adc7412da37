/** The plot among nodes that use anchors: every end of a channel is told by its scripts. */
import { suite } from 'uvu';
import { equal, ok } from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { runScenario } from '../../../src/sources/ldk/scenario.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { LdkTranslator } from '../../../src/sources/ldk/translate/translator.ts';

const anchors = suite('with anchors');
const records: TapRecord[] = [];
const sink = (record: TapRecord) => records.push(record);
const { network } = await runScenario({ seed: 'anchors', payments: 20, anchors: true, sink });
const ledger = await openLedger(':memory:');
const bob = network.node('bob').id;
const translator = new LdkTranslator('regtest');
const own = records.filter(({ node }) => node === bob);
const report = await ledger.recordBatch(own.flatMap((record) => translator.translate(record)));

const closes = () => ledger.closed().map(({ close, status }) => ({ ...close, status }));

anchors('a close of any kind is resolved, and nothing of it contradicts', () => {
  equal(report.quarantined, 0);
  ok(closes().length >= 2);
  ok(closes().some(({ kind }) => kind !== 'cooperative'));
  ok(closes().every(({ status }) => status === 'resolved'));
});

anchors("an anchor is nobody's balance, and each end has one", () => {
  for (const { kind, outputs = [] } of closes()) {
    const found = outputs.filter(({ what }) => what.startsWith('anchor'));
    if (kind === 'cooperative') equal(found, []);
    else equal(found.map(({ what }) => what).sort(), ['anchor-local', 'anchor-remote']);
    ok(found.every(({ valueSat, outcome }) => valueSat === 330n && outcome === undefined));
    equal(
      outputs.filter(({ what }) => what === 'unknown'),
      [],
    );
  }
});

anchors('a fee that is derived is not counted as checked', async () => {
  const { rules, broken } = await ledger.verify();
  equal(broken, []);
  for (const wanted of ['outputs-sum-to-capacity', 'sweep-conserves']) {
    const rule = rules.find((one) => one.rule === wanted);
    equal(rule?.checked, 0);
    ok(rule?.notCheckable.some(({ why }) => why === 'the fee was derived, not told'));
  }
  await ledger.close();
});

anchors.run();
