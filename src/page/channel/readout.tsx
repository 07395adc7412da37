/** What the balance was at one place of the chart: under the pointer, at the keys' place, or at the moment shown. */
import type { ReadonlySignal } from '@preact/signals';
import type { Balance } from '../api/json.ts';
import { exactTime, msatAsSat, UNKNOWN } from '../format.ts';

/** A balance as it is read: it holds from its time until the next. */
export interface Reading {
  readonly at: string;
  readonly local: string;
  readonly flight: string;
  readonly remote: string;
}

/** What is in neither balance is in flight: where the capacity of that time is not known, nor is that. */
export function readingOf(point: Balance): Reading {
  const { at, localBalanceMsat, remoteBalanceMsat, capacitySat } = point;
  const flight =
    capacitySat === undefined
      ? undefined
      : BigInt(capacitySat) * 1000n - BigInt(localBalanceMsat) - BigInt(remoteBalanceMsat);
  return {
    at: `${exactTime(at)} UTC`,
    local: msatAsSat(localBalanceMsat),
    flight: flight === undefined || flight < 0n ? UNKNOWN : msatAsSat(flight.toString()),
    remote: msatAsSat(remoteBalanceMsat),
  };
}

export function readingText({ at, local, flight, remote }: Reading): string {
  return `since ${at}: local ${local} sat, in flight ${flight} sat, remote ${remote} sat`;
}

/** The last that is not after this time, the first where all are: -1 where there is none. */
export function pointAt(points: readonly Balance[], time: string | undefined): number {
  if (time === undefined) return points.length - 1;
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.at ?? '') <= time) low = middle + 1;
    else high = middle;
  }
  return Math.min(points.length - 1, Math.max(0, low - 1));
}

interface ReadoutProps {
  readonly points: readonly Balance[];
  readonly place: ReadonlySignal<number | undefined>;
  /** The time that is shown; undefined is now. */
  readonly shown: string | undefined;
  /** When the last balance ended with its channel. */
  readonly endedAt: string | undefined;
}

export function Readout({ points, place, shown, endedAt }: ReadoutProps) {
  const point = points[place.value ?? pointAt(points, shown)];
  if (point === undefined) return null;
  const reading = readingOf(point);
  const isOfShown = place.value === undefined;
  const isEnded = isOfShown && endedAt !== undefined && (shown === undefined || shown >= endedAt);
  return (
    <p class="readout" data-at={point.at} data-read={isOfShown ? 'shown' : 'place'}>
      {isEnded && <span>Last balance before the close:</span>}
      {(['local', 'flight', 'remote'] as const).map((kind) => (
        <span key={kind}>
          <span class={`swatch ${kind}`} aria-hidden="true" />
          {kind === 'flight' ? 'in flight' : kind} <b data-reading={kind}>{reading[kind]}</b>
        </span>
      ))}
      <span class="soft">sat since {reading.at}</span>
    </p>
  );
}
