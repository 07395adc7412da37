import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, instance, is, match, ok } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { QuestionError } from '../../src/ledger/query.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { type Metadata, metadataCodec } from '../../src/schema/metadata.ts';
import { timeText } from '../../src/schema/time.ts';
import type { NewEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { blockHash, nodeId } from '../channel/given.ts';
import { storedForm } from '../stored-form.ts';
import { channelStream, Growing, policyAt, second } from './growing.ts';

const test = suite('heights of tellers without blocks');
const stream = channelStream(0, 'lnd-db');

/** A fact at a second, told or placed between two, that names a height or none. */
interface Given {
  readonly at: number;
  readonly height?: number | undefined;
  readonly between?: readonly [number | undefined, number | undefined] | undefined;
}

test('what names a block above is not there, what names one up to it is', async () => {
  const ask = await asked([[{ at: 1, height: 100 }, { at: 2 }, { at: 3, height: 104 }]]);
  equal([ask(99), ask(104), ask(105)], [[], [3], [3]]);
});

test('what names no block belongs to a height where its time says so', async () => {
  const facts = [{ at: 1, height: 100 }, { at: 2 }, { at: 5, height: 110 }];
  const clock = [
    { at: 3, height: 102 },
    { at: 4, height: 103 },
  ];
  const ask = await asked([facts, clock]);
  equal(
    [ask(102), ask(103), ask(110)],
    [
      [2, 1],
      [2, 2],
      [3, 2],
    ],
  );
  const later = await asked([[{ at: 1, height: 100 }, { at: 4 }], [{ at: 3, height: 102 }]]);
  equal(later(100), [1]);
});

test('where neither says it, the question is refused with the rule and the remedy', async () => {
  const ask = await asked([[{ at: 1, height: 100 }, { at: 2 }, { at: 3, height: 104 }]]);
  match(
    refusal(() => ask(102)),
    /^height-not-told: .*height 102 .*a fact names no height.*--at TIME$/,
  );
  const none = await asked([[{ at: 1 }, { at: 2 }]]);
  match(
    refusal(() => none(5)),
    /no fact names a height/,
  );
  const crossed = await asked([
    [
      { at: 1, height: 104 },
      { at: 2, height: 100 },
    ],
  ]);
  match(
    refusal(() => crossed(102)),
    /a fact of height 100 stands behind later ones/,
  );
});

test('a placed fact belongs to a height only with both its bounds', async () => {
  const clock = [
    { at: 3, height: 100 },
    { at: 6, height: 101 },
  ];
  const wide = await asked([[{ at: 2, between: [1, 5] }], clock]);
  match(
    refusal(() => wide(100)),
    /may lie on either side/,
  );
  const narrow = await asked([[{ at: 2, between: [1, 3] }], clock]);
  equal(narrow(100), [1, 1]);
  const open = await asked([[{ at: 7, between: [6, undefined] }], clock]);
  equal(open(100), [1]);
});

test('blocks of the node’s own recorder bound what its other tellers say, and name heights do', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const node = `node-regtest.${nodeId}.ldk`;
  const blocks = [
    [100, 2],
    [105, 6],
  ] as const;
  await growing.appendStored(
    node,
    blocks.map(([height, at]) => {
      const data = { height, blockHash, blockTime: at };
      return storedForm(node, { type: 'BestBlockChanged', data }, `${at}`, {
        happenedAtNs: second(at),
      });
    }),
  );
  await tell(growing, stream, [
    { at: 1, height: 99 },
    { at: 3 },
    { at: 4, height: 104 },
    { at: 7 },
  ]);
  const ask = asking(store);
  equal([ask(102), ask(104)], [[2], [3]]);
});

const anyFact: fc.Arbitrary<Given> = fc.record({
  at: fc.integer({ min: 2, max: 20 }),
  height: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  between: fc.option(fc.constant([1, 21] as const), { nil: undefined }),
});

test('as of a height nothing that names a later block is shown, and all that name one up to it', async () => {
  let answers = 0;
  const property = fc.asyncProperty(
    fc.array(fc.array(anyFact, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 0, max: 7 }),
    async (streams, height) => {
      const ask = await asked(streams);
      const shown = attempt(() => ask(height, true));
      if (shown instanceof Error) return;
      answers++;
      for (const [nth, facts] of streams.entries()) {
        const ordered = [...facts].sort((a, b) => a.at - b.at);
        const seen = ordered.slice(0, shown[nth] ?? 0);
        const hidden = ordered.slice(shown[nth] ?? 0);
        ok(seen.every((fact) => fact.height === undefined || fact.height <= height));
        ok(hidden.every((fact) => fact.height === undefined || fact.height > height));
      }
    },
  );
  await fc.assert(property, { numRuns: 300 });
  ok(answers > 0);
});

/** How many events of each stream are there as of a height; streams with none are left out. */
async function asked(streams: readonly (readonly Given[])[]) {
  const store = new MemoryStore();
  const growing = new Growing(store);
  for (const [nth, facts] of streams.entries()) {
    await tell(growing, channelStream(nth, 'lnd-db'), facts);
  }
  return asking(store);
}

function asking(store: MemoryStore) {
  const rows = new LedgerRows(store, { writeAfterMs: 2 ** 30 });
  return (height: number, withEmpty = false): readonly number[] => {
    const at = { kind: 'height', height } as const;
    const found = rows.all(channelProjection, { at });
    if (!withEmpty) return found.map(({ row }) => row.eventCount);
    return store.streamNames('channel-').map((name) => {
      return found.find((one) => one.stream === name)?.row.eventCount ?? 0;
    });
  };
}

async function tell(growing: Growing, name: string, facts: readonly Given[]) {
  await growing.appendStored(
    name,
    facts.map((given, nth) => factOf(name, given, nth)),
  );
}

function factOf(name: string, { at, height, between }: Given, nth: number): NewEvent {
  const stored = storedForm(name, policyAt(nth), `${nth}`, { happenedAtNs: second(at) });
  const [from, to] = between ?? [];
  const metadata: Metadata = {
    ...metadataCodec.decode(JSON.parse(stored.metadata)),
    ...(height !== undefined && { blockHeight: height }),
    ...(between !== undefined && { timeBasis: 'interpolated' }),
    ...(from !== undefined && { notBefore: timeText(second(from)) }),
    ...(to !== undefined && { notAfter: timeText(second(to)) }),
  };
  return { ...stored, metadata: metadataCodec.encode(metadata) };
}

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    instance(error, QuestionError);
    return error as Error;
  }
}

function refusal(make: () => unknown): string {
  const found = attempt(make);
  is(found instanceof Error, true);
  return found instanceof Error ? found.message : '';
}

test.run();
