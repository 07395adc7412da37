/** Where a number comes from, and who changed it: by the event after which the answer says it. */
import { suite } from 'uvu';
import { equal, is, match, ok } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { updateHex } from '../signed-gossip.ts';
import {
  Clock,
  channelId,
  channelStory,
  closing,
  commitment,
  fundingOutpoint,
  gossipStory,
  opening,
  peer,
  shortChannelId,
  theirDirection,
  us,
} from '../story.ts';

const tests = suite('where numbers come from');

const ledgers: Ledger[] = [];
async function ledgerOf(seed: string): Promise<Ledger> {
  const ledger = await openLedger(MEMORY, { create: true, seed });
  ledgers.push(ledger);
  return ledger;
}

/** 777 ppm, as the peer tells the network. */
function theirUpdate(clock: Clock) {
  const terms = {
    isDisabled: false,
    cltvExpiryDeltaBlocks: 40,
    htlcMinimumMsat: 1n,
    htlcMaximumMsat: 900_000_000n,
    feeBaseMsat: 0n,
    feeProportionalMillionths: 777,
    timestamp: 1_767_225_900,
    direction: theirDirection,
  } as const;
  const raw = updateHex(shortChannelId, terms, peer);
  const fact = {
    type: 'PublicFeePolicyChanged',
    data: { shortChannelId, ...terms, raw },
  } as const;
  return { ...clock.next(), about: 'gossip', shortChannelId, fact } as const;
}

const ppm = 'remotePolicy.feeProportionalMillionths';

tests('a policy that gossip tells newer than the teller comes from gossip', async () => {
  const ledger = await ledgerOf('newer');
  const clock = new Clock();
  await ledger.recordBatch(channelStory(opening, clock));
  is((await ledger.forensics.origin(channelId, ppm)).type, 'FeePolicyChanged');
  await ledger.recordBatch([...gossipStory(clock), theirUpdate(clock)]);
  is(ledger.channel(channelId).remotePolicy?.feeProportionalMillionths, 777);
  const { type, stream, changes } = await ledger.forensics.origin(channelId, ppm);
  equal([type, stream], ['PublicFeePolicyChanged', `gossip-regtest.${shortChannelId}`]);
  equal(
    changes.find(({ field }) => field === ppm),
    { field: ppm, from: 10, to: 777 },
  );
  // One teller's own account has no gossip in it.
  is((await ledger.forensics.origin(channelId, ppm, { source: 'ldk' })).type, 'FeePolicyChanged');
});

tests('a balance that the merge does not take is not where the shown one comes from', async () => {
  const ledger = await ledgerOf('two tellers');
  const clock = new Clock();
  const own = commitment('local', 1, { stated: { localSat: 799_817n, remoteSat: 200_000n } });
  await ledger.recordBatch(channelStory([...opening, own], clock));
  const context = { fundingOutpoint, peerId: peer.nodeId, capacitySat: 1_000_000n };
  const seen: Extract<ChannelFact, { readonly type: 'BalanceSeen' }> = {
    type: 'BalanceSeen',
    data: {
      localBalanceMsat: 799_999_000n,
      remoteBalanceMsat: 200_001_000n,
      precision: 'sat',
      htlcs: [],
    },
  };
  const tell = (fact: ChannelFact) => {
    const header = clock.next({ source: 'lnd-rpc' });
    return ledger.recordBatch([{ ...header, about: 'channel', channelId, context, fact }]);
  };
  await tell(seen);
  // Whole satoshi, and within one of the exact balance that is shown.
  is(ledger.channel(channelId).localBalanceMsat, 800_000_000n);
  const { type, stream } = await ledger.forensics.origin(channelId, 'localBalanceMsat');
  equal([type, stream], ['ChannelOpened', `channel-${us.nodeId}.${channelId}.ldk`]);
  // A newer one that says otherwise is shown, and is where it comes from.
  const newer = { localBalanceMsat: 700_000_000n, remoteBalanceMsat: 300_000_000n } as const;
  await tell({ ...seen, data: { ...seen.data, ...newer } });
  is(ledger.channel(channelId).localBalanceMsat, 700_000_000n);
  is(
    (await ledger.forensics.origin(channelId, 'localBalanceMsat')).stream.split('.').at(-1),
    'lnd-rpc',
  );
});

