import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  PARK,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  type PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  RETRY,
  SKIP,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LocalStore, NO_STREAM } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { collect, sampleEvents } from '../store/sample-events.ts';
import { failureOf, newFile, withGateway } from './gateway.ts';

const giving = suite('a group of consumers');
const failing = suite('what a group cannot handle');
const keeping = suite('what is kept of a group');

const fill = (store: LocalStore) =>
  store.append('a', sampleEvents(0, 10), { expectedRevision: NO_STREAM });
const upTo = (to: number) => Array.from({ length: to }, (_, index) => index);

function settings(changes: Partial<PersistentSubscriptionToStreamSettings> = {}) {
  return persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, ...changes });
}

type Subscription = ReturnType<EventStoreDBClient['subscribeToPersistentSubscriptionToStream']>;
type Given = Parameters<Subscription['ack']>[0] & { readonly retryCount: number };
type Answer = (subscription: Subscription, given: Given) => Promise<unknown>;

const join = (client: EventStoreDBClient) =>
  client.subscribeToPersistentSubscriptionToStream('a', 'g', { bufferSize: 4 });

/** Answers every event; the revisions in the order they were given, until there were `count`. */
async function consumed(subscription: Subscription, count: number, answer?: Answer) {
  const seen: number[] = [];
  for await (const resolved of subscription) {
    const revision = Number(resolved.event?.revision);
    seen.push(revision);
    if (answer === undefined) await subscription.ack(resolved);
    else await answer(subscription, resolved);
    if (seen.length === count) break;
  }
  // Leaving the loop leaves the call open, and cancelling it may overtake the last answer.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await subscription.unsubscribe();
  return seen;
}

