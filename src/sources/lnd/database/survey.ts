/** What a database says of itself before it is read: whose it is, of which chain, and how old. */
import { bytesToHex } from '../../../lightning/bytes.ts';
import { chainOfHash } from '../../../lightning/chain-hash.ts';
import { channelIdOfOutpoint } from '../../../lightning/ids.ts';
import { Tally } from '../../tally.ts';
import type { ChannelNames } from '../channel-names.ts';
import type { Claim } from '../identity.ts';
import { NS_PER_SECOND } from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import type { BoltFile } from './bbolt.ts';
import { knownChannel, type StoredChannel } from './channel-facts.ts';
import { type CloseSummary, parseCloseSummary } from './close-summary.ts';
import { parseHtlcSet, parseInvoice } from './invoices.ts';
import { openChannels } from './stored-channels.ts';

export interface DatabaseSurvey {
  readonly nodeId: string | undefined;
  readonly chain: string | undefined;
  /** The newest block it knows, and those blocks' hashes that it keeps. */
  readonly tipHeight: number | undefined;
  /** The latest time that any of its records tells: the copy is no older. */
  readonly latestNs: bigint;
}

export interface DatabasePorts {
  readonly times: ToldBlocks;
  readonly names: ChannelNames;
  readonly nowNs: bigint;
}

/** Reads it once. Records that are no such records are passed over here, and named when they are read. */
export function surveyDatabase(file: BoltFile, ports: DatabasePorts): DatabaseSurvey {
  const graph = file.bucket('graph-node');
  const source = graph?.get('source');
  const nodeId = source?.length === 33 ? bytesToHex(source) : undefined;
  const latest = new Latest(ports.nowNs);
  const own = source && graph?.get(source);
  if (own !== undefined && own.length >= 8) latest.take(own.readBigUInt64BE(0) * NS_PER_SECOND);
  for (const { bucket } of file.bucket('peers-bucket')?.buckets() ?? []) {
    const flap = bucket.get('flap-count');
    if (flap !== undefined && flap.length >= 8) latest.take(flap.readBigUInt64BE(0));
  }
  const chains = new Set<string>();
  // What is wrong with a channel is said when it is read.
  for (const channel of openChannels(file, new Tally())) {
    chains.add(channel.info.chainHash);
    nameOpen(channel, ports.names);
  }
  for (const summary of closeSummaries(file)) {
    chains.add(summary.chainHash);
    nameClosed(summary, ports.names);
  }
  surveyInvoices(file, ports, latest);
  const [chainHash] = chains;
  return {
    nodeId,
    chain: chainHash === undefined || chains.size > 1 ? undefined : chainOfHash(chainHash),
    tipHeight: tipOf(file),
    latestNs: latest.ns,
  };
}

export function claimOfDatabase(name: string, { nodeId, chain }: DatabaseSurvey): Claim {
  return { file: name, nodeId, chain };
}

class Latest {
  ns = 0n;
  readonly #nowNs: bigint;

  constructor(nowNs: bigint) {
    this.#nowNs = nowNs;
  }

  take(ns: bigint): void {
    if (ns > this.ns && ns <= this.#nowNs) this.ns = ns;
  }
}

/** Those that can be read. */
function* closeSummaries(file: BoltFile): Generator<CloseSummary, void, undefined> {
  for (const { value, isBucket } of file.bucket('closed-chan-bucket')?.entries() ?? []) {
    if (isBucket) continue;
    try {
      yield parseCloseSummary(value);
    } catch {
      // It is named when it is read.
    }
  }
}

function nameOpen(channel: StoredChannel, names: ChannelNames): void {
  const { info } = channel;
  const { channelId } = knownChannel(channel);
  names.add({ channelId, peerId: info.peerId });
}

function nameClosed(summary: CloseSummary, names: ChannelNames): void {
  const { channelId } = closedChannelOf(summary);
  names.add({ channelId, peerId: summary.peerId });
}

/** The block log of the graph has one entry a block, by its height. */
function tipOf(file: BoltFile): number | undefined {
  let tip: number | undefined;
  for (const { key } of file.bucket('graph-meta')?.bucket('prune-log')?.entries() ?? []) {
    if (key.length === 4) tip = Math.max(tip ?? 0, key.readUInt32BE(0));
  }
  return tip;
}

/** An invoice's HTLCs tell at which height and when they were accepted: heights get their times by them. */
function surveyInvoices(file: BoltFile, { times, nowNs }: DatabasePorts, latest: Latest): void {
  for (const { key, value, isBucket } of file.bucket('invoices')?.entries() ?? []) {
    if (isBucket) continue;
    try {
      const htlcs = key.length > 4 ? parseHtlcSet(value) : parseInvoice(value).htlcs;
      for (const { acceptHeight, acceptedNs, resolvedNs } of htlcs) {
        latest.take(acceptedNs);
        latest.take(resolvedNs);
        const isTimed = acceptHeight > 0 && acceptedNs > 0n && acceptedNs <= nowNs;
        if (isTimed) times.addTip(acceptHeight, acceptedNs, 'lnd-db');
      }
    } catch {
      // It is named when it is read.
    }
  }
}

/** What a close summary says of the channel itself. */
export function closedChannelOf({
  fundingOutpoint,
  peerId,
  capacitySat,
  shortChannelId,
}: CloseSummary) {
  return {
    channelId: channelIdOfOutpoint(fundingOutpoint),
    context: {
      peerId,
      fundingOutpoint,
      capacitySat,
      ...(shortChannelId && { shortChannelId }),
    },
  };
}
