/**
 * The ledger's account against LDK's own `list_channels()`, and the two recorded ends of each channel
 * against each other, at every quiet point of the plot and with HTLCs in flight.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommitmentRow } from '../../projections/channel-row.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { ChannelView } from '../../src/ledger/view-types.ts';
import type { ChannelSnapshot, SnapshotHtlc } from '../../src/sources/ldk/channel-snapshot.ts';
import type { QuietNode, QuietPoint } from '../../src/sources/ldk/plot.ts';
import { memoryLedger, playInto } from './play.ts';

const agreement = suite('a ledger of nodes that are asked themselves');

for (const anchors of [false, true]) {
  const type = anchors ? 'anchor channels' : 'plain channels';
  agreement(`says of ${type} what LDK says, and both ends say the same`, async () => {
    const ledger = await memoryLedger('agreement');
    const seen = { settled: 0, 'in-flight': 0, 'mid-update': 0, channels: 0, htlcs: 0, pairs: 0 };
    await playInto(ledger, {
      seed: `agreement-${anchors}`,
      anchors,
      onQuiet(point) {
        seen[point.state]++;
        for (const node of point.nodes) {
          const counted = assertAgrees(ledger, node, point);
          seen.channels += counted.channels;
          seen.htlcs += counted.htlcs;
        }
        seen.pairs += assertEndsMirror(ledger, point);
      },
    });
    console.log(`\n${type}: ${JSON.stringify(seen)}`);
    assert.equal(ledger.problems(), []);
    // Nothing above is worth anything unless all kinds of moments were met.
    assert.ok(seen.settled >= 15 && seen['in-flight'] >= 2 && seen['mid-update'] >= 4);
    assert.ok(seen.htlcs >= 12 && seen.pairs >= 60 && seen.channels >= 120);
  });
}

function assertAgrees(ledger: Ledger, node: QuietNode, { label, state }: QuietPoint) {
  const views = [...ledger.channels(), ...ledger.closed()].filter((v) => v.nodeId === node.id);
  const funded = node.channels.filter(({ fundingOutpoint }) => fundingOutpoint !== null);
  const listed = new Set(funded.map(({ channelId }) => channelId));
  for (const { channelId, status } of views) {
    const isGone = ['closing', 'closed', 'resolved'].includes(status);
    assert.ok(isGone || listed.has(channelId), `${label}: LDK has no ${status} ${channelId}`);
  }
  let htlcs = 0;
  for (const snapshot of funded) {
    const view = views.find(({ channelId }) => channelId === snapshot.channelId);
    assert.ok(view, `${label}: ${node.name} recorded no channel ${snapshot.channelId}`);
    const where = `${label}: ${node.name}, ${snapshot.capacitySat} sat`;
    assert.equal(identityOf(view), identitySaid(snapshot), where);
    assert.equal(policiesOf(view), policiesSaid(snapshot), where);
    if (state === 'mid-update') htlcs += assertHoldsHtlcs(view, snapshot, where);
    else htlcs += assertSettledState(view, snapshot, where);
  }
  return { channels: funded.length, htlcs };
}

function identityOf(view: ChannelView) {
  const { fundingOutpoint, peerId, capacitySat, channelType, shortChannelId, opener } = view;
  const { status, isAnnounced } = view;
  return {
    fundingOutpoint,
    peerId,
    capacitySat,
    channelType,
    shortChannelId,
    opener,
    status,
    isAnnounced,
  };
}

function identitySaid(snapshot: ChannelSnapshot): ReturnType<typeof identityOf> {
  const { isReady, shutdownState, isOutbound, shortChannelId, fundingOutpoint } = snapshot;
  const isShutDown = shutdownState !== null && shutdownState !== 'NotShuttingDown';
  return {
    fundingOutpoint: fundingOutpoint ?? undefined,
    peerId: snapshot.peer,
    capacitySat: snapshot.capacitySat,
    channelType: snapshot.channelType ?? 'unknown',
    shortChannelId: shortChannelId ?? undefined,
    opener: isOutbound ? 'local' : 'remote',
    status: isShutDown ? 'closing' : isReady ? 'open' : 'pending',
    isAnnounced: snapshot.isAnnounced && isReady,
  };
}

function policiesOf({ localPolicy, remotePolicy }: ChannelView) {
  return [localPolicy, remotePolicy].map((policy) => {
    return policy === undefined
      ? undefined
      : [policy.feeBaseMsat, policy.feeProportionalMillionths, policy.cltvExpiryDeltaBlocks];
  });
}

function policiesSaid({ policy, counterpartyPolicy, isReady }: ChannelSnapshot) {
  // What is configured is a policy once the channel is ready and an update says so.
  return [isReady ? policy : null, counterpartyPolicy].map((said) => {
    return said === null
      ? undefined
      : [BigInt(said.feeBaseMsat), said.feeProportionalMillionths, said.cltvExpiryDelta];
  });
}

/** With all messages delivered both commitments hold the same, and LDK counts by them. */
function assertSettledState(view: ChannelView, snapshot: ChannelSnapshot, where: string): number {
  const { local, remote } = view;
  assert.ok(local && remote, where);
  const { offered, received } = snapshot;
  assert.equal(htlcsOf(view), htlcsSaid(offered, received), where);
  assert.equal(heldBy(local), heldBy(remote), where);
  assert.equal(balancesOf(local), balancesOf(remote), where);
  assert.equal(balancesOf(view), balancesOf(local), where);
  if (snapshot.feeratePerKw !== null) {
    assert.is(local.feeratePerKw, snapshot.feeratePerKw, where);
    assert.is(remote.feeratePerKw, snapshot.feeratePerKw, where);
  }
  assert.equal(capacitiesOf(view, snapshot), capacitiesSaid(snapshot), where);
  return offered.length + received.length;
}

