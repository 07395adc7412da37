/** Who may go on listening, how much waits for whom, and what a stream learns while it is open. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allTypes } from '../../src/http/question.ts';
import type { ServedLedger } from '../../src/http/served-ledger.ts';
import { createToken, revokeToken } from '../../src/http/tokens.ts';
import type { Replayed } from '../../src/ledger/forensics/replay.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { type EventPage, type StoredEvent, StoreError } from '../../src/store/event-store.ts';
import { channelId, observations, shortChannelId } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { type EventClient, idOf, listen, placeOf } from './event-client.ts';
import { bearing, demoLedger, withServer } from './served.ts';
import { told } from './told.ts';

const ledger = await demoLedger('streams');
test.after(() => ledger.close());
const recorded: readonly StoredEvent[] = [...ledger.store.allEvents()];
const [first] = recorded;
if (first === undefined) throw new Error('the demo has events');
/** More than any buffer between two programs holds: some thousands of these. */
const long: StoredEvent = { ...first, data: JSON.stringify({ text: 'x'.repeat(16_384) }) };

type Changed = Readonly<Partial<Record<'store' | 'forensics', object>>> & {
  readonly channel?: unknown;
};

/** The ledger with some of its parts, or of their methods, in another's place. */
function changed(of: Ledger, { store = {}, forensics = {}, ...own }: Changed): ServedLedger {
  const over = <Target extends object>(target: Target, methods: object): Target =>
    new Proxy(target, {
      get(inner, name) {
        const found: unknown = Reflect.get(Object.hasOwn(methods, name) ? methods : inner, name);
        return typeof found === 'function' ? found.bind(inner) : found;
      },
    });
  const parts = { store: over(of.store, store), forensics: over(of.forensics, forensics) };
  return over(of, { ...parts, ...own });
}

test('who stops reading what comes one event at a time is let go, and little waits for it', async () => {
  const made = { count: 0, isLetGo: false };
  /** As a ledger grows while it is recorded: nothing comes together. */
  async function* oneATurn<T>(each: T): AsyncGenerator<T> {
    try {
      for (;;) {
        made.count += 1;
        yield each;
        await turn();
        await turn();
      }
    } finally {
      made.isLetGo = true;
    }
  }
  const slow = changed(ledger, {
    store: { subscribePages: () => oneATurn<EventPage>({ events: [long], checkpoint: '1' }) },
    forensics: { replay: () => oneATurn<Replayed>({ kind: 'event', event: long }) },
  });
  const pausing = changed(ledger, {
    forensics: {
      replay: () => oneATurn<Replayed>({ kind: 'shortened', pauseMs: 1e15, waitedMs: 1e15 }),
    },
  });
  const cases: readonly (readonly [ServedLedger, string, number])[] = [
    [slow, '/events', 1000],
    [slow, '/replay', 1000],
    [pausing, '/replay', 200_000],
  ];
  for (const [served, path, most] of cases) {
    Object.assign(made, { count: 0, isLetGo: false });
    await withServer({ ledger: served, stallMs: 200 }, async ({ port }) => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      while (!made.isLetGo && made.count <= most) await turn();
      socket.destroy();
      assert.ok(made.count <= most, `${path}: ${made.count} were made for it`);
    });
  }
});

/** What somebody with a token of that name sends. */
function holder(name: string): RequestInit {
  return bearing(createToken(ledger.store, { name, scope: 'read' }).token);
}

test('a stream ends with the token or the session that opened it, and gives out nothing more', async () => {
  const own = await openLedger(MEMORY, { create: true, seed: 'let in' });
  await own.record(observations.slice(0, 3));
  const token = (name: string) => createToken(own.store, { name, scope: 'read' });
  // An hour between heartbeats: what is recorded next finds out.
  for (const heartbeatMs of [3_600_000, 20]) {
    await withServer({ ledger: own, heartbeatMs }, async ({ ask, port }) => {
      const count = [...own.store.allEvents()].length;
      const { token: text, view } = token('one');
      const client = await listen(port, { headers: { authorization: `Bearer ${text}` } });
      await client.until(count);
      revokeToken(own.store, view.id);
      if (heartbeatMs > 1000) await own.record(observations.slice(3, 5));
      await client.ended();
      assert.is(client.events.length, count, `a heartbeat each ${heartbeatMs} ms`);

      const replayed = token('two');
      const open = await ask('/replay?speed=0.000001&maxPause=1000000', bearing(replayed.token));
      revokeToken(own.store, replayed.view.id);
      if (heartbeatMs < 1000) {
        const said = await open.text();
        assert.not.match(said, 'event: end');
      } else await open.body?.cancel();
    });
  }
  await own.close();
});

