/**
 * Transactions that a reorganisation moved from block to block, told by files that were printed before it and
 * after it, one by one or together: the same answers whatever was read first.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { knownBy } from '../../../src/cli/import-known.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import type { ClosedView } from '../../../src/ledger/view-types.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { chainImporter } from '../../../src/sources/chain/importer.ts';
import { fileOf, imported } from '../importing.ts';
import {
  blockHash,
  channel,
  commitment,
  commitmentHex,
  context,
  funding,
  fundingHex,
  fundingOutpoint,
  htlcHexes,
  rawTransaction,
  recorder,
  sweepHex,
  transactionOf,
} from './bolt3-chain.ts';

const reorganised = suite('transactions that were in several blocks');

/** Long before any block of the test: a channel that another source adopted. */
const adoption: Observation[] = [
  {
    about: 'channel',
    chain: 'regtest',
    nodeId: recorder,
    source: 'cln-db',
    happenedAtNs: 1_500_000_000_000_000_000n,
    timeBasis: 'source',
    recordedAtNs: 1_500_000_000_000_000_000n,
    evidence: 'row 1',
    key: '1',
    channelId: channel.channelId,
    context,
    fact: { type: 'ChannelReady', data: { fundingOutpoint } },
  },
];

interface Block {
  readonly height: number;
  /** Two blocks of one height differ by it. */
  readonly name: number;
  readonly time: number;
}
const hashOf = ({ height, name }: Block) => blockHash(height * 16 + name).slice(0, 64);

interface Printed {
  readonly hex: string;
  readonly block: Block;
  readonly isInChain: boolean;
}

/** As bitcoin-cli prints a transaction, and the block that it was in then. */
function documents({ hex, block, isInChain }: Printed): readonly object[] {
  const { height, time } = block;
  const hash = hashOf(block);
  const { txid } = transactionOf(hex);
  const confirmations = isInChain ? 3 : -1;
  return [
    rawTransaction(hex, height, { blockhash: hash, blocktime: time, confirmations: 3 }),
    { hash, confirmations, height, time, tx: ['cc'.repeat(32), txid] },
  ];
}

let files = 0;
async function take(ledger: Ledger, printed: readonly object[]): Promise<readonly string[]> {
  const text = printed.map((one) => `${JSON.stringify(one)}\n`).join('');
  files++;
  const { observations, failure, report } = await imported(
    chainImporter,
    [fileOf(`reorganised-${files}.json`, text)],
    { known: knownBy(ledger, undefined), chain: 'regtest', nodeId: undefined },
  );
  is(failure, undefined);
  await ledger.record(observations);
  return report.unread.map(({ kind, why }) => `${kind}: ${why}`);
}

async function ledgerOf(imports: readonly (readonly object[])[]): Promise<Ledger> {
  const ledger = await openLedger(':memory:', { create: true });
  await ledger.record(adoption);
  for (const one of imports) await take(ledger, one);
  return ledger;
}

/** Nanoseconds only keep the facts of one block in order. */
const seconds = (time: string | undefined) => time?.slice(0, 19);

function account(ledger: Ledger) {
  const { closed, open } = { closed: ledger.closed(), open: ledger.channels() };
  const one = (closed[0] ?? open[0]) as ClosedView;
  const { close } = one;
  return {
    status: one.status,
    confirmedHeight: one.confirmedHeight,
    shortChannelId: one.shortChannelId,
    kind: close?.kind,
    closingTxid: close?.closingTxid,
    height: close?.height,
    closedAt: seconds(close?.closedAt),
    closedAtBounds: close?.closedAtBounds,
    feeSat: close?.feeSat,
    resolvedAt: seconds(close?.resolvedAt),
    resolvedHeight: close?.resolvedHeight,
    // What one block claims stands in the order of learning.
    outputs: close?.outputs
      .map(({ at, ...output }) => ({ ...output, at: seconds(at) }))
      .sort((a, b) => (a.outpoint < b.outpoint ? -1 : 1)),
    problems: ledger.problems().map(({ rule }) => rule),
  };
}

async function accountOf(imports: readonly (readonly object[])[]) {
  const ledger = await ledgerOf(imports);
  const answer = account(ledger);
  await ledger.close();
  return answer;
}

const at = (height: number, name: number, late = 0): Block => {
  return { height, name, time: 1_600_000_000 + height * 600 + late };
};
const told = (hex: string, block: Block, isInChain = true) => documents({ hex, block, isInChain });
const confirmed = told(fundingHex, at(1, 0));

