/** The small answers of `Streams.Read` and of persistent subscriptions, encoded. */
import { ProtoWriter } from './protobuf.ts';

const SMALL = 64;
const MAX_BYTES_PER_UNIT = 3;
const RESPONSE = { confirmation: 2, checkpoint: 3, streamNotFound: 4, caughtUp: 8 } as const;
/** Since 21.10, of one stream: what there is of it. */
const BOUND = { first: 5, last: 6 } as const;
const STREAM_IDENTIFIER = 1;
const STREAM_NAME = 3;

/** The first answer to a subscription; persistent ones number it the same. */
export function confirmation(subscriptionId: string): Buffer {
  return message(SMALL + subscriptionId.length, (writer) => {
    const end = writer.mark();
    writer.text(1, subscriptionId);
    writer.close(RESPONSE.confirmation, end);
  });
}

export function checkpoint(position: number): Buffer {
  return message(SMALL, (writer) => {
    const end = writer.mark();
    writer.number(2, position);
    writer.number(1, position);
    writer.close(RESPONSE.checkpoint, end);
  });
}

export function streamNotFound(stream: string): Buffer {
  return message(SMALL + stream.length * MAX_BYTES_PER_UNIT, (writer) => {
    const end = writer.mark();
    const identifier = writer.mark();
    writer.text(STREAM_NAME, stream);
    writer.close(STREAM_IDENTIFIER, identifier);
    writer.close(RESPONSE.streamNotFound, end);
  });
}

export function streamBound(which: keyof typeof BOUND, revision: number): Buffer {
  return message(SMALL, (writer) => writer.number(BOUND[which], revision, true));
}

export function caughtUp(): Buffer {
  return message(SMALL, (writer) => writer.empty(RESPONSE.caughtUp));
}

function message(capacity: number, write: (writer: ProtoWriter) => void): Buffer {
  const writer = new ProtoWriter(capacity);
  write(writer);
  return writer.finish();
}
