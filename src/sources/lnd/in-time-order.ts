/** A long stream of records, mostly in the order of time: what comes too late would be placed one by one. */
import type { Observation } from '../../observation/observation.ts';

/** So many are held to be sorted: a run that fits in memory whatever the file's size. */
const RUN = 5_000;

export async function* inTimeOrder(
  observations: AsyncIterable<Observation>,
): AsyncGenerator<Observation, void, undefined> {
  let run: Observation[] = [];
  for await (const observation of observations) {
    run.push(observation);
    if (run.length < RUN) continue;
    yield* sorted(run);
    run = [];
  }
  yield* sorted(run);
}

/** Equal times keep the order in which they were told. */
function sorted(run: Observation[]): readonly Observation[] {
  return run.sort((a, b) =>
    a.happenedAtNs < b.happenedAtNs ? -1 : a.happenedAtNs > b.happenedAtNs ? 1 : 0,
  );
}
