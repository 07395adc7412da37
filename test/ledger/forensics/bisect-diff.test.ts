/** What changed between two moments, and since when a condition holds: against a fold by hand. */
import { suite } from 'uvu';
import { equal, instance, is, ok, throws } from 'uvu/assert';
import { parseCondition } from '../../../src/ledger/forensics/expression.ts';
import { QuestionError } from '../../../src/ledger/query.ts';
import { memoryLedger, playInto } from '../../demo/play.ts';

const ledger = await memoryLedger('bisect');
await playInto(ledger, { seed: 'bisect', payments: 20 });
const bob = ledger.nodeId('bob');
const [closed] = ledger.closed({ nodeId: bob }).filter(({ close }) => close.kind === 'local-force');
if (closed === undefined) throw new Error('the demo has no force close of bob');
const { channelId } = closed;
const query = { nodeId: bob };

const tests = suite('bisect and diff');

tests('bisect finds the event that a search through every state finds, in few folds', () => {
  const conditions = [
    'status != "pending"',
    'htlcs.length > 1',
    'close.kind == "local-force"',
    'local.number >= 3',
    'capacitySat == 700000',
    'has(local.number) && totals.receivedCount > 0',
  ];
  for (const condition of conditions) {
    const one = ledger.forensics.bisect(channelId, condition, query);
    const every = ledger.forensics.bisect(channelId, condition, { ...query, looksAtEvery: true });
    is(one.states, every.states);
    ok(one.asked <= 2 + Math.ceil(Math.log2(one.states)), `${condition}: ${one.asked}`);
    // By the folds of the history: the condition over the row as of each revision.
    const holds = parseCondition(condition);
    const states = [...Array(one.states).keys()].map((revision) => {
      return holds(ledger.channel(channelId, { ...query, at: { kind: 'revision', revision } }));
    });
    is(every.first?.revision, states.indexOf(true), condition);
    const found = one.first?.revision ?? -1;
    is(states[found], states.at(-1), condition);
    if (found > 0) is(states[found - 1], false, condition);
  }
});

tests('a condition that comes and goes is found with any, and not without', () => {
  const condition = 'status == "pending"';
  is(ledger.forensics.bisect(channelId, condition, query).first, undefined);
  is(
    ledger.forensics.bisect(channelId, condition, { ...query, looksAtEvery: true }).first?.revision,
    0,
  );
});

tests('what is no condition over a channel is refused with a sentence', () => {
  const wrong = [
    '',
    'status ==',
    'noSuchField > 1',
    'capacitySat',
    'capacitySat + "a" > 1',
    'constructor.name == "Object"',
    'process.exit()',
    'status.constructor("return 1")() == 1',
    '(() => 1)()',
    '('.repeat(1_000),
    'a'.repeat(3_000),
    '[1,2,3].map(x, [1,2,3].map(y, x * y)) == 1 ? "a" : "b"',
  ];
  for (const condition of wrong) {
    throws(
      () => ledger.forensics.bisect(channelId, condition, { ...query, looksAtEvery: true }),
      (error: unknown) => {
        instance(error, QuestionError, condition);
        return true;
      },
    );
  }
});

tests('a field that the channel does not have yet meets nothing', () => {
  const condition = parseCondition('close.height > 0 || close.height <= 0');
  is(condition({}), false);
  is(condition({ close: { height: 7 } }), true);
});

tests('text in quotes is not rewritten', () => {
  is(parseCondition('source == "a.length"')({ source: 'a.length' }), true);
});

tests('diff names each changed field once, with what it was, is, and who did it', () => {
  const at = (revision: number) => ({ kind: 'revision', revision }) as const;
  const last = ledger.forensics.bisect(channelId, 'true', query).states - 1;
  for (const [from, to] of [
    [0, 10],
    [10, 11],
    [5, last],
    [last, last],
  ] as const) {
    const changes = ledger.forensics.diff(channelId, { ...query, from: at(from), to: at(to) });
    const fields = changes.map(({ field }) => field);
    equal(fields, [...new Set(fields)]);
    if (from === to) equal(changes, []);
    const between = [...ledger.history(channelId, query)].filter(
      ({ revision }) => revision > from && revision <= to,
    );
    for (const { field, events } of changes) {
      const did = between.filter((entry) => entry.changes.some((change) => change.field === field));
      equal(
        events.map(({ eventId }) => eventId),
        did.map(({ eventId }) => eventId),
        field,
      );
    }
  }
});

tests('diff tells the force close as the events tell it', () => {
  const opened = { kind: 'commitment', side: 'local', number: 4 } as const;
  const now = { kind: 'time', timeNs: 4_000_000_000_000_000_000n } as const;
  const changes = ledger.forensics.diff(channelId, { ...query, from: opened, to: now });
  const status = changes.find(({ field }) => field === 'status');
  equal([status?.from, status?.to], ['open', 'resolved']);
  equal(
    status?.events.map(({ type }) => type),
    ['CloseStarted', 'ChannelClosed', 'ChannelFullyResolved'],
  );
});

tests.after(() => ledger.close());
tests.run();
