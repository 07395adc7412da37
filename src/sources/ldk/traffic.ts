/**
 * The demo's network going on until it is stopped: payments now and then, a block now and then, fees that
 * change. It can go on later, in another process, from what it saved.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { NodeId } from '../../lightning/ids.ts';
import { openingActs } from './acts/opening.ts';
import { Stage } from './acts/stage.ts';
import { setFees } from './channel-actions.ts';
import { lockDirectory } from './directory-lock.ts';
import { SimulatedNetwork } from './network.ts';
import { NetworkStore } from './saved-network.ts';
import type { TapRecord } from './taps.ts';

export interface TrafficOptions {
  /** Where the network is kept between runs. */
  readonly stateDirectory: string;
  /** Ends it, at the next quiet point. */
  readonly signal: AbortSignal;
  /** For a network that is not there yet: fixes its keys and the clock. */
  readonly seed?: string;
  /** Between two bursts of payments. */
  readonly everyMs?: number;
  readonly pause?: () => Promise<void>;
}

export interface Traffic {
  readonly nodes: readonly { readonly id: NodeId; readonly name: string }[];
  /**
   * What the taps told between two quiet points, handed out only when that state is saved: after a crash the
   * network never goes back behind what was told.
   */
  batches(): AsyncGenerator<readonly TapRecord[]>;
}

const DEFAULT_EVERY_MS = 3_000;
const OPEN_CHANNELS = ['alice-bob', 'bob-carol', 'carol-alice'] as const;
/** How many bursts of payments come between two of these. */
const BURSTS_PER_BLOCK = 20;
const BURSTS_PER_FEE_CHANGE = 30;
const BURSTS_PER_FEERATE_CHANGE = 40;
/** LDK forgets a payment, some kilobytes, seven ticks after it ended: this bounds its memory. */
const BURSTS_PER_TIMER_TICK = 4;

/** Starts the network, new or where it stopped, and returns when its nodes are running. */
export async function openTraffic(options: TrafficOptions): Promise<Traffic> {
  const { stateDirectory, seed, pause } = options;
  let heard: TapRecord[] = [];
  const networkOptions = {
    sink: (record: TapRecord) => heard.push(record),
    ...(seed !== undefined && { seed }),
    ...(pause !== undefined && { pause }),
  };
  const release = await lockDirectory(stateDirectory);
  const store = new NetworkStore(stateDirectory);
  const saved = await store.load(networkOptions).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const network = saved ?? (await SimulatedNetwork.create(networkOptions));
  const stage = new Stage(network, networkOptions);
  const [starting, ...opening] = openingActs;
  if (saved === undefined) await starting?.play(stage);
  const flushed = async () => {
    await store.save(network);
    const told = heard;
    heard = [];
    return told;
  };
  return {
    nodes: network.nodes.map(({ id, name }) => ({ id, name })),
    async *batches() {
      try {
        if (saved === undefined) for (const act of opening) await act.play(stage);
        else await reconnect(stage);
        yield await flushed();
        for (let burst = 1; !options.signal.aborted; burst++) {
          await playBurst(stage, burst);
          yield await flushed();
          const everyMs = options.everyMs ?? DEFAULT_EVERY_MS;
          // An abort ends the waiting early, which is no error.
          await wait(everyMs, undefined, { signal: options.signal }).catch(() => undefined);
        }
      } finally {
        await release();
      }
    },
  };
}

async function reconnect({ network, alice, bob, carol }: Stage): Promise<void> {
  await network.connectIfNeeded(alice, bob);
  await network.connectIfNeeded(bob, carol);
  await network.connectIfNeeded(carol, alice);
}

async function playBurst(stage: Stage, burst: number): Promise<void> {
  const { network } = stage;
  const { randomness } = network;
  await reconnect(stage);
  await stage.payAround(randomness.between(1, 4), OPEN_CHANNELS);
  if (burst % BURSTS_PER_FEE_CHANGE === 0) {
    const node = randomness.pick(network.nodes);
    setFees(node, randomness.pick(node.channels()), {
      feeBaseMsat: randomness.between(0, 3_000),
      feeProportionalMillionths: randomness.between(0, 1_000),
    });
    await network.settle();
  }
  if (burst % BURSTS_PER_FEERATE_CHANGE === 0) {
    network.feeMarket.set(randomness.between(253, 1_500));
  }
  if (burst % BURSTS_PER_TIMER_TICK === 0) {
    for (const node of network.nodes) node.manager.timer_tick_occurred();
    await network.settle();
  }
  if (burst % BURSTS_PER_BLOCK === 0) await network.mine(1);
}
