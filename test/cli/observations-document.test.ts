/** What docs/observations.md shows is imported, and what it says of bad lines is so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const document = readFileSync(join(docs, 'observations.md'), 'utf8');
const examples = [...document.matchAll(/^```json\n(.*)\n```$/gm)].map(([, line]) => line ?? '');
const place = temporaryDirectory();
const file = join(place, 'seen.ndjson');

async function importLines(lines: readonly string[], ledger: string) {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const args = ['import', 'observations', file, '--ledger', join(place, ledger)];
  return runInProcess(args, { ledgers });
}

/** The first example with one field of its `data` or of itself changed. */
function changed(index: number, change: (observation: Record<string, unknown>) => void): string {
  const observation: Record<string, unknown> = JSON.parse(examples[index] ?? '');
  change(observation);
  return JSON.stringify(observation);
}

test('the examples are the file that the document names', () => {
  assert.ok(examples.length > 10);
  assert.is(`${examples.join('\n')}\n`, readFileSync(join(docs, 'observations.ndjson'), 'utf8'));
});

test('the examples are recorded, none in quarantine, and what comes of them is sound', async () => {
  const { exitCode, out, err } = await importLines(examples, 'life.db');
  assert.is(err, '');
  assert.is(exitCode, 0);
  assert.match(out, `${examples.length} observations: 16 events recorded, 0 observations known`);
  assert.not.match(out, 'quarantine');
  const ledger = await ledgers.openLedger(join(place, 'life.db'), { readonly: true });
  const [closed] = ledger.closed();
  assert.is(closed?.close.kind, 'cooperative');
  assert.equal(ledger.problems(), []);
  assert.ok((await ledger.verify()).isSound);
  await ledger.close();
});

test('an HTLC that one teller tells in two ways is a problem, whichever commitment tells it', async () => {
  const otherwise = (index: number, key: string) =>
    changed(index, (one) => {
      const { data } = one;
      const [htlc] = Reflect.get(data ?? {}, 'htlcs');
      Object.assign(one, { key });
      Object.assign(htlc, { amountMsat: '31000000' });
    });
  const onTheOtherSide = examples.with(8, otherwise(8, '109'));
  const onTheSameSide = examples.toSpliced(8, 0, otherwise(7, '108b'));
  const toldLate = 'told by my-node: CommitmentUpdated was recorded before with other values';
  const longAfter = [...examples, otherwise(7, '116')];
  for (const [name, lines] of Object.entries({ onTheOtherSide, onTheSameSide, longAfter })) {
    const { out } = await importLines(lines, `${name}.db`);
    assert.match(out, '1 observation in quarantine');
    const ledger = await ledgers.openLedger(join(place, `${name}.db`), { readonly: true });
    const told =
      'told by my-node: offered HTLC 0 was told with msat 30000000, and now with 31000000';
    const [problem] = ledger.problems();
    const detail = name === 'longAfter' ? toldLate : told;
    assert.equal(
      [problem?.kind, problem?.rule, problem?.detail],
      ['quarantine', 'fact-restated', detail],
    );
    await ledger.close();
  }
});

test('a bad line ends the import; mended, only the rest is added', async () => {
  const torn = [...examples.slice(0, 5), '{"about":', ...examples.slice(5)];
  const stopped = await importLines(torn, 'mended.db');
  assert.is(stopped.exitCode, 1);
  assert.match(stopped.err, /seen\.ndjson line 6 \(byte \d+\): it is not JSON; what stood before/);
  const again = await importLines(examples, 'mended.db');
  assert.is(again.exitCode, 0);
  assert.match(again.out, /14 observations: 11 events recorded, 5 observations known already/);
});

const wrong: readonly (readonly [line: string, says: RegExp])[] = [
  ['[]', /line 1 \(byte 0\): an observation is a JSON object;/],
  [changed(0, (it) => Object.assign(it, { about: 'weather' })), /: about: an observation is about/],
  [changed(0, (it) => Object.assign(it, { type: 'Sunshine' })), /is no observation about a node/],
  [
    changed(0, (it) => Object.assign(it, { happenedAt: '2026-03-14T15:09:26Z' })),
    /: happenedAt: expected a time in UTC with nine decimals, such as 2026-[^;]*;/,
  ],
  [
    changed(0, (it) => Object.assign(it, { happenedAt: '2026-13-14T15:09:26.000000000Z' })),
    /: happenedAt is no time that there is;/,
  ],
  [
    changed(0, (it) => Object.assign(it, { evidnce: '' })),
    /: there is no field evidnce: it may be/,
  ],
  [
    changed(3, (it) => Object.assign(it.data ?? {}, { capacitySat: 1_000_000 })),
    /: data\.capacitySat: expected sat as a string of decimal digits from 0 on, such as "1000", not a number/,
  ],
  [
    changed(3, (it) => Object.assign(it.data ?? {}, { opener: 'me' })),
    /: data\.opener: expected one of local, remote, not a text/,
  ],
  [
    changed(7, (it) => Object.assign(it.data ?? {}, { htlcs: [{ id: 0 }] })),
    /: data\.htlcs\.0\.direction is missing: expected one of offered, received;/,
  ],
];

for (const [line, says] of wrong) {
  test(`a line that does not fit is told in words: ${says.source}`, async () => {
    const { exitCode, err } = await importLines([line], 'wrong.db');
    assert.match(err, says);
    assert.is(exitCode, 1);
  });
}

test.run();
