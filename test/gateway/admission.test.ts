import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Appender } from '../../src/gateway/appender.ts';
import { LedgerAdmission } from '../../src/gateway/ledger-admission.ts';
import { wireEvent } from '../../src/gateway/recorded-event.ts';
import { wireId } from '../../src/gateway/wire-form.ts';
import { columnsOf } from '../../src/ledger/envelope.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { eventDigest } from '../../src/store/digest.ts';
import { type LocalStore, NO_STREAM, type StoredEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, keyringOf, recorded, recorderOf } from '../ledger/recording.ts';
import { channelStory, closing, opening, payment } from '../ledger/story.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { failureOf, withGateway } from './gateway.ts';
import { copyEach, expectedOf, sent } from './ledger-events.ts';

const late = suite('facts told late, appended through the gateway');
const rules = suite('what breaks a rule, appended through the gateway');
const racing = suite('appends through the gateway beside another writer');

const story = channelStory([...opening, ...payment, ...closing]);
const seed = seedOfRun();
const writable = { isWritable: true };

/** What the story becomes when some of it is told only after the rest. */
async function toldLate(isLate: (index: number) => boolean): Promise<MemoryStore> {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  await recorder.record(story.filter((_, index) => !isLate(index)));
  const recordedAtNs = (story.at(-1)?.recordedAtNs ?? 0n) + 1_000_000_000_000n;
  const rest = story.filter((_, index) => isLate(index));
  await recorder.record(rest.map((observation) => ({ ...observation, recordedAtNs })));
  return store;
}

async function assertCopied(original: LocalStore): Promise<void> {
  await withGateway(writable, async ({ client, store }) => {
    await copyEach(original, client);
    assert.equal(Buffer.from(await store.head()), Buffer.from(await original.head()));
    const report = await verifyLedger({ store, keyring: keyringOf(store), views: [] });
    assert.equal(report.broken, []);
  });
}

late('are taken one by one, in the order in which a ledger has them', async () => {
  await assertCopied(await toldLate((index) => index === 1 || index === 4));
  await assertCopied(await toldLate((index) => index >= opening.length && index % 2 === 1));
  await assertCopied(
    await toldLate((index) => index >= opening.length + 2 && index < story.length - 5),
  );
});

late('are taken in whatever order the ledger was told them', async () => {
  const random = randomNumbers(seed);
  for (let run = 0; run < 100; run++) {
    const original = await toldLate((index) => index > 0 && random(2) === 1);
    const store = new MemoryStore();
    const appender = new Appender(store, new LedgerAdmission(store));
    for (const stored of await eventsOf(original)) {
      const { stream, revision, type, data } = stored;
      const event = { ...wireEvent(stored), type, data, isJson: true };
      await appender.append({ stream, expected: revision - 1, events: [event] });
    }
    assert.equal(Buffer.from(await store.head()), Buffer.from(await original.head()));
  }
});

/** The last event again at the end of its stream, sealed as it should be. */
function following(last: StoredEvent, change: Partial<StoredEvent> = {}): StoredEvent {
  const event = { ...last, ...change, revision: last.revision + 1 };
  return { ...event, digest: eventDigest(event, last.digest) };
}

rules('is refused by the name of the rule, and nothing of its append is written', async () => {
  const original = await recorded(channelStory([...opening, ...payment]));
  const events = await eventsOf(original);
  const whole = await recorded(story);
  const close = (await eventsOf(whole)).find(({ type }) => type === 'ChannelClosed');
  const last = events.at(-1);
  if (last === undefined || close === undefined) throw new Error('no story');
  await withGateway(writable, async ({ client, store }) => {
    await copyEach(original, client);
    const refused = async (...wrong: readonly StoredEvent[]) => {
      const expectedRevision = BigInt(last.revision);
      const run = () => client.appendToStream(last.stream, wrong.map(sent), { expectedRevision });
      return (await failureOf(run)).message;
    };
    assert.match(await refused(following(last)), 'its stream holds that fact already');
    const { id, type, data } = close;
    const good = following(last, { id, type, data });
    const again = { ...following(good), id: close.id };
    assert.match(await refused(good, again), /breaks the rule|holds that fact/);
    const metadata = last.metadata.replace(/"recordedAt":"\d{4}/, '"recordedAt":"2001');
    assert.match(await refused(following(last, { metadata })), /after it was recorded/);
    assert.is(store.streamHead(last.stream)?.revision, last.revision);
  });
});

racing('follow what the other has written, and find out when they do not', async () => {
  const original = await recorded(channelStory([...opening, ...payment]));
  const events = await eventsOf(original);
  await withGateway(writable, async ({ client, store }) => {
    for (const [index, event] of events.entries()) {
      const { stream, revision } = event;
      if (index % 2 === 0) {
        await client.appendToStream(stream, sent(event), { expectedRevision: expectedOf(event) });
        continue;
      }
      const { type, data, metadata, id } = event;
      const columns = columnsOf(type, {}, JSON.parse(metadata));
      const expectedRevision = revision === 0 ? NO_STREAM : revision - 1;
      await store.append(stream, [{ id, type, data, metadata, columns }], { expectedRevision });
    }
    assert.equal(Buffer.from(await store.head()), Buffer.from(await original.head()));
  });
});

racing('need not wait for one another', async () => {
  const original = await recorded(story);
  const events = await eventsOf(original);
  await withGateway(writable, async ({ client, store }) => {
    const [first, ...rest] = events;
    if (first === undefined) throw new Error('no story');
    // The first call of a new client may be overtaken by its second.
    await client.appendToStream(first.stream, sent(first), { expectedRevision: expectedOf(first) });
    await Promise.all(
      rest.map((event) =>
        client.appendToStream(event.stream, sent(event), { expectedRevision: expectedOf(event) }),
      ),
    );
    assert.equal(Buffer.from(await store.head()), Buffer.from(await original.head()));
    assert.is(wireId(events.at(-1)?.digest ?? new Uint8Array(32)).length, 36);
  });
});

late.run();
rules.run();
racing.run();
