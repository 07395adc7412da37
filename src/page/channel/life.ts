/** A channel's life as the chart and the slider need it: its span of time, and what marks it. Pure. */
import { timeNsOf, timeText } from '../../schema/time.ts';
import type { Balance, Channel, Entry } from '../api/json.ts';
import type { LifeAxis } from './life-axis.ts';

/** In nanoseconds since 1970. */
export interface TimeSpan {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface Connection {
  readonly at: string;
  readonly isConnected: boolean;
  readonly why?: string;
  readonly eventId: string;
}

export interface Mark {
  readonly at: string;
  readonly kind: 'open' | 'close' | 'other';
  readonly label: string;
  readonly eventId: string;
}

/** Steps of a slider over the whole life. */
export const STEPS = 2000;

/** From the first event to the last; undefined where nothing is known yet. */
export function spanOf(first: Entry | undefined, now: Channel | undefined): TimeSpan | undefined {
  if (first === undefined || now?.lastEventAt === undefined) return undefined;
  const startNs = timeNsOf(first.at);
  const endNs = timeNsOf(now.lastEventAt);
  return endNs > startNs ? { startNs, endNs } : undefined;
}

/** The next nanosecond: from there on everything is later. */
export function after(time: string): string {
  return timeText(timeNsOf(time) + 1n);
}

const LABELS: Readonly<Record<string, readonly [kind: Mark['kind'], label: string]>> = {
  ChannelOpened: ['open', 'opened'],
  ChannelAdopted: ['open', 'met by the recorder'],
  ChannelReady: ['open', 'ready'],
  FundingReplaced: ['other', 'funding replaced'],
  RecordingGap: ['other', 'gap in the record'],
  ShutdownStarted: ['close', 'cooperative close asked for'],
  CloseStarted: ['close', 'given up'],
  ChannelClosed: ['close', 'closed'],
  CloseUnconfirmed: ['other', 'close undone by a reorganisation'],
  ChannelFullyResolved: ['close', 'resolved'],
};

const GAP = 'RecordingGap';

/** The types of events that are marks, but for the gaps: every start of a recorder may leave one. */
export const markTypes = Object.keys(LABELS)
  .filter((type) => type !== GAP)
  .join(',');
export const gapType = GAP;

/** The marks, and what else happens to a channel on chain on its way there and back again. */
export const openingAndClosing = [
  ...Object.keys(LABELS),
  'FundingConfirmed',
  'FundingUnconfirmed',
  'FundingCandidateAdded',
  'FundingCandidateDropped',
  'TransactionBroadcast',
  'OutputResolved',
  'OutputUnconfirmed',
  'ChannelPurged',
].join(',');

export function marksOf(entries: readonly Entry[]): readonly Mark[] {
  return entries.flatMap(({ at, type, eventId }) => {
    const [kind, label] = LABELS[type] ?? [];
    return kind === undefined || label === undefined ? [] : [{ at, kind, label, eventId }];
  });
}

/** What uPlot draws: the place, local, capacity less remote, capacity; in satoshi. */
export type Curves = [number[], number[], number[], number[]];

/**
 * Between local and the capacity of its time less remote lies what is in flight. Where that capacity is not
 * told, the greatest sum that was is as much of it as is known. Every balance holds until the next, and the last
 * one until it ended: with the close.
 */
export function curvesOf(
  points: readonly Balance[],
  { xOf, to }: Pick<LifeAxis, 'xOf' | 'to'>,
  endedAt?: string,
): Curves {
  const untold = greatestUntoldSat(points);
  const curves: Curves = [[], [], [], []];
  const add = (x: number, { localBalanceMsat, remoteBalanceMsat, capacitySat }: Balance) => {
    const most = capacitySat === undefined ? untold : Number(capacitySat);
    const local = Number(localBalanceMsat) / 1000;
    curves[0].push(x);
    curves[1].push(local);
    curves[2].push(Math.max(local, most - Number(remoteBalanceMsat) / 1000));
    curves[3].push(most);
  };
  for (const point of points) add(xOf(point.at), point);
  const last = points.at(-1);
  const end = endedAt === undefined ? to : Math.min(to, xOf(endedAt));
  if (last !== undefined && end > xOf(last.at)) add(end, last);
  return curves;
}

/** Of the points whose capacity nobody told. */
function greatestUntoldSat(points: readonly Balance[]): number {
  return points.reduce((most, { localBalanceMsat, remoteBalanceMsat, capacitySat }) => {
    if (capacitySat !== undefined) return most;
    return Math.max(most, (Number(localBalanceMsat) + Number(remoteBalanceMsat)) / 1000);
  }, 0);
}
