/** A ChannelManager and its monitors: made new, or read back from a node's disk. */
import type { ChannelManager, ChannelMonitor, Confirm, UserConfig } from 'lightningdevkit';
import type { Block, SimulatedChain } from './chain.ts';
import type { NodeDisk, PersistedMonitor } from './disk.ts';
import type { LdkBinding } from './load.ts';
import type { NodeServices } from './node-services.ts';
import { resultOf } from './result.ts';

interface RestoreOptions {
  readonly binding: LdkBinding;
  readonly services: NodeServices;
  readonly chain: SimulatedChain;
  readonly disk: NodeDisk;
  readonly config: UserConfig;
}

export function newManager({ binding, services, chain, config }: RestoreOptions): ChannelManager {
  const { ldk } = binding;
  const best =
    chain.height === 0
      ? ldk.BestBlock.constructor_from_network(ldk.Network.LDKNetwork_Regtest)
      : ldk.BestBlock.constructor_new(chain.tipHash, chain.height);
  return ldk.ChannelManager.constructor_new(
    services.fees,
    services.chainMonitor.as_Watch(),
    services.broadcaster,
    services.router,
    services.messageRouter.as_MessageRouter(),
    services.logger,
    services.entropy,
    services.nodeSigner,
    services.signerProvider,
    config,
    ldk.ChainParameters.constructor_new(ldk.Network.LDKNetwork_Regtest, best),
    chain.tipTime,
  );
}

/** Uses nothing but the disk's bytes and the chain. `onBlock` hears the blocks the node missed. */
export function restoreManager(
  options: RestoreOptions & {
    readonly manager: Uint8Array;
    readonly onBlock: (block: Block) => void;
  },
): ChannelManager {
  const { binding, services, chain, disk } = options;
  const { ldk } = binding;
  const monitors = [...disk.monitors.values()].map((stored) =>
    readMonitor(binding, services, stored),
  );
  const watch = services.chainMonitor.as_Watch();
  const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(
    options.manager,
    services.entropy,
    services.nodeSigner,
    services.signerProvider,
    services.fees,
    watch,
    services.broadcaster,
    services.router,
    services.messageRouter.as_MessageRouter(),
    services.logger,
    options.config,
    monitors,
  );
  const { Result_C2Tuple_ThirtyTwoBytesChannelManagerZDecodeErrorZ_OK: Ok } = ldk;
  const manager = resultOf(read, Ok, 'the persisted channel manager').get_b();
  // Both must stand at the tip before the ChainMonitor takes the monitors over.
  const confirm = manager.as_Confirm();
  for (const block of chain.blocksAfter(manager.current_best_block().get_height())) {
    options.onBlock(block);
    feedBlock(binding, block, [confirm]);
  }
  services.persistTap.isLoading = true;
  for (const monitor of monitors) {
    catchUp(binding, services, chain, monitor);
    const watched = watch.watch_channel(monitor.get_funding_txo().get_a(), monitor);
    if (!watched.is_ok()) throw new Error('LDK refused to watch a persisted channel');
  }
  services.persistTap.isLoading = false;
  return manager;
}

/** The last whole monitor, and on top of it the updates that came after. */
export function readMonitor(
  binding: LdkBinding,
  services: NodeServices,
  stored: PersistedMonitor,
): ChannelMonitor {
  const { ldk, memory } = binding;
  const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelMonitorZ_read(
    stored.snapshot,
    services.entropy,
    services.signerProvider,
  );
  const { Result_C2Tuple_ThirtyTwoBytesChannelMonitorZDecodeErrorZ_OK: Ok } = ldk;
  const monitor = resultOf(read, Ok, 'a persisted channel monitor').get_b();
  const references = memory.referenceCount(monitor);
  for (const bytes of stored.updates) {
    const decoded = ldk.ChannelMonitorUpdate.constructor_read(bytes);
    const { Result_ChannelMonitorUpdateDecodeErrorZ_OK: UpdateOk } = ldk;
    const update = resultOf(decoded, UpdateOk, 'a persisted monitor update');
    const { broadcaster, fees, logger } = services;
    const isNewer = update.get_update_id() > monitor.get_latest_update_id();
    if (isNewer && !monitor.update_monitor(update, broadcaster, fees, logger).is_ok()) {
      throw new Error('LDK refused to apply a persisted monitor update');
    }
    memory.free(update);
    memory.trimReferences(monitor, references);
  }
  return monitor;
}

function catchUp(
  { ldk }: LdkBinding,
  services: NodeServices,
  chain: SimulatedChain,
  monitor: ChannelMonitor,
): void {
  const { broadcaster, fees, logger } = services;
  for (const block of chain.blocksAfter(monitor.current_best_block().get_height())) {
    const { header, height } = block;
    if (relevantTransactions(block).length > 0) {
      const transactions = indexed(ldk, block);
      monitor.transactions_confirmed(header, transactions, height, broadcaster, fees, logger);
    }
    monitor.best_block_updated(header, height, broadcaster, fees, logger);
  }
}

/** Hands a block to LDK as a client that filters would: one with no more than its subsidy has nothing in it. */
export function feedBlock({ ldk }: LdkBinding, block: Block, targets: readonly Confirm[]): void {
  for (const target of targets) {
    if (relevantTransactions(block).length > 0) {
      target.transactions_confirmed(block.header, indexed(ldk, block), block.height);
    }
    target.best_block_updated(block.header, block.height);
  }
}

/** What of a block is given to LDK: all of it, or nothing where there is only the subsidy. */
export function relevantTransactions(block: Block): Block['transactions'] {
  return block.transactions.length > 1 ? block.transactions : [];
}

function indexed(ldk: LdkBinding['ldk'], block: Block) {
  return relevantTransactions(block).map(({ raw }, index) =>
    ldk.TwoTuple_usizeTransactionZ.constructor_new(index, raw),
  );
}
