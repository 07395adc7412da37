/** Requests to `Streams`, built from little. */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { ProtoWriter } from '../../../src/gateway/protobuf.ts';
import { OWN_ID } from './plain.ts';

const { AppendReq, BatchAppendReq, DeleteReq, ReadReq, TombstoneReq } = streams;
const { Empty } = shared;

export type Expectation = number | 'any' | 'no stream' | 'stream exists';

/** The n-th of a stream's events; their ids may be the same in other streams. */
export interface EventNumber {
  readonly n: number;
  readonly type?: string;
}

export function identifier(stream: string) {
  const message = new shared.StreamIdentifier();
  message.setStreamName(Buffer.from(stream));
  return message;
}

function ownId(n: number) {
  const message = new shared.UUID();
  message.setString(OWN_ID + String(n).padStart(12, '0'));
  return message;
}

interface Proposed {
  setId(id: InstanceType<typeof shared.UUID>): unknown;
  getMetadataMap(): { set(key: string, value: string): unknown };
  setData(bytes: Uint8Array): unknown;
  setCustomMetadata(bytes: Uint8Array): unknown;
}

function fill<Message extends Proposed>(message: Message, { n, type = 'T' }: EventNumber): Message {
  message.setId(ownId(n));
  message.getMetadataMap().set('type', type);
  message.getMetadataMap().set('content-type', 'application/json');
  message.setData(Buffer.from(`{"n":${n}}`));
  message.setCustomMetadata(Buffer.from('{}'));
  return message;
}

interface Expecting<E> {
  setAny(value: E): unknown;
  setNoStream(value: E): unknown;
  setStreamExists(value: E): unknown;
}

function expect<E>(
  options: Expecting<E>,
  expected: Expectation,
  empty: E,
  setNumber: (text: string) => unknown,
): void {
  if (typeof expected === 'number') setNumber(String(expected));
  else if (expected === 'any') options.setAny(empty);
  else if (expected === 'no stream') options.setNoStream(empty);
  else options.setStreamExists(empty);
}

export function appendRequests(
  stream: string,
  expected: Expectation,
  events: readonly EventNumber[],
) {
  const options = new AppendReq.Options();
  options.setStreamIdentifier(identifier(stream));
  expect(options, expected, new Empty(), (text) => options.setRevision(text));
  const first = new AppendReq();
  first.setOptions(options);
  const proposals = events.map((event) => {
    const request = new AppendReq();
    request.setProposedMessage(fill(new AppendReq.ProposedMessage(), event));
    return request;
  });
  return [first, ...proposals];
}

export interface BatchPiece {
  /** The number of the append. */
  readonly append: number;
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: readonly EventNumber[];
  /** It should have been made then, in seconds since 1970. */
  readonly deadline?: number;
}

/** The options of a batch's append as far as a `Timestamp` goes, a message that the client keeps to itself. */
function deadlineBytes(seconds: number | undefined): Buffer {
  const writer = new ProtoWriter(32);
  if (seconds === undefined) return writer.finish();
  const end = writer.mark();
  writer.number(1, seconds);
  writer.close(6, end);
  return writer.finish();
}

export function batchRequest({ append, stream, expected, events, deadline }: BatchPiece) {
  const options = BatchAppendReq.Options.deserializeBinary(deadlineBytes(deadline));
  options.setStreamIdentifier(identifier(stream));
  expect(options, expected, new Empty(), (text) => options.setStreamPosition(text));
  const request = new BatchAppendReq();
  request.setCorrelationId(ownId(append));
  request.setOptions(options);
  for (const event of events) {
    request.addProposedMessages(fill(new BatchAppendReq.ProposedMessage(), event));
  }
  request.setIsFinal(true);
  return request;
}

export interface ReadPlace {
  /** Undefined for $all. */
  readonly stream?: string;
  readonly from?: 'start' | 'end' | number;
  readonly isBackwards?: boolean;
  /** Undefined for a subscription. */
  readonly count?: number;
  /** Of $all: streams that begin so. */
  readonly prefix?: string;
  /** Of $all, in place of a prefix. */
  readonly typeRegex?: string;
  readonly window?: number;
  readonly isStructured?: boolean;
}

export function readRequest(place: ReadPlace) {
  const { stream, from = 'start', count, isBackwards = false } = place;
  const options = new ReadReq.Options();
  const where =
    stream === undefined ? new ReadReq.Options.AllOptions() : new ReadReq.Options.StreamOptions();
  if (from === 'start') where.setStart(new Empty());
  else if (from === 'end') where.setEnd(new Empty());
  else if (where instanceof ReadReq.Options.StreamOptions) where.setRevision(String(from));
  if (where instanceof ReadReq.Options.AllOptions) options.setAll(where);
  else {
    where.setStreamIdentifier(identifier(stream ?? ''));
    options.setStream(where);
  }
  if (isBackwards) options.setReadDirection(ReadReq.Options.ReadDirection.BACKWARDS);
  if (count === undefined) options.setSubscription(new ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(count));
  setFilter(options, place);
  const uuids = new ReadReq.Options.UUIDOption();
  if (place.isStructured === true) uuids.setStructured(new Empty());
  else uuids.setString(new Empty());
  options.setUuidOption(uuids);
  // Servers before 21.10 do not know it; without it later ones do not tell that a reader has caught up.
  const control = new ReadReq.Options.ControlOption();
  control.setCompatibility(1);
  options.setControlOption(control);
  const request = new ReadReq();
  request.setOptions(options);
  return request;
}

function setFilter(
  options: InstanceType<typeof ReadReq.Options>,
  { prefix, typeRegex, window = 32 }: ReadPlace,
): void {
  if (prefix === undefined && typeRegex === undefined) {
    options.setNoFilter(new Empty());
    return;
  }
  const expression = new ReadReq.Options.FilterOptions.Expression();
  const filter = new ReadReq.Options.FilterOptions();
  if (prefix !== undefined) {
    expression.setPrefixList([prefix]);
    filter.setStreamIdentifier(expression);
  } else {
    expression.setRegex(typeRegex ?? '');
    filter.setEventType(expression);
  }
  filter.setMax(window);
  filter.setCheckpointintervalmultiplier(1);
  options.setFilter(filter);
}

export function deleteRequest(stream: string) {
  const options = new DeleteReq.Options();
  options.setStreamIdentifier(identifier(stream));
  options.setAny(new Empty());
  const request = new DeleteReq();
  request.setOptions(options);
  return request;
}

export function tombstoneRequest(stream: string) {
  const options = new TombstoneReq.Options();
  options.setStreamIdentifier(identifier(stream));
  options.setAny(new Empty());
  const request = new TombstoneReq();
  request.setOptions(options);
  return request;
}
