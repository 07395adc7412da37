/** Which streams a client of the event stream is sent. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wantedStreams } from '../../src/http/event-filter.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import {
  Clock,
  channelId,
  channelStory,
  opening,
  peer,
  shortChannelId,
  us,
} from '../ledger/story.ts';

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

test.run();
