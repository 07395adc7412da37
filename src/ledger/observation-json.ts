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

const header = {
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

/** Strict per `about`; the fact itself is checked by its own type's schema. */
const shapes = {
  channel: { channelId: ChannelIdField, context: Maybe(ChannelContext) },
  peer: { peerId: NodeIdField },
  node: { paymentHash: Maybe(Hex(32)) },
  gossip: { shortChannelId: ShortChannelIdField },
} as const;

type About = keyof typeof shapes;

const factSchemas: Readonly<Record<string, TObject>> = {
  ChannelOpened: ChannelOpenedSeen,
  CommitmentSeen,
  BalanceSeen,
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
  const table: EventTable = eventTables[about];
  const definition = table[type];
  const data = (about === 'channel' ? factSchemas[type] : undefined) ?? definition?.plain;
  if (data === undefined || notToldBySources.has(type)) {
    throw new SchemaError(`type: "${type}" is no observation about a ${about}`);
  }
  const secret = definition?.sealed === undefined ? {} : { secret: Maybe(definition.sealed) };
  const schema = Type.Object(
    {
      about: Type.Literal(about),
      ...header,
      ...shapes[about],
      type: Type.Literal(type),
      data,
      ...secret,
    },
    { additionalProperties: false },
  );
  return codecOf('observation', schema);
}

/** Checks and reads one observation; throws a SchemaError that names the field. */
export function parseObservation(json: unknown): Observation {
  const { about, type } = (typeof json === 'object' && json !== null ? json : {}) as {
    about?: unknown;
    type?: unknown;
  };
  if (typeof about !== 'string' || !(about in shapes) || typeof type !== 'string') {
    throw new SchemaError(
      'about: an observation is about a channel, peer, node or gossip, and has a type',
    );
  }
  const flat = codecFor(about as About, type).parse(json) as Record<string, unknown>;
  const { data, secret, type: _, happenedAt, recordedAt, notBefore, notAfter, ...rest } = flat;
  return {
    ...rest,
    happenedAtNs: timeNsOf(String(happenedAt)),
    recordedAtNs: timeNsOf(String(recordedAt)),
    ...(typeof notBefore === 'string' && { notBeforeNs: timeNsOf(notBefore) }),
    ...(typeof notAfter === 'string' && { notAfterNs: timeNsOf(notAfter) }),
    fact: { type, data, ...(secret !== undefined && { secret }) },
  } as Observation;
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

/** Event types a channel observation may carry as they are; for documentation and tests. */
export const observedChannelTypes = [
  ...Object.keys(channelEvents).filter((type) => !notToldBySources.has(type)),
  'CommitmentSeen',
  'BalanceSeen',
];