reorganised('are where their last block is, whichever came first in the file', async () => {
  // The later block has the earlier time: clocks of miners differ.
  for (const late of [0, 700, -700]) {
    const [stale, stays] = [at(9, 0, late), at(9, 1)];
    const docs = [...told(commitmentHex, stale, false), ...told(commitmentHex, stays)];
    const expected = await accountOf([[...confirmed, ...told(commitmentHex, stays)]]);
    is(expected.height, 9);
    equal(await accountOf([[...confirmed, ...docs]]), expected);
    equal(await accountOf([[...docs.toReversed(), ...confirmed]]), expected);
  }
});

reorganised('correct what an earlier import told of a block that left', async () => {
  for (const late of [0, 700, -700]) {
    const [stale, stays] = [at(9, 0, late), at(9, 1)];
    const older = [...confirmed, ...told(commitmentHex, stale)];
    const newer = [...told(commitmentHex, stale, false), ...told(commitmentHex, stays)];
    const expected = await accountOf([[...confirmed, ...newer]]);
    const ledger = await ledgerOf([older, newer]);
    equal(account(ledger), expected, `${late} s late`);
    const stream = ledger.store.streamNames('channel-').find((name) => name.endsWith('.chain'));
    const types = [...ledger.store.streamEvents(stream ?? '')].map(({ type }) => type);
    is(types.filter((type) => type === 'ChannelClosed').length, 2);
    is(types.filter((type) => type === 'CloseUnconfirmed').length, 1);
    // Told again it is known.
    await take(ledger, newer);
    is([...ledger.store.streamEvents(stream ?? '')].length, types.length);
    await ledger.close();
    equal(await accountOf([newer, older]), expected, `${late} s late, the older one last`);
  }
});

reorganised('correct the confirmation of a funding, and its place', async () => {
  const [stale, stays] = [at(2, 0), at(3, 0)];
  const older = told(fundingHex, stale);
  const newer = [...told(fundingHex, stale, false), ...told(fundingHex, stays)];
  const expected = { confirmedHeight: 3, shortChannelId: '3x1x0', problems: [] };
  for (const imports of [[newer], [older, newer], [newer, older], [newer.toReversed()]]) {
    const { confirmedHeight, shortChannelId, problems } = await accountOf(imports);
    equal({ confirmedHeight, shortChannelId, problems }, expected);
  }
});

reorganised('by the word of the transaction itself need no header to have left', async () => {
  const ledger = await ledgerOf([[...confirmed, ...told(commitmentHex, at(9, 0))]]);
  is(account(ledger).height, 9);
  const gone = { blockhash: hashOf(at(9, 0)), confirmations: 0, blocktime: undefined };
  await take(ledger, [rawTransaction(commitmentHex, 9, gone)]);
  const { status, height, closingTxid, problems } = account(ledger);
  equal([status, height, closingTxid, problems], ['closing', undefined, undefined, []]);
  // Told in another block it stands there.
  await take(ledger, told(commitmentHex, at(11, 0)));
  equal([account(ledger).status, account(ledger).height], ['closed', 11]);
  await ledger.close();
});

reorganised(
  'stand in the highest of several blocks, none of which is said to have left',
  async () => {
    const both = [...told(commitmentHex, at(9, 0)), ...told(commitmentHex, at(10, 1))];
    is((await accountOf([[...confirmed, ...both]])).height, 10);
    is((await accountOf([[...both.toReversed(), ...confirmed]])).height, 10);
  },
);

reorganised(
  'come back with the block that had left, once the other one is said to have left',
  async () => {
    const [first, other] = [at(9, 0), at(10, 1)];
    const ledger = await ledgerOf([
      [...confirmed, ...told(commitmentHex, first)],
      [...told(commitmentHex, first, false), ...told(commitmentHex, other)],
    ]);
    is(account(ledger).height, 10);
    const back = [...told(commitmentHex, other, false), ...told(commitmentHex, first)];
    const gone = 'transaction of a block that left the chain: another block has taken its place';
    equal(await take(ledger, back), [gone]);
    equal([account(ledger).height, account(ledger).status], [9, 'closed']);
    await ledger.close();
  },
);

reorganised(
  'in a block that was told to have left are called so: the record may be older',
  async () => {
    const first = told(commitmentHex, at(9, 0));
    const ledger = await ledgerOf([[...confirmed, ...first]]);
    await take(ledger, told(commitmentHex, at(9, 0), false));
    const [said, second] = await take(ledger, first);
    is(second, undefined);
    is(
      said?.slice(0, 98),
      'transaction of a block that left the chain: an earlier import told that it left: these records are',
    );
    is(account(ledger).status, 'closing');
    await ledger.close();
  },
);

