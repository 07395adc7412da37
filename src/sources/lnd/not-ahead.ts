/**
 * No record is later than its reading. One that is dated so by a clock ahead of this one would stand at the
 * import's own time, elsewhere at each import, and be told twice: it waits until its time has come.
 */
import type { Observation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';

const WHY = 'their time is ahead of this clock: import them again once it has passed';

export async function* notAhead(
  observations: AsyncIterable<Observation>,
  nowNs: bigint,
  tally: Tally,
): AsyncGenerator<Observation, void, undefined> {
  for await (const observation of observations) {
    if (isAhead(observation, nowNs)) tally.unread('facts', WHY);
    else yield observation;
  }
}

/** A policy's timestamp is its signer's choice, and names it: there it is no time of the node's. */
function isAhead(observation: Observation, nowNs: bigint): boolean {
  const { timeBasis, happenedAtNs, notBeforeNs = 0n, fact } = observation;
  const earliestNs = timeBasis === 'source' ? happenedAtNs : notBeforeNs;
  return earliestNs > nowNs && fact.type !== 'FeePolicyChanged';
}