/** Until a condition holds; what is acknowledged reaches the group a moment later. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come about');
}

giving('gives each event to one of them', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      await client.createPersistentSubscriptionToStream('a', 'g', settings());
      const seen: number[] = [];
      const both = [join(client), join(client)];
      const done = new Promise<void>((resolve) => {
        for (const subscription of both) {
          subscription.on('error', () => undefined);
          subscription.on('data', (resolved) => {
            seen.push(Number(resolved.event?.revision));
            void subscription.ack(resolved);
            if (seen.length === 10) resolve();
          });
        }
      });
      await done;
      assert.equal(
        seen.sort((a, b) => a - b),
        upTo(10),
      );
      for (const subscription of both) await subscription.unsubscribe();
    },
    fill,
  );
});

giving('waits for what comes, from the end or through a filter over everything', async () => {
  await withGateway(
    {},
    async ({ client, store }) => {
      await client.createPersistentSubscriptionToStream('a', 'g', settings({ startFrom: END }));
      const all = persistentSubscriptionToAllSettingsFromDefaults({ startFrom: START });
      const filter = streamNameFilter({ prefixes: ['b'] });
      await client.createPersistentSubscriptionToAll('g', all, { filter });
      const ofAll = client.subscribeToPersistentSubscriptionToAll('g');
      const seen = consumed(join(client), 2);
      const everywhere = (async () => {
        for await (const resolved of ofAll) return resolved.event?.streamId;
        return undefined;
      })();
      await store.append('b', sampleEvents(20, 22), { expectedRevision: NO_STREAM });
      await store.append('a', sampleEvents(10, 12), { expectedRevision: 9 });
      assert.equal(await seen, [10, 11]);
      assert.is(await everywhere, 'b');
    },
    fill,
  );
});

giving('can be made once, must be there to be joined, and may be full', async () => {
  await withGateway({}, async ({ client }) => {
    const create = () =>
      client.createPersistentSubscriptionToStream('a', 'g', settings({ maxSubscriberCount: 1 }));
    await create();
    assert.instance(await failureOf(create), PersistentSubscriptionExistsError);
    const first = join(client);
    first.on('error', () => undefined);
    await new Promise<void>((resolve) => first.once('confirmation', resolve));
    const full = await failureOf(() => consumed(join(client), 1));
    assert.instance(full, PersistentSubscriptionMaximumSubscribersReachedError);
    await client.deletePersistentSubscriptionToStream('a', 'g');
    const missing = await failureOf(() => consumed(join(client), 1));
    assert.instance(missing, PersistentSubscriptionDoesNotExistError);
    const info = () => client.getPersistentSubscriptionToStreamInfo('a', 'g');
    assert.instance(await failureOf(info), PersistentSubscriptionDoesNotExistError);
  });
});

failing('is given out again, then parked, and again when parked events are replayed', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      await client.createPersistentSubscriptionToStream('a', 'g', settings({ maxRetryCount: 2 }));
      const tries: number[] = [];
      const answer: Answer = async (subscription, given) => {
        const revision = Number(given.event?.revision);
        if (revision === 3) {
          tries.push(given.retryCount);
          await subscription.nack(RETRY, 'not yet', given);
        } else if (revision === 5) await subscription.nack(PARK, 'never', given);
        else if (revision === 7) await subscription.nack(SKIP, 'no matter', given);
        else await subscription.ack(given);
      };
      const parkedCount = async () => {
        const { stats } = await client.getPersistentSubscriptionToStreamInfo('a', 'g');
        return Number(stats.parkedMessageCount);
      };
      // Ten events, and the one that is tried three times in all.
      assert.is((await consumed(join(client), 12, answer)).length, 12);
      assert.equal(tries, [0, 1, 2]);
      await until(async () => (await parkedCount()) === 2);
      const parked = '$persistentsubscription-a::g-parked';
      const links = await collect(client.readStream(parked, { resolveLinkTos: true }));
      assert.equal(
        links.map(({ event, link }) => [
          Number(event?.revision),
          link?.type,
          Number(link?.revision),
        ]),
        [
          [5, '$>', 0],
          [3, '$>', 1],
        ],
      );
      const last = { direction: BACKWARDS, fromRevision: END, maxCount: 1 } as const;
      const [link] = await collect(client.readStream(parked, last));
      assert.equal(
        [link?.event?.type, Buffer.from(link?.event?.data as Uint8Array).toString()],
        ['$>', '3@a'],
      );
      const again = consumed(join(client), 2);
      await client.replayParkedMessagesToStream('a', 'g');
      // In the order in which they were parked.
      assert.equal(await again, [5, 3]);
      await until(async () => (await parkedCount()) === 0);
    },
    fill,
  );
});

failing('in time goes to another, as does what a lost consumer had', async () => {
  await withGateway(
    {},
    async ({ client }) => {
      const changes = { messageTimeout: 200 };
      await client.createPersistentSubscriptionToStream('a', 'g', settings(changes));
      const silent = join(client);
      silent.on('error', () => undefined);
      await new Promise((resolve) => silent.once('data', resolve));
      const other = consumed(join(client), 10);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await silent.unsubscribe();
      assert.equal(
        (await other).sort((a, b) => a - b),
        upTo(10),
      );
    },
    fill,
  );
});

keeping('goes on after a restart behind what was acknowledged, parked ones included', async () => {
  const store = openSqliteStore(newFile(), { create: true });
  const options = { store, isWritable: true };
  await withGateway(
    options,
    async ({ client }) => {
      await client.createPersistentSubscriptionToStream('a', 'g', settings());
      const subscription = join(client);
      let count = 0;
      for await (const resolved of subscription) {
        if (count === 2) await subscription.nack(PARK, 'later', resolved);
        else await subscription.ack(resolved);
        if (++count === 6) break;
      }
      const stats = async () =>
        (await client.getPersistentSubscriptionToStreamInfo('a', 'g')).stats;
      await until(async () => (await stats()).lastCheckpointedEventRevision === 5n);
    },
    fill,
  );
  await withGateway(options, async ({ client }) => {
    const { stats, settings: kept } = await client.getPersistentSubscriptionToStreamInfo('a', 'g');
    assert.equal([stats.parkedMessageCount, kept.startFrom], [1n, START]);
    assert.equal(await consumed(join(client), 4), [6, 7, 8, 9]);
    assert.is((await client.listAllPersistentSubscriptions()).length, 1);
  });
  await store.close();
});

giving.run();
failing.run();
keeping.run();
