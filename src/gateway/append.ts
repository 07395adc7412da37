/** `Streams.Append`: options first, then one message an event, one answer. */

import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { NO_STREAM } from '../store/event-store.ts';
import type { ProposedEvent } from './admission.ts';
import { type Appended, type Expected, MAX_CLIENT_APPEND_BYTES } from './appender.ts';
import type { GatewayContext } from './context.ts';
import { messages } from './definitions.ts';
import { accessDenied, Failure, failureOf, invalidArgument } from './failures.ts';
import { requestsOf } from './incoming.ts';
import { expectedOf, proposedEvent } from './proposed.ts';
import { streamName } from './read-request.ts';

type Request = InstanceType<typeof streams.AppendReq>;
type Response = InstanceType<typeof streams.AppendResp>;

export async function append(
  { appender, authorize }: GatewayContext,
  call: ServerReadableStream<Request, Response>,
  callback: sendUnaryData<Response>,
): Promise<void> {
  try {
    authorize(call.metadata);
    if (appender === undefined) throw accessDenied();
    const { stream, expected, events } = await received(call);
    callback(null, response(await appender.append({ stream, expected, events }), expected));
  } catch (cause) {
    callback(failureOf(cause));
  }
}

async function received(call: ServerReadableStream<Request, Response>) {
  let place: { readonly stream: string; readonly expected: Expected } | undefined;
  const events: ProposedEvent[] = [];
  let bytes = 0;
  for await (const request of requestsOf<Request>(call)) {
    const options = request.getOptions();
    const message = request.getProposedMessage();
    if (options !== undefined) {
      const stream = streamName(options.getStreamIdentifier());
      place = { stream, expected: expectedOf(options, options.getRevision()) };
    }
    if (message === undefined) continue;
    bytes += message.getData_asU8().length + message.getCustomMetadata_asU8().length;
    if (bytes > MAX_CLIENT_APPEND_BYTES) throw tooLarge();
    events.push(proposedEvent(message));
  }
  // A connection that is cut ends the events too: what came of them is not what was to be appended.
  if (call.cancelled) throw new Failure(status.CANCELLED, 'the call was cancelled');
  if (place === undefined) throw invalidArgument('an append has no options');
  return { ...place, events };
}

function tooLarge(): Failure {
  const details = `Maximum Append Size of ${MAX_CLIENT_APPEND_BYTES} Exceeded.`;
  return new Failure(status.INVALID_ARGUMENT, details, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_CLIENT_APPEND_BYTES),
  });
}

/** A conflict is an answer here, not a status. */
function response(result: Appended, expected: Expected): Response {
  const { AppendResp } = messages.streams;
  const { Empty } = messages.shared;
  const answer = new AppendResp();
  if (result.ok) {
    const position = new AppendResp.Position();
    position.setCommitPosition(String(result.position));
    position.setPreparePosition(String(result.position));
    const success = new AppendResp.Success();
    success.setCurrentRevision(String(result.revision));
    success.setPosition(position);
    answer.setSuccess(success);
    return answer;
  }
  const wrong = new AppendResp.WrongExpectedVersion();
  if (result.actualRevision === NO_STREAM) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentRevision(String(result.actualRevision));
  if (expected === 'any') wrong.setExpectedAny(new Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new Empty());
  else if (expected === NO_STREAM) wrong.setExpectedNoStream(new Empty());
  else wrong.setExpectedRevision(String(expected));
  answer.setWrongExpectedVersion(wrong);
  return answer;
}
