/** Copies of one node's records, older and newer, in either order; and two tellers of it. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { emptyLedger, fileOf, importInto, NOW_NS, realFile } from './importing.ts';
import { newer, type State, shownBy } from './state.ts';

const spent = newer.channels[0];
assert.ok(spent);

/** The same node a week earlier: the first channel had sent 1,000 sat less. */
const older: State = structuredClone(newer);
older.information.best_header_timestamp = '1624821525';
older.information.block_height = 2_006_000;
older.information.block_hash = 'ab'.repeat(32);
older.peers = [];
const earlier = older.channels[0];
assert.ok(earlier);
earlier.local_balance = String(BigInt(spent.local_balance) + 1_000n);
earlier.remote_balance = String(BigInt(spent.remote_balance) - 1_000n);
earlier.total_satoshis_sent = String(BigInt(spent.total_satoshis_sent) - 1_000n);

const olderFile = fileOf('older.json', JSON.stringify(older));
const newerFile = fileOf('newer.json', JSON.stringify(newer));
const closedDatabase = realFile('closed-channels.channel.db');

async function after(
  ...imports: readonly string[][]
): Promise<{ readonly shown: string; readonly ledger: Ledger }> {
  const ledger = await emptyLedger();
  for (const paths of imports) {
    const { quarantined } = await importInto(ledger, paths, { nowNs: NOW_NS });
    assert.is(quarantined, 0);
  }
  return { shown: shownBy(ledger), ledger };
}

test('an older copy that is imported later takes its place in time', async () => {
  const inOrder = await after([olderFile], [newerFile]);
  const inReverse = await after([newerFile], [olderFile]);
  assert.ok(inReverse.shown === inOrder.shown);
  for (const { ledger } of [inOrder, inReverse]) {
    assert.ok((await ledger.verify()).isSound);
    const history = [...ledger.history(spent.channel_point)].map(({ type }) => type);
    assert.is(history.filter((type) => type === 'BalanceObserved').length, 2);
    const view = ledger
      .channels()
      .find(({ fundingOutpoint }) => fundingOutpoint === spent.channel_point);
    assert.is(view?.statedTotals?.sentMsat, BigInt(spent.total_satoshis_sent) * 1000n);
    await ledger.close();
  }
});

test('both copies again, in any order, append nothing', async () => {
  const { ledger } = await after([newerFile], [olderFile]);
  const again = [await importInto(ledger, [olderFile]), await importInto(ledger, [newerFile])];
  assert.equal(
    again.map(({ events, quarantined }) => [events, quarantined]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  await ledger.close();
});

/** The answers that the same node would have given: what the database states, as lncli prints it. */
const answersOfDatabase = fileOf(
  'closed.json',
  JSON.stringify({
    identity_pubkey: '03a7ce3e76d8ac5ad390ca555ff29e9afdae8512750198ad1228b53b2d6b1c9fc5',
    chains: [{ chain: 'bitcoin', network: 'regtest' }],
    channels: [
      {
        channel_point: 'e00f0b092b8845e68cf3806732b35cdcaff739ad42be83c705cd2746580e820d:0',
        chan_id: String((443n << 40n) | (4n << 16n)),
        closing_tx_hash: '18a773584246ebf5f7f8c8743b23c3a307131b7576da8896ee87e7f99b4de87c',
        remote_pubkey: '0233444ea1ceeb9855d438451ef33a880d4c183aad3c8728697c17e18427ee332c',
        capacity: '200000',
        close_height: 449,
        settled_balance: '150000',
        time_locked_balance: '0',
        close_type: 'COOPERATIVE_CLOSE',
        open_initiator: 'INITIATOR_REMOTE',
        close_initiator: 'INITIATOR_REMOTE',
        resolutions: [],
      },
    ],
  }),
);

test('the database and the answers of lncli stand side by side, in either order', async () => {
  const one = await after([closedDatabase], [answersOfDatabase]);
  const other = await after([answersOfDatabase], [closedDatabase]);
  const together = await after([answersOfDatabase, closedDatabase]);
  const channel = (ledger: Ledger) => ledger.closed().find(({ sources }) => sources.length === 2);
  const facts = [one, other, together].map(({ ledger }) => {
    const view = channel(ledger);
    return [
      view?.sources,
      view?.opener,
      view?.localBalanceMsat,
      view?.close?.kind,
      view?.close?.height,
      ledger.problems(),
    ];
  });
  const expected = [['lnd-db', 'lnd-rpc'], 'remote', 150_000_000n, 'cooperative', 449, []];
  assert.equal(facts, [expected, expected, expected]);
  for (const { ledger } of [one, other, together]) await ledger.close();
});

test('an answer that contradicts the database is shown with both sides', async () => {
  const text = readFileSync(answersOfDatabase, 'utf8').replace(
    '"close_height":449',
    '"close_height":451',
  );
  const { ledger } = await after([closedDatabase], [fileOf('other.json', text)]);
  const differ = ledger.problems().filter(({ kind }) => kind === 'tellers-differ');
  assert.equal(
    differ.map(({ detail, sides }) => [
      detail.includes('height of the close'),
      sides?.map(({ says }) => says),
    ]),
    [[true, ['449', '451']]],
  );
  await ledger.close();
});

test.run();
