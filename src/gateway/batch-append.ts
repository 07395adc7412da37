/** `Streams.BatchAppend`: one long call, appends in pieces under a number, answers as they are made. */

import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Metadata, status } from '@grpc/grpc-js';
import type { ProposedEvent } from './admission.ts';
import { type Expected, MAX_CLIENT_APPEND_BYTES, type ProposedAppend } from './appender.ts';
import { type BatchReply, batchDone, batchFailed, batchTooLarge } from './batch-replies.ts';
import type { GatewayContext } from './context.ts';
import { accessDenied, Failure, failureOf, invalidArgument } from './failures.ts';
import { requestsOf } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import { expectedOf, proposedEvent } from './proposed.ts';
import { streamName } from './read-request.ts';
import { uuidOf } from './uuid.ts';

type Request = InstanceType<typeof streams.BatchAppendReq>;

/** Of one call; a client that sends faster than the disk writes has to wait. */
const MAX_BYTES_UNDER_WAY = 16 * 1024 * 1024;
const MAX_OPEN_APPENDS = 1000;

/** An append whose last piece has not come yet. */
interface OpenAppend {
  readonly reply: BatchReply;
  readonly deadlineMs: number;
  readonly events: ProposedEvent[];
  bytes: number;
  failure: Failure | undefined;
}

export async function batchAppend(
  context: GatewayContext,
  call: ServerDuplexStream<Request, Buffer>,
): Promise<void> {
  const out = new Outgoing(call);
  try {
    const session = new BatchSession(context, out, refusalOf(context, call.metadata));
    for await (const request of requestsOf<Request>(call)) await session.take(request);
    await session.settle();
    out.end();
  } catch (cause) {
    if (!out.isOver) out.fail(failureOf(cause));
  }
}

/** Who says no name is refused each append by itself, as the real server does; a wrong one ends the call. */
function refusalOf({ authorize, appender }: GatewayContext, metadata: Metadata) {
  try {
    authorize(metadata);
  } catch (cause) {
    const failure = failureOf(cause);
    if (failure.code !== status.PERMISSION_DENIED) throw failure;
    return failure;
  }
  return appender === undefined ? accessDenied() : undefined;
}

class BatchSession {
  readonly #context: GatewayContext;
  readonly #out: Outgoing;
  readonly #refusal: Failure | undefined;
  readonly #open = new Map<string, OpenAppend>();
  readonly #underWay = new Set<Promise<void>>();
  #bytesUnderWay = 0;

  constructor(context: GatewayContext, out: Outgoing, refusal: Failure | undefined) {
    this.#context = context;
    this.#out = out;
    this.#refusal = refusal;
  }

  /** Returns a promise only where the client has to wait. */
  async take(request: Request): Promise<void> {
    const correlation = request.getCorrelationId();
    const key = uuidOf(correlation);
    if (correlation === undefined || key === undefined) {
      throw invalidArgument('an append has no correlation id');
    }
    const open = this.#open.get(key) ?? openAppend(request, correlation.serializeBinary());
    addTo(open, request);
    if (!request.getIsFinal()) {
      this.#open.set(key, open);
      if (this.#open.size > MAX_OPEN_APPENDS) throw invalidArgument('too many appends are open');
      return;
    }
    this.#open.delete(key);
    this.#start(open);
    while (this.#bytesUnderWay > MAX_BYTES_UNDER_WAY) await Promise.race(this.#underWay);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** In the order of their last pieces: each reaches the store before the next is looked at. */
  #start(open: OpenAppend): void {
    this.#bytesUnderWay += open.bytes;
    const work = this.#answer(open).then(async (reply) => {
      this.#bytesUnderWay -= open.bytes;
      this.#underWay.delete(work);
      await this.#out.send(reply);
    });
    this.#underWay.add(work);
  }

  async #answer({ reply, deadlineMs, events, bytes, failure }: OpenAppend): Promise<Buffer> {
    const { appender } = this.#context;
    try {
      if (this.#refusal !== undefined || appender === undefined)
        throw this.#refusal ?? accessDenied();
      if (failure !== undefined) throw failure;
      if (bytes > MAX_CLIENT_APPEND_BYTES) return batchTooLarge(reply, MAX_CLIENT_APPEND_BYTES);
      if (deadlineMs < Date.now()) throw new Failure(status.DEADLINE_EXCEEDED, 'Timeout');
      const { stream, expected } = reply;
      const append: ProposedAppend = { stream, expected, events };
      return batchDone(reply, await appender.append(append));
    } catch (cause) {
      return batchFailed(reply, failureOf(cause));
    }
  }
}

function openAppend(request: Request, correlationId: Uint8Array): OpenAppend {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the first piece of an append has no options');
  const stream = streamName(options.getStreamIdentifier());
  const expected: Expected = expectedOf(options, options.getStreamPosition());
  const deadline = options.getDeadline();
  const deadlineMs =
    deadline === undefined
      ? Number.POSITIVE_INFINITY
      : deadline.getSeconds() * 1000 + deadline.getNanos() / 1_000_000;
  const reply = { correlationId, stream, expected };
  return { reply, deadlineMs, events: [], bytes: 0, failure: undefined };
}

/** What is wrong with an event fails its append, not the call that carries the others. */
function addTo(open: OpenAppend, request: Request): void {
  for (const message of request.getProposedMessagesList()) {
    open.bytes += message.getData_asU8().length + message.getCustomMetadata_asU8().length;
    // Beyond the limit the rest is counted and not kept.
    if (open.failure !== undefined || open.bytes > MAX_CLIENT_APPEND_BYTES) continue;
    try {
      open.events.push(proposedEvent(message));
    } catch (cause) {
      open.failure = failureOf(cause);
    }
  }
}
