/** The stored form of events made up by tests, as `envelope` writes it but without sealed fields. */
import { columnsOf, eventId } from '../src/ledger/envelope.ts';
import { eventTables, parseStream } from '../src/ledger/streams.ts';
import type { Fact } from '../src/schema/aggregate.ts';
import type { EventTable } from '../src/schema/event-definition.ts';
import { metadataCodec } from '../src/schema/metadata.ts';
import { timeText } from '../src/schema/time.ts';
import type { NewEvent } from '../src/store/event-store.ts';

export interface Times {
  readonly happenedAtNs: bigint;
  readonly recordedAtNs?: bigint;
}

/** 2026-01-01T00:00:00Z. */
export const START_NS = 1_767_225_600_000_000_000n;

export function storedForm(
  stream: string,
  { type, data }: Fact,
  key: string,
  { happenedAtNs, recordedAtNs = happenedAtNs }: Times,
): NewEvent {
  const category = parseStream(stream)?.category;
  const table: EventTable = category === undefined ? {} : eventTables[category];
  const definition = table[type];
  if (definition === undefined) throw new Error(`${stream} holds no ${type}`);
  const times = { happenedAt: timeText(happenedAtNs), recordedAt: timeText(recordedAtNs) };
  const { schema, minReader } = definition;
  return {
    id: eventId(stream, type, `${key}/${definition.factKey(data, key)}`),
    type,
    data: definition.plainCodec.encode(data),
    metadata: metadataCodec.encode({
      source: parseStream(stream)?.source || 'gossip',
      evidence: `record ${key}`,
      timeBasis: 'source',
      ...times,
      schema,
      minReader,
    }),
    columns: columnsOf(type, data, times),
  };
}
