/** Whether one event says something a ledger can hold: its form, its schema, its name, its times. */

import { columnsOf, eventId } from '../ledger/envelope.ts';
import { decodeFact, type LedgerFact } from '../ledger/stored-event.ts';
import { eventTables, type StreamName } from '../ledger/streams.ts';
import { dataForm, metadataForm, unknownForm } from '../ledger/verify/canonical.ts';
import type { AnyEventDefinition, EventTable } from '../schema/event-definition.ts';
import { type Metadata, READER_VERSION } from '../schema/metadata.ts';
import type { NewEvent } from '../store/event-store.ts';

export interface JudgedEvent {
  readonly event: NewEvent;
  readonly fact: LedgerFact;
  readonly metadata: Metadata;
}

type Text = Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'>;

/** Throws an Error whose message says what is wrong. */
export function judgedEvent(stream: string, name: StreamName, text: Text): JudgedEvent {
  const metadata = judgedMetadata(text.metadata);
  const definition = definitionOf(name, text.type);
  if (definition === undefined) {
    throw new Error(`it is no type that this version knows for a ${name.category} stream`);
  }
  const isNewer = metadata.schema > definition.schema || metadata.minReader > READER_VERSION;
  if (isNewer) throw new Error('it was written for a newer channel-ledger: upgrade the gateway');
  const isOld = metadata.schema < definition.schema;
  const fact = isOld ? oldFact(name, text, metadata) : factOf(text, definition);
  if (!isOld) assertNamed(stream, text, fact, definition);
  const columns = columnsOf(text.type, fact.data, metadata);
  const { id, type, data } = text;
  return { event: { id, type, data, metadata: text.metadata, columns }, fact, metadata };
}

function judgedMetadata(text: string): Metadata {
  const form = metadataForm(text);
  if (form.state === 'newer') throw new Error('its metadata has fields this version does not know');
  if (form.state === 'broken') throw new Error(`its metadata: ${form.problem}`);
  const { happenedAt, recordedAt } = form.value;
  if (happenedAt > recordedAt) throw new Error(`it happened (${happenedAt}) after it was recorded`);
  return form.value;
}

function definitionOf({ category }: StreamName, type: string): AnyEventDefinition | undefined {
  const table: EventTable = eventTables[category];
  return Object.hasOwn(table, type) ? table[type] : undefined;
}

function factOf({ type, data }: Text, definition: AnyEventDefinition): LedgerFact {
  const form = dataForm(data, definition);
  if (form.state === 'newer') throw new Error('its data has fields this version does not know');
  if (form.state === 'broken') throw new Error(`its data: ${form.problem}`);
  return { type, data: form.value.plain } as LedgerFact;
}

/** Of an old schema only that it can be read: its canonical form is no longer known. */
function oldFact({ category }: StreamName, { type, data }: Text, { schema }: Metadata): LedgerFact {
  const problem = unknownForm(data);
  if (problem !== undefined) throw new Error(`its data: ${problem}`);
  const { sealed: _, ...plain } = JSON.parse(data) as { readonly sealed?: unknown };
  const fact = decodeFact(category, type, plain, schema);
  if (fact === undefined) throw new Error('its data cannot be read');
  return fact;
}

/** The id names the fact, unless part of the fact's key is known to its source alone. */
function assertNamed(
  stream: string,
  { id, type }: Text,
  { data }: LedgerFact,
  { factKey }: AnyEventDefinition,
): void {
  const key = factKey(data, 'a');
  if (key !== factKey(data, 'b') || eventId(stream, type, key) === id) return;
  throw new Error(`its id is not that of ${type} ${key}`);
}
