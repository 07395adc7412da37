/** What a teller of somebody's own says long after the demo. */
import type { Observation } from '../../src/observation/observation.ts';
import { mine } from '../cli/observation-lines.ts';

export const told = (fact: object, about: object, evidence = 'a row'): Observation =>
  ({
    ...mine(1_800_000_000_000_000_000n, evidence, JSON.stringify(fact)),
    ...about,
    fact,
  }) as Observation;
