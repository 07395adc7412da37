/**
 * Observations that broke a rule: kept whole and sealed on the node's stream, tried again on demand.
 * What is missing is a gap; what contradicts comes here (DESIGN §2, principle 3).
 */
import { createHash } from 'node:crypto';
import type { NodeObservation, Observation } from '../observation/observation.ts';
import type { Draft, Violation } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import { OUTSIDE_TEXT_LENGTH, WHOLE_RECORD_LENGTH } from '../schema/fields.ts';
import { timeText } from '../schema/time.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { observationText, readObservation, uncheckedText } from './observation-json.ts';
import { openSealed } from './sealing.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';
import { channelStream, streamOf } from './streams.ts';

/** The event that keeps a refused observation. */
export function quarantined(
  keyring: Keyring,
  observation: Observation,
  violation: Violation,
): Draft {
  const text = keptText(observation);
  // The same fact learned again, by another recorder or on another day, is the same refused fact.
  const told = keptText({ ...observation, recordedAtNs: observation.happenedAtNs });
  return {
    type: 'ObservationQuarantined',
    data: {
      // Keyed like a payment's link: a plain hash of known values would tell the sealed ones.
      observationId: keyring.linkOf(createHash('sha256').update(told).digest('hex')),
      about: cut(aboutOf(observation)),
      type: cut(observation.fact.type),
      rule: violation.rule,
      detail: cut(violation.detail),
      happenedAt: timeText(observation.happenedAtNs),
    },
    secret: { observation: text },
  };
}

/** The stream whose key seals it: a channel's bytes go with their channel, whoever could not read them. */
function aboutOf(observation: Observation): string {
  const { about, fact } = observation;
  if (about !== 'node' || fact.type !== 'RecordUndecoded') return streamOf(observation);
  const { channelId } = fact.data;
  if (typeof channelId !== 'string') return streamOf(observation);
  return channelStream(observation.nodeId, channelId, observation.source);
}

/**
 * As it was told: a retry adds why it is told again, and must be known as the same. What fits no
 * schema is kept unchecked, and of what is too large its beginning and hash: it can be looked at.
 */
function keptText(told: Observation): string {
  const { isRetry, causationId, ...observation } = told;
  const text = checkedText(observation) ?? uncheckedText(observation);
  if (text.length <= WHOLE_RECORD_LENGTH) return text;
  const sha256 = createHash('sha256').update(text).digest('hex');
  return JSON.stringify({ sha256, characters: text.length, beginning: cut(text) });
}

function checkedText(observation: Observation): string | undefined {
  try {
    return observationText(observation);
  } catch (cause) {
    if (cause instanceof SchemaError) return undefined;
    throw cause;
  }
}

const cut = (text: string): string => text.slice(0, OUTSIDE_TEXT_LENGTH);

/** The stream's header facts for an event the ledger itself adds beside an observation. */
export function onNodeStream(observation: Observation, fact: Draft): NodeObservation {
  const { chain, nodeId, source, happenedAtNs, recordedAtNs, evidence, key } = observation;
  return {
    about: 'node',
    chain,
    nodeId,
    source,
    happenedAtNs: recordedAtNs > happenedAtNs ? recordedAtNs : happenedAtNs,
    // Behind all that the node's stream holds: what was released and is refused again stays refused.
    timeBasis: 'recorded',
    recordedAtNs,
    evidence: cut(evidence),
    key: cut(key),
    fact: fact as NodeObservation['fact'],
  };
}

export interface QuarantinedObservation {
  readonly event: LedgerEvent;
  readonly observationId: string;
  readonly rule: string;
  /** Undefined where the key is gone or it fits no schema: it cannot be tried again. */
  readonly observation: Observation | undefined;
}

/** What is in quarantine now, oldest first. */
export function openQuarantine(
  store: LocalStore,
  keyring: Keyring,
): readonly QuarantinedObservation[] {
  const open = new Map<string, { readonly event: LedgerEvent; readonly rule: string }>();
  for (const stored of store.markedEvents(['ObservationQuarantined', 'QuarantineReleased'])) {
    const event = decodeEvent(stored);
    const { fact } = event;
    if (fact?.type === 'ObservationQuarantined') {
      open.set(fact.data.observationId, { event, rule: fact.data.rule });
    }
    if (fact?.type === 'QuarantineReleased') open.delete(fact.data.observationId);
  }
  return [...open].map(([observationId, { event, rule }]) => {
    return { observationId, event, rule, observation: unsealed(keyring, event) };
  });
}

function unsealed(keyring: Keyring, event: LedgerEvent): Observation | undefined {
  if (event.sealed === undefined) return undefined;
  const opened = openSealed(keyring, event, event.sealed);
  if (opened.state !== 'open') return undefined;
  const { observation } = JSON.parse(opened.text) as { observation: string };
  try {
    return readObservation(JSON.parse(observation));
  } catch (cause) {
    if (cause instanceof SchemaError) return undefined;
    throw cause;
  }
}
