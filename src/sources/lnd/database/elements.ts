/** How lnd writes single values into its database (`channeldb/codec.go`): integers big-endian. */
import { bytesToHex } from '../../../lightning/bytes.ts';
import { type Outpoint, outpointOf, ShortChannelId, txidOfBytes } from '../../../lightning/ids.ts';
import type { WireReader } from '../../../lightning/wire.ts';

/** Terms of one side, which the other side demanded; only the dust limit is the side's own. */
export interface ChannelConfig {
  readonly dustLimitSat: bigint;
  readonly maxPendingMsat: bigint;
  readonly reserveSat: bigint;
  readonly minHtlcMsat: bigint;
  readonly maxAcceptedHtlcs: number;
  readonly csvDelayBlocks: number;
  /** Keys are 33 bytes in hex; ours may be kept as a path of derivation only. */
  readonly fundingPubkey: string | undefined;
  readonly revocationBasepoint: string | undefined;
  readonly paymentBasepoint: string | undefined;
  readonly delayedPaymentBasepoint: string | undefined;
  readonly htlcBasepoint: string | undefined;
}

export function readConfig(reader: WireReader): ChannelConfig {
  return {
    dustLimitSat: reader.u64(),
    maxPendingMsat: reader.u64(),
    reserveSat: reader.u64(),
    minHtlcMsat: reader.u64(),
    maxAcceptedHtlcs: reader.u16(),
    csvDelayBlocks: reader.u16(),
    fundingPubkey: readKey(reader),
    revocationBasepoint: readKey(reader),
    paymentBasepoint: readKey(reader),
    delayedPaymentBasepoint: readKey(reader),
    htlcBasepoint: readKey(reader),
  };
}

/** `keychain.KeyDescriptor`: family, index, and the key where it is kept. */
function readKey(reader: WireReader): string | undefined {
  reader.bytes(8);
  return readFlag(reader) ? bytesToHex(reader.bytes(33)) : undefined;
}

export function readFlag(reader: WireReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new Error(`a flag is ${byte}, and must be 0 or 1`);
  return byte === 1;
}

/** A channel's funding: BOLT 2 leaves two bytes to its output's index. */
export function readOutpoint(reader: WireReader): Outpoint {
  const txid = txidOfBytes(reader.bytes(32));
  const index = reader.u32();
  if (index > MAX_FUNDING_INDEX) throw new Error(`${index} is no output index of a funding`);
  return outpointOf(txid, index);
}
const MAX_FUNDING_INDEX = 0xffff;

/** Undefined for 0, of a channel that is in no block. */
export function readShortId(reader: WireReader): ShortChannelId | undefined {
  const id = reader.u64();
  return id === 0n ? undefined : ShortChannelId(id);
}

/** btcd's `WriteVarBytes`. */
export function readVarBytes(reader: WireReader): Uint8Array {
  return reader.bytes(reader.compactSize());
}

/** An amount that no channel holds is no amount. */
export function checkedNumber(value: bigint, name: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`${name} is ${value}`);
  return Number(value);
}
