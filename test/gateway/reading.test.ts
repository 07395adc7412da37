import { BACKWARDS, END, StreamNotFoundError, UnknownError } from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { timeNsOf } from '../../src/schema/time.ts';
import { uuidV8Of } from '../../src/store/digest.ts';
import { type LocalStore, NO_STREAM } from '../../src/store/event-store.ts';
import { recorderOf } from '../ledger/recording.ts';
import { wholeStory } from '../ledger/story.ts';
import { collect, sampleEvents } from '../store/sample-events.ts';
import { failureOf, positionsOf, withGateway } from './gateway.ts';

const mapping = suite('an event read through the gateway');
const streams = suite('a stream read through the gateway');
const all = suite('all streams read through the gateway');

const recordStory = (store: LocalStore) => recorderOf(store).record(wholeStory());

/** `a` and `b` in turn, five events each time, 40 in all. */
async function fillTwo(store: LocalStore): Promise<void> {
  for (let n = 0; n < 8; n++) {
    const stream = n % 2 === 0 ? 'a' : 'b';
    const expectedRevision = Math.floor(n / 2) * 5 - 1;
    await store.append(stream, sampleEvents(n * 5, n * 5 + 5), { expectedRevision });
  }
}

mapping('has the UUID of its digest, and its own id and digest last in the metadata', async () => {
  await withGateway(
    {},
    async ({ store, client }) => {
      const stored = await collect(store.readAll());
      const read = await collect(client.readAll());
      assert.is(read.length, stored.length);
      for (const [index, { event }] of read.entries()) {
        const original = stored[index];
        if (event === undefined || original === undefined) throw new Error('no event');
        const { stream, revision, type, position } = original;
        assert.is(event.id, uuidV8Of(original.digest));
        assert.equal(
          [event.streamId, Number(event.revision), event.type],
          [stream, revision, type],
        );
        assert.equal(event.position, { commit: BigInt(position), prepare: BigInt(position) });
        assert.equal(event.isJson, true);
        assert.is(JSON.stringify(event.data), original.data);
        const hex = Buffer.from(original.digest).toString('hex');
        const tail = `,"$id":"${original.id}","digest":"${hex}"}`;
        assert.is(JSON.stringify(event.metadata), `${original.metadata.slice(0, -1)}${tail}`);
        const { recordedAt } = JSON.parse(original.metadata) as { readonly recordedAt: string };
        assert.is(BigInt(event.created.getTime()), timeNsOf(recordedAt) / 1_000_000n);
      }
    },
    recordStory,
  );
});

streams('is read from any revision, forwards and backwards, as far as was asked', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      const revisions = async (options: Parameters<typeof client.readStream>[1]) =>
        (await collect(client.readStream('a', options))).map(({ event }) =>
          Number(event?.revision),
        );
      const upTo = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, index) => from + index);
      assert.equal(await revisions({}), upTo(0, 20));
      assert.equal(await revisions({ fromRevision: 17n }), [17, 18, 19]);
      assert.equal(await revisions({ fromRevision: 3n, maxCount: 2 }), [3, 4]);
      assert.equal(await revisions({ fromRevision: 20n }), []);
      assert.equal(await revisions({ fromRevision: END }), []);
      const direction = BACKWARDS;
      assert.equal(await revisions({ direction, fromRevision: END }), upTo(0, 20).reverse());
      assert.equal(await revisions({ direction, fromRevision: END, maxCount: 1 }), [19]);
      assert.equal(await revisions({ direction, fromRevision: 2n }), [2, 1, 0]);
      assert.equal(await revisions({ direction, fromRevision: 99n, maxCount: 2 }), [19, 18]);
    },
    fillTwo,
  );
});

streams('that is not there is an error with its name, and no metadata is none', async () => {
  await withGateway({}, async ({ client }) => {
    const error = await failureOf(() => collect(client.readStream('nowhere-é')));
    assert.instance(error, StreamNotFoundError);
    assert.is((error as StreamNotFoundError).streamName, 'nowhere-é');
    const { metadata, metastreamRevision } = await client.getStreamMetadata('nowhere');
    assert.equal([metadata, metastreamRevision], [undefined, undefined]);
  });
});

streams('cannot be asked for no events at all', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      const error = await failureOf(() => collect(client.readStream('a', { maxCount: 0 })));
      assert.instance(error, UnknownError);
    },
    fillTwo,
  );
});

all('are read from a position on, that one included, and backwards from before it', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      const read = (options: Parameters<typeof client.readAll>[0]) =>
        positionsOf(client.readAll(options));
      const at = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) });
      const everything = Array.from({ length: 40 }, (_, index) => index + 1);
      assert.equal(await read({}), everything);
      assert.equal(await read({ fromPosition: at(38) }), [38, 39, 40]);
      assert.equal(await read({ fromPosition: END }), []);
      assert.equal(await read({ maxCount: 3 }), [1, 2, 3]);
      const direction = BACKWARDS;
      assert.equal(await read({ direction, fromPosition: END }), everything.toReversed());
      assert.equal(await read({ direction, fromPosition: at(3) }), [2, 1]);
      assert.equal(await read({ direction, fromPosition: END, maxCount: 2 }), [40, 39]);
      const error = await failureOf(() => read({ fromPosition: at(41) }));
      assert.instance(error, UnknownError);
    },
    fillTwo,
  );
});

all('can be read backwards page by page through a long log', async () => {
  const total = 1500;
  await withGateway(
    {},
    async ({ client }) => {
      const positions = await positionsOf(
        client.readAll({ direction: BACKWARDS, fromPosition: END }),
      );
      assert.equal(
        positions,
        Array.from({ length: total }, (_, index) => total - index),
      );
    },
    (store) => store.append('long', sampleEvents(0, total), { expectedRevision: NO_STREAM }),
  );
});

mapping.run();
streams.run();
all.run();
