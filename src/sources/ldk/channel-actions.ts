/** What the demo's people do with channels: open, set fees, close. */

import { hexToBytes } from '../../lightning/bytes.ts';
import type { ChannelId } from '../../lightning/ids.ts';
import type { ChannelSnapshot } from './channel-snapshot.ts';
import { userConfig } from './config.ts';
import type { LdkNode } from './node.ts';
import { mustBeOk } from './result.ts';

export interface ChannelOrder {
  readonly from: LdkNode;
  readonly to: LdkNode;
  readonly capacitySat: bigint;
  readonly pushSat: bigint;
  readonly isAnnounced: boolean;
}

export interface FeeOrder {
  readonly feeBaseMsat: number;
  readonly feeProportionalMillionths: number;
}

/** Proposes a channel; the rest follows as the network settles and blocks come. */
export function openChannel(order: ChannelOrder): void {
  const { from, to, capacitySat, pushSat, isAnnounced } = order;
  const { ldk } = from.binding;
  mustBeOk(
    from.manager.create_channel(
      to.idBytes,
      capacitySat,
      pushSat * 1000n,
      capacitySat,
      null,
      userConfig(ldk, from.identity.config, isAnnounced),
    ),
    'to open a channel',
  );
}

export function setFees(node: LdkNode, channel: ChannelSnapshot, fees: FeeOrder): void {
  const { ldk } = node.binding;
  mustBeOk(
    node.manager.update_partial_channel_config(
      hexToBytes(channel.peer),
      [channelIdOf(node, channel.channelId)],
      ldk.ChannelConfigUpdate.constructor_new(
        ldk.Option_u32Z.constructor_some(fees.feeProportionalMillionths),
        ldk.Option_u32Z.constructor_some(fees.feeBaseMsat),
        ldk.Option_u16Z.constructor_none(),
        ldk.Option_MaxDustHTLCExposureZ.constructor_none(),
        ldk.Option_u64Z.constructor_none(),
      ),
    ),
    'new fees',
  );
}

export function closeCooperatively(node: LdkNode, channel: ChannelSnapshot): void {
  mustBeOk(
    node.manager.close_channel(channelIdOf(node, channel.channelId), hexToBytes(channel.peer)),
    'to close a channel',
  );
}

export function forceClose(node: LdkNode, channel: ChannelSnapshot, words: string): void {
  mustBeOk(
    node.manager.force_close_broadcasting_latest_txn(
      channelIdOf(node, channel.channelId),
      hexToBytes(channel.peer),
      words,
    ),
    'to force-close a channel',
  );
}

/** Tells the network the node's name and a place to find it. */
export function announceNode(node: LdkNode): void {
  const { ldk } = node.binding;
  const alias = new Uint8Array(32);
  alias.set(new TextEncoder().encode(node.name));
  const loopback = Uint8Array.of(127, 0, 0, 1);
  node.peerManager.broadcast_node_announcement(node.idBytes.slice(1, 4), alias, [
    ldk.SocketAddress.constructor_tcp_ip_v4(loopback, 9735),
  ]);
}

function channelIdOf(node: LdkNode, id: ChannelId) {
  return node.binding.ldk.ChannelId.constructor_new(hexToBytes(id));
}
