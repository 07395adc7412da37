/**
 * Facts that belong before what a stream knows: told again by an import, or told late. Whether a fact
 * is known is asked of the whole stream, whether it fits of the state at its place, and what was
 * recorded before must still hold after it (DESIGN §4, logical order).
 */
import type { Observation } from '../observation/observation.ts';
import type { Violation } from '../schema/aggregate.ts';
import type { LateOutcome } from './decided.ts';
import { LatePass, type Slots } from './late-pass.ts';
import type { RecordedStream } from './recorded-stream.ts';
import { isTimed, type StreamWriter } from './stream-writer.ts';

/**
 * Places the observations among what is recorded of the stream, all of it in logical order. The writer's state
 * becomes that of the whole stream with what was accepted. The outcomes are in the observations' order.
 */
export function placeLate(
  recorded: RecordedStream,
  writer: StreamWriter,
  observations: readonly Observation[],
): readonly LateOutcome[] {
  const slots = slotsOf(recorded, observations);
  const refused = new Map<number, Violation>();
  /** Recorded events that break a rule without any late fact. */
  const excused = new Set<number>();
  for (;;) {
    const pass = new LatePass(writer, recorded, { slots, refused, excused });
    const broken = pass.run();
    if (broken === undefined) {
      writer.state = pass.state;
      return pass.outcomes;
    }
    if (isBrokenAlone(writer, recorded, broken.index)) {
      excused.add(broken.index);
      continue;
    }
    const breaks = (count: number) => {
      const others = new Map(refused);
      for (const slot of pass.accepted.slice(count)) others.set(slot, broken.violation);
      const until = { slots, refused: others, excused, end: broken.index + 1 };
      return new LatePass(writer, recorded, until).run() !== undefined;
    };
    const culprit = pass.accepted[fewestThatBreak(pass.accepted.length, breaks) - 1];
    if (culprit === undefined) excused.add(broken.index);
    else refused.set(culprit, broken.violation);
  }
}

/** How many of the first slots it takes to break what follows, where all together do; by halving. */
function fewestThatBreak(count: number, breaks: (count: number) => boolean): number {
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (breaks(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** True when the recorded event breaks a rule without any fact told late. */
function isBrokenAlone(
  { aggregate }: StreamWriter,
  recorded: RecordedStream,
  place: number,
): boolean {
  const [event] = recorded.from(place).take(1);
  if (event?.fact === undefined) return false;
  return aggregate.check(recorded.stateBefore(place), event.fact) !== undefined;
}

/** In the order of their places. */
function slotsOf(recorded: RecordedStream, observations: readonly Observation[]): Slots {
  const late = observations
    .map((observation, index) => ({ observation, index, atNs: placeOf(observation, recorded) }))
    .sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : a.index - b.index));
  return Map.groupBy(late, ({ atNs }) => recorded.placeAt(atNs));
}

/**
 * A live recorder has no better time than its clock: such a fact comes after everything known, what
 * another process wrote meanwhile included.
 */
function placeOf(observation: Observation, recorded: RecordedStream): bigint {
  if (isTimed(observation)) return observation.happenedAtNs;
  return (recorded.timeNsAt(-1) ?? -1n) + 1n;
}
