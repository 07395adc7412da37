/** What changed between two moments, and since when a condition holds: against a fold by hand. */
import { suite } from 'uvu';
import { equal, instance, is, match, ok, throws } from 'uvu/assert';
import { parseCondition } from '../../../src/ledger/forensics/expression.ts';
import { QuestionError } from '../../../src/ledger/query.ts';
import type { ChannelView } from '../../../src/ledger/view-types.ts';
import { memoryLedger, playInto } from '../../demo/play.ts';

const ledger = await memoryLedger('bisect');
await playInto(ledger, { seed: 'bisect', payments: 20 });
const bob = ledger.nodeId('bob');
const [closed] = ledger.closed({ nodeId: bob }).filter(({ close }) => close.kind === 'local-force');
if (closed === undefined) throw new Error('the demo has no force close of bob');
const { channelId } = closed;
const query = { nodeId: bob };

const tests = suite('bisect and diff');

tests('bisect finds the event that a search through every state finds, in few folds', async () => {
  const conditions = [
    'status != "pending"',
    'htlcs.length > 1',
    'close.kind == "local-force"',
    'local.number >= 3',
    'capacitySat == 700000',
    'has(local.number) && totals.receivedCount > 0',
  ];
  for (const condition of conditions) {
    const one = await ledger.forensics.bisect(channelId, condition, query);
    const every = await ledger.forensics.bisect(channelId, condition, {
      ...query,
      looksAtEvery: true,
    });
    is(one.states, every.states);
    ok(one.asked <= 2 + Math.ceil(Math.log2(one.states)), `${condition}: ${one.asked}`);
    // By the folds of the history: the condition over the row as of each revision.
    const holds = parseCondition(condition);
    const states = [...Array(one.states).keys()].map((revision) => {
      return holds(ledger.channel(channelId, { ...query, at: { kind: 'revision', revision } }));
    });
    is(every.first?.revision, states.indexOf(true), condition);
    const found = one.first?.revision ?? -1;
    // The entry is read alone, and is the one that the whole history has.
    const entries = [...ledger.history(channelId, query)];
    for (const first of [one.first, every.first]) {
      equal(
        first,
        entries.find(({ eventId }) => eventId === first?.eventId),
      );
    }
    is(states[found], states.at(-1), condition);
    if (found > 0) is(states[found - 1], false, condition);
  }
});

tests('a condition that comes and goes is found with any, and not without', async () => {
  const condition = 'status == "pending"';
  const few = await ledger.forensics.bisect(channelId, condition, query);
  equal([few.first, few.lookedAtEvery], [undefined, false]);
  const everyState = { ...query, looksAtEvery: true };
  const every = await ledger.forensics.bisect(channelId, condition, everyState);
  equal([every.first?.revision, every.lookedAtEvery], [0, true]);
});

tests(
  'what answers show of pending HTLCs may be asked for, as it was shown at each state',
  async () => {
    const conditions = {
      'pendingHtlcCount > 0': (view: ChannelView) => (view.pendingHtlcCount ?? 0) > 0,
      'pendingReceivedMsat > pendingOfferedMsat': (view: ChannelView) =>
        (view.pendingReceivedMsat ?? 0n) > (view.pendingOfferedMsat ?? 0n),
    };
    for (const [condition, holds] of Object.entries(conditions)) {
      const everyState = { ...query, looksAtEvery: true };
      const { first, states } = await ledger.forensics.bisect(channelId, condition, everyState);
      const shown = [...Array(states).keys()].map((revision) =>
        holds(ledger.channel(channelId, { ...query, at: { kind: 'revision', revision } })),
      );
      ok(shown.includes(true), condition);
      is(first?.revision, shown.indexOf(true), condition);
    }
    match(String(await refusalOf('lifetime.receivedMsat > 3')), /"totals": totals\.receivedMsat/);
  },
);

const refusalOf = async (condition: string): Promise<unknown> => {
  try {
    await ledger.forensics.bisect(channelId, condition, { ...query, looksAtEvery: true });
  } catch (error) {
    return error;
  }
  return undefined;
};

tests('what is no condition over a channel is refused with a sentence', async () => {
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
    instance(await refusalOf(condition), QuestionError, condition);
  }
});

