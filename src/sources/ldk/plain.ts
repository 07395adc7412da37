/** From the binding's small wrappers to plain values; null where the binding has nothing. */
import type {
  ChannelTypeFeatures,
  ChannelId as LdkChannelId,
  OutPoint as LdkOutPoint,
  Option_ThirtyTwoBytesZ,
  Option_u32Z,
  Option_u64Z,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import { channelTypeOf } from '../../lightning/features.ts';
import type { Outpoint, ShortChannelId } from '../../lightning/ids.ts';
import {
  ChannelId,
  NodeId,
  outpointOf,
  ShortChannelId as parseShortChannelId,
  txidOfBytes,
} from '../../lightning/ids.ts';
import type { LdkBinding } from './load.ts';

/** The binding's types name only the base of an option; the value sits on its `_Some` subclass. */
export class Plain {
  readonly #binding: LdkBinding;

  constructor(binding: LdkBinding) {
    this.#binding = binding;
  }

  u64(option: Option_u64Z): bigint | null {
    return option instanceof this.#binding.ldk.Option_u64Z_Some ? option.some : null;
  }

  u32(option: Option_u32Z): number | null {
    return option instanceof this.#binding.ldk.Option_u32Z_Some ? option.some : null;
  }

  hash(option: Option_ThirtyTwoBytesZ): string | null {
    return option instanceof this.#binding.ldk.Option_ThirtyTwoBytesZ_Some
      ? bytesToHex(option.some)
      : null;
  }

  shortChannelId(option: Option_u64Z): ShortChannelId | null {
    const value = this.u64(option);
    return value === null ? null : parseShortChannelId(value);
  }

  channelId(id: LdkChannelId): ChannelId {
    return ChannelId(bytesToHex(id.get_a()));
  }

  maybeChannelId(id: LdkChannelId): ChannelId | null {
    return this.#binding.memory.isNull(id) ? null : this.channelId(id);
  }

  outpoint(outpoint: LdkOutPoint): Outpoint {
    return outpointOf(txidOfBytes(outpoint.get_txid()), outpoint.get_index());
  }

  maybeOutpoint(outpoint: LdkOutPoint): Outpoint | null {
    return this.#binding.memory.isNull(outpoint) ? null : this.outpoint(outpoint);
  }

  channelType(features: ChannelTypeFeatures): ChannelType | null {
    if (this.#binding.memory.isNull(features)) return null;
    return channelTypeOf(features.write());
  }
}

export function nodeId(bytes: Uint8Array): NodeId {
  return NodeId(bytesToHex(bytes));
}

/** The binding writes a missing public key as zeros, or leaves it out. */
export function maybeNodeId(bytes: Uint8Array | null | undefined): NodeId | null {
  return bytes?.some((byte) => byte !== 0) ? nodeId(bytes) : null;
}
