/** From a decided fact to the bytes that are stored: id, canonical JSON, sealed fields, columns. */
import { hash } from 'node:crypto';
import type { Draft } from '../schema/aggregate.ts';
import type { EventTable } from '../schema/event-definition.ts';
import { type Metadata, metadataCodec } from '../schema/metadata.ts';
import { timeNsOf } from '../schema/time.ts';
import { uuidV8OfHex } from '../store/digest.ts';
import type { EventColumns, NewEvent } from '../store/event-store.ts';
import { withSealed } from '../store/unsealed.ts';
import type { Keyring } from './keyring.ts';
import { sealSubject } from './sealing.ts';
import { eventTables, parseStream, type StreamName } from './streams.ts';

/** Everything but the fact itself. */
export type Provenance = Omit<Metadata, 'schema' | 'minReader'>;

export interface EventTimes {
  readonly happenedAtNs: bigint;
  readonly recordedAtNs: bigint;
}

/** What all events of one observation have in common: made once for all of them. */
export class Envelope {
  readonly #stream: string;
  readonly #name: StreamName;
  readonly #subject: string;
  readonly #keyring: Keyring;
  readonly #provenance: Provenance;
  readonly #times: EventTimes;
  readonly #observationKey: string;
  #metadata:
    | { readonly schema: number; readonly minReader: number; readonly text: string }
    | undefined;

  constructor(options: {
    readonly stream: string;
    readonly name: StreamName;
    /** Whose key seals what is secret. */
    readonly subject: string;
    readonly keyring: Keyring;
    readonly provenance: Provenance;
    readonly times: EventTimes;
    readonly observationKey: string;
  }) {
    this.#stream = options.stream;
    this.#name = options.name;
    this.#subject = options.subject;
    this.#keyring = options.keyring;
    this.#provenance = options.provenance;
    this.#times = options.times;
    this.#observationKey = options.observationKey;
  }

  /** The stored form of one fact. Throws a SchemaError where a field does not fit its schema. */
  around({ type, data, secret }: Draft): NewEvent {
    const table: EventTable = eventTables[this.#name.category];
    const definition = table[type];
    if (definition === undefined) {
      throw new Error(`${type} is no event of a ${this.#name.category} stream`);
    }
    const id = eventId(this.#stream, type, definition.factKey(data, this.#observationKey));
    const plain = definition.plainCodec.encode(data);
    const hidden = secret && definition.sealedCodec?.encode(secret);
    const sealing = hidden === undefined ? undefined : this.#sealing(plain, data, hidden);
    const event = {
      id,
      type,
      data: sealing?.data ?? plain,
      metadata: this.#metadataText(definition),
      columns: eventColumns(type, data, this.#times),
      inMemory: { data, happenedAt: this.#provenance.happenedAt },
    };
    return sealing?.unsealed === undefined ? event : { ...event, unsealed: sealing.unsealed };
  }

  /** Sealed where it is written; where the key is gone for good, it says so and holds nothing. */
  #sealing(plain: string, data: object, text: string): Pick<NewEvent, 'data' | 'unsealed'> {
    const state = this.#keyring.forSealing(this.#subjectOf(data));
    if (state.state === 'open') return { data: plain, unsealed: { key: state.key, text } };
    return { data: withSealed(plain, { keyId: state.keyId ?? '' }) };
  }

  /** An observation in quarantine is sealed like the stream it is about: it is purged with its channel. */
  #subjectOf({ about }: { readonly about?: string }): string {
    const other = about === undefined ? undefined : parseStream(about);
    return other === undefined ? this.#subject : sealSubject(other);
  }

  #metadataText({ schema, minReader }: { readonly schema: number; readonly minReader: number }) {
    const known = this.#metadata;
    if (known?.schema === schema && known.minReader === minReader) return known.text;
    const text = metadataCodec.encode({ ...this.#provenance, schema, minReader });
    this.#metadata = { schema, minReader, text };
    return text;
  }
}

/** UUIDv8 of the fact's name: saying it twice gives the same id (DESIGN §4). */
export function eventId(stream: string, type: string, factKey: string): string {
  return uuidV8OfHex(hash('sha256', `${stream}\0${type}\0${factKey}`, 'hex'));
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
  'BestBlockChanged',
  'BlockDated',
]);

/** The columns of an event: `verify` computes them again from the stored JSON and compares. */
export function columnsOf(
  type: string,
  data: object,
  times: { readonly happenedAt: string; readonly recordedAt: string },
): EventColumns {
  return eventColumns(type, data, {
    happenedAtNs: timeNsOf(times.happenedAt),
    recordedAtNs: timeNsOf(times.recordedAt),
  });
}

function eventColumns(type: string, data: object, times: EventTimes): EventColumns {
  const balances = shownBalances(type, data);
  return {
    happenedAtNs: times.happenedAtNs,
    recordedAtNs: times.recordedAtNs,
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
