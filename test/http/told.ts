/** What a teller of somebody's own says long after the demo. */
import type { Observation } from '../../src/observation/observation.ts';
import { alice } from '../cli/views.ts';

export const told = (fact: object, about: object, evidence = 'a row'): Observation =>
  ({
    chain: 'regtest',
    nodeId: alice,
    source: 'mine',
    happenedAtNs: 1_800_000_000_000_000_000n,
    timeBasis: 'source',
    recordedAtNs: 1_800_000_000_000_000_000n,
    evidence,
    key: JSON.stringify(fact),
    ...about,
    fact,
  }) as Observation;