tests('what no row has is followed too, and what nobody set is refused', async () => {
  const ledger = await ledgerOf('derived');
  const clock = new Clock();
  await ledger.recordBatch(channelStory(undefined, clock));
  // Settled with both commitments' removal: the HTLC's end is what counts.
  is((await ledger.forensics.origin(channelId, 'lifetime.sentMsat')).type, 'HtlcSettled');
  const { type, changes } = await ledger.forensics.origin(channelId, 'pendingOfferedMsat');
  is(type, 'CommitmentUpdated');
  const change = changes.find(({ field }) => field === 'pendingOfferedMsat');
  equal(change, { field: 'pendingOfferedMsat', from: 50_000_000n, to: 0n });
  const why = await ledger.forensics.origin(channelId, 'peerAlias').catch(String);
  match(String(why), /no event of this channel has set "peerAlias" by then/);
});

tests(
  'what only gossip tells is in the diff, the dossier and its list of what is unknown',
  async () => {
    const ledger = await ledgerOf('only gossip');
    const clock = new Clock();
    const own = opening.filter(({ type }) => type !== 'FeePolicyChanged');
    await ledger.recordBatch(channelStory(own, clock));
    const opened = timeNsOf([...ledger.history(channelId)].at(-1)?.at ?? '') + 1n;
    const linesOf = async (title: string) => {
      const dossier = inFull(await ledger.forensics.why(channelId));
      const { lines = [] } = dossier.sections.find((section) => section.title === title) ?? {};
      return lines.map(({ basis, text }) => `${basis}: ${text}`);
    };
    await ledger.recordBatch([...gossipStory(clock), theirUpdate(clock)]);
    await ledger.recordBatch(channelStory(closing, clock));
    const fees = ledger.fees(channelId).filter(({ side }) => side === 'remote');
    equal(
      (await linesOf('Fee changes in the day before')).filter((line) => line.includes('theirs')),
      fees.map(
        ({ at, to }) => `stated: ${at}  theirs: 0 msat + ${to.feeProportionalMillionths} ppm`,
      ),
    );
    equal(
      fees.map(({ to }) => to.feeProportionalMillionths),
      [10, 777],
    );
    const unknown = await linesOf('What the record does not know');
    ok(!unknown.some((line) => line.includes('fee policies')));
    const now = { kind: 'time', timeNs: opened + 3_600_000_000_000n } as const;
    const diff = await ledger.forensics.diff(channelId, {
      from: { kind: 'time', timeNs: opened },
      to: now,
    });
    const change = diff.find(({ field }) => field === ppm);
    equal([change?.from, change?.to], [undefined, 777]);
    equal(
      change?.events.map(({ type }) => type),
      ['PublicFeePolicyChanged', 'PublicFeePolicyChanged'],
    );
    for (const { field, events } of diff) ok(events.length > 0, field);
  },
);

tests('a policy that a teller told is not told again by gossip', async () => {
  const ledger = await ledgerOf('both');
  const clock = new Clock();
  // The story's gossip has the policies that the channel's own teller tells.
  await ledger.recordBatch([
    ...channelStory(opening, clock),
    ...gossipStory(clock),
    ...channelStory(closing, clock),
  ]);
  const dossier = inFull(await ledger.forensics.why(channelId));
  const { lines = [] } =
    dossier.sections.find(({ title }) => title === 'Fee changes in the day before') ?? {};
  is(lines.length, 2);
});

tests('what the node forwarded over a channel has its events', async () => {
  const ledger = await ledgerOf('forwarded');
  const clock = new Clock();
  await ledger.recordBatch(channelStory(opening, clock));
  const position = [...ledger.history(channelId)].at(-1)?.position ?? 0;
  const before = { kind: 'position', position } as const;
  const data = {
    incomingChannelId: channelId,
    amountInMsat: 1_001n,
    amountOutMsat: 1_000n,
    feeMsat: 1n,
  };
  const fact = { type: 'PaymentForwarded', data } as const;
  await ledger.recordBatch([{ ...clock.next(), about: 'node', fact }]);
  const after = { kind: 'position', position: position + 1 } as const;
  const diff = await ledger.forensics.diff(channelId, { from: before, to: after });
  equal(
    diff.map(({ field, events }) => [field, events.map(({ type }) => type)]),
    [
      ['forwardedInMsat', ['PaymentForwarded']],
      ['forwardedInCount', ['PaymentForwarded']],
    ],
  );
  is((await ledger.forensics.origin(channelId, 'forwardedInMsat')).type, 'PaymentForwarded');
});

tests.after(async () => {
  for (const ledger of ledgers) await ledger.close();
});
tests.run();
