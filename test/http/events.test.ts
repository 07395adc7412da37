import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServedLedger } from '../../src/http/served-ledger.ts';
import type { EventPage, StoredEvent } from '../../src/store/event-store.ts';
import { playedObservations } from '../demo/play.ts';
import { collect } from '../store/sample-events.ts';
import { idOf, listen } from './event-client.ts';
import { demoLedger, withServer } from './served.ts';

const ledger = await demoLedger();
test.after(() => ledger.close());
const recorded: readonly StoredEvent[] = await collect(ledger.store.readAll());
const idsOf = (events: readonly StoredEvent[]) => events.map(idOf);
const [channel] = ledger.channels();
if (channel === undefined) throw new Error('the demo has open channels');
const { channelId, nodeId, peerId = '' } = channel;

test('a stream gives every event in order, then those that come', async () => {
  await withServer({ ledger }, async ({ port }) => {
    const client = await listen(port);
    await client.until(recorded.length);
    assert.equal(
      client.events.map(({ id }) => id),
      idsOf(recorded),
    );
    const { response } = client;
    assert.is(response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.is(response.headers['content-encoding'], undefined);
    const more = await playedObservations('another network');
    await ledger.record(more.slice(0, 50));
    const after = recorded.at(-1);
    const fresh = await collect(ledger.store.readAll(String(after?.position)));
    assert.ok(fresh.length > 0);
    await client.until(recorded.length + fresh.length);
    assert.equal(
      client.events.slice(recorded.length).map(({ id }) => id),
      idsOf(fresh),
    );
    client.close();
  });
});

test('a client that is cut off goes on with exactly the events after its last one', async () => {
  const all = await collect(ledger.store.readAll());
  await withServer({ ledger }, async ({ port }) => {
    const ids: string[] = [];
    let lastEventId: string | undefined;
    while (ids.length < all.length) {
      const client = await listen(port, { lastEventId, headers: { 'accept-encoding': 'gzip' } });
      await client.until(Math.min(97, all.length - ids.length));
      client.close();
      const taken = client.events.map(({ id }) => id);
      ids.push(...taken);
      lastEventId = taken.at(-1);
    }
    assert.equal(ids.slice(0, all.length), idsOf(all));
  });
});

test('a stream of one channel, of one peer, or of some types leaves the others out', async () => {
  const all = await collect(ledger.store.readAll());
  const ofChannel = all.filter(({ stream }) => {
    const isGossip = channel.shortChannelIds.some((id) => stream.endsWith(`.${id}`));
    return (stream.startsWith('channel-') && stream.includes(channelId)) || isGossip;
  });
  const views = [...ledger.channels(), ...ledger.closed()];
  const withPeer = views.filter((one) => one.peerId === peerId);
  const itsChannels = new Set<string>(withPeer.map((one) => `${one.nodeId}.${one.channelId}`));
  const itsNames = new Set<string>(withPeer.flatMap((one) => one.shortChannelIds));
  const types = ['HtlcAdded', 'FeePolicyChanged'];
  const asked: readonly (readonly [query: string, wanted: readonly StoredEvent[]])[] = [
    [`?channel=${channel.shortChannelId}`, ofChannel],
    [`?type=${types.join(',')}`, all.filter(({ type }) => types.includes(type))],
    [`?channel=${channelId}&type=HtlcAdded`, ofChannel.filter(({ type }) => type === 'HtlcAdded')],
  ];
  await withServer({ ledger }, async ({ port }) => {
    for (const [query, wanted] of asked) {
      assert.ok(wanted.length > 0, query);
      const client = await listen(port, { query });
      await client.until(wanted.length);
      client.close();
      assert.equal(
        client.events.map(({ id }) => id),
        idsOf(wanted),
        query,
      );
    }
    const ofPeer = all.filter(({ stream }) => {
      const [, kind, node, subject = ''] = /^([a-z]+)-([^.]+)\.([^.]+)/.exec(stream) ?? [];
      if (kind === 'gossip') return itsNames.has(subject);
      return kind === 'peer' ? subject === peerId : itsChannels.has(`${node}.${subject}`);
    });
    const client = await listen(port, { query: `?peer=${peerId}` });
    await client.until(ofPeer.length);
    client.close();
    assert.equal(
      client.events.map(({ id }) => id),
      idsOf(ofPeer),
    );
  });
});

test('a quiet stream still says that it is there, and how far it has looked', async () => {
  const [newest] = idsOf((await collect(ledger.store.readAll())).slice(-1));
  await withServer({ ledger, heartbeatMs: 20 }, async ({ port }) => {
    const client = await listen(port, { query: `?peer=02${'0'.repeat(64)}` });
    assert.is(client.response.statusCode, 200);
    while (client.lastId !== newest) await once(client.response, 'taken');
    assert.equal(client.events, []);
    client.close();
  });
});

test('a client that stops reading is let go, and no more is made for it meanwhile', async () => {
  const [event] = recorded;
  if (event === undefined) throw new Error('the demo has events');
  let made = 0;
  let isLetGo = false;
  /** More than any buffer between two programs holds. */
  async function* endless(): AsyncGenerator<EventPage> {
    try {
      for (;;) {
        made += 1;
        yield { events: [event as StoredEvent], checkpoint: '1' };
      }
    } finally {
      isLetGo = true;
    }
  }
  const store = new Proxy(ledger.store, {
    get(target, name) {
      const found: unknown = name === 'subscribePages' ? endless : Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  const served: ServedLedger = Object.create(ledger, { store: { value: store } });
  await withServer({ ledger: served, stallMs: 200 }, async ({ port }) => {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (!isLetGo) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    const lineBytes = event.data.length + event.metadata.length;
    assert.ok(made * lineBytes < 64 * 1024 * 1024, `${made} events were made`);
  });
});

test('two hundred clients each get every event', async () => {
  const all = await collect(ledger.store.readAll());
  const [start, ...wanted] = idsOf(all.slice(recorded.length - 200));
  await withServer({ ledger }, async ({ port }) => {
    const clients = await Promise.all(
      Array.from({ length: 200 }, () => listen(port, { lastEventId: start })),
    );
    await Promise.all(clients.map((client) => client.until(wanted.length)));
    for (const client of clients) {
      client.close();
      assert.equal(
        client.events.map(({ id }) => id),
        wanted,
      );
    }
  });
});

test('a replay gives out what was recorded in the order in which it happened, and says when it ends', async () => {
  const wanted: string[] = [];
  for await (const each of ledger.forensics.replay(channelId, { nodeId }, { maxPauseMs: 0 })) {
    if (each.kind === 'event') wanted.push(each.event.id);
  }
  assert.ok(wanted.length > 100);
  await withServer({ ledger }, async ({ ask }) => {
    const query = `channel=${channelId}&node=${nodeId}&speed=1000&maxPause=0`;
    const answer = await ask(`/replay?${query}`);
    assert.is(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const text = await answer.text();
    const ids = [...text.matchAll(/^data: (\{"checkpoint".*)$/gm)].map(
      ([, line = '']): string => JSON.parse(line).id,
    );
    assert.equal(ids, wanted);
    assert.match(text, 'event: shortened\ndata: {"pauseMs":');
    // A browser would begin again from an id, where a replay cannot go on.
    assert.not.match(text, /^id:/m);
    assert.ok(text.endsWith('event: end\ndata: {}\n\n'));
    assert.is((await ask('/replay?channel=1x1x1')).status, 404);
    assert.is((await ask('/replay?speed=0')).status, 400);
  });
});

test('the server ends its streams when it is closed', async () => {
  let client: Awaited<ReturnType<typeof listen>> | undefined;
  await withServer({ ledger }, async ({ port }) => {
    client = await listen(port);
    await client.until(1);
  });
  await client?.ended();
  assert.ok(client?.isEnded);
});

test.run();
