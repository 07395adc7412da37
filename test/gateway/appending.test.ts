import {
  AccessDeniedError,
  ANY,
  NO_STREAM as CLIENT_NO_STREAM,
  type EventData,
  MaxAppendSizeExceededError,
  STREAM_EXISTS,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { eventDigest } from '../../src/store/digest.ts';
import type { StoredEvent } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { eventsOf, keyringOf, recorded } from '../ledger/recording.ts';
import { wholeStory } from '../ledger/story.ts';
import { collect } from '../store/sample-events.ts';
import { failureOf, newFile, withGateway } from './gateway.ts';
import { copyEach, sent } from './ledger-events.ts';

const plain = suite('appending through the gateway');
const ledgers = suite("appending a ledger's events through the gateway");

const anything = { isWritable: true, accepts: 'anything' } as const;

const event = (n: number, text = '') => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  type: 'Counted',
  contentType: 'application/json' as const,
  data: text === '' ? { n } : { n, text },
  metadata: { by: 'test' },
});

plain('needs --writable', async () => {
  await withGateway({}, async ({ client }) => {
    const error = await failureOf(() => client.appendToStream('s', event(0)));
    assert.instance(error, AccessDeniedError);
    const other = { credentials: { username: 'a', password: 'b' } };
    assert.instance(await failureOf(() => client.appendToStream('s', event(0), other)), Error);
  });
});

plain('gives back what was appended, as it was sent', async () => {
  await withGateway(anything, async ({ client }) => {
    const result = await client.appendToStream('s', [event(0), event(1)], {
      expectedRevision: CLIENT_NO_STREAM,
    });
    assert.is(result.nextExpectedRevision, 1n);
    assert.equal(result.position, { commit: 2n, prepare: 2n });
    const read = await collect(client.readStream('s'));
    assert.equal(
      read.map((each) => [each.event?.id, each.event?.data, each.event?.metadata]),
      [0, 1].map((n) => [event(n).id, { n }, { by: 'test' }]),
    );
  });
});

plain('at a wrong revision is told the actual one', async () => {
  await withGateway(anything, async ({ client }) => {
    const conflict = async (expectedRevision: bigint | typeof CLIENT_NO_STREAM, n: number) => {
      const run = () => client.appendToStream('s', event(n), { expectedRevision });
      const error = await failureOf(run);
      assert.instance(error, WrongExpectedVersionError);
      const { actualVersion, expectedVersion, streamName } = error as WrongExpectedVersionError;
      return [streamName, expectedVersion, actualVersion];
    };
    assert.equal(await conflict(0n, 9), ['s', 0n, 'no_stream']);
    await client.appendToStream('s', [event(0), event(1)]);
    assert.equal(await conflict(CLIENT_NO_STREAM, 9), ['s', 'no_stream', 1n]);
    assert.equal(await conflict(0n, 9), ['s', 0n, 1n]);
    assert.equal(await conflict(7n, 9), ['s', 7n, 1n]);
    const exists = { expectedRevision: STREAM_EXISTS } as const;
    const missing = await failureOf(() => client.appendToStream('t', event(0), exists));
    assert.is((missing as WrongExpectedVersionError).actualVersion, 'no_stream');
  });
});

plain('the same again gives the first answer, with an expected revision and with any', async () => {
  await withGateway(anything, async ({ client, store }) => {
    const at = (expectedRevision: bigint | typeof CLIENT_NO_STREAM | typeof ANY) => {
      return client.appendToStream('s', [event(0), event(1)], { expectedRevision });
    };
    const first = await at(CLIENT_NO_STREAM);
    await client.appendToStream('s', event(2), { expectedRevision: 1n });
    assert.equal(await at(CLIENT_NO_STREAM), first);
    assert.equal(await at(ANY), first);
    assert.is(store.streamHead('s')?.revision, 2);
    // With the current revision it is another append.
    assert.is((await at(2n)).nextExpectedRevision, 4n);
  });
});

plain('many at once keep their order, and fail together from the first conflict on', async () => {
  await withGateway(anything, async ({ client, store }) => {
    await client.appendToStream('s', event(0), { expectedRevision: CLIENT_NO_STREAM });
    const appends = Array.from({ length: 100 }, (_, n) =>
      client.appendToStream('s', event(n + 1), { expectedRevision: BigInt(n) }),
    );
    await Promise.all(appends);
    const stored = await eventsOf(store, 's');
    assert.equal(
      stored.map(({ id }) => id),
      Array.from({ length: 101 }, (_, n) => event(n).id),
    );
    const late = await Promise.allSettled(
      [98n, 99n, 100n].map((expectedRevision, n) =>
        client.appendToStream('s', event(500 + n), { expectedRevision }),
      ),
    );
    assert.equal(
      late.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
  });
});

plain('beyond a mebibyte is refused with the limit', async () => {
  await withGateway(anything, async ({ client, store }) => {
    const big = event(0, 'x'.repeat(1_048_576));
    const error = await failureOf(() => client.appendToStream('s', big));
    assert.instance(error, MaxAppendSizeExceededError);
    assert.is((error as MaxAppendSizeExceededError).maxAppendSize, 1_048_576);
    assert.is(store.streamHead('s'), undefined);
  });
});

ledgers('copies a ledger byte for byte, and the copy verifies', async () => {
  const original = await recorded(wholeStory());
  const file = newFile();
  const store = openSqliteStore(file, { create: true });
  await withGateway({ store, isWritable: true }, async ({ client }) => {
    await copyEach(original, client);
    assert.equal(Buffer.from(await store.head()), Buffer.from(await original.head()));
    // Everything again: each append is known.
    await copyEach(original, client);
    assert.is((await eventsOf(store)).length, (await eventsOf(original)).length);
  });
  const report = await verifyLedger({ store, keyring: keyringOf(store), views: [] });
  assert.equal([report.isSound, report.broken], [true, []]);
  await store.close();
});

ledgers('refuses what is not sealed, misnamed, malformed or no event of the stream', async () => {
  const original = await recorded(wholeStory());
  const [channel] = original.streamNames('channel-');
  const [first] = await eventsOf(original, channel);
  if (first === undefined) throw new Error('no story');
  const forged = (change: Partial<StoredEvent>): StoredEvent => {
    const changed = { ...first, ...change };
    return { ...changed, digest: eventDigest(changed, undefined) };
  };
  const { id } = event(0);
  const wrong: readonly (readonly [StoredEvent | EventData, RegExp, string?])[] = [
    [event(0), /does not end with \$id and digest/],
    [{ ...first, data: first.data.replace('}', ' }') }, /not the canonical form/],
    [{ ...first, data: '{}' }, /is refused/],
    [{ ...first, type: 'Invented' }, /no type that this version knows/],
    [{ ...first, digest: new Uint8Array(32) }, /its digest does not fit/],
    [forged({ id }), /its id is not that of/],
    [first, /is no stream of a ledger/, 'mine'],
  ];
  await withGateway({ isWritable: true }, async ({ client, store }) => {
    for (const [bad, sentence, stream = first.stream] of wrong) {
      const message = 'digest' in bad ? raw(bad) : bad;
      const error = await failureOf(() =>
        client.appendToStream(stream, message, { expectedRevision: CLIENT_NO_STREAM }),
      );
      assert.match(error.message, sentence);
    }
    assert.equal(await eventsOf(store), []);
  });
});

/** Data as it stands, canonical or not. */
function raw(stored: StoredEvent): EventData {
  const data = new TextEncoder().encode(stored.data);
  return { ...sent({ ...stored, data: '{}' }), contentType: 'application/octet-stream', data };
}

plain.run();
ledgers.run();
