/**
 * The demo's plot: three nodes to which everything happens that happens to channels. It only drives the
 * nodes; what is recorded comes from their taps.
 */
import type { NodeId } from '../../lightning/ids.ts';
import { accidentActs } from './acts/accidents.ts';
import { closingActs } from './acts/closing.ts';
import { openingActs } from './acts/opening.ts';
import { payingActs } from './acts/paying.ts';
import type { Act } from './acts/stage.ts';
import { Stage } from './acts/stage.ts';
import type { ChannelSnapshot } from './channel-snapshot.ts';
import type { NetworkOptions } from './network.ts';
import { SimulatedNetwork } from './network.ts';

export interface ScenarioStep {
  readonly title: string;
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

/** LDK's own account of every channel of every node at one moment. */
export interface QuietPoint {
  readonly label: string;
  /**
   * `settled`: nothing pending. `in-flight`: all messages delivered, HTLCs pending. `mid-update`: messages on
   * the way, so the two ends differ.
   */
  readonly state: 'settled' | 'in-flight' | 'mid-update';
  readonly nodes: readonly QuietNode[];
}

export interface QuietNode {
  readonly name: string;
  readonly id: NodeId;
  readonly channels: readonly ChannelSnapshot[];
}

export interface ScenarioOptions extends NetworkOptions {
  /** How many payments to try in all; the plot itself needs about 30. */
  readonly payments?: number;
  /** Channels of the type anchors_zero_fee_htlc_tx. */
  readonly anchors?: boolean;
  readonly onStep?: (step: ScenarioStep) => void;
  readonly onQuiet?: (point: QuietPoint) => void | Promise<void>;
}

export interface ScenarioResult {
  readonly network: SimulatedNetwork;
  /** Payments that were tried, routed or not. */
  readonly payments: number;
}

export const DEFAULT_PAYMENTS = 200;

/** Plays the whole plot, one step a turn; the value returned is the network at its end. */
export async function* scenario(
  options: ScenarioOptions,
): AsyncGenerator<ScenarioStep, ScenarioResult> {
  const network = await SimulatedNetwork.create(options);
  const stage = new Stage(network, options);
  const acts: readonly Act[] = [...openingActs, ...payingActs, ...accidentActs, ...closingActs];
  for (const [index, act] of acts.entries()) {
    const step = { title: act.title, number: index + 1, count: acts.length };
    options.onStep?.(step);
    yield step;
    await act.play(stage);
    await stage.quiet(`after ${act.title}`);
  }
  return { network, payments: stage.paymentsTried };
}

/** Plays the whole plot without stopping. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const plot = scenario(options);
  for (;;) {
    const turn = await plot.next();
    if (turn.done === true) return turn.value;
  }
}
