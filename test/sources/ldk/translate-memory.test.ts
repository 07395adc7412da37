/** What the LDK source remembers of a channel does not grow with what passed through it. */
import { suite } from 'uvu';
import { equal, ok } from 'uvu/assert';
import { ChannelId, NodeId, Outpoint, Txid } from '../../../src/lightning/ids.ts';
import type { MonitorHtlc } from '../../../src/sources/ldk/monitor-update.ts';
import { ChannelBook } from '../../../src/sources/ldk/translate/channel-book.ts';
import { HtlcIds } from '../../../src/sources/ldk/translate/htlc-ids.ts';
import { forgetResolved } from '../../../src/sources/ldk/translate/reorganisation.ts';

const memory = suite('the memory of a channel');
const paymentHash = 'ab'.repeat(32);

const book = () =>
  new ChannelBook({
    channelId: ChannelId('11'.repeat(32)),
    fundingOutpoint: Outpoint(`${'11'.repeat(32)}:0`),
    peer: NodeId(`02${'aa'.repeat(32)}`),
    context: {},
  });
const txidOf = (side: string, number: number) =>
  Txid(`${side === 'local' ? 'a' : 'b'}${number.toString(16).padStart(63, '0')}`);

memory('holds the newest commitments of each side, not all there ever were', () => {
  const channel = book();
  for (let number = 0; number < 1000; number++) {
    for (const side of ['local', 'remote'] as const) {
      // The other end signs three times as often.
      if (side === 'local' && number % 3 > 0) continue;
      const txid = txidOf(side, number);
      channel.rememberCommitment(txid, { side, number, htlcOutputs: new Map() });
    }
  }
  const numbers = (side: string) =>
    [...channel.commitments.values()].filter((c) => c.side === side).map((c) => c.number);
  equal([Math.min(...numbers('remote')), Math.max(...numbers('remote'))], [872, 999]);
  equal([Math.min(...numbers('local')), Math.max(...numbers('local'))], [873, 999]);
  ok(channel.commitments.size < 256);
});

/** A received HTLC as our own commitment holds it. */
const monitor = (amountMsat: bigint): MonitorHtlc => ({
  isOfferedByOwner: false,
  amountMsat,
  cltvExpiry: 500,
  paymentHash,
  outputIndex: 0,
  source: null,
  counterpartySignature: null,
});

function holding(ids: HtlcIds, side: 'local' | 'remote', htlcs: readonly MonitorHtlc[]) {
  const seen = htlcs.map((htlc) => ({ ...htlc, isOfferedByOwner: side === 'remote' }));
  return ids.hold(side, ids.match(side, seen, false) ?? []);
}

memory('holds a preimage until the last HTLC of its payment is gone', () => {
  const ids = new HtlcIds();
  const [one, two] = [monitor(1000n), monitor(2000n)];
  for (const [id, { amountMsat, cltvExpiry }] of [one, two].entries()) {
    ids.proposed({ id, direction: 'received', amountMsat, cltvExpiry, paymentHash });
  }
  for (const side of ['local', 'remote'] as const) holding(ids, side, [one, two]);
  const preimage = 'cd'.repeat(32);
  ids.learned(paymentHash, preimage);
  const settled = (id: number) => [{ id, direction: 'received', outcome: 'settled', preimage }];
  equal(holding(ids, 'local', [two]), settled(0));
  equal(holding(ids, 'remote', [two]), settled(0));
  equal(ids.memory().preimages.size, 1);
  equal(holding(ids, 'local', []), settled(1));
  equal(ids.memory().preimages.size, 1);
  equal(holding(ids, 'remote', []), settled(1));
  equal([ids.memory().preimages.size, ids.memory().known.size], [0, 0]);
});

memory('lets go of what a close needs, a day after nothing was left on chain', () => {
  const channel = book();
  const txid = txidOf('local', 0);
  channel.rememberCommitment(txid, { side: 'local', number: 0, htlcOutputs: new Map() });
  channel.htlcs.learned(paymentHash, 'cd'.repeat(32));
  forgetResolved(channel, 1000);
  equal(channel.commitments.size, 1);
  channel.resolvedHeight = 1000;
  forgetResolved(channel, 1144);
  equal(channel.commitments.size, 1);
  forgetResolved(channel, 1145);
  equal([channel.commitments.size, channel.htlcs.memory().preimages.size], [0, 0]);
});

memory.run();
