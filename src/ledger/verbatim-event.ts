/** An event that another store holds, made ready to be stored here as it is: its columns come from its JSON. */
import { metadataCodec } from '../schema/metadata.ts';
import { uuidBytes } from '../store/digest.ts';
import type { NewEvent } from '../store/event-store.ts';
import { columnsOf } from './envelope.ts';
import { decodeFact } from './stored-event.ts';
import { parseStream } from './streams.ts';

/** Throws an Error where it is no event of a ledger. */
export function verbatimEvent(
  event: Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'> & { readonly stream: string },
): NewEvent {
  const { id, type, data, metadata, stream } = event;
  if (uuidBytes(id).length !== 16) throw new Error('its id is no UUID');
  const times = metadataCodec.decode(JSON.parse(metadata));
  const category = parseStream(stream)?.category;
  const fact = category && decodeFact(category, type, JSON.parse(data), times.schema);
  const columns = columnsOf(type, fact?.data ?? {}, times);
  return { id, type, data, metadata, columns };
}
