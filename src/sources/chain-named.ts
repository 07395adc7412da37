/**
 * Channels are recorded under their node, and only what is told of the node itself names its chain. Records
 * of channels alone would leave it untold, and nobody could later say which chain they are of.
 */
import type { NodeObservation, Observation } from '../observation/observation.ts';
import type { Known } from './known.ts';

/**
 * The observations as they are, and after them a `ChainNamed` for every node of which channels were told and
 * nothing of the node itself, neither here nor by what the ledger knows already.
 */
export async function* withChainNamed(
  observations: AsyncIterable<Observation>,
  known: Known | undefined,
): AsyncGenerator<Observation, void, undefined> {
  const named = new Set<string>();
  for (const { nodeId, chain } of known?.nodes ?? []) {
    if (chain !== undefined) named.add(nodeId);
  }
  const unnamed = new Map<string, Observation>();
  for await (const observation of observations) {
    const { about, nodeId } = observation;
    if (about === 'node') named.add(nodeId);
    else if (about === 'channel' && !unnamed.has(nodeId)) unnamed.set(nodeId, observation);
    yield observation;
  }
  for (const [nodeId, first] of unnamed) {
    if (!named.has(nodeId)) yield chainNamed(first);
  }
}

/** As of the first that was told of it: with no time of its own. */
function chainNamed(first: Observation): NodeObservation {
  const { chain, nodeId, source, happenedAtNs, timeBasis, notBeforeNs, notAfterNs } = first;
  return {
    about: 'node',
    chain,
    nodeId,
    source,
    happenedAtNs,
    timeBasis,
    ...(notBeforeNs !== undefined && { notBeforeNs }),
    ...(notAfterNs !== undefined && { notAfterNs }),
    recordedAtNs: first.recordedAtNs,
    evidence: first.evidence,
    key: 'chain',
    fact: { type: 'ChainNamed', data: {} },
  };
}
