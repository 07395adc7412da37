/** Preimages against payment hashes that a commitment tells in full. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { eventsOf, recorded } from './recording.ts';
import { channelStory, opening, payment } from './story.ts';
import { tally, verify } from './verifying.ts';

const secrets = suite('preimages');

secrets('a preimage is held against a hash that was sealed with a commitment', async () => {
  // After commitments that nobody saw, the next one tells the HTLC it holds in full.
  const later = payment.flatMap((fact): readonly ChannelFact[] => {
    if (fact.type !== 'CommitmentSeen') return [];
    return [{ ...fact, data: { ...fact.data, number: fact.data.number + 5 } }];
  });
  const store = await recorded(channelStory([...opening, ...later]));
  const types = (await eventsOf(store)).map(({ type }) => type);
  assert.not.ok(types.includes('HtlcAdded'));
  const report = await verify(store);
  assert.equal(tally(report, 'preimage-matches-hash'), { checked: 1, broken: 0 });
  const wrong = later.map((fact): ChannelFact => {
    if (fact.type !== 'CommitmentSeen') return fact;
    const htlcs = fact.data.htlcs.map((htlc) => ({ ...htlc, paymentHash: 'ab'.repeat(32) }));
    return { ...fact, data: { ...fact.data, htlcs } };
  });
  const other = await verify(await recorded(channelStory([...opening, ...wrong])));
  assert.equal(tally(other, 'preimage-matches-hash'), { checked: 1, broken: 1 });
});

secrets.run();