test('a cookie opens nothing for a page from elsewhere, and its end closes no stream that anybody here may have', async () => {
  const own = await openLedger(MEMORY, { create: true, seed: 'session' });
  const { token } = createToken(own.store, { name: 'page', scope: 'read' });
  const origin = 'https://dash.example';
  await withServer({ ledger: own, heartbeatMs: 20, origins: [origin] }, async ({ ask, port }) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ token });
    const begun = await ask('/session', { method: 'POST', headers, body });
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
    // A cookie opens nothing for a page from elsewhere, which brings its token.
    assert.is((await ask('/channels', { headers: { cookie, origin } })).status, 401);
    // On this machine the stream goes on: it shows what anybody here may see.
    const client = await listen(port, { headers: { cookie } });
    assert.is((await ask('/session', { method: 'DELETE', headers: { cookie } })).status, 204);
    await own.record(observations.slice(0, 3));
    await client.until([...own.store.allEvents()].length);
    client.close();
  });
  await own.close();
});

test('Last-Event-ID stands above the place that the address names', async () => {
  await withServer({ ledger }, async ({ port }) => {
    const [from] = recorded.slice(-5);
    assert.ok(from);
    const client = await listen(port, { query: '?after=3', lastEventId: idOf(from) });
    await client.until(4);
    client.close();
    assert.equal(
      client.events.map(({ data }) => data.position),
      recorded.slice(-4).map(({ position }) => position),
    );
  });
});

test('a heartbeat names a place that was passed over once, and none before an event that came since', async () => {
  const own = await openLedger(MEMORY, { create: true, seed: 'passed' });
  await own.record(observations.slice(0, 3));
  const opened = [...own.store.allEvents()].find(({ type }) => type === 'ChannelOpened');
  assert.ok(opened);
  await withServer({ ledger: own, heartbeatMs: 20 }, async ({ port }) => {
    const client = await listen(port, { query: '?type=ChannelOpened,CommitmentUpdated' });
    await client.until(1);
    while (placeOf(client.lastId) <= opened.position) await once(client.response, 'taken');
    const passed = placeOf(client.lastId);
    await own.record(observations.slice(3, 5));
    const updates = [...own.store.allEvents()].filter(({ type }) => type === 'CommitmentUpdated');
    await client.until(1 + updates.length);
    const newest = updates.at(-1)?.position ?? 0;
    assert.ok(newest > passed);
    // Two heartbeats later it is still not further back than the last event.
    for (let nth = 0; nth < 2; nth += 1) await once(client.response, 'taken');
    assert.ok(placeOf(client.lastId) >= newest, `${client.lastId} of ${newest}`);
    client.close();
  });
  await own.close();
});

test('a stream of one channel has its gossip too, though the channel got its name meanwhile', async () => {
  const own = await openLedger(MEMORY, { create: true, seed: 'named' });
  await own.record(observations.slice(0, 1));
  const gossip = { type: 'PublicChannelClosed', data: { shortChannelId, height: 900 } };
  const other = { type: 'PublicChannelClosed', data: { shortChannelId: '7x7x7', height: 900 } };
  await withServer({ ledger: own }, async ({ port }) => {
    const asked = [`?channel=${channelId}`, `?channel=${channelId}&type=PublicChannelClosed`];
    const clients = await Promise.all(asked.map((query) => listen(port, { query })));
    await own.record(observations.slice(1, 2));
    await own.record([
      told(other, { about: 'gossip', shortChannelId: '7x7x7' }),
      told(gossip, { about: 'gossip', shortChannelId }),
    ]);
    const types = (client: EventClient | undefined) => client?.events.map(({ data }) => data.type);
    await clients[0]?.until(3);
    assert.equal(types(clients[0]), ['ChannelOpened', 'FundingConfirmed', 'PublicChannelClosed']);
    await clients[1]?.until(1);
    assert.equal(types(clients[1]), ['PublicChannelClosed']);
    for (const client of clients) client.close();
  });
  await own.close();
});

test('a stream that fails is ended, and whoever runs the server is told why', async () => {
  const failing = (error: Error) =>
    changed(ledger, {
      store: {
        async *subscribePages(): AsyncGenerator<EventPage> {
          yield { events: [first], checkpoint: '1' };
          throw error;
        },
      },
      forensics: {
        async *replay(): AsyncGenerator<Replayed> {
          yield { kind: 'event', event: first };
          throw error;
        },
      },
    });
  const lost = changed(ledger, {
    channel() {
      throw new StoreError('the disk is gone');
    },
  });
  const cases: readonly (readonly [ServedLedger, string, string])[] = [
    [failing(new TypeError('no such thing')), '/events', 'no such thing'],
    [failing(new TypeError('no such thing')), '/replay', 'no such thing'],
    // That a channel cannot be read is no reason to take it for somebody else's.
    [lost, `/events?peer=${bob}`, 'the disk is gone'],
  ];
  for (const [served, path, why] of cases) {
    const failures: string[] = [];
    const onError = (error: unknown, where: string) => {
      failures.push(`${where}: ${error instanceof Error ? error.message : ''}`);
    };
    await withServer({ ledger: served, onError }, async ({ ask }) => {
      const said = await (await ask(path)).text();
      assert.not.match(said, 'event: end');
    });
    assert.is(failures.length, 1, path);
    assert.match(failures[0] ?? '', why);
    assert.match(failures[0] ?? '', path.slice(1, 7));
  }
});