/**
 * What LDK calls outbound capacity: our gross balance less the reserve the peer asks of us, at least 0.
 * Our pending offers are out of our gross balance already, and no commitment fee is taken off. Inbound
 * capacity is the same of the peer's balance and the reserve we ask of it.
 */
function capacitiesOf(view: ChannelView, { reserveSat, counterpartyReserveSat }: ChannelSnapshot) {
  const { localBalanceMsat = 0n, remoteBalanceMsat = 0n } = view;
  const beyond = (balanceMsat: bigint, reserve: bigint) => {
    const restMsat = balanceMsat - reserve * 1000n;
    return restMsat > 0n ? restMsat : 0n;
  };
  return {
    outboundMsat: beyond(localBalanceMsat, reserveSat ?? 0n),
    inboundMsat: beyond(remoteBalanceMsat, counterpartyReserveSat),
  };
}

function capacitiesSaid({ outboundCapacityMsat, inboundCapacityMsat }: ChannelSnapshot) {
  return { outboundMsat: outboundCapacityMsat, inboundMsat: inboundCapacityMsat };
}

interface Balances {
  readonly localBalanceMsat?: bigint;
  readonly remoteBalanceMsat?: bigint;
}

const balancesOf = ({ localBalanceMsat, remoteBalanceMsat }: Balances) => {
  return { localBalanceMsat, remoteBalanceMsat };
};

const heldBy = ({ offered, received }: CommitmentRow) => {
  const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
  return { offered: sorted(offered), received: sorted(received) };
};

interface Htlc {
  readonly direction: 'offered' | 'received';
  readonly id: number;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
}

const htlcText = ({ direction, id, amountMsat, cltvExpiry }: Htlc) => {
  return `${direction} ${id}: ${amountMsat} msat until ${cltvExpiry}`;
};

function htlcsOf({ htlcs = [] }: ChannelView): string[] {
  return htlcs.map(htlcText).sort();
}

function htlcsSaid(offered: readonly SnapshotHtlc[], received: readonly SnapshotHtlc[]): string[] {
  const said = (direction: Htlc['direction']) => (htlc: SnapshotHtlc) => {
    const { id, amountMsat, cltvExpiry } = htlc;
    return htlcText({ direction, id: Number(id), amountMsat, cltvExpiry });
  };
  return [...offered.map(said('offered')), ...received.map(said('received'))].sort();
}

/**
 * Between two messages LDK also lists HTLCs that no commitment holds yet, and keeps those whose last
 * revocation is still to come: what the ledger's commitments hold must be among them.
 */
function assertHoldsHtlcs(view: ChannelView, snapshot: ChannelSnapshot, where: string): number {
  const said = htlcsSaid(snapshot.offered, snapshot.received);
  const recorded = htlcsOf(view);
  for (const htlc of recorded) assert.ok(said.includes(htlc), `${where}: LDK lists no ${htlc}`);
  const committed = [
    ...htlcsSaid(snapshot.offered.filter(isCommitted), []),
    ...htlcsSaid([], snapshot.received.filter(isCommitted)),
  ];
  for (const htlc of committed) assert.ok(recorded.includes(htlc), `${where}: lacks ${htlc}`);
  return recorded.length;
}

const isCommitted = ({ state }: SnapshotHtlc) => state === 'Committed';

/** Local of one is remote of the other. Returns how many channels have two recorded ends. */
function assertEndsMirror(ledger: Ledger, { label, state }: QuietPoint): number {
  const ends = Map.groupBy([...ledger.channels(), ...ledger.closed()], (view) => view.channelId);
  let pairs = 0;
  for (const [one, other] of ends.values()) {
    if (one === undefined || other === undefined) continue;
    pairs++;
    for (const [owner, signer] of [
      [one, other],
      [other, one],
    ] as const) {
      assertSameCommitment(owner, signer, state, `${label}: ${owner.capacitySat} sat`);
    }
    assert.equal(one.localTerms, other.remoteTerms, label);
    assert.equal(one.remoteTerms, other.localTerms, label);
  }
  return pairs;
}

/** Who signs a commitment knows it before its owner does, by at most one. */
function assertSameCommitment(
  { local, localRevoked = -1 }: ChannelView,
  { remote, remoteRevoked = -1 }: ChannelView,
  state: QuietPoint['state'],
  where: string,
): void {
  assert.ok(local && remote, where);
  const ahead = remote.number - local.number;
  const toHear = localRevoked - remoteRevoked;
  const most = state === 'mid-update' ? 1 : 0;
  assert.ok(ahead >= 0 && ahead <= most, `${where}: commitment ${local.number}, ${remote.number}`);
  assert.ok(toHear >= 0 && toHear <= most, `${where}: revoked ${localRevoked}, ${remoteRevoked}`);
  if (ahead > 0) return;
  const mirrored = {
    localBalanceMsat: remote.remoteBalanceMsat,
    remoteBalanceMsat: remote.localBalanceMsat,
  };
  assert.equal(balancesOf(local), mirrored, where);
  assert.is(local.feeratePerKw, remote.feeratePerKw, where);
  const { offered, received } = heldBy(remote);
  assert.equal(heldBy(local), { offered: received, received: offered }, where);
}

agreement.run();
