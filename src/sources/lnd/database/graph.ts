/** The graph that lnd keeps: the signed messages of all edges, and own channels' beside them. */
import { bytesToHex } from '../../../lightning/bytes.ts';
import { type ChannelUpdate, parseChannelUpdate } from '../../../lightning/gossip.ts';
import { NodeId, type ShortChannelId, splitShortChannelId } from '../../../lightning/ids.ts';
import { inboundFeesOf } from '../../../lightning/inbound-fees.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { Tally } from '../../tally.ts';
import { type KnownChannel, type Moment, NS_PER_SECOND, type Teller, told } from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import type { BoltFile } from './bbolt.ts';
import { parseEdge, parsePolicy, type StoredEdge, type StoredPolicy } from './edges.ts';
import { wholeOrBad } from './whole-or-bad.ts';

export interface GraphPorts {
  readonly teller: Teller;
  readonly tally: Tally;
  readonly times: ToldBlocks;
  readonly own: (shortChannelId: ShortChannelId) => KnownChannel | undefined;
  /** When an own channel of this block was in it. */
  readonly opened: (shortChannelId: ShortChannelId, block: Moment) => Moment;
}

/** A policy's key: who says it, and of which channel. */
const POLICY_KEY_BYTES = 33 + 8;

/** lnd's buckets; the first holds the second. */
const POLICIES = 'graph-edge';
const EDGES = 'edge-index';

export function* graphObservations(
  file: BoltFile,
  ports: GraphPorts,
): Generator<Observation, void, undefined> {
  const { tally } = ports;
  const graph = file.bucket(POLICIES);
  let chainHash: Uint8Array | undefined;
  for (const { key, value, isBucket } of graph?.bucket(EDGES)?.entries() ?? []) {
    if (isBucket) continue;
    yield* wholeOrBad(tally, `${EDGES} ${bytesToHex(key)}`, () => {
      const edge = parseEdge(key, value);
      chainHash ??= Uint8Array.from(edge.chainHash);
      return announcement(edge, ports);
    });
  }
  if (graph === undefined || chainHash === undefined) return;
  const ofChain = chainHash;
  for (const { key, value, isBucket } of graph.entries()) {
    if (isBucket || key.length !== POLICY_KEY_BYTES) continue;
    yield* wholeOrBad(tally, `${POLICIES} ${bytesToHex(key)}`, () => {
      const policy = parsePolicy(key, value, ofChain);
      return policy === undefined ? [] : policyOf(policy, ports);
    });
  }
}

/**
 * When a node signed a policy of each of its channels: it had been opened by then. The peer's word
 * is left out: it may name any time.
 */
export function ownPolicyTimes(
  file: BoltFile,
  nodeId: string,
): ReadonlyMap<ShortChannelId, bigint> {
  const times = new Map<ShortChannelId, bigint>();
  const own = Buffer.from(nodeId, 'hex');
  for (const { key, value, isBucket } of file.bucket(POLICIES)?.entries() ?? []) {
    if (isBucket || key.length !== POLICY_KEY_BYTES || !own.equals(key.subarray(0, 33))) continue;
    const policy = readableOr(undefined, () => parsePolicy(key, value, NO_CHAIN));
    if (policy === undefined) continue;
    times.set(policy.shortChannelId, BigInt(policy.timestamp) * NS_PER_SECOND);
  }
  return times;
}

/** The signed message is not asked for here. */
const NO_CHAIN = new Uint8Array(32);

/** What cannot be read says nothing here: it is counted where all policies are read. */
function readableOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function* announcement(
  edge: StoredEdge,
  { teller, tally, times, own, opened }: GraphPorts,
): Generator<Observation, void, undefined> {
  const { shortChannelId, announcement: bytes, capacitySat } = edge;
  if (bytes === undefined) {
    tally.unread('edges without proof', 'the channel was not announced, so nobody signed it');
    return;
  }
  tally.read('channel announcements');
  const raw = bytesToHex(bytes);
  const at = times.at(splitShortChannelId(shortChannelId).blockHeight);
  const found = { at, evidence: `${EDGES} ${shortChannelId}`, key: `edge/${shortChannelId}` };
  yield teller.gossip(shortChannelId, found, {
    type: 'PublicChannelAnnounced',
    data: {
      shortChannelId,
      nodeId1: NodeId(edge.nodeId1),
      nodeId2: NodeId(edge.nodeId2),
      capacitySat,
      raw,
    },
  });
  const known = own(shortChannelId);
  if (known !== undefined) {
    const at = opened(shortChannelId, found.at);
    const fact = { type: 'ChannelAnnounced', data: { shortChannelId, raw } } as const;
    yield teller.channel(known, { ...found, at }, fact);
  }
}

function* policyOf(
  policy: StoredPolicy,
  { teller, tally, own }: GraphPorts,
): Generator<Observation, void, undefined> {
  const { update: bytes, shortChannelId, timestamp } = policy;
  if (bytes === undefined) {
    tally.unread('policies without signature', 'lnd kept no signature of them');
    return;
  }
  tally.read('channel updates');
  const update = parseChannelUpdate(bytes);
  const raw = bytesToHex(bytes);
  const { direction } = update;
  const at = told(BigInt(timestamp) * NS_PER_SECOND);
  const evidence = `${POLICIES} ${shortChannelId} ${direction}`;
  const found = { at, evidence, key: `policy/${shortChannelId}/${direction}/${timestamp}` };
  yield teller.gossip(shortChannelId, found, {
    type: 'PublicFeePolicyChanged',
    data: { shortChannelId, direction, ...termsOf(update), raw },
  });
  const known = own(shortChannelId);
  if (known === undefined) return;
  const side = policy.nodeId === teller.nodeId ? 'local' : 'remote';
  const data = { side, ...termsOf(update), ...inboundOf(update), raw } as const;
  yield teller.channel(known, found, { type: 'FeePolicyChanged', data });
}

function termsOf(update: ChannelUpdate) {
  const { feeBaseMsat, feeProportionalMillionths, htlcMaximumMsat, isDisabled, timestamp } = update;
  return {
    feeBaseMsat,
    feeProportionalMillionths,
    cltvExpiryDeltaBlocks: update.cltvExpiryDelta,
    htlcMinimumMsat: update.htlcMinimumMsat,
    ...(htlcMaximumMsat !== undefined && { htlcMaximumMsat }),
    isDisabled,
    timestamp,
  };
}

function inboundOf(update: ChannelUpdate) {
  const inbound = inboundFeesOf(update);
  return inbound === undefined
    ? {}
    : {
        inboundFeeBaseMsat: inbound.baseMsat,
        inboundFeeProportionalMillionths: inbound.proportionalMillionths,
      };
}
