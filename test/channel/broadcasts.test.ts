/** A channel whose claims are bumped block by block does not fill the memory with their transactions. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { MOST_BROADCASTS } from '../../src/channel/broadcasts.ts';
import { decide } from '../../src/channel/decide.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { channelId, opened, stateAfter } from './given.ts';

const remembered = suite('the broadcasts a channel remembers');

const broadcast = (nth: number): ChannelFact => ({
  type: 'TransactionBroadcast',
  data: { txid: Txid(nth.toString(16).padStart(64, '0')), purpose: 'sweep', by: 'local' },
});
const many = Array.from({ length: MOST_BROADCASTS + 10 }, (_, nth) => broadcast(nth));

remembered('are the newest ones, each of which is known when it is told again', () => {
  const state = stateAfter([opened, ...many]);
  is(state.broadcasts.length, MOST_BROADCASTS);
  for (const fact of many.slice(10)) {
    equal(decide(state, { channelId, fact }), { kind: 'events', events: [], state });
  }
});

remembered.run();
