/** Observations as JSON: one a line for `import observations`, and whole in quarantine. */
import type { TObject } from 'typebox';
import Type from 'typebox';
import { channelEvents } from '../channel/events.ts';
import {
  BalanceSeen,
  ChannelContext,
  ChannelOpenedSeen,
  CommitmentSeen,
} from '../channel/observations.ts';
import { RecordUndecoded, UndecodedBytes } from '../node/observations.ts';
import type { Observation } from '../observation/observation.ts';
import { type Codec, codecOf, SchemaError } from '../schema/codec.ts';
import type { EventTable } from '../schema/event-definition.ts';
import {
  ChannelIdField,
  Count,
  Hex,
  Maybe,
  NodeIdField,
  OutsideText,
  ShortChannelIdField,
  Time,
} from '../schema/fields.ts';
import { TimeBasis } from '../schema/metadata.ts';
import { timeNsOf, timeText } from '../schema/time.ts';
import { eventTables } from './streams.ts';

/** What every observation says of itself, before its `type` and `data`. */
export const headerFields = {
  chain: Type.String({ pattern: '^[a-z0-9]+$' }),
  nodeId: NodeIdField,
  source: Type.String({ pattern: '^[a-z0-9-]+$' }),
  happenedAt: Time,
  timeBasis: TimeBasis,
  notBefore: Maybe(Time),
  notAfter: Maybe(Time),
  blockHeight: Maybe(Count),
  recordedAt: Time,
  evidence: OutsideText,
  key: OutsideText,
  causationId: Maybe(OutsideText),
  correlationId: Maybe(OutsideText),
};

/** What it says beside that, by what it is about; the fact itself has its own type's schema. */
export const aboutFields = {
  channel: { channelId: ChannelIdField, context: Maybe(ChannelContext) },
  peer: { peerId: NodeIdField },
  node: { paymentHash: Maybe(Hex(32)) },
  gossip: { shortChannelId: ShortChannelIdField, badSignature: Maybe(OutsideText) },
} as const;

export type About = keyof typeof aboutFields;

/** Of a type that nobody knows. */
const MOST_QUOTED = 40;

interface FactFields {
  readonly data: TObject;
  readonly secret?: TObject | undefined;
}

/** Told otherwise than the event of the same name, or without one. */
const ownFacts: Readonly<Partial<Record<About, Readonly<Record<string, FactFields>>>>> = {
  channel: {
    ChannelOpened: { data: ChannelOpenedSeen, secret: channelEvents.ChannelOpened.sealed },
    CommitmentSeen: { data: CommitmentSeen },
    BalanceSeen: { data: BalanceSeen },
  },
  node: { RecordUndecoded: { data: RecordUndecoded, secret: UndecodedBytes } },
};
/** Made by the ledger alone. */
const notToldBySources = new Set([
  'ChannelAdopted',
  'CommitmentUpdated',
  'BalanceObserved',
  'ObservationQuarantined',
  'QuarantineReleased',
]);

const codecs = new Map<string, Codec<object>>();

function codecFor(about: About, type: string): Codec<object> {
  const name = `${about}/${type}`;
  const made = codecs.get(name) ?? makeCodec(about, type);
  codecs.set(name, made);
  return made;
}

function makeCodec(about: About, type: string): Codec<object> {
  const fact = factFields(about, type);
  if (fact === undefined) {
    const known = observedTypes(about).join(', ');
    throw new SchemaError(
      `type: "${type.slice(0, MOST_QUOTED)}" is no observation about a ${about}: there are ${known}`,
    );
  }
  const { data } = fact;
  const secret = fact.secret === undefined ? {} : { secret: Maybe(fact.secret) };
  const schema = Type.Object(
    {
      about: Type.Literal(about),
      ...headerFields,
      ...aboutFields[about],
      type: Type.Literal(type),
      data,
      ...secret,
    },
    { additionalProperties: false },
  );
  return codecOf('observation', schema);
}

