/**
 * A whole LDK node inside this process, with every tap in place. Nothing here touches a network or bitcoind:
 * blocks come from the simulated chain, bytes to and from peers through a `Link`.
 */
import type {
  ChannelManager,
  ChannelMonitor,
  Confirm,
  Event,
  EventHandler,
  EventsProvider,
  PeerManager,
} from 'lightningdevkit';
import type { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';
import { bytesToHex, hexToBytes, reversed } from '../../lightning/bytes.ts';
import type { NodeId, Outpoint } from '../../lightning/ids.ts';
import { txidToBytes } from '../../lightning/ids.ts';
import type { Block, ChainListener, SimulatedChain } from './chain.ts';
import type { ChannelSnapshot } from './channel-snapshot.ts';
import { channelSnapshots } from './channel-snapshot.ts';
import type { NodeConfig } from './config.ts';
import { userConfig } from './config.ts';
import { EventDecoder } from './decode-event.ts';
import type { NodeDisk } from './disk.ts';
import { FeeBumper } from './fee-bumper.ts';
import type { FeeMarket } from './fee-market.ts';
import type { LdkEvent } from './ldk-events.ts';
import type { LdkBinding } from './load.ts';
import { connectTaps } from './node-peers.ts';
import {
  feedBlock,
  newManager,
  readMonitor,
  relevantTransactions,
  restoreManager,
} from './node-restore.ts';
import type { NodeServices } from './node-services.ts';
import { buildServices } from './node-services.ts';
import type { TapRecorder } from './recorder.ts';
import type { Wallet } from './wallet.ts';

/** What stays the same from start to start. */
export interface NodeIdentity {
  readonly name: string;
  readonly id: NodeId;
  /** All of the node's keys come from it. */
  readonly seed: Uint8Array;
  readonly disk: NodeDisk;
  readonly recorder: TapRecorder;
  readonly wallet: Wallet;
  readonly config: NodeConfig;
}

export interface NodeSurroundings {
  readonly binding: LdkBinding;
  readonly chain: SimulatedChain;
  readonly feeMarket: FeeMarket;
  /** See `ServiceOptions.startingTime`. */
  readonly startingTime: readonly [seconds: bigint, nanoseconds: number];
}

/** Acts on an event the way a wallet would. The decoded event is for reading, the other for acting. */
export type EventReaction = (node: LdkNode, decoded: LdkEvent, event: Event) => void;

/**
 * The binding holds JavaScript objects only weakly, and Rust calls them as long as the process lives: no
 * node, stopped or not, is ever given to the garbage collector.
 */
const neverCollected: object[] = [];

export class LdkNode implements ChainListener {
  readonly identity: NodeIdentity;
  readonly binding: LdkBinding;
  readonly services: NodeServices;
  readonly manager: ChannelManager;
  readonly peerManager: PeerManager;
  readonly feeBumper: FeeBumper;
  readonly #chain: SimulatedChain;
  readonly #confirm: readonly Confirm[];
  readonly #eventSources: readonly EventsProvider[];
  readonly #eventHandler: EventHandler;
  readonly #decoder: EventDecoder;
  /** Long-lived objects, and how many references each has to keep. */
  readonly #references: ReadonlyMap<CommonBase, number>;
  #events: Event[] = [];
  #isRunning = true;

  constructor(identity: NodeIdentity, surroundings: NodeSurroundings) {
    const { binding, chain } = surroundings;
    const { ldk } = binding;
    this.identity = identity;
    this.binding = binding;
    this.#chain = chain;
    this.#decoder = new EventDecoder(binding);
    const isRestart = identity.disk.manager !== undefined;
    const { name: alias, recorder } = identity;
    recorder.record({ kind: 'node-started', alias, isRestart, blockHeight: chain.height });
    this.services = buildServices(binding, { ...identity, ...surroundings });
    this.feeBumper = new FeeBumper(binding, this.services, identity.wallet);
    this.manager = this.#startManager(surroundings);
    const { chainMonitor } = this.services;
    this.#confirm = [this.manager.as_Confirm(), chainMonitor.as_Confirm()];
    this.#eventSources = [this.manager.as_EventsProvider(), chainMonitor.as_EventsProvider()];
    this.#eventHandler = ldk.EventHandler.new_impl({
      handle_event: (event) => {
        this.#events.push(event);
        return ldk.Result_NoneReplayEventZ.constructor_ok();
      },
    });
    const peers = connectTaps(binding, this.services, this.manager, recorder, chain.tipTime);
    this.peerManager = peers.peerManager;
    this.#references = this.#countReferences(peers.longLived);
    neverCollected.push(this, peers);
    chain.listen(this);
  }

  get id(): NodeId {
    return this.identity.id;
  }

  get idBytes(): Uint8Array {
    return hexToBytes(this.identity.id);
  }

  get name(): string {
    return this.identity.name;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  channels(): readonly ChannelSnapshot[] {
    return this.identity.recorder.unrecorded(() => channelSnapshots(this.binding, this.manager));
  }

  /** Drains LDK's events, tells the recorder, then reacts. Returns how many there were. */
  handleEvents(react: EventReaction): number {
    for (const source of this.#eventSources) source.process_pending_events(this.#eventHandler);
    const events = this.#events;
    this.#events = [];
    for (const event of events) {
      const decoded = this.#decoder.decode(event);
      this.identity.recorder.record({ kind: 'ldk-event', event: decoded });
      react(this, decoded, event);
      this.binding.memory.free(event);
    }
    return events.length;
  }

  /** Lets go of arguments that the binding's objects would keep for ever. */
  releaseMemory(): void {
    for (const [object, count] of this.#references) {
      this.binding.memory.trimReferences(object, count);
    }
  }

  /** Writes the manager if it changed: monitors newer than the manager would be closed at a restart. */
  saveManager(): void {
    if (this.manager.get_and_clear_needs_persistence()) {
      this.identity.disk.manager = this.manager.write();
    }
  }

  /** The monitor of a channel as it is on disk: for whoever wants to cheat with an old one. */
  readPersistedMonitor(fundingOutpoint: Outpoint): ChannelMonitor {
    const stored = this.identity.disk.monitors.get(fundingOutpoint);
    if (stored === undefined) throw new Error(`"monitor" expected ${fundingOutpoint}, got none`);
    const monitor = readMonitor(this.binding, this.services, stored);
    neverCollected.push(monitor);
    return monitor;
  }

  /** Everything a restart needs is on the node's disk afterwards. */
  persistAll(): void {
    this.saveManager();
    this.identity.disk.networkGraph = this.services.graph.write();
  }

  stop(): void {
    this.persistAll();
    this.#isRunning = false;
    this.#chain.unlisten(this);
  }

  blockConnected(block: Block): void {
    this.#recordBlock(block);
    feedBlock(this.binding, block, this.#confirm);
    this.releaseMemory();
  }

  blockDisconnected(block: Block, parent: Block): void {
    this.identity.recorder.record({
      kind: 'block-disconnected',
      height: block.height,
      hash: bytesToHex(reversed(block.hash)),
    });
    for (const target of this.#confirm) {
      for (const { parsed } of block.transactions) {
        target.transaction_unconfirmed(txidToBytes(parsed.txid));
      }
      target.best_block_updated(parent.header, parent.height);
    }
  }

  #startManager({ binding, chain }: NodeSurroundings): ChannelManager {
    const { disk, config } = this.identity;
    const options = {
      binding,
      services: this.services,
      chain,
      disk,
      config: userConfig(binding.ldk, config, true),
    };
    if (disk.manager === undefined) return newManager(options);
    const onBlock = (block: Block) => this.#recordBlock(block);
    return restoreManager({ ...options, manager: disk.manager, onBlock });
  }

  #recordBlock(block: Block): void {
    this.identity.recorder.record({
      kind: 'block',
      height: block.height,
      hash: bytesToHex(reversed(block.hash)),
      time: block.time,
      transactions: relevantTransactions(block).map(({ raw }) => bytesToHex(raw)),
    });
  }

  #countReferences(more: readonly CommonBase[]): ReadonlyMap<CommonBase, number> {
    const { chainMonitor, graph, router, broadcaster, keys } = this.services;
    const objects = [
      this.manager,
      this.peerManager,
      chainMonitor,
      graph,
      router,
      broadcaster,
      keys,
      ...this.#confirm,
      ...this.#eventSources,
      ...more,
    ];
    return new Map(objects.map((object) => [object, this.binding.memory.referenceCount(object)]));
  }
}