reorganised(
  'give a channel that another transaction closed in the end its own claims only',
  async () => {
    const second = htlcHexes[0] ?? '';
    const older = [
      ...confirmed,
      ...told(commitmentHex, at(9, 0)),
      ...told(second, at(10, 0)),
      ...told(sweepHex, at(11, 0)),
    ];
    const { inputs, outputs } = commitment;
    is(inputs.length, 1);
    is(outputs.length, 7);
    const cooperative = cooperativeHex();
    const newer = [...told(commitmentHex, at(9, 0), false), ...told(cooperative, at(9, 1))];
    const expected = await accountOf([[...confirmed, ...newer]]);
    is(expected.kind, 'cooperative');
    equal(await accountOf([older, newer]), expected);
  },
);

reorganised('are wanted again once the block that was read has left', async () => {
  const [adopted] = adoption as [Observation];
  const ledger = await ledgerOf([]);
  await ledger.record([
    {
      ...adopted,
      happenedAtNs: adopted.happenedAtNs + 1n,
      key: '2',
      fact: {
        type: 'ChannelClosed',
        data: {
          closingTxid: commitment.txid,
          kind: 'local-force',
          initiator: 'local',
          outputs: [],
        },
      },
    } as Observation,
  ]);
  const wanted = () => ledger.wanted().map((one) => ('why' in one ? one.why : ''));
  const names = () => wanted().filter((why) => why !== '');
  equal(names().toSorted(), ['close', 'funding']);
  await take(ledger, [...confirmed, ...told(commitmentHex, at(9, 0))]);
  equal(names(), []);
  const left = [...told(fundingHex, at(1, 0), false), ...told(commitmentHex, at(9, 0), false)];
  await take(ledger, left);
  equal([...new Set(names())].toSorted(), ['close', 'funding']);
  await ledger.close();
});

/** The commitment's bytes with the sequence and lock time of a cooperative close. */
function cooperativeHex(): string {
  const hex = commitmentHex;
  const { lockTime } = transactionOf(hex) as { lockTime?: number };
  is(typeof lockTime === 'number' || lockTime === undefined, true);
  const index = hex.indexOf(Buffer.from(funding.txid, 'hex').reverse().toString('hex')) + 64 + 8;
  // An empty script, then the sequence.
  return `${hex.slice(0, index)}00ffffffff${hex.slice(index + 10, -8)}00000000`;
}

/** Each transaction has a block that left, sometimes, and one that stays; a file is printed before or after. */
/** The other HTLCs, in a block that stays. */
const others = htlcHexes.slice(1).flatMap((hex) => told(hex, at(35, 2)));
const transactions = [fundingHex, commitmentHex, htlcHexes[0] ?? '', sweepHex];
const anyLate = fc.constantFrom(0, 0, 900, -900);
const anyWorld = fc.record({
  hasLeft: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  lates: fc.tuple(anyLate, anyLate, anyLate, anyLate),
  /** By how many blocks it came later. */
  delays: fc.tuple(...transactions.map(() => fc.integer({ min: 0, max: 2 }))),
  /** For each printed record the import that brings it, and where in it. */
  order: fc.array(fc.tuple(fc.nat(3), fc.nat()), { minLength: 8, maxLength: 8 }),
});

reorganised('give equal answers in any order of records and imports', async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, async ({ hasLeft, lates, delays, order }) => {
      const blocks = transactions.map((hex, nth) => {
        const height = 10 + nth * 10;
        const stale = at(height, 0, lates[nth]);
        return { hex, stale, stays: at(height + (delays[nth] ?? 0), 1), hasLeft: hasLeft[nth] };
      });
      const before = blocks.map(({ hex, stale, stays, hasLeft }) =>
        told(hex, hasLeft ? stale : stays),
      );
      const after = blocks.map(({ hex, stale, stays, hasLeft }) => [
        ...(hasLeft ? told(hex, stale, false) : []),
        ...told(hex, stays),
      ]);
      const expected = await accountOf([[...after.flat(), ...others]]);
      is(expected.status, 'resolved');
      const imports = Map.groupBy(
        [...before, ...after].map((docs, nth) => ({ docs, at: order[nth] ?? ([0, 0] as const) })),
        ({ at: [part] }) => part,
      );
      const parts = [...imports.values()].map((part) =>
        part.toSorted((a, b) => a.at[1] - b.at[1]).flatMap(({ docs }) => docs),
      );
      // What spends a transaction is looked for once that one is known: all again, as the loop is run again.
      equal(await accountOf([...parts, [...after.flat(), ...others].toReversed()]), expected);
    }),
    { seed: 7, numRuns: 30 },
  );
});

reorganised.run();
