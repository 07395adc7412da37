/** What the ledger lacks of the chain, asked for with `wanted` and taken in with `import chain`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { importers } from '../../src/cli/importers.ts';
import { observationText } from '../../src/ledger/observation-json.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import { Txid } from '../../src/lightning/ids.ts';
import type { ChannelObservation } from '../../src/observation/observation.ts';
import {
  block,
  channel,
  commitment,
  context,
  funding,
  fundingOutpoint,
  life,
  rawTransaction,
  recorder,
  scid,
  spending,
  sweepHex,
  transactionOf,
} from '../sources/chain/bolt3-chain.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const place = temporaryDirectory();

async function run(ledger: string, ...args: string[]) {
  return runInProcess([...args, '--ledger', join(place, ledger)], { ledgers, importers });
}

async function ask(ledger: string, ...args: string[]): Promise<string> {
  const { exitCode, out, err } = await run(ledger, ...args);
  assert.is(err, '', args.join(' '));
  assert.is(exitCode, 0, args.join(' '));
  return out;
}

/** A close as a summary has it: txids and a height, no fee, no time that anybody saw. */
const sweepTxid = transactionOf(sweepHex).txid;
function seen(nth: number, fact: ChannelFact): ChannelObservation {
  return {
    about: 'channel',
    chain: 'regtest',
    nodeId: recorder,
    source: 'mine',
    happenedAtNs: 1_500_000_000_000_000_000n + BigInt(nth),
    timeBasis: 'interpolated',
    recordedAtNs: 1_600_000_000_000_000_000n,
    evidence: `row ${nth}`,
    key: String(nth),
    channelId: channel.channelId,
    context: { ...context, shortChannelId: scid },
    fact,
  };
}
const summary = [
  seen(1, {
    type: 'ChannelClosed',
    data: {
      closingTxid: commitment.txid,
      height: 10,
      kind: 'local-force',
      initiator: 'local',
      outputs: [],
      settledBalanceSat: 0n,
    },
  }),
  seen(2, {
    type: 'OutputResolved',
    data: {
      outpoint: `${commitment.txid}:6` as never,
      what: 'to-local',
      stage: 'last',
      outcome: 'claimed',
      amountSat: 6_986_976n,
      sweepTxid: Txid(sweepTxid),
    },
  }),
];
const summaryFile = join(place, 'summary.ndjson');
writeFileSync(summaryFile, summary.map((one) => `${observationText(one)}\n`).join(''));

const chainFile = join(place, 'chain.json');
writeFileSync(chainFile, life.map((one) => JSON.stringify(one, null, 2)).join('\n'));

const summaryImport = ['import', 'observations', summaryFile];
const chainImport = ['import', 'chain', chainFile, '--chain', 'regtest'];

test('wanted names what was never seen, ready for a loop, and import chain leaves nothing wanted', async () => {
  await ask('wanted.db', ...summaryImport);
  assert.is(
    await ask('wanted.db', 'wanted'),
    [
      `tx ${funding.txid} 1`,
      'block 1',
      `tx ${commitment.txid} 10`,
      'block 10',
      `tx ${sweepTxid}`,
      '',
    ].join('\n'),
  );
  const json = JSON.parse(await ask('wanted.db', 'wanted', '--json'));
  assert.equal(json[0], {
    what: 'transaction',
    nodeId: recorder,
    channelId: channel.channelId,
    txid: funding.txid,
    height: 1,
    why: 'funding',
  });
  await ask('wanted.db', ...chainImport);
  assert.is(await ask('wanted.db', 'wanted'), '');
});

test('fees, times and claims are the same whoever was imported first', async () => {
  // Of the channel nothing is known without the summary: what the chain tells is told again after it.
  const orders = [
    [summaryImport, chainImport],
    [summaryImport, chainImport, summaryImport, chainImport],
  ];
  const answers: unknown[] = [];
  for (const [nth, imports] of orders.entries()) {
    for (const args of imports) await ask(`order-${nth}.db`, ...args);
    const [closed] = JSON.parse(await ask(`order-${nth}.db`, 'closed', '--json'));
    answers.push(closed);
  }
  assert.equal(answers[1], answers[0]);
  const { close, fundingFeeSat, confirmedHeight, status } = JSON.parse(JSON.stringify(answers[0]));
  assert.is(status, 'resolved');
  assert.is(fundingFeeSat, '13920');
  assert.is(confirmedHeight, 1);
  assert.is(close.feeSat, '1024');
  assert.is(close.kind, 'local-force');
  assert.is(close.commitmentNumber, 42);
  assert.is(close.settledBalanceSat, '0');
  assert.is(close.closedAt, '2020-09-13T14:06:40.000000000Z');
  assert.is(close.resolvedHeight, 20);
  // 454 + 428 + 454 + 428 + 454 sat of the five HTLC transactions.
  assert.is(close.sweepFeesSat, '2218');
  const problems = JSON.parse(await ask('order-0.db', 'problems', '--json'));
  assert.equal(problems, []);
  assert.is(JSON.parse(await ask('order-0.db', 'verify', '--json')).isSound, true);
});

