import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importLines } from '../../src/ledger/import-ndjson.ts';
import { exportLines } from '../../src/ledger/ndjson.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { timeNsOf } from '../../src/schema/time.ts';
import { ledgerHead, uuidV8Of } from '../../src/store/digest.ts';
import { type LocalStore, NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { HOSTILE } from '../store/hostile-contract.ts';
import { collect, sampleEvent } from '../store/sample-events.ts';
import { eventsOf, keyringOf, recorded, recorderOf } from './recording.ts';
import { Clock, channelStory, opening, payment, START_NS, wholeStory } from './story.ts';

const copying = suite('an export read back');
const racing = suite('an export read back while another process writes');
const hostile = suite('an export with hostile contents');
const refusing = suite('an export that is wrong');

const linesOf = (store: LocalStore) => collect(exportLines(store));
const read = (store: MemoryStore, lines: Iterable<string>) =>
  importLines(store, keyringOf(store), lines);

async function refusal(store: MemoryStore, lines: Iterable<string>): Promise<string> {
  try {
    await read(store, lines);
  } catch (error) {
    assert.instance(error, StoreError);
    return (error as StoreError).message;
  }
  throw new Error('it was taken');
}

copying('gives the same bytes again, and a ledger that verifies', async () => {
  const store = await recorded(wholeStory());
  const lines = await linesOf(store);
  const copy = new MemoryStore();
  const report = await read(copy, lines);
  const events = (await eventsOf(store)).length;
  assert.equal(report, {
    lines: events + 2,
    appended: events,
    known: 0,
    keys: 0,
    diverged: [],
    isComplete: true,
  });
  assert.equal(await linesOf(copy), lines);
  assert.equal(await eventsOf(copy), await eventsOf(store));
  assert.equal([...copy.exactEvents()], [...store.exactEvents()]);
  const { broken } = await verifyLedger({ store: copy, keyring: keyringOf(copy) });
  assert.equal(broken, []);
});

copying('appends nothing when it is read a second time', async () => {
  const store = await recorded(wholeStory());
  const lines = await linesOf(store);
  const report = await read(store, lines);
  assert.equal([report.appended, report.known], [0, lines.length - 2]);
  assert.equal(await linesOf(store), lines);
});

copying('goes on where a ledger that holds the beginning has got to', async () => {
  const story = channelStory([...opening, ...payment]);
  const store = await recorded(story.slice(0, 5));
  const all = await recorded(story);
  const report = await read(store, await linesOf(all));
  assert.equal([report.known, report.appended], [5, (await eventsOf(all)).length - 5]);
  assert.equal(await linesOf(store), await linesOf(all));
});

copying('leaves a ledger that is further as it is', async () => {
  const story = channelStory([...opening, ...payment]);
  const store = await recorded(story);
  const before = await linesOf(store);
  const report = await read(store, await linesOf(await recorded(story.slice(0, 5))));
  assert.equal([report.known, report.appended, report.diverged], [5, 0, []]);
  assert.equal(await linesOf(store), before);
});

copying('takes a type and fields of a newer version byte for byte', async () => {
  const store = await recorded(channelStory(opening));
  const [{ stream = '', metadata = '' } = {}] = await eventsOf(store);
  const newer = {
    id: uuidV8Of(sha256(Buffer.from('newer'))),
    type: 'ChannelDreamt',
    data: '{"of":"tomorrow","deep":[{"z":1,"a":"\\u2028"}],"sealed":{"keyId":"k","more":1}}',
    metadata: `${metadata.slice(0, -1)},"added":{"later":true}}`,
    columns: {
      happenedAtNs: START_NS,
      recordedAtNs: START_NS,
      amount1: null,
      amount2: null,
      isMarked: false,
    },
  };
  const expectedRevision = store.streamHead(stream)?.revision ?? NO_STREAM;
  await store.append(stream, [newer], { expectedRevision });
  const copy = new MemoryStore();
  await read(copy, await linesOf(store));
  assert.equal(await linesOf(copy), await linesOf(store));
  assert.is((await eventsOf(copy)).at(-1)?.data, newer.data);
});

copying('leaves out what is appended while it is written', async () => {
  const story = wholeStory();
  const store = await recorded(story.slice(0, 10));
  const lines: string[] = [];
  for await (const line of exportLines(store)) {
    lines.push(line);
    if (lines.length === 3) await recorderOf(store).record(story);
  }
  assert.is(lines.length, 12);
  assert.ok((await read(new MemoryStore(), lines)).isComplete);
});

/** Strings that look like the format itself. */
const tricky = [
  ...HOSTILE,
  '","metadata":{"a":1}}',
  '\\","data":{}',
  '}{][,:"\\\\"',
  'a\nb\rc\u2028d',
];

hostile('names, types and texts come back as they were', async () => {
  const store = new MemoryStore();
  const metadata = {
    source: 'a source',
    evidence: '","metadata":{',
    happenedAt: '2026-01-01T00:00:00.000000000Z',
    timeBasis: 'source',
    recordedAt: '2026-01-01T00:00:00.000000000Z',
    schema: 1,
    minReader: 1,
  };
  const timeNs = timeNsOf(metadata.happenedAt);
  for (const [nth, text] of tricky.entries()) {
    const event = {
      id: uuidV8Of(sha256(Buffer.from(`${nth}`))),
      type: text,
      data: JSON.stringify({ text, [text]: [text, { deep: text }] }),
      metadata: JSON.stringify({ ...metadata, evidence: text }),
      columns: {
        happenedAtNs: timeNs,
        recordedAtNs: timeNs,
        amount1: null,
        amount2: null,
        isMarked: false,
      },
    };
    await store.append(`odd ${text}`, [event], { expectedRevision: NO_STREAM });
  }
  const lines = await linesOf(store);
  assert.ok(lines.every((line) => !/[\n\r]/.test(line)));
  const copy = new MemoryStore();
  await read(copy, lines);
  assert.equal(await eventsOf(copy), await eventsOf(store));
  assert.equal(await linesOf(copy), lines);
});

refusing(
  'a stream that says something else here than there is named and left as it is',
  async () => {
    const store = await recorded(wholeStory());
    const before = await linesOf(store);
    const other = await recorded(wholeStory(new Clock('ldk', START_NS + 5n)));
    const report = await read(store, await linesOf(other));
    const streams = [...new Set((await eventsOf(store)).map(({ stream }) => stream))].sort();
    assert.equal(report.diverged, streams);
    assert.is(report.appended, 0);
    assert.equal(await linesOf(store), before);
  },
);

refusing('only the diverged stream is refused, the others are taken', async () => {
  const story = wholeStory();
  const store = await recorded(
    story.filter(({ about }) => about === 'peer').map((one) => ({ ...one, evidence: 'another' })),
  );
  const all = await recorded(story);
  const report = await read(store, await linesOf(all));
  assert.is(report.diverged.length, 1);
  assert.match(report.diverged[0] ?? '', /^peer-/);
  assert.is(report.appended, (await eventsOf(all)).length - 2);
});

refusing('one that is cut off between two lines says that it is', async () => {
  const lines = await linesOf(await recorded(wholeStory()));
  const report = await read(new MemoryStore(), lines.slice(0, 9));
  assert.equal([report.isComplete, report.appended], [false, 8]);
});

refusing('one that is cut off in a line is refused with the line', async () => {
  const lines = await linesOf(await recorded(wholeStory()));
  const [last = ''] = lines.slice(8, 9);
  for (const at of [1, 20, last.length - 1]) {
    const store = new MemoryStore();
    const message = await refusal(store, [...lines.slice(0, 8), last.slice(0, at)]);
    assert.match(message, 'line 9 of the export cannot be read');
  }
});

refusing(
  'one changed character anywhere in an event is found, and nothing of it is taken',
  async () => {
    const lines = await linesOf(await recorded(channelStory(opening)));
    const line = lines[2] ?? '';
    for (let at = 0; at < line.length; at += 3) {
      const changed = line[at] === 'x' ? 'y' : 'x';
      const wrong = `${line.slice(0, at)}${changed}${line.slice(at + 1)}`;
      const store = new MemoryStore();
      const message = await refusal(store, [lines[0] ?? '', lines[1] ?? '', wrong]);
      assert.match(message, 'line 3', `character ${at}`);
      assert.is((await eventsOf(store)).length, 0);
    }
  },
);

refusing(
  'a missing event, a missing stream, a wrong count and a wrong head are found',
  async () => {
    const lines = await linesOf(await recorded(wholeStory()));
    const withoutFifth = lines.filter((_, index) => index !== 5);
    assert.match(await refusal(new MemoryStore(), withoutFifth), /goes from revision|there are/);
    const gossip = lines.filter((line) => !line.startsWith('{"stream":"gossip-'));
    assert.match(await refusal(new MemoryStore(), gossip), 'it counts 27 events, and there are 25');
    const footer = JSON.stringify({ events: 27, head: '00'.repeat(32) });
    const message = await refusal(new MemoryStore(), [...lines.slice(0, -1), footer]);
    assert.match(message, 'its head is not that of the events before it');
  },
);

/** More than two batches of an import, on a ledger of no meaning. */
async function longExport(): Promise<readonly string[]> {
  const store = new MemoryStore();
  await recorderOf(store).record(wholeStory());
  const [first] = await eventsOf(store);
  const { data = '', metadata = '' } = first ?? {};
  const events = Array.from({ length: 2_500 }, (_, n) => sampleEvent(n, { data, metadata }));
  const long = new MemoryStore();
  await long.append('long', events, { expectedRevision: NO_STREAM });
  return linesOf(long);
}

refusing('what was taken before a bad line is said, and the rest is added to it', async () => {
  const lines = await longExport();
  const store = new MemoryStore();
  const message = await refusal(store, lines.toSpliced(2_101, 1));
  assert.is(
    message,
    'line 2102 of the export cannot be read: a line is missing before it, or it was altered: long goes ' +
      'from revision 2099 to 2101; 2,000 events were imported: import one that is whole, and the rest is added',
  );
  assert.is((await read(store, lines)).appended, 500);
});

refusing('what was taken before the disk was full is said', async () => {
  const lines = await longExport();
  const store = new MemoryStore();
  const full = raced(store, async (turn) => {
    if (turn === 1) throw new StoreError('the disk is full');
  });
  const error = await importLines(full, keyringOf(store), lines).catch((cause: unknown) => cause);
  assert.match(
    String(error),
    /the disk is full; 1,000 events were imported: run it again, and the rest is added$/,
  );
  assert.is((await read(store, lines)).appended, 1_500);
});

refusing('a line that is no JSON is not quoted', async () => {
  const [header = ''] = await longExport();
  const message = await refusal(new MemoryStore(), [header, 'tell nobody']);
  assert.match(message, /^line 2 of the export cannot be read: it is not JSON; no event was/);
});

/** A store to which somebody else writes just before each append of ours. */
function raced(store: MemoryStore, before: (turn: number) => Promise<void>): LocalStore {
  let turn = 0;
  const appendMany: LocalStore['appendMany'] = async (requests) => {
    await before(turn++);
    return store.appendMany(requests);
  };
  const held: ProxyHandler<MemoryStore> = {
    get: (target, name) => {
      if (name === 'appendMany') return appendMany;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  };
  return new Proxy(store, held);
}

racing('of the same events: every one is there once, and nothing has diverged', async () => {
  const story = wholeStory();
  const all = await linesOf(await recorded(story));
  const store = new MemoryStore();
  const slower = raced(store, async (turn) => {
    if (turn === 0) await read(store, await linesOf(await recorded(story.slice(0, 7))));
  });
  const report = await importLines(slower, keyringOf(store), all);
  assert.equal(report.diverged, []);
  assert.is(report.appended + report.known, all.length - 2);
  assert.equal(new Set(await linesOf(store)), new Set(all));
});

racing('of other events: the stream they are in diverged, and only that one', async () => {
  const story = wholeStory();
  const all = await linesOf(await recorded(story));
  const other = channelStory([opening[0] as never], new Clock('ldk', START_NS + 5n));
  const store = new MemoryStore();
  const slower = raced(store, async (turn) => {
    if (turn === 0) await recorderOf(store).record(other);
  });
  const report = await importLines(slower, keyringOf(store), all);
  assert.is(report.diverged.length, 1);
  assert.match(report.diverged[0] ?? '', /^channel-/);
  const inOther = all.filter((line) => line.startsWith(`{"stream":"${report.diverged[0]}"`));
  assert.is(report.appended + report.known, all.length - 2 - inOther.length);
});

refusing('what is no export, or more than one, is refused', async () => {
  const lines = await linesOf(await recorded(channelStory(opening)));
  const empty = JSON.stringify({ events: 0, head: Buffer.from(ledgerHead([])).toString('hex') });
  for (const [wrong, sentence] of [
    [['{"format":"channel-ledger/9"}'], 'its format is "channel-ledger/9"'],
    [[lines[1] ?? ''], 'it is not the header'],
    [['[]'], 'it is no event of an export'],
    [['null'], 'it is no JSON object'],
    [[lines[0] ?? '', '{"a":1}'], 'it is no event of an export'],
    [[lines[0] ?? '', lines[0] ?? ''], 'it is a second header'],
    [[lines[0] ?? '', empty, lines[1] ?? ''], 'it comes after the end of the export'],
  ] as const) {
    assert.match(await refusal(new MemoryStore(), wrong), sentence);
  }
});

copying.run();
racing.run();
hostile.run();
refusing.run();
