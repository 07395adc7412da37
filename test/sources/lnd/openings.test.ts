/** When the channels of a real channel.db were opened, as far as their node's own word bounds it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { observationsOf, realFile } from './importing.ts';

const open = realFile('chantools-open-channels.channel.db');

test('a channel was there when its node signed a policy of it', async () => {
  const { told } = await observationsOf([open]);
  const ofChannels = told.flatMap((one) => (one.about === 'channel' ? [one] : []));
  const signed = new Map<string, bigint>();
  for (const { channelId, fact } of ofChannels) {
    if (fact.type !== 'FeePolicyChanged' || fact.data.side !== 'local') continue;
    signed.set(channelId, BigInt(fact.data.timestamp) * 1_000_000_000n);
  }
  const openings = ofChannels.filter(({ fact }) => fact.type === 'FundingConfirmed');
  assert.is(openings.length, 4);
  for (const { channelId, timeBasis, notAfterNs } of openings) {
    assert.equal([timeBasis, notAfterNs], ['interpolated', signed.get(channelId)]);
  }
});

test.run();