test('what the chain tells twice is known, and a dry run says so', async () => {
  const { observations, events, known, unread } = JSON.parse(
    await ask('order-0.db', ...chainImport, '--dry-run', '--json'),
  );
  // The confirmation; the close, eleven claims and the end are not told again.
  assert.equal([observations, events, known], [1, 0, 1]);
  assert.equal(unread, [
    {
      kind: 'fact that was told before',
      count: 13,
      why: 'the ledger has it from an earlier import',
    },
  ]);
});

/** A file of these transactions and blocks, and the import of it. */
function chainImportOf(name: string, documents: readonly object[]): readonly string[] {
  const file = join(place, name);
  writeFileSync(file, documents.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return ['import', 'chain', file, '--chain', 'regtest'];
}

const blocks = life.filter((one) => 'hash' in one);
const transactions = life.filter((one) => 'txid' in one);

test('the same transactions in another order, in halves or one by one give equal answers', async () => {
  const [fundingTx, closeTx, ...rest] = transactions;
  const forms: readonly (readonly (readonly object[])[])[] = [
    [life],
    [life.toReversed()],
    // The close first, then its claims and the funding.
    [
      [closeTx, ...blocks],
      [...rest, fundingTx, ...blocks],
    ].map((part) => part.filter((one) => one !== undefined)),
    // A close is told before its claims, a second stage before what claims it.
    transactions.map((one) => [one, ...blocks]),
  ];
  const answers: unknown[] = [];
  for (const [nth, parts] of forms.entries()) {
    const ledger = `form-${nth}.db`;
    await ask(ledger, ...summaryImport);
    for (const [part, documents] of parts.entries()) {
      await ask(ledger, ...chainImportOf(`form-${nth}-${part}.ndjson`, documents));
    }
    const rows = JSON.parse(await ask(ledger, 'closed', '--json'));
    // How many events it took is the one thing that may differ: each first word adopts the channel.
    answers.push(rows.map(({ eventCount: _, ...row }: { eventCount: number }) => row));
    assert.equal(JSON.parse(await ask(ledger, 'problems', '--json')), [], `form ${nth}`);
    assert.equal(await ask(ledger, 'wanted'), '', `form ${nth}`);
  }
  for (const [nth, answer] of answers.entries()) assert.equal(answer, answers[0], `form ${nth}`);
});

test('a cooperative close that is told again appends nothing and is no problem', async () => {
  const closing = spending([fundingOutpoint], 9_999_000, ['30', '30']);
  const txid = transactionOf(closing).txid;
  const balance = seen(1, {
    type: 'BalanceSeen',
    data: {
      localBalanceMsat: 6_000_000_000n,
      remoteBalanceMsat: 4_000_000_000n,
      precision: 'sat',
      htlcs: [],
    },
  });
  const balanceFile = join(place, 'balance.ndjson');
  writeFileSync(balanceFile, `${observationText(balance)}\n`);
  const file = chainImportOf('cooperative.ndjson', [
    rawTransaction(closing, 30),
    block(30, [txid]),
  ]);
  await ask('cooperative.db', 'import', 'observations', balanceFile);
  await ask('cooperative.db', ...file);
  const before = await ask('cooperative.db', 'closed', '--json');
  const [{ close, status }] = JSON.parse(before);
  assert.is(status, 'resolved');
  assert.is(close.closingTxid, txid);
  assert.is(close.kind, 'cooperative');
  assert.is(close.resolvedAt, '2020-09-13T17:26:40.000000003Z');
  const again = JSON.parse(await ask('cooperative.db', ...file, '--json'));
  assert.equal([again.events, again.quarantined], [0, 0]);
  assert.is(await ask('cooperative.db', 'closed', '--json'), before);
  assert.equal(JSON.parse(await ask('cooperative.db', 'problems', '--json')), []);
});

test.run();
