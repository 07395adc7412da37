/**
 * What an observation needs before the ledger can do anything with it, its quarantine included: names
 * that make a stream, times that can be stored, a fact with a type. A program of somebody else's may
 * hand in what its types do not allow.
 */
import type { Observation } from '../observation/observation.ts';
import { SchemaError } from '../schema/codec.ts';
import { AFTER_LAST_NS } from '../schema/time.ts';

const CHAIN = /^[a-z0-9]{1,32}$/;
const SOURCE = /^[a-z0-9-]{1,64}$/;
const NODE_ID = /^0[23][0-9a-f]{64}$/;
const CHANNEL_ID = /^[0-9a-f]{64}$/;
const SHORT_CHANNEL_ID = /^[0-9]{1,8}x[0-9]{1,8}x[0-9]{1,5}$/;

const A_NODE_KEY = 'a compressed public key, 66 lower-case hex digits';

/**
 * Throws a SchemaError that names the observation, counted from 0, and its field. Such a one cannot even
 * be kept in quarantine: that is a stream too.
 */
export function assertFramed(observation: Observation, index: number): void {
  const problem = problemOf(observation);
  if (problem === undefined) return;
  throw new SchemaError(`observation ${index} cannot be recorded: ${problem}`);
}

function problemOf(observation: Observation): string | undefined {
  if (typeof observation !== 'object' || observation === null) return 'it is no object';
  const { chain, nodeId, source, happenedAtNs, recordedAtNs, evidence, key, fact } = observation;
  if (!matches(CHAIN, chain)) return 'chain: a name of a-z and 0-9 such as "bitcoin" belongs here';
  if (!matches(NODE_ID, nodeId)) return `nodeId: ${A_NODE_KEY}, belongs here`;
  if (!matches(SOURCE, source)) return 'source: a name of a-z, 0-9 and hyphens belongs here';
  if (!isTime(happenedAtNs)) return `happenedAtNs: ${A_TIME}`;
  if (!isTime(recordedAtNs)) return `recordedAtNs: ${A_TIME}`;
  if (typeof evidence !== 'string') return 'evidence: a text belongs here';
  if (typeof key !== 'string') return 'key: a text belongs here';
  if (typeof fact?.type !== 'string') return 'fact: it has no type';
  if (typeof fact.data !== 'object' || fact.data === null) return 'fact: it has no data';
  return subjectProblem(observation);
}

function subjectProblem(observation: Observation): string | undefined {
  switch (observation.about) {
    case 'channel':
      if (matches(CHANNEL_ID, observation.channelId)) return undefined;
      return 'channelId: 64 lower-case hex digits belong here';
    case 'peer':
      return matches(NODE_ID, observation.peerId)
        ? undefined
        : `peerId: ${A_NODE_KEY}, belongs here`;
    case 'node':
      return undefined;
    case 'gossip':
      if (matches(SHORT_CHANNEL_ID, observation.shortChannelId)) return undefined;
      return 'shortChannelId: a name such as "800000x12x0" belongs here';
    default:
      return 'about: "channel", "peer", "node" or "gossip" belongs here';
  }
}

const A_TIME = 'nanoseconds since 1970 as a bigint belong here';

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'bigint' && value >= 0n && value < AFTER_LAST_NS;
}
