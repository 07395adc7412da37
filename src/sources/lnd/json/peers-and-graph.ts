/** `listpeers`, and of `describegraph` the policies of the node's own channels. */
import type { ChannelEventData } from '../../../channel/events.ts';
import type { Side } from '../../../channel/fields.ts';
import { channelIdOfOutpoint, NodeId, Outpoint } from '../../../lightning/ids.ts';
import type { PeerDraft } from '../../../peer/events.ts';
import type { ChannelNames } from '../channel-names.ts';
import { contentKey } from '../content-key.ts';
import { withoutHashes } from '../outside-text.ts';
import { type KnownChannel, type Moment, told } from '../told.ts';
import { realShortId } from './open-channels.ts';
import type { Edge, Peer, Policy } from './records.ts';
import { countOf, nanosecondsOf, secondsNsOf, wholeOf } from './values.ts';

export interface PeerFact {
  readonly fact: PeerDraft;
  readonly at: Moment;
  readonly key: string;
}

/** What a peer's record tells with a time of its own, and its alias at the moment of the answer. */
export function peerFacts(peer: Peer, given: Moment): readonly PeerFact[] {
  const facts: PeerFact[] = [];
  const flapNs = nanosecondsOf(peer.last_flap_ns);
  if (flapNs > 0n) {
    const features = featuresHex(peer.features ?? {});
    const data = {
      isInbound: peer.inbound === true,
      ...(features !== '' && { features }),
      ...(peer.address !== undefined && { address: peer.address }),
    };
    facts.push({ fact: { type: 'PeerConnected', data }, at: told(flapNs), key: `flap/${flapNs}` });
  }
  for (const { timestamp, error } of peer.errors ?? []) {
    const at = told(secondsNsOf(timestamp));
    if (at.happenedAtNs === 0n) throw new Error('when one of its errors came is not there');
    facts.push({ fact: errorFact(error), at, key: `error/${contentKey(at, { error })}` });
  }
  const { alias } = peer;
  if (alias) facts.push(renamed(alias, given));
  return facts;
}

/** lnd keeps why it let go of a peer among the errors. */
const DISCONNECTING = /^disconnecting 0[23][0-9a-f]{64}@[^ ,]{1,260}, reason: (.*)$/;

function errorFact(error: string): PeerDraft {
  const why = DISCONNECTING.exec(error)?.[1];
  if (why !== undefined) return { type: 'PeerDisconnected', data: { why: withoutHashes(why) } };
  const text = withoutHashes(error);
  return { type: 'PeerMessage', data: { kind: 'error', direction: 'received', text } };
}

export function renamed(alias: string, at: Moment): PeerFact {
  return { fact: { type: 'PeerRenamed', data: { alias } }, at, key: `alias/${at.happenedAtNs}` };
}

/** BOLT 9: bit 0 is the lowest of the last byte. */
function featuresHex(features: Readonly<Record<string, unknown>>): string {
  const bits = Object.keys(features).map(Number);
  const known = bits.filter((bit) => Number.isInteger(bit) && bit >= 0 && bit < 2048);
  if (known.length === 0) return '';
  const bytes = new Uint8Array(Math.floor(Math.max(...known) / 8) + 1);
  for (const bit of known) {
    const place = bytes.length - 1 - Math.floor(bit / 8);
    bytes[place] = (bytes[place] ?? 0) | (1 << (bit % 8));
  }
  return Buffer.from(bytes).toString('hex');
}

export interface PolicyFact extends KnownChannel {
  readonly data: ChannelEventData<'FeePolicyChanged'>;
  readonly at: Moment;
}

/** Both ends' policies of an edge, if one of its ends is this node. */
export function edgePolicies(
  edge: Edge,
  nodeId: NodeId,
  names: ChannelNames,
): readonly PolicyFact[] | undefined {
  const [one, two] = [edge.node1_pub.toLowerCase(), edge.node2_pub.toLowerCase()];
  if (one !== nodeId && two !== nodeId) return undefined;
  const fundingOutpoint = Outpoint(edge.chan_point);
  // An alias is no place in the chain: what lists the channel tells it as one.
  const shortChannelId = realShortId(edge.channel_id);
  const channelId = channelIdOfOutpoint(fundingOutpoint);
  const known: KnownChannel = {
    channelId,
    // The policy may be older than all else that is told of the channel, and so adopt it.
    context: names.contextOf(channelId) ?? {
      peerId: NodeId(one === nodeId ? two : one),
      fundingOutpoint,
      ...(edge.capacity !== undefined && { capacitySat: wholeOf(edge.capacity) }),
      ...(shortChannelId && { shortChannelId }),
    },
  };
  const sideOf = (key: string): Side => (key === nodeId ? 'local' : 'remote');
  return [
    ...policyFact(known, sideOf(one), edge.node1_policy),
    ...policyFact(known, sideOf(two), edge.node2_policy),
  ];
}

function policyFact(
  known: KnownChannel,
  side: Side,
  policy: Policy | null | undefined,
): readonly PolicyFact[] {
  if (!policy) return [];
  const timestamp = countOf(policy.last_update);
  if (timestamp === 0) return [];
  const at = told(secondsNsOf(policy.last_update));
  const maximumMsat = wholeOf(policy.max_htlc_msat);
  const data: PolicyFact['data'] = {
    side,
    feeBaseMsat: wholeOf(policy.fee_base_msat),
    feeProportionalMillionths: countOf(policy.fee_rate_milli_msat),
    cltvExpiryDeltaBlocks: countOf(policy.time_lock_delta),
    htlcMinimumMsat: wholeOf(policy.min_htlc),
    ...(maximumMsat > 0n && { htlcMaximumMsat: maximumMsat }),
    isDisabled: policy.disabled === true,
    ...inbound(policy),
    timestamp,
  };
  return [{ ...known, data, at }];
}

/** lncli writes zeros where a policy has no inbound fees. */
function inbound({ inbound_fee_base_msat = 0, inbound_fee_rate_milli_msat = 0 }: Policy) {
  if (inbound_fee_base_msat === 0 && inbound_fee_rate_milli_msat === 0) return {};
  return {
    inboundFeeBaseMsat: BigInt(inbound_fee_base_msat),
    inboundFeeProportionalMillionths: inbound_fee_rate_milli_msat,
  };
}
