/** `BatchAppendResp`, encoded: what became of one append, under the number its client gave it. */
import { status } from '@grpc/grpc-js';
import { NO_STREAM } from '../store/event-store.ts';
import type { Appended, Expected } from './appender.ts';
import type { Failure } from './failures.ts';
import { ProtoWriter } from './protobuf.ts';

const RESPONSE = { correlationId: 1, error: 2, success: 3, stream: 4 } as const;
const SUCCESS = { revision: 1, position: 3 } as const;
const POSITION = { commit: 1, prepare: 2 } as const;
const STATUS = { code: 1, message: 2, details: 3 } as const;
const ANY = { typeUrl: 1, value: 2 } as const;
const WRONG = { current: 1, noStream: 2, expected: 3, any: 4, exists: 5, expectedNone: 6 } as const;
const STREAM_NAME = 3;
const FIXED_BYTES = 512;
const MAX_BYTES_PER_UNIT = 3;

export interface BatchReply {
  /** The client's `UUID` message as it came. */
  readonly correlationId: Uint8Array;
  readonly stream: string;
  readonly expected: Expected;
}

export function batchDone(reply: BatchReply, result: Appended): Buffer {
  return result.ok ? batchSuccess(reply, result) : wrongVersion(reply, result.actualRevision);
}

function batchSuccess(
  reply: BatchReply,
  { revision, position }: Extract<Appended, { readonly ok: true }>,
): Buffer {
  return response(reply, 0, (writer) => {
    const end = writer.mark();
    const place = writer.mark();
    writer.number(POSITION.prepare, position);
    writer.number(POSITION.commit, position);
    writer.close(SUCCESS.position, place);
    writer.number(SUCCESS.revision, revision, true);
    writer.close(RESPONSE.success, end);
  });
}

function wrongVersion(reply: BatchReply, actualRevision: number): Buffer {
  const error = {
    code: status.ALREADY_EXISTS,
    message: 'WrongExpectedVersion',
    type: 'WrongExpectedVersion',
  };
  return failed(reply, error, (writer) => {
    expectation(writer, reply.expected, {
      position: WRONG.expected,
      any: WRONG.any,
      exists: WRONG.exists,
      noStream: WRONG.expectedNone,
    });
    if (actualRevision === NO_STREAM) writer.empty(WRONG.noStream);
    else writer.number(WRONG.current, actualRevision, true);
  });
}

/** The details are of a type that every client knows, with the sentence as the message. */
export function batchFailed(reply: BatchReply, { code, details }: Failure): Buffer {
  if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED) {
    return failed(reply, { code, message: 'AccessDenied', type: 'AccessDenied' }, () => undefined);
  }
  if (code === status.DEADLINE_EXCEEDED) {
    return failed(reply, { code, message: details, type: 'Timeout' }, () => undefined);
  }
  return failed(reply, { code, message: details, type: 'BadRequest' }, (writer) => {
    writer.text(1, details);
  });
}

export function batchTooLarge(reply: BatchReply, maxBytes: number): Buffer {
  const error = {
    code: status.INVALID_ARGUMENT,
    message: 'MaximumAppendSizeExceeded',
    type: 'MaximumAppendSizeExceeded',
  };
  return failed(reply, error, (writer) => writer.number(1, maxBytes));
}

function failed(
  reply: BatchReply,
  error: { readonly code: number; readonly message: string; readonly type: string },
  writeDetails: (writer: ProtoWriter) => void,
): Buffer {
  return response(reply, error.message.length * 2, (writer) => {
    const end = writer.mark();
    const packed = writer.mark();
    const value = writer.mark();
    writeDetails(writer);
    writer.close(ANY.value, value);
    writer.text(ANY.typeUrl, `type.googleapis.com/event_store.client.${error.type}`);
    writer.close(STATUS.details, packed);
    writer.text(STATUS.message, error.message);
    writer.number(STATUS.code, error.code);
    writer.close(RESPONSE.error, end);
  });
}

function response(
  { correlationId, stream }: BatchReply,
  characters: number,
  writeResult: (writer: ProtoWriter) => void,
): Buffer {
  const text = (stream.length + characters) * MAX_BYTES_PER_UNIT;
  const writer = new ProtoWriter(correlationId.length + text + FIXED_BYTES);
  const identifier = writer.mark();
  writer.text(STREAM_NAME, stream);
  writer.close(RESPONSE.stream, identifier);
  writeResult(writer);
  writer.bytes(RESPONSE.correlationId, correlationId);
  return writer.finish();
}

function expectation(
  writer: ProtoWriter,
  expected: Expected,
  fields: { readonly [name in 'position' | 'noStream' | 'any' | 'exists']: number },
): void {
  if (expected === 'any') writer.empty(fields.any);
  else if (expected === 'stream-exists') writer.empty(fields.exists);
  else if (expected === NO_STREAM) writer.empty(fields.noStream);
  else writer.number(fields.position, expected, true);
}