tests(
  'a field that no channel has is refused at whatever depth, with those there are',
  async () => {
    const unknown: readonly (readonly [string, RegExp])[] = [
      ['local.numbr > 3', /"local" has no "numbr"; it has number, localBalanceMsat, /],
      ['close.knid == "breach"', /"close" has no "knid"; it has .*, kind, /],
      ['close["knid"] == "breach"', /"close" has no "knid"/],
      ['has(close.knid)', /"close" has no "knid"/],
      [
        'localPolicy.baseFeeMsat == 900',
        /"localPolicy" has no "baseFeeMsat"; it has feeBaseMsat, /,
      ],
      ['htlcs.lenght > 3', /"htlcs" is a list: ask htlcs\.length, or htlcs\.exists\(each, /],
      ['htlcs.constructor == 3', /"htlcs" is a list/],
      ['htlcs.exists(h, h.amount > 0)', /"each of htlcs" has no "amount"; it has id, direction, /],
      ['htlcs.filter(h, h.id > 0)[0].amount > 0', /"each of htlcs" has no "amount"/],
      ['close.outputs.exists(o, o.outcome == "lost" && o.what.kind == "a")', /what" is one value/],
      ['local.number.constructor == 3', /"local\.number" is one value/],
      ['status.constructor == 3', /"status" is one value/],
      ['isAdopted || true || noSuchField > 1', /a channel has no "noSuchField"; it has nodeId, /],
      ['local.constructor == 3', /"local" has no "constructor"/],
    ];
    for (const [condition, why] of unknown)
      match(String(await refusalOf(condition)), why, condition);
    for (const condition of [
      'close.outputs.exists(o, o.outcome == "lost" && has(o.sweptSat))',
      'htlcs.length > 0 && htlcs[0].forwardOf.htlcId == 7',
      'close["kind"] == "breach"',
      'local.offered.exists(id, id > 400)',
      'localTerms.csvDelayBlocks > 144',
    ]) {
      is(await refusalOf(condition), undefined, condition);
    }
  },
);

tests(
  'a condition that could take for ever is refused before it is asked of anything',
  async () => {
    const endless: readonly (readonly [string, RegExp])[] = [
      [`"${'a'.repeat(40)}".matches("(a+)+$b")`, /"matches" is no function here/],
      ['matches("a", "a")', /"matches" is no function here/],
      ['[0,1].all(a, [0,1].all(b, a != b))', /"all" walks through a list inside of another walk/],
      ['[0,1].exists(a, a == 0 || [0,1].filter(b, b == a) == [])', /"filter" walks/],
      ['[0,1].map(a, [a, a]).map(a, [a, a]) == []', /"map" is no function here/],
      ['cel.bind(a, "aa", cel.bind(b, a + a, b == "")) ', /"bind" is no function here/],
      ['status.split("").join("") == ""', /"(split|join)" is no function here/],
      [`[${'1,'.repeat(250)}1].size() > 1`, /Exceeded max/],
      ['true'.concat(' || true'.repeat(200)), /Exceeded max/],
    ];
    for (const [condition, why] of endless) match(String(await refusalOf(condition)), why);
    // One walk after the other, or through what another has found, is bounded.
    for (const condition of [
      'htlcs.exists(h, h.amountMsat > 0) || htlcs.all(h, h.id >= 0)',
      'htlcs.filter(h, h.direction == "offered").filter(h, h.id > 0).size() > 0',
    ]) {
      is(await refusalOf(condition), undefined, condition);
    }
  },
);

tests('what a condition reads is counted, of one state and of all', () => {
  // As many HTLCs as BOLT 2 lets a channel have: 483 each way.
  const htlcs = Array.from({ length: 966 }, (_, id) => ({
    id,
    direction: 'offered',
    amountMsat: 7n,
  }));
  is(
    parseCondition('htlcs.all(h, h.amountMsat == 7 && h.direction == "offered")')({ htlcs }),
    true,
  );
  throws(
    () => parseCondition('htlcs.all(h, h in htlcs)')({ htlcs }),
    /reads too much of one state/,
  );
  const all = parseCondition('source.size() == 100000');
  const row = { source: 'a'.repeat(100_000) };
  for (let state = 0; state < 9_999; state += 1) all(row);
  throws(() => all(row), /reads too much of all these states together/);
});

tests('a search gives others their turn, and ends when it is told to', async () => {
  const { store } = ledger;
  const [stream = ''] = store.streamNames(`channel-${bob}.${channelId}`);
  const events = [...store.streamEvents(stream)];
  ok(events.length > 0);
  // A stream so long that no search gets through it.
  const read = store.streamEvents.bind(store);
  const endless = function* (name: string) {
    yield* name === stream ? events : read(name);
    while (name === stream) yield* events;
  };
  Object.defineProperty(store, 'streamEvents', { value: endless, configurable: true });
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error('told to stop')));
  const everyState = { ...query, looksAtEvery: true, signal: stop.signal };
  let why: unknown;
  await ledger.forensics
    .bisect(channelId, 'status == "nothing"', everyState)
    .catch((error: unknown) => {
      why = error;
    });
  Reflect.deleteProperty(store, 'streamEvents');
  match(String(why), /told to stop/);
});