/** The fields of a fact's `data` and `secret`; undefined where no source tells such a fact. */
export function factFields(about: About, type: string): FactFields | undefined {
  const own = ownFacts[about] ?? {};
  if (Object.hasOwn(own, type)) return own[type];
  const table: EventTable = eventTables[about];
  const definition = Object.hasOwn(table, type) ? table[type] : undefined;
  if (definition === undefined || notToldBySources.has(type)) return undefined;
  return { data: definition.plain, secret: definition.sealed };
}

/** The types of facts that a source may tell. */
export function observedTypes(about: About): readonly string[] {
  const direct = Object.keys(eventTables[about]).filter((type) => !notToldBySources.has(type));
  return [...new Set([...direct, ...Object.keys(ownFacts[about] ?? {})])];
}

/**
 * Checks and reads one observation; throws a SchemaError that names the field. One that took effect
 * after it was learned is a mistake of the program that tells it, and is told to it here: a recorder
 * that listens to a node, whose clocks it cannot set, moves the first time back to the second.
 */
export function parseObservation(json: unknown): Observation {
  const observation = readObservation(json);
  const { happenedAtNs, recordedAtNs } = observation;
  if (happenedAtNs <= recordedAtNs) return observation;
  throw new SchemaError(
    `observation: recordedAt ${timeText(recordedAtNs)} is earlier than happenedAt ` +
      `${timeText(happenedAtNs)}: nothing is learned before it happened`,
  );
}

/** The same for what this ledger wrote itself, of whatever source. */
export function readObservation(json: unknown): Observation {
  const { about, type } = (typeof json === 'object' && json !== null ? json : {}) as {
    about?: unknown;
    type?: unknown;
  };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SchemaError('an observation is a JSON object');
  }
  if (typeof about !== 'string' || !Object.hasOwn(aboutFields, about)) {
    throw new SchemaError('about: an observation is about a channel, peer, node or gossip');
  }
  if (typeof type !== 'string') {
    throw new SchemaError('type: an observation names the type of its fact, as a text');
  }
  const flat = codecFor(about as About, type).parse(json) as Record<string, unknown>;
  const { data, secret, type: _, happenedAt, recordedAt, notBefore, notAfter, ...rest } = flat;
  return {
    ...rest,
    happenedAtNs: timeOf('happenedAt', String(happenedAt)),
    recordedAtNs: timeOf('recordedAt', String(recordedAt)),
    ...(typeof notBefore === 'string' && { notBeforeNs: timeOf('notBefore', notBefore) }),
    ...(typeof notAfter === 'string' && { notAfterNs: timeOf('notAfter', notAfter) }),
    fact: { type, data, ...(secret !== undefined && { secret }) },
  } as Observation;
}

/** The form was checked; that there is such a day was not. */
function timeOf(field: string, text: string): bigint {
  try {
    return timeNsOf(text);
  } catch {
    throw new SchemaError(`observation: ${field} is no time that there is`);
  }
}

/** The JSON text that `parseObservation` reads back. It holds the observation's secrets. */
export function observationText(observation: Observation): string {
  return codecFor(observation.about, observation.fact.type).encode(flatOf(observation));
}

/** The same fields unchecked: for an observation that fits no schema, to be looked at by people. */
export function uncheckedText(observation: Observation): string {
  return JSON.stringify(flatOf(observation), (_, value) => {
    return typeof value === 'bigint' ? String(value) : value;
  });
}

function flatOf(observation: Observation): object {
  const { fact, happenedAtNs, recordedAtNs, notBeforeNs, notAfterNs, ...rest } = observation;
  return {
    ...rest,
    ...fact,
    happenedAt: timeText(happenedAtNs),
    recordedAt: timeText(recordedAtNs),
    ...(notBeforeNs !== undefined && { notBefore: timeText(notBeforeNs) }),
    ...(notAfterNs !== undefined && { notAfter: timeText(notAfterNs) }),
  };
}
