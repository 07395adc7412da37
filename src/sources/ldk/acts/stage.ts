/** What every act of the demo's plot needs: the three nodes, their channels by name, payments, quiet points. */
import type { ShortChannelId } from '../../../lightning/ids.ts';
import type { ChannelOrder } from '../channel-actions.ts';
import { openChannel } from '../channel-actions.ts';
import type { ChannelSnapshot } from '../channel-snapshot.ts';
import type { SimulatedNetwork } from '../network.ts';
import type { LdkNode } from '../node.ts';
import type { PaymentOrder } from '../payments.ts';
import { othersThan, pay } from '../payments.ts';
import type { QuietPoint, ScenarioOptions } from '../plot.ts';
import { DEFAULT_PAYMENTS } from '../plot.ts';

export interface Act {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

/** A channel of the plot, found again by its capacity, which is unique. */
export type ChannelName =
  | 'alice-bob'
  | 'bob-carol'
  | 'carol-alice'
  | 'to-close'
  | 'to-force-close'
  | 'to-betray';

const CAPACITY_SAT: Readonly<Record<ChannelName, bigint>> = {
  'alice-bob': 2_000_000n,
  'bob-carol': 1_500_000n,
  'carol-alice': 1_000_000n,
  'to-close': 600_000n,
  'to-force-close': 700_000n,
  'to-betray': 800_000n,
};

const MAX_PARALLEL_PAYMENTS = 20;
/** Thousandths of a channel's capacity: 30 in 100. */
const LEAST_OUTBOUND_MSAT_PER_SAT = 300n;

export interface StagePayment extends PaymentOrder {
  /** Pins the first hop to one channel. */
  readonly over?: ChannelName;
  /** That the sender finds no route is part of the plot. */
  readonly mayLackRoute?: boolean;
}

export class Stage {
  readonly network: SimulatedNetwork;
  readonly options: ScenarioOptions;
  paymentsTried = 0;

  constructor(network: SimulatedNetwork, options: ScenarioOptions) {
    this.network = network;
    this.options = options;
  }

  get alice(): LdkNode {
    return this.network.node('alice');
  }

  get bob(): LdkNode {
    return this.network.node('bob');
  }

  get carol(): LdkNode {
    return this.network.node('carol');
  }

  open(name: ChannelName, order: Omit<ChannelOrder, 'capacitySat'>): void {
    openChannel({ ...order, capacitySat: CAPACITY_SAT[name] });
  }

  /** The channel as this node sees it. */
  channel(node: LdkNode, name: ChannelName): ChannelSnapshot {
    const channel = node.channels().find(({ capacitySat }) => capacitySat === CAPACITY_SAT[name]);
    if (channel === undefined) throw new Error(`${node.name} has no channel ${name}`);
    return channel;
  }

  shortChannelId(node: LdkNode, name: ChannelName): ShortChannelId {
    const { shortChannelId } = this.channel(node, name);
    if (shortChannelId === null) throw new Error(`${name} is not confirmed`);
    return shortChannelId;
  }

  /** Starts a payment of the plot. */
  pay(order: StagePayment): void {
    const isSent = this.#start(order);
    if (!isSent && order.mayLackRoute !== true) {
      throw new Error(`${order.from.name} found no route to ${order.to.name}`);
    }
  }

  #start(order: StagePayment): boolean {
    this.network.clock.pass(1);
    const { over, from } = order;
    const avoid = over === undefined ? [] : othersThan(from, this.shortChannelId(from, over));
    const isSent = pay({ ...order, avoid });
    if (isSent || order.mayLackRoute === true) this.paymentsTried += 1;
    return isSent;
  }

  /** Starts a payment and lets everything settle. */
  async payAndSettle(order: StagePayment): Promise<void> {
    this.pay(order);
    await this.network.settle();
  }

  /** Ordinary traffic between random pairs, in parallel; `share` of what the whole run may still try. */
  async traffic(share: number, over: readonly ChannelName[]): Promise<void> {
    const wanted = this.options.payments ?? DEFAULT_PAYMENTS;
    const left = Math.max(0, Math.floor((wanted - this.paymentsTried) * share));
    const end = this.paymentsTried + left;
    // A try without a route is no payment; where nothing routes at all, a batch is the last.
    for (let before = -1; before < this.paymentsTried && this.paymentsTried < end; ) {
      before = this.paymentsTried;
      const parallel = this.network.randomness.between(1, MAX_PARALLEL_PAYMENTS);
      const batch = Math.min(end - before, parallel);
      await this.payAround(batch, over);
    }
  }

  /** So many payments at once between random pairs. */
  async payAround(count: number, over: readonly ChannelName[]): Promise<void> {
    for (let i = 0; i < count; i++) this.#payAtRandom(over);
    await this.network.settle();
  }

  #payAtRandom(over: readonly ChannelName[]): void {
    const { randomness } = this.network;
    const name = randomness.pick(over);
    const ends = this.network.nodes.filter((node) =>
      node.channels().some(({ capacitySat }) => capacitySat === CAPACITY_SAT[name]),
    );
    // An end that has little left is not the one to pay: the channels stay usable however long this goes on.
    const able = ends.filter((node) => {
      const { outboundCapacityMsat, capacitySat } = this.channel(node, name);
      return outboundCapacityMsat > capacitySat * LEAST_OUTBOUND_MSAT_PER_SAT;
    });
    const from = randomness.pick(able.length > 0 ? able : ends);
    const to = randomness.pick(this.network.nodes.filter((node) => node !== from));
    // Whole satoshi would hide mistakes in the thousandths.
    const amountMsat = BigInt(randomness.between(5_000_000, 25_000_000));
    if (this.#start({ from, to, amountMsat, over: name })) return;
    // Nobody can route to a node whose only channel that way is unannounced: pay its neighbour.
    const other = ends.find((node) => node !== from);
    if (other !== undefined) this.#start({ from, to: other, amountMsat, over: name });
  }

  /** Tells the observer what LDK says of all channels now. */
  async quiet(label: string, state?: QuietPoint['state']): Promise<void> {
    const observe = this.options.onQuiet;
    if (observe === undefined) return;
    const nodes = this.network.nodes.map((node) => ({
      name: node.name,
      id: node.id,
      channels: node.channels(),
    }));
    const isPending = nodes.some(({ channels }) =>
      channels.some(({ offered, received }) => offered.length + received.length > 0),
    );
    await observe({ label, state: state ?? (isPending ? 'in-flight' : 'settled'), nodes });
  }
}
