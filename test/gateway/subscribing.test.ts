import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  type Filter,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LocalStore, NO_STREAM } from '../../src/store/event-store.ts';
import { sampleEvent, sampleEvents } from '../store/sample-events.ts';
import { take, withGateway } from './gateway.ts';

const streams = suite('a subscription to a stream of the gateway');
const all = suite('a subscription to everything in the gateway');

const at = (position: number): Position => ({
  commit: BigInt(position),
  prepare: BigInt(position),
});
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);
const fill = (store: LocalStore) =>
  store.append('a', sampleEvents(0, 10), { expectedRevision: NO_STREAM });

/** Resolves when the subscription says that it has caught up. */
const caughtUp = (subscription: { once(event: 'caughtUp', listener: () => void): unknown }) =>
  new Promise<void>((resolve) => subscription.once('caughtUp', resolve));

streams('gives what is there, then what comes, and not its longer namesakes', async () => {
  await withGateway(
    {},
    async ({ client, store }) => {
      const subscription = client.subscribeToStream('a', { fromRevision: 3n });
      const seen = take(14, subscription);
      await caughtUp(subscription);
      await store.append('ab', sampleEvents(50, 60), { expectedRevision: NO_STREAM });
      for (let n = 10; n < 18; n++) {
        await store.append('a', [sampleEvent(n)], { expectedRevision: n - 1 });
      }
      assert.equal(
        (await seen).map(({ event }) => Number(event?.revision)),
        upTo(4, 18),
      );
    },
    fill,
  );
});

streams('waits for a stream that is not there, and from the end for what is new', async () => {
  await withGateway(
    {},
    async ({ client, store }) => {
      const missing = client.subscribeToStream('new');
      const late = client.subscribeToStream('a', { fromRevision: END });
      const seen = Promise.all([take(2, missing), take(1, late)]);
      await Promise.all([caughtUp(missing), caughtUp(late)]);
      await store.append('new', sampleEvents(20, 22), { expectedRevision: NO_STREAM });
      await store.append('a', [sampleEvent(10)], { expectedRevision: 9 });
      const revisions = (await seen).flat().map(({ event }) => Number(event?.revision));
      assert.equal(revisions, [0, 1, 10]);
    },
    fill,
  );
});

all('goes on after the position it is given, without a gap and without a repetition', async () => {
  await withGateway(
    {},
    async ({ client, store }) => {
      const seen = take(597, client.subscribeToAll({ fromPosition: at(3) }));
      for (let n = 10; n < 600; n += 10) {
        await store.append(`s${n}`, sampleEvents(n, n + 10), { expectedRevision: NO_STREAM });
      }
      const positions = (await seen).map(({ event }) => Number(event?.position.commit));
      assert.equal(positions, upTo(4, 601));
    },
    fill,
  );
});

all('from the end gives only what is new', async () => {
  await withGateway(
    {},
    async ({ client, store }) => {
      const subscription = client.subscribeToAll({ fromPosition: END });
      const seen = take(1, subscription);
      await caughtUp(subscription);
      await store.append('b', [sampleEvent(10)], { expectedRevision: NO_STREAM });
      assert.is((await seen)[0]?.event?.streamId, 'b');
    },
    fill,
  );
});

all('is filtered by stream name or by type, by prefixes or an expression', async () => {
  const fillNames = async (store: LocalStore) => {
    for (const [n, name] of ['ab-1', 'cd-1', 'ab-2', 'x-1'].entries()) {
      const events = [sampleEvent(n, { type: `Type${n}` })];
      await store.append(name, events, { expectedRevision: NO_STREAM });
    }
  };
  await withGateway(
    {},
    async ({ client }) => {
      const streamsOf = async (subscription: AllStreamSubscription, count: number) =>
        (await take(count, subscription)).map(({ event }) => event?.streamId);
      const by = (filter: Filter) => client.subscribeToAll({ fromPosition: START, filter });
      assert.equal(await streamsOf(by(streamNameFilter({ prefixes: ['ab-', 'x'] })), 3), [
        'ab-1',
        'ab-2',
        'x-1',
      ]);
      assert.equal(await streamsOf(by(streamNameFilter({ regex: '-1$' })), 3), [
        'ab-1',
        'cd-1',
        'x-1',
      ]);
      assert.equal(await streamsOf(by(eventTypeFilter({ prefixes: ['Type1', 'Type3'] })), 2), [
        'cd-1',
        'x-1',
      ]);
      assert.equal(await streamsOf(by(eventTypeFilter({ regex: '^Type[02]$' })), 2), [
        'ab-1',
        'ab-2',
      ]);
    },
    fillNames,
  );
});

all('that matches nothing still tells how far it has looked', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      const reached: bigint[] = [];
      const filter = streamNameFilter({
        prefixes: ['none'],
        maxSearchWindow: 2,
        checkpointInterval: 2,
        checkpointReached: async (_, { commit }) => {
          reached.push(commit);
        },
      });
      const subscription = client.subscribeToAll({ fromPosition: START, filter });
      subscription.on('error', () => undefined).resume();
      await caughtUp(subscription);
      assert.equal(reached, [4n, 8n, 10n]);
      await subscription.unsubscribe();
    },
    fill,
  );
});

streams.run();
all.run();
