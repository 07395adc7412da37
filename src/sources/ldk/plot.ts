/** What the demo's plot is asked for, and what it tells beside the taps. */
import type { NodeId } from '../../lightning/ids.ts';
import type { ChannelSnapshot } from './channel-snapshot.ts';
import type { NetworkOptions, SimulatedNetwork } from './network.ts';

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
