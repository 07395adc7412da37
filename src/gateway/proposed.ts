/** Events and expectations as `Append` and `BatchAppend` send them. */
import { NO_STREAM } from '../store/event-store.ts';
import type { ProposedEvent } from './admission.ts';
import type { Expected } from './appender.ts';
import { invalidArgument } from './failures.ts';
import { textOf } from './read-request.ts';
import { uuidOf } from './uuid.ts';

/** What the messages of both calls have in common. */
export interface ProposedMessage {
  getId(): Parameters<typeof uuidOf>[0];
  getMetadataMap(): { get(key: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const id = uuidOf(message.getId());
  if (id === undefined) throw invalidArgument('an event has no id');
  const type = message.getMetadataMap().get('type');
  if (type === undefined || type === '') throw invalidArgument(`event ${id} has no type`);
  return {
    id,
    type,
    data: textOf(message.getData_asU8(), `the data of event ${id}`),
    metadata: textOf(message.getCustomMetadata_asU8(), `the metadata of event ${id}`),
    isJson: message.getMetadataMap().get('content-type') === 'application/json',
  };
}

export interface ExpectedOptions {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

/** `revision` is the text of a number, where the client named one. */
export function expectedOf(options: ExpectedOptions, revision: string): Expected {
  if (options.hasNoStream()) return NO_STREAM;
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return Math.min(Number(revision), Number.MAX_SAFE_INTEGER);
}
