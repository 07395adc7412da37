/** A stored event read back: JSON parsed, old forms lifted, amounts as bigint. */
import type { ChannelEvent } from '../channel/events.ts';
import type { GossipEvent } from '../gossip/events.ts';
import type { NodeEvent } from '../node/events.ts';
import type { PeerEvent } from '../peer/events.ts';
import type { EventTable } from '../schema/event-definition.ts';
import { type Metadata, metadataCodec, READER_VERSION } from '../schema/metadata.ts';
import type { StoredEvent } from '../store/event-store.ts';
import { StoreError } from '../store/event-store.ts';
import { type Category, eventTables, parseStream } from './streams.ts';
import { upcast } from './upcasters.ts';

/** The sealed fields as stored: opened only by history, verify and forensics (sealing.ts). */
export interface SealedField {
  readonly keyId: string;
  /** Base64 of the ciphertext with its tag; absent where the key was gone when it was written. */
  readonly box?: string;
}

export type LedgerFact = ChannelEvent | PeerEvent | NodeEvent | GossipEvent;

export interface LedgerEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  /** `type` and `data`, or undefined for a type this reader does not know (kept, ignored). */
  readonly fact: LedgerFact | undefined;
  readonly type: string;
  readonly metadata: Metadata;
  readonly sealed: SealedField | undefined;
}

/** Decodes an event; throws a StoreError where a newer reader is demanded. */
export function decodeEvent(event: StoredEvent): LedgerEvent {
  const { position, stream, revision, id, type } = event;
  const metadata = metadataCodec.decode(JSON.parse(event.metadata));
  if (metadata.minReader > READER_VERSION) {
    throw new StoreError(
      `${stream} revision ${revision} (${type}) was written for a newer channel-ledger: upgrade to read it`,
    );
  }
  const category = parseStream(stream)?.category;
  const { sealed, data } = withoutSealed(JSON.parse(event.data));
  const fact = category && decodeFact(category, type, data, metadata.schema);
  return { position, stream, revision, id, type, fact, metadata, sealed };
}

/** Apart, so that no state is ever another one after it was read from the store. */
function withoutSealed(json: object): {
  readonly sealed: SealedField | undefined;
  readonly data: object;
} {
  if (!('sealed' in json)) return { sealed: undefined, data: json };
  const { sealed, ...data } = json as { readonly sealed: SealedField };
  return { sealed, data };
}

/** `data` (parsed JSON, changed in place) as the typed fact, or undefined for an unknown type. */
export function decodeFact(
  category: Category,
  type: string,
  data: unknown,
  schema: number,
): LedgerFact | undefined {
  const table: EventTable = eventTables[category];
  const definition = table[type];
  if (definition === undefined) return undefined;
  const isOld = schema < definition.schema;
  const lifted = isOld ? upcast(type, { from: schema, to: definition.schema }, data) : data;
  return { type, data: definition.plainCodec.decode(lifted) } as LedgerFact;
}
