/** Equal forwards within a whole second, as older lncli prints them, over the pages of fwdinghistory. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { knownBy } from '../../../src/cli/import-known.ts';
import { NodeId } from '../../../src/lightning/ids.ts';
import { emptyLedger, fileOf, importInto } from './importing.ts';

const ofNode = { nodeId: `02${'11'.repeat(32)}`, chain: 'bitcoin' };
/** Equal but for the second in which they were. */
const forwardAt = (timestamp: number, fee_msat = '1000') => ({
  timestamp: String(timestamp),
  chan_id_in: String(700_000n << 40n),
  chan_id_out: String(700_001n << 40n),
  amt_in_msat: '1001000',
  amt_out_msat: '1000000',
  fee_msat,
});
const page = (last_offset_index: number, ...forwarding_events: readonly object[]) =>
  fileOf('page.json', JSON.stringify({ forwarding_events, last_offset_index }));

const [T, LATER] = [1_600_000_000, 1_600_000_001];
const first = page(3, forwardAt(T - 1), forwardAt(T, '999'), forwardAt(T));
/** A page that lies within the second, and one that ends it. */
const second = page(5, forwardAt(T), forwardAt(T, '999'));
const third = page(7, forwardAt(T), forwardAt(LATER));

async function countAfter(...imports: readonly (readonly string[])[]) {
  const ledger = await emptyLedger();
  const added: number[] = [];
  const untold: string[] = [];
  for (const paths of imports) {
    const known = knownBy(ledger, NodeId(ofNode.nodeId));
    const { events, quarantined, tally } = await importInto(ledger, paths, { ...ofNode, known });
    assert.is(quarantined, 0);
    added.push(events);
    untold.push(...tally.cannotTell.filter((line) => line.startsWith('whether forwards')));
  }
  const forwards = ledger.forwards().map(({ at, feeMsat }) => `${at.slice(17, 19)} ${feeMsat}`);
  await ledger.close();
  return { forwards: forwards.sort(), added, untold };
}

const all = ['39 1000', '40 1000', '40 1000', '40 1000', '40 999', '40 999', '41 1000'];

test('equal forwards on both sides of a page are several, in whatever order the pages are named', async () => {
  for (const pages of [
    [first, second, third],
    [third, first, second],
    [second, third, first],
  ]) {
    const { forwards, added } = await countAfter(pages, pages, [first], [second], [third]);
    assert.equal(forwards, all);
    assert.equal(added.slice(1), [0, 0, 0, 0]);
  }
});

test('pages that are imported one by one, in any order and again, are several forwards too', async () => {
  for (const order of [
    [first, second, third],
    [third, second, first],
    [second, third, first],
    [second, first, third],
  ]) {
    const again = [...order, first, second, third].map((path) => [path]);
    const { forwards, added, untold } = await countAfter(...again, [third, first, second]);
    assert.equal(forwards, all);
    assert.equal(added.slice(order.length), [0, 0, 0, 0]);
    assert.equal(untold, []);
  }
});

test('of pages without the one between it is said that they may share what is equal, until it comes', async () => {
  const apart = await countAfter([first], [third]);
  assert.equal(apart.forwards, ['39 1000', '40 1000', '40 999', '41 1000']);
  assert.equal(apart.untold, [
    'whether forwards that are equal within a second are several, on pages of fwdinghistory that do not ' +
      'follow one another: they are counted once until the pages between are imported, and then these again',
  ]);
  assert.equal((await countAfter([first], [third], [second], [third])).forwards, all);
});

test('of pages without their numbers it is said that they share what is equal', async () => {
  const unnumbered = (...forwarding_events: readonly object[]) =>
    fileOf('page.json', JSON.stringify({ forwarding_events }));
  const pages = [
    unnumbered(forwardAt(T, '999'), forwardAt(T), forwardAt(T)),
    unnumbered(forwardAt(T)),
  ];
  const { forwards, untold } = await countAfter(...pages.map((path) => [path]));
  assert.equal(forwards, ['40 1000', '40 1000', '40 999']);
  assert.is(untold.length, 2);
  assert.match(untold[0] ?? '', 'kept without their last_offset_index');
});

test('a page that has grown, and one that begins earlier, share what they both hold', async () => {
  const grown = page(6, forwardAt(T), forwardAt(T, '999'), forwardAt(T));
  const earlier = page(4, forwardAt(T, '999'), forwardAt(T), forwardAt(T));
  const { forwards } = await countAfter([second], [grown], [first], [earlier]);
  assert.equal(forwards, ['39 1000', '40 1000', '40 1000', '40 1000', '40 999', '40 999']);
});

test('a page that is named twice, or asked for again from another moment on, adds nothing', async () => {
  const again = page(2, forwardAt(T, '999'), forwardAt(T));
  const { forwards } = await countAfter([first, first], [again]);
  assert.equal(forwards, ['39 1000', '40 1000', '40 999']);
});

test('pages whose numbers do not follow each other share what is equal', async () => {
  const { forwards } = await countAfter([first, page(9, forwardAt(T), forwardAt(LATER))]);
  assert.equal(forwards, ['39 1000', '40 1000', '40 999', '41 1000']);
});

test.run();
