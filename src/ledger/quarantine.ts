/**
 * Observations that broke a rule: kept whole and sealed on the node's stream, tried again on demand.
 * What is missing is a gap; what contradicts comes here (DESIGN §2, principle 3).
 */
import { createHash } from 'node:crypto';
import type { NodeObservation, Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import { timeText } from '../schema/time.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { observationText, parseObservation } from './observation-json.ts';
import { openSealed } from './sealing.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';
import { streamOf } from './streams.ts';

/** The event that keeps a refused observation. */
export function quarantined(
  keyring: Keyring,
  observation: Observation,
  violation: Violation,
): Draft {
  const text = observationText(observation);
  return {
    type: 'ObservationQuarantined',
    data: {
      // Keyed like a payment's link: a plain hash of known values would tell the sealed ones.
      observationId: keyring.linkOf(createHash('sha256').update(text).digest('hex')),
      about: streamOf(observation),
      type: observation.fact.type,
      rule: violation.rule,
      detail: violation.detail,
      happenedAt: timeText(observation.happenedAtNs),
    },
    secret: { observation: text },
  };
}

/** The stream's header facts for an event the ledger itself adds beside an observation. */
export function onNodeStream(observation: Observation, fact: Draft): NodeObservation {
  const { chain, nodeId, source, happenedAtNs, timeBasis, recordedAtNs, evidence, key } =
    observation;
  return {
    about: 'node',
    chain,
    nodeId,
    source,
    happenedAtNs: recordedAtNs > happenedAtNs ? recordedAtNs : happenedAtNs,
    timeBasis: timeBasis === 'recorded' ? 'recorded' : 'source',
    recordedAtNs,
    evidence,
    key,
    fact: fact as NodeObservation['fact'],
  };
}

export interface QuarantinedObservation {
  readonly event: LedgerEvent;
  readonly observationId: string;
  /** Undefined where the key is gone: it cannot be tried again. */
  readonly observation: Observation | undefined;
}

/** What is in quarantine now, oldest first. */
export function openQuarantine(
  store: LocalStore,
  keyring: Keyring,
): readonly QuarantinedObservation[] {
  const open = new Map<string, LedgerEvent>();
  for (const stored of store.markedEvents(['ObservationQuarantined', 'QuarantineReleased'])) {
    const event = decodeEvent(stored);
    const { fact } = event;
    if (fact?.type === 'ObservationQuarantined') open.set(fact.data.observationId, event);
    if (fact?.type === 'QuarantineReleased') open.delete(fact.data.observationId);
  }
  return [...open].map(([observationId, event]) => {
    return { observationId, event, observation: unsealed(keyring, event) };
  });
}

function unsealed(keyring: Keyring, event: LedgerEvent): Observation | undefined {
  if (event.sealed === undefined) return undefined;
  const opened = openSealed(keyring, event, event.sealed);
  if (opened.state !== 'open') return undefined;
  const { observation } = JSON.parse(opened.text) as { observation: string };
  return parseObservation(JSON.parse(observation));
}
