/** Equal forwards within a whole second, as older lncli prints them, over the pages of fwdinghistory. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
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
  for (const paths of imports) {
    const { events, quarantined } = await importInto(ledger, paths, ofNode);
    assert.is(quarantined, 0);
    added.push(events);
  }
  const forwards = ledger.forwards().map(({ at, feeMsat }) => `${at.slice(17, 19)} ${feeMsat}`);
  await ledger.close();
  return { forwards: forwards.sort(), added };
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
