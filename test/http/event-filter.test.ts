/** Which streams a client of the event stream is sent. */
import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wantedStreams } from '../../src/http/event-filter.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import {
  Clock,
  channelId,
  channelStory,
  gossipStory,
  opening,
  peer,
  shortChannelId,
  us,
} from '../ledger/story.ts';
import { idOf, listen } from './event-client.ts';
import { withServer } from './served.ts';

const gossip = `gossip-regtest.${shortChannelId}`;
const own = `channel-${us.nodeId}.${channelId}.ldk`;

test("a peer's client is sent the gossip of its channels, of one that is opened later too", async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'filter' });
  const clock = new Clock();
  const isWanted = wantedStreams(ledger, { peer: peer.nodeId });
  const isOthers = wantedStreams(ledger, { peer: us.nodeId });
  assert.is(isWanted(gossip), false);
  const [opened, ...rest] = channelStory(opening, clock);
  if (opened === undefined) throw new Error('the story opens a channel');
  await ledger.recordBatch([opened]);
  // Its short channel id comes with its block.
  assert.equal([isWanted(own), isWanted(gossip)], [true, false]);
  await ledger.recordBatch(rest);
  assert.equal([isWanted(own), isWanted(gossip)], [true, true]);
  assert.equal([isOthers(own), isOthers(gossip)], [false, false]);
  // Who comes later finds it there already.
  assert.is(wantedStreams(ledger, { peer: peer.nodeId })(gossip), true);
  assert.is(isWanted('gossip-regtest.1x1x1'), false);
  await ledger.close();
});

test("a channel's client, or a peer's, that asks for gossip alone is sent what is gossiped of a channel opened meanwhile", async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'meanwhile' });
  const clock = new Clock();
  const [opened, ...rest] = channelStory(opening, clock);
  if (opened === undefined) throw new Error('the story opens a channel');
  await withServer({ ledger, heartbeatMs: 20 }, async ({ port }) => {
    const types = ['PublicChannelAnnounced', 'PublicFeePolicyChanged'];
    const query = `?peer=${peer.nodeId}&type=${types}`;
    const ofPeer = await listen(port, { query });
    await ledger.recordBatch([opened]);
    const ofChannel = await listen(port, {
      query: query.replace(/peer=[^&]+/, `channel=${channelId}`),
    });
    await ledger.recordBatch(rest);
    await ledger.recordBatch(gossipStory(clock));
    const all = [...ledger.store.allEvents()];
    const wanted = all.filter(({ type }) => types.includes(type));
    assert.ok(wanted.length > 1);
    const newest = all.at(-1);
    for (const client of [ofPeer, ofChannel]) {
      while (newest && client.lastId !== idOf(newest)) await once(client.response, 'taken');
      client.close();
      assert.equal(
        client.events.map(({ id }) => id),
        wanted.map(idOf),
      );
    }
  });
  await ledger.close();
});

test.run();