test('a type that does not exist is refused with those that do', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const paths = [
      '/events?type=HtlcAdded,Nope',
      '/replay?type=Nope',
      `/channels/${ledger.channels()[0]?.channelId}/history?node=${ledger.channels()[0]?.nodeId}&type=Nope`,
      // A type of nodes: no history of a channel has one.
      `/channels/${ledger.channels()[0]?.channelId}/history?node=${ledger.channels()[0]?.nodeId}&type=PaymentSent`,
    ];
    for (const path of paths) {
      const answer = await ask(path);
      const { detail }: { detail: string } = JSON.parse(await answer.text());
      assert.is(answer.status, 400, `${path}: ${detail}`);
      assert.match(
        detail,
        /no type of event called "(Nope|PaymentSent)" here; there are .*HtlcAdded/,
      );
    }
    assert.ok(
      ['PaymentSent', 'HtlcAdded', 'PublicChannelClosed'].every((one) => allTypes.includes(one)),
    );
  });
});

test('two replays of one who asks, and four in all, are enough; one that ends or is refused makes room', async () => {
  const clients = async (ask: (path: string) => Promise<Response>) =>
    /event_clients (\d+)\n/.exec(await (await ask('/metrics')).text())?.[1];
  await withServer({ ledger }, async ({ ask }) => {
    for (let nth = 0; nth < 6; nth += 1) {
      assert.is((await ask('/replay?channel=1x1x1')).status, 404);
      assert.is((await ask('/replay?at=never')).status, 400);
    }
    assert.is(await clients(ask), '0');
    const endless = '/replay?speed=0.000001&maxPause=1000000';
    const [mine, yours] = [holder('mine'), holder('yours')];
    const open = await Promise.all([{}, {}, mine].map((init) => ask(endless, init)));
    for (const init of [{}, { headers: { 'x-forwarded-for': '10.0.0.1' } }]) {
      const third = await ask('/replay?maxPause=0', init);
      assert.is(third.status, 429);
      assert.match(await third.text(), '2 replays of yours are under way: end one first');
    }
    open.push(await ask(endless, yours));
    const fifth = await ask('/replay?maxPause=0', yours);
    assert.is(fifth.status, 429);
    assert.is(fifth.headers.get('retry-after'), '5');
    assert.match(await fifth.text(), '4 replays are under way: wait until one ends');
    await open[0]?.body?.cancel();
    while ((await clients(ask)) !== '3') await turn();
    const sixth = await ask('/replay?speed=1000000000&maxPause=0');
    assert.is(sixth.status, 200);
    assert.ok((await sixth.text()).endsWith('event: end\ndata: {}\n\n'));
    for (const one of open.slice(1)) await one.body?.cancel();
  });
});

test('a replay that lasts too long is cut, and says so', async () => {
  await withServer({ ledger, longestReplayMs: 50 }, async ({ ask }) => {
    const said = await (await ask('/replay?speed=0.000001&maxPause=1000000')).text();
    assert.match(said, /event: end\ndata: \{"cut":"a replay lasts a day at most: go on with /);
  });
});

test('five hundred may listen, half of them with one token or address, and no more', async () => {
  await withServer({ ledger }, async ({ ask, port }) => {
    const query = `?after=${recorded.at(-1)?.position}`;
    const half = (init: RequestInit) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      return Promise.all(Array.from({ length: 250 }, () => listen(port, { query, headers })));
    };
    const refused = async (init: RequestInit, why: string) => {
      const answer = await ask(`/events${query}`, init);
      assert.is(answer.status, 429);
      assert.is(answer.headers.get('retry-after'), '5');
      assert.match(await answer.text(), why);
    };
    const clients = await half({});
    await refused({}, '250 streams of yours are under way: end one first');
    clients.push(...(await half(holder('all of it'))));
    const late = holder('late');
    await refused(late, '500 streams are under way: wait until one ends');
    clients[0]?.close();
    while ((await (await ask('/metrics')).text()).includes('event_clients 500\n')) await turn();
    const again = await listen(port, { query });
    assert.is(again.response.statusCode, 200);
    for (const client of [...clients, again]) client.close();
  });
});

test.run();