tests('a field that the channel does not have yet meets nothing', () => {
  const condition = parseCondition('close.height > 0 || close.height <= 0');
  is(condition({}), false);
  is(condition({ close: { height: 7 } }), true);
});

tests('text in quotes is not rewritten', () => {
  is(parseCondition('source == "a.length"')({ source: 'a.length' }), true);
});

const isWorkedOut = (field: string) => /^(?:pending|lifetime\.)/.test(field);

function workedOut(field: string, revision: number): unknown {
  const at = { kind: 'revision', revision } as const;
  const view = ledger.channel(channelId, { ...query, at });
  const inner = field.startsWith('lifetime.') ? view.lifetime : view;
  return Object.entries(inner).find(([name]) => name === field.split('.').at(-1))?.[1];
}

tests('diff names each changed field once, with what it was, is, and who did it', async () => {
  const at = (revision: number) => ({ kind: 'revision', revision }) as const;
  const last = (await ledger.forensics.bisect(channelId, 'true', query)).states - 1;
  for (const [from, to] of [
    [0, 10],
    [10, 11],
    [5, last],
    [last, last],
  ] as const) {
    const changes = await ledger.forensics.diff(channelId, {
      ...query,
      from: at(from),
      to: at(to),
    });
    const fields = changes.map(({ field }) => field);
    equal(fields, [...new Set(fields)]);
    if (from === to) equal(changes, []);
    const between = [...ledger.history(channelId, query)].filter(
      ({ revision }) => revision > from && revision <= to,
    );
    for (const { field, events } of changes) {
      const did = between.filter((entry) => {
        // What no row has is worked out of several of its fields: the answers before and after tell.
        return isWorkedOut(field)
          ? workedOut(field, entry.revision - 1) !== workedOut(field, entry.revision)
          : entry.changes.some((change) => change.field === field);
      });
      ok(did.length > 0, field);
      equal(
        events.map(({ eventId }) => eventId),
        did.map(({ eventId }) => eventId),
        field,
      );
    }
  }
});

tests('diff refuses a later moment as the earlier one', async () => {
  const at = (revision: number) => ({ kind: 'revision', revision }) as const;
  const turned = ledger.forensics.diff(channelId, { ...query, from: at(11), to: at(10) });
  const why: unknown = await turned.catch((error: unknown) => error);
  match(String(why), /"from" comes after "to": name the earlier moment first/);
});

tests('diff tells the force close as the events tell it', async () => {
  const opened = { kind: 'commitment', side: 'local', number: 4 } as const;
  const now = { kind: 'time', timeNs: 4_000_000_000_000_000_000n } as const;
  const changes = await ledger.forensics.diff(channelId, { ...query, from: opened, to: now });
  const status = changes.find(({ field }) => field === 'status');
  equal([status?.from, status?.to], ['open', 'resolved']);
  equal(
    status?.events.map(({ type }) => type),
    ['CloseStarted', 'ChannelClosed', 'ChannelFullyResolved'],
  );
});

tests.after(() => ledger.close());
tests.run();
