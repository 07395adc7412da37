/**
 * Several LDK nodes, their connections and one chain, moved forward step by step in one thread. Whatever
 * happens between two steps (a slow disk, a test's random delay) changes nothing of what the nodes do.
 */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import * as secp256k1 from '@noble/secp256k1';
import { bytesToHex } from '../../lightning/bytes.ts';
import { NodeId } from '../../lightning/ids.ts';
import { SimulatedChain } from './chain.ts';
import type { NetworkClock } from './clock.ts';
import { RealClock, VirtualClock } from './clock.ts';
import type { NodeConfig } from './config.ts';
import { NodeDisk } from './disk.ts';
import { FeeMarket } from './fee-market.ts';
import { Link } from './link.ts';
import type { LdkBinding } from './load.ts';
import { loadLdk } from './load.ts';
import type { NodeIdentity } from './node.ts';
import { LdkNode } from './node.ts';
import { Randomness } from './random.ts';
import { Reactions } from './reactions.ts';
import { TapRecorder } from './recorder.ts';
import type { TapSink } from './taps.ts';
import { Wallet } from './wallet.ts';

export interface NetworkOptions {
  /** Where every tap of every node is told. */
  readonly sink: TapSink;
  /** Fixes keys, entropy and the clock: two runs are alike to the byte. */
  readonly seed?: string;
  /** Awaited at every step; for tests that disturb the timing and for sinks that must catch up. */
  readonly pause?: () => Promise<void>;
}

export interface NodeOptions {
  readonly minFundingSat?: bigint;
  readonly anchors?: boolean;
}

/** 2026-01-01: where the clock of a seeded run starts. */
const SEEDED_START_TIME = 1_767_225_600;
/** LDK refuses channels of less by default. */
const DEFAULT_MIN_FUNDING_SAT = 1_000n;
/** Far more than anything here takes: a node that answers for ever is a bug. */
const MAX_ROUNDS = 20_000;

export class SimulatedNetwork {
  readonly chain: SimulatedChain;
  readonly clock: NetworkClock;
  readonly feeMarket = new FeeMarket();
  readonly randomness: Randomness;
  readonly reactions = new Reactions();
  readonly binding: LdkBinding;
  readonly #options: NetworkOptions;
  readonly #nodes = new Map<string, LdkNode>();
  #links: Link[] = [];
  /** LDK may still know the sockets of a link that was cut. */
  readonly #cutLinks: Link[] = [];

  private constructor(
    binding: LdkBinding,
    options: NetworkOptions,
    randomness: Randomness,
    startTime: number,
  ) {
    this.binding = binding;
    this.#options = options;
    this.randomness = randomness;
    this.clock = randomness.isSeeded ? new VirtualClock(startTime) : new RealClock();
    this.chain = new SimulatedChain(this.clock);
  }

  static async create(options: NetworkOptions): Promise<SimulatedNetwork> {
    const { seed } = options;
    const randomness = seed === undefined ? Randomness.fresh() : Randomness.fromSeed(seed);
    return new SimulatedNetwork(await loadLdk(), options, randomness, SEEDED_START_TIME);
  }

  /** A network without nodes that goes on where a saved one stopped: a seed in `options` is ignored. */
  static async resume(
    options: NetworkOptions,
    randomness: Randomness,
    time: number,
  ): Promise<SimulatedNetwork> {
    return new SimulatedNetwork(await loadLdk(), options, randomness, time);
  }

