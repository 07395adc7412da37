/** Lists that name no time, told together or one by one: what dates a channel's block dates what was told of it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { parseTimeNs } from '../../../src/schema/time.ts';
import { emptyLedger, fileOf, importInto, NOW_NS } from './importing.ts';
import { newer, shownBy } from './state.ts';

const { payments, invoices, channels, closedChannels, information, peers } = newer;
const ofNode = { nodeId: String(information.identity_pubkey), chain: 'testnet', nowNs: NOW_NS };
const json = (part: object) => fileOf('part.json', JSON.stringify(part));
const getinfo = json(information);

/** What lncli prints, a command a file, and no getinfo with any. */
const parts = [
  json({ channels }),
  json({ channels: closedChannels }),
  json({ payments, invoices }),
  json({ peers }),
];
const [openFile = '', closedFile = '', listsFile = '', peersFile = ''] = parts;
const together = [parts];
const apart = parts.map((path) => [path]);

async function ledgerOf(imports: readonly (readonly string[])[]): Promise<Ledger> {
  const ledger = await emptyLedger();
  for (const paths of imports) {
    assert.is((await importInto(ledger, paths, ofNode)).quarantined, 0);
  }
  return ledger;
}

const MOMENTS = ['2012-01-01', '2016-01-01', '2019-09-01', '2020-03-01', '2021-06-01'];
const asOf = (day: string) =>
  ({ kind: 'time', timeNs: parseTimeNs(`${day}T00:00:00.000000000Z`) }) as const;

async function answersAfter(imports: readonly (readonly string[])[]) {
  const ledger = await ledgerOf(imports);
  const moments = MOMENTS.map((day) => {
    const at = asOf(day);
    return [ledger.channels({ at }), ledger.closed({ at })];
  });
  // Ids of events hold for one ledger only where they name a payment.
  const entries = ledger.accounting().entries.map(({ eventIds: _, ...entry }) => entry);
  const text = JSON.stringify([moments, entries], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const answers = { shown: shownBy(ledger), text };
  await ledger.close();
  return answers;
}

test('told together or one by one, in any order, they give the same answers, now and as of any time', async () => {
  const expected = await answersAfter(together);
  for (const imports of [
    apart,
    apart.toReversed(),
    [[closedFile, peersFile], [openFile], [listsFile]],
  ]) {
    assert.ok((await answersAfter(imports)).shown === expected.shown);
    assert.ok((await answersAfter(imports)).text === expected.text);
  }
});

test('so they do with a getinfo that came by itself, first or last', async () => {
  const expected = await answersAfter([...together, [getinfo]]);
  for (const imports of [
    [[getinfo], ...apart],
    [...apart.toReversed(), [getinfo]],
  ]) {
    assert.equal(await answersAfter(imports), expected);
  }
});

/** Blocks that transactions of the wallet date: of the funding, and between it and the answer. */
const FUNDED = 1_865_365;
const header = (block_height: number, time_stamp: string) => ({
  tx_hash: String(block_height).padStart(64, '0'),
  block_height,
  time_stamp,
});
const dating = json({ transactions: [header(FUNDED, '1602600000')] });
const fundedAt = '2020-10-13T14:40:00.000000000Z';
const [funded] = channels.filter(({ chan_id }) => Number(BigInt(chan_id) >> 40n) === FUNDED);
assert.ok(funded);
const alone = json({ channels: [funded] });

test('a channel is not open, and no balance known, before its funding block, once that is dated', async () => {
  for (const imports of [[[alone], [dating]], [[dating], [alone]], [[alone, dating]]]) {
    const ledger = await ledgerOf(imports);
    const [shown] = ledger.channels();
    assert.equal(
      [shown?.balanceAt, shown?.balanceAtBounds, shown?.lastEventAt, shown?.statedTotalsAt],
      [
        fundedAt,
        { notBefore: fundedAt, notAfter: '2025-10-09T08:53:20.000000000Z' },
        fundedAt,
        fundedAt,
      ],
    );
    assert.equal(ledger.channels({ at: asOf('2020-10-13') }), []);
    assert.throws(
      () => ledger.channel(funded.channel_point, { at: asOf('2020-10-13') }),
      /nothing is known as of that moment/,
    );
    assert.is(ledger.channels({ at: asOf('2020-10-14') }).length, 1);
    await ledger.close();
  }
});

test('its opening stands in the books at its block, and not at a bound of an answer', async () => {
  for (const imports of [[[alone], [dating]], [[alone, dating, getinfo]]]) {
    const ledger = await ledgerOf(imports);
    const [open] = ledger.accounting().entries;
    assert.equal(
      [open?.type, open?.at, open?.atBounds, open?.isAtLatest, open?.description],
      ['channel-open', fundedAt, undefined, undefined, `opened in block ${FUNDED}`],
    );
    await ledger.close();
  }
});

test('an answer that was told with getinfo is of its moment, not of the funding', async () => {
  const ledger = await ledgerOf([[alone, getinfo], [dating]]);
  const [shown] = ledger.channels();
  assert.is(shown?.balanceAt?.slice(0, 19), '2021-07-04T19:18:45');
  assert.is(shown?.balanceAtBounds?.notBefore, '2021-07-04T19:18:45.000000000Z');
  await ledger.close();
});

test.run();
