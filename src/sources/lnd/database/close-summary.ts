/** What lnd keeps of a channel once it is closed (`serializeChannelCloseSummary`). */
import type { ChannelEventData } from '../../../channel/events.ts';
import { bytesToHex } from '../../../lightning/bytes.ts';
import {
  NodeId,
  type Outpoint,
  type ShortChannelId,
  type Txid,
  txidOfBytes,
} from '../../../lightning/ids.ts';
import { WireReader } from '../../../lightning/wire.ts';
import { type ChannelConfig, readConfig, readFlag, readOutpoint, readShortId } from './elements.ts';

export interface CloseSummary {
  readonly fundingOutpoint: Outpoint;
  readonly shortChannelId: ShortChannelId | undefined;
  readonly chainHash: string;
  readonly closingTxid: Txid | undefined;
  readonly height: number | undefined;
  readonly peerId: NodeId;
  readonly capacitySat: bigint;
  readonly settledBalanceSat: bigint;
  readonly timeLockedBalanceSat: bigint;
  readonly kind: ChannelEventData<'ChannelClosed'>['kind'];
  /** Something of it is still to be claimed. */
  readonly isPending: boolean;
  readonly local: ChannelConfig | undefined;
}

/** `ClosureType` as the database numbers it; lncli's numbers differ from 2 on. */
const KINDS = [
  'cooperative',
  'local-force',
  'breach',
  'funding-cancelled',
  'remote-force',
  'abandoned',
] as const;
const NO_TXID = '0'.repeat(64);

export function parseCloseSummary(bytes: Uint8Array): CloseSummary {
  const reader = new WireReader(bytes, 'closed-chan-bucket');
  const fundingOutpoint = readOutpoint(reader);
  const shortChannelId = readShortId(reader);
  const chainHash = bytesToHex(reader.bytes(32));
  const closingTxid = txidOfBytes(reader.bytes(32));
  const height = reader.u32();
  const peerId = NodeId(bytesToHex(reader.bytes(33)), 'peer');
  const capacitySat = reader.u64();
  const settledBalanceSat = reader.u64();
  const timeLockedBalanceSat = reader.u64();
  const kind = KINDS[reader.u8()] ?? 'unknown';
  const isPending = readFlag(reader);
  // Before 0.7 nothing followed.
  const hasMore = reader.remaining > 0 && readFlag(reader);
  if (hasMore) reader.bytes(33);
  return {
    fundingOutpoint,
    shortChannelId,
    chainHash,
    closingTxid: closingTxid === NO_TXID ? undefined : closingTxid,
    height: height === 0 ? undefined : height,
    peerId,
    capacitySat,
    settledBalanceSat,
    timeLockedBalanceSat,
    kind,
    isPending,
    local: hasMore ? readConfig(reader) : undefined,
  };
}
