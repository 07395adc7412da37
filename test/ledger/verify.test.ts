import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import type { ExactEvent, LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, keyringOf, recorded, recorderOf } from './recording.ts';
import { channelStory, opening, payment, wholeStory } from './story.ts';
import { tally, verify, whyNot } from './verifying.ts';

const sound = suite('a sound ledger');
const bytes = suite('bytes that are not what was written');

/** The store with its exact reading changed, as a file would be whose bytes were. */
function withExact(store: MemoryStore, change: (event: ExactEvent) => ExactEvent): LocalStore {
  const changed = new Proxy(store, {
    get(target, name) {
      if (name === 'exactEvents') return () => [...target.exactEvents()].map(change);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return changed;
}

sound('is sound, with every event held to every rule that applies', async () => {
  const store = await recorded(wholeStory());
  const report = await verify(store);
  assert.ok(report.isSound);
  assert.equal(report.broken, []);
  assert.is(report.events, (await eventsOf(store)).length);
  assert.is(report.streams, 4);
  assert.is(report.head, Buffer.from(await store.head()).toString('hex'));
  assert.equal(tally(report, 'digest-of-bytes'), { checked: report.events, broken: 0 });
  assert.equal(tally(report, 'stream-replays'), { checked: 4, broken: 0 });
  assert.equal(tally(report, 'balances-equal-capacity'), { checked: 5, broken: 0 });
  assert.equal(tally(report, 'secret-matches-point'), { checked: 4, broken: 0 });
  assert.equal(tally(report, 'secret-in-shachain'), { checked: 4, broken: 0 });
  assert.equal(tally(report, 'preimage-matches-hash'), { checked: 1, broken: 0 });
  // Two announcements of four signatures, three policies, one node announcement.
  assert.equal(tally(report, 'gossip-signatures'), { checked: 12, broken: 0 });
});

sound('is empty too, and then nothing was checked', async () => {
  const report = await verify(new MemoryStore());
  assert.ok(report.isSound);
  assert.equal([report.events, report.streams], [0, 0]);
  const applied = report.rules.filter((rule) => rule.checked > 0).map(({ rule }) => rule);
  assert.equal(applied, ['engine-integrity']);
});

sound('has the head that was noted down, and no other', async () => {
  const store = await recorded(wholeStory());
  const keyring = keyringOf(store);
  const head = Buffer.from(await store.head()).toString('hex');
  const same = await verifyLedger({ store, keyring, head: head.toUpperCase() });
  assert.equal(tally(same, 'head-is-the-given'), { checked: 1, broken: 0 });
  const other = await verifyLedger({ store, keyring, head: '00'.repeat(32) });
  assert.not(other.isSound);
  assert.is(other.broken[0]?.rule, 'head-is-the-given');
});

sound('lets other work go on and tells its progress to the end', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  for (let nth = 0; nth < 40; nth++) {
    const story = wholeStory().map((one) => ({ ...one, source: `s${nth}` }));
    await recorder.record(story);
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const seen: number[] = [];
  const onProgress = (done: number, total: number) => seen.push(done / total);
  await verifyLedger({ store, keyring: keyringOf(store), onProgress });
  clearInterval(timer);
  assert.ok(turns > 3, `${turns} turns`);
  assert.ok(seen.length > 3);
  assert.equal(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.is(seen.at(-1), 1);
});

sound("says that it began before the engine's own check, which takes its time", async () => {
  const store = await recorded(wholeStory());
  const order: string[] = [];
  const watched = new Proxy(store, {
    get(target, name) {
      if (name === 'integrity') order.push('integrity');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const onProgress = () => order.push('progress');
  await verifyLedger({ store: watched, keyring: keyringOf(store), onProgress });
  assert.equal(order.slice(0, 3), ['progress', 'integrity', 'progress']);
});

sound('leaves out what is appended meanwhile', async () => {
  const store = await recorded(channelStory(opening));
  const checking = verify(store);
  await recorderOf(store).record(channelStory([...opening, ...payment]));
  const report = await checking;
  assert.equal(report.broken, []);
  assert.is(report.events, opening.length);
});

/** Changes of one stored event, and the rules that find them. */
const changes: readonly (readonly [string, (event: ExactEvent) => Partial<ExactEvent>, string])[] =
  [
    ['data', (e) => ({ data: Buffer.from(`${text(e.data).slice(0, -1)} }`) }), 'digest-of-bytes'],
    ['metadata', (e) => ({ metadata: replaced(e.metadata, 'ldk', 'lnd') }), 'digest-of-bytes'],
    ['id', (e) => ({ id: Buffer.from(e.id).reverse() }), 'digest-of-bytes'],
    ['type', () => ({ type: Buffer.from('ChannelReady') }), 'digest-of-bytes'],
    ['stream', (e) => ({ stream: replaced(e.stream, 'ldk', 'ldj') }), 'revision-follows'],
    ['revision', (e) => ({ revision: e.revision + 1 }), 'revision-follows'],
    ['position', (e) => ({ position: e.position + 1 }), 'position-follows'],
    ['digest', () => ({ digest: new Uint8Array(32) }), 'digest-of-bytes'],
    ['a short digest', () => ({ digest: new Uint8Array(31) }), 'row-is-whole'],
    ['a long digest', () => ({ digest: new Uint8Array(70_000) }), 'row-is-whole'],
    ['a revision below 0', () => ({ revision: -31 }), 'row-is-whole'],
    ['a long id', () => ({ id: new Uint8Array(70_000) }), 'row-is-whole'],
    ['no stream', () => ({ stream: undefined }), 'row-is-whole'],
    ['broken UTF-8', (e) => ({ data: Buffer.concat([e.data, Buffer.of(0xff)]) }), 'canonical-json'],
    ['no JSON', () => ({ data: Buffer.from('{') }), 'canonical-json'],
    ['a defect', () => ({ defects: ['digest is stored as text'] }), 'row-is-whole'],
    ['the time column', (e) => withColumn(e, { happenedAtNs: 5n }), 'columns-equal-json'],
    ['the other time column', (e) => withColumn(e, { recordedAtNs: 5n }), 'columns-equal-json'],
    ['an amount column', (e) => withColumn(e, { amount1: 1n }), 'columns-equal-json'],
    ['the mark', (e) => withColumn(e, { isMarked: !e.columns.isMarked }), 'columns-equal-json'],
  ];

const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();
const replaced = (data: Uint8Array | undefined, from: string, to: string) =>
  Buffer.from(text(data).replace(from, to));
const withColumn = (event: ExactEvent, columns: Partial<ExactEvent['columns']>) => {
  return { columns: { ...event.columns, ...columns } };
};

for (const [name, change, rule] of changes) {
  bytes(`${name}: found, at its place, and nothing before it`, async () => {
    const observations = wholeStory();
    const whole = await recorded(observations);
    for (const at of [1, 9, 27]) {
      const store = withExact(whole, (event) =>
        event.position === at ? { ...event, ...change(event) } : event,
      );
      const report = await verify(store);
      assert.not(report.isSound, `position ${at}`);
      assert.ok(
        report.broken.some((one) => one.rule === rule),
        `position ${at}: ${JSON.stringify(report.broken)}`,
      );
      const [first] = report.broken;
      assert.match(first?.where ?? '', /position \d+|as a whole/);
    }
  });
}

bytes('an event that is gone is missed, and so is a stream', async () => {
  const whole = await recorded(wholeStory());
  for (const gone of [1, 5, 20]) {
    const store = new Proxy(whole, {
      get(target, name) {
        if (name === 'exactEvents') {
          return () => [...target.exactEvents()].filter(({ position }) => position !== gone);
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const report = await verify(store);
    assert.ok(report.broken.some(({ rule }) => rule === 'position-follows'));
  }
});

bytes('a stream whose bytes are damaged is not replayed, and that is said', async () => {
  const whole = await recorded(wholeStory());
  const store = withExact(whole, (event) =>
    event.position === 6 ? { ...event, digest: new Uint8Array(32) } : event,
  );
  const report = await verify(store);
  assert.equal(whyNot(report, 'stream-replays'), { 'an event of it is damaged': 1 });
  assert.equal(tally(report, 'stream-replays'), { checked: 3, broken: 0 });
});

sound.run();
bytes.run();