  get nodes(): readonly LdkNode[] {
    return [...this.#nodes.values()];
  }

  node(name: string): LdkNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`"node" expected one named here, got ${name}`);
    return node;
  }

  addNode(name: string, options: NodeOptions = {}): LdkNode {
    return this.#start(
      this.identity(name, new NodeDisk(), 0, {
        minFundingSat: options.minFundingSat ?? DEFAULT_MIN_FUNDING_SAT,
        anchors: options.anchors ?? false,
      }),
    );
  }

  /** Who a node of this name is here: its keys follow from the name. */
  identity(name: string, disk: NodeDisk, firstSeq: number, config: NodeConfig): NodeIdentity {
    const seed = this.randomness.key(`node/${name}`);
    const { ldk } = this.binding;
    // Only asks for the node's public key: keys do not hang on the starting time.
    const secretKey = ldk.KeysManager.constructor_new(seed, 0n, 0).get_node_secret_key();
    const id = NodeId(bytesToHex(secp256k1.getPublicKey(secretKey, true)));
    const { clock } = this;
    return {
      name,
      id,
      seed,
      disk,
      recorder: new TapRecorder({ node: id, clock, sink: this.#options.sink, firstSeq }),
      wallet: new Wallet(this.randomness.key(`wallet/${name}`), this.chain),
      config,
    };
  }

  /** Stops a node as a power cut would, but for what it wrote: only its disk is left. */
  stopNode(name: string): NodeIdentity {
    const node = this.node(name);
    for (const link of this.#links.filter((each) => each.touches(node))) this.#cut(link);
    node.stop();
    this.#nodes.delete(name);
    return node.identity;
  }

  restartNode(identity: NodeIdentity): LdkNode {
    return this.#start(identity);
  }

  async connect(from: LdkNode, to: LdkNode): Promise<void> {
    this.#links.push(new Link(from, to));
    await this.settle();
  }

  /** LDK hangs up on a peer after some errors, as it does when a commitment is found on the chain. */
  async connectIfNeeded(from: LdkNode, to: LdkNode): Promise<void> {
    for (const dead of this.#links.filter((link) => !link.isOpen)) this.#cut(dead);
    if (!this.#links.some((link) => link.joins(from, to))) await this.connect(from, to);
  }

  /** What is on the way between the two is lost. */
  disconnect(one: LdkNode, other: LdkNode): void {
    this.#cut(this.link(one, other));
  }

  link(one: LdkNode, other: LdkNode): Link {
    const link = this.#links.find((each) => each.joins(one, other));
    if (link === undefined) throw new Error(`${one.name} and ${other.name} are not connected`);
    return link;
  }

  /** Mines blocks, letting everything settle after each. */
  async mine(blocks: number, payTo?: Uint8Array): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await this.#step();
      this.chain.mine(payTo);
      await this.settle();
    }
  }

  /** Every node says what it has to say; nothing is delivered yet. */
  processEvents(): void {
    for (const node of this.nodes) node.peerManager.process_events();
  }

  /** Runs everything until nobody has anything left to do, then writes all managers. */
  async settle(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const work = await this.round();
      if (work === 0) {
        this.processEvents();
        if (!this.#links.some((link) => link.hasPackets)) {
          for (const node of this.nodes) node.saveManager();
          return;
        }
      }
    }
    throw new Error(`the network did not settle in ${MAX_ROUNDS} rounds`);
  }

  /** One round: every node speaks and acts once, then everything on the way arrives. */
  async round(): Promise<number> {
    let work = 0;
    for (const node of this.nodes) {
      await this.#step();
      node.peerManager.process_events();
      work += node.handleEvents((...event) => this.reactions.react(...event));
      node.releaseMemory();
    }
    for (const link of this.#links) {
      await this.#step();
      work += link.deliver();
    }
    return work;
  }

  #start(identity: NodeIdentity): LdkNode {
    const start = identity.disk.starts;
    identity.disk.starts += 1;
    const seconds = this.randomness.isSeeded ? 0n : BigInt(Math.floor(Date.now() / 1000));
    const node = new LdkNode(identity, {
      binding: this.binding,
      chain: this.chain,
      feeMarket: this.feeMarket,
      startingTime: [seconds, start],
    });
    this.#nodes.set(identity.name, node);
    return node;
  }

  #cut(link: Link): void {
    link.cut();
    this.#links = this.#links.filter((each) => each !== link);
    this.#cutLinks.push(link);
  }

  /** Finalizers of the binding run only between turns of the event loop. */
  async #step(): Promise<void> {
    await eventLoopTurn();
    await this.#options.pause?.();
  }
}
