/** From a decided fact to the bytes that are stored: id, canonical JSON, sealed fields, columns. */
import { hash } from 'node:crypto';
import type { Draft } from '../schema/aggregate.ts';
import type { EventTable } from '../schema/event-definition.ts';
import { type Metadata, metadataCodec } from '../schema/metadata.ts';
import { timeNsOf } from '../schema/time.ts';
import { uuidV8Of } from '../store/digest.ts';
import type { EventColumns, NewEvent } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { seal, sealSubject } from './sealing.ts';
import { eventTables, parseStream, type StreamName } from './streams.ts';

/** Everything but the fact itself; times in nanoseconds. */
export type Provenance = Omit<Metadata, 'schema' | 'minReader'>;

export interface EnvelopeOptions {
  readonly stream: string;
  readonly name: StreamName;
  readonly keyring: Keyring;
}

/** The stored form of one fact. Throws a SchemaError where a field does not fit its schema. */
export function envelope(
  { stream, name, keyring }: EnvelopeOptions,
  draft: Draft,
  provenance: Provenance,
  observationKey: string,
): NewEvent {
  const { type, data, secret } = draft;
  const table: EventTable = eventTables[name.category];
  const definition = table[type];
  if (definition === undefined) throw new Error(`${type} is no event of a ${name.category} stream`);
  const id = eventId(stream, type, definition.factKey(data, observationKey));
  const plain = definition.plainCodec.encode(data);
  const { schema, minReader, sealedCodec } = definition;
  const hidden = secret && sealedCodec?.encode(secret);
  return {
    id,
    type,
    data:
      hidden === undefined
        ? plain
        : withSealed(plain, seal(keyring, subjectOf(name, data), { stream, type, id }, hidden)),
    metadata: metadataCodec.encode({ ...provenance, schema, minReader }),
    columns: columnsOf(type, data, provenance),
  };
}

/** An observation in quarantine is sealed like the stream it is about: it is purged with its channel. */
function subjectOf(name: StreamName, data: { readonly about?: string }): string {
  return sealSubject((data.about === undefined ? undefined : parseStream(data.about)) ?? name);
}

/** UUIDv8 of the fact's name: saying it twice gives the same id (DESIGN §4). */
export function eventId(stream: string, type: string, factKey: string): string {
  return uuidV8Of(hash('sha256', `${stream}\0${type}\0${factKey}`, 'buffer'));
}

/** The sealed value stands last; `verify` writes it again to compare. */
export function withSealed(plain: string, sealed: object): string {
  const start = plain === '{}' ? '{' : `${plain.slice(0, -1)},`;
  return `${start}"sealed":${JSON.stringify(sealed)}}`;
}

/** Looked up across all streams; rare enough that an index over them costs nothing to speak of. */
const markedTypes = new Set([
  'PaymentForwarded',
  'ForwardFailed',
  'ObservationQuarantined',
  'QuarantineReleased',
  'RecordingGap',
  'FeePolicyChanged',
  'ChannelClosed',
]);

/** The columns of an event: `verify` computes them again from the stored JSON and compares. */
export function columnsOf(
  type: string,
  data: object,
  times: { readonly happenedAt: string; readonly recordedAt: string },
): EventColumns {
  const balances = shownBalances(type, data);
  return {
    happenedAtNs: timeNsOf(times.happenedAt),
    recordedAtNs: timeNsOf(times.recordedAt),
    amount1: balances?.[0] ?? null,
    amount2: balances?.[1] ?? null,
    isMarked: markedTypes.has(type),
  };
}

interface MaybeBalances {
  readonly side?: string;
  readonly localBalanceMsat?: bigint;
  readonly remoteBalanceMsat?: bigint;
}

/** Local and remote balance, of the events that set what is shown as the channel's balance. */
function shownBalances(type: string, data: MaybeBalances): readonly [bigint, bigint] | undefined {
  const isShown =
    type === 'ChannelOpened' ||
    type === 'BalanceObserved' ||
    type === 'FundingReplaced' ||
    (type === 'CommitmentUpdated' && data.side === 'local');
  const { localBalanceMsat, remoteBalanceMsat } = data;
  if (!isShown || localBalanceMsat === undefined || remoteBalanceMsat === undefined) {
    return undefined;
  }
  return [localBalanceMsat, remoteBalanceMsat];
}
