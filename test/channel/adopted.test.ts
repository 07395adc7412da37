/** A channel met by what names no funding of it, and told of in full later: in either order it fits. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decide } from '../../src/channel/decide.ts';
import { check } from '../../src/channel/invariants.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { adoption, channelId, fundingOutpoint, stateAfter } from './given.ts';
import { closed } from './on-chain.ts';

const booked = {
  type: 'MovementBooked',
  data: {
    kind: 'channel',
    tags: ['invoice'],
    creditMsat: 0n,
    debitMsat: 10_000n,
    book: 'listchannelmoves',
  },
} satisfies ChannelFact;
const context = { fundingOutpoint, capacitySat: 1_000_000n };

test('what names its funding first adds it, once', () => {
  const met = stateAfter([booked]);
  const decision = decide(met, { channelId, context, fact: closed });
  assert.ok(decision.kind === 'events');
  assert.equal(decision.events, [adoption(context), closed]);
  const again = decide(decision.state, { channelId, context, fact: booked });
  assert.ok(again.kind === 'events');
  assert.equal(again.events, [booked]);
});

test('its capacity is held against the close', () => {
  const less = { ...closed, data: { ...closed.data, feeSat: 184n } } satisfies ChannelFact;
  assert.equal(decide(stateAfter([booked]), { channelId, context, fact: less }), {
    kind: 'refused',
    violation: {
      rule: 'outputs-sum-to-capacity',
      detail: 'outputs and fee are 1000001 sat, and the capacity is 1000000 sat',
    },
  });
});

test('an adoption recorded behind a close that is told later still holds', () => {
  assert.is(check(stateAfter([closed], context), adoption(context)), undefined);
});

test.run();
