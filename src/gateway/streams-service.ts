/** `Streams`: Read, Append and BatchAppend. A ledger deletes nothing: the rest is unimplemented. */

import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { append } from './append.ts';
import { batchAppend } from './batch-append.ts';
import type { GatewayContext } from './context.ts';
import { failureOf, unimplemented } from './failures.ts';
import { Outgoing } from './outgoing.ts';
import { readRequest } from './read-request.ts';
import { read } from './reading.ts';
import { subscribe } from './subscribing.ts';

type ReadReq = InstanceType<typeof streams.ReadReq>;
type AppendReq = InstanceType<typeof streams.AppendReq>;
type AppendResp = InstanceType<typeof streams.AppendResp>;
type BatchAppendReq = InstanceType<typeof streams.BatchAppendReq>;

export function streamsHandlers(context: GatewayContext): UntypedServiceImplementation {
  const refuse = (_call: unknown, callback: sendUnaryData<never>) => {
    callback(unimplemented('a ledger keeps every event: no stream of it is deleted'));
  };
  return {
    read: (call: ServerWritableStream<ReadReq, Buffer>) => handleRead(context, call),
    append: (
      call: ServerReadableStream<AppendReq, AppendResp>,
      callback: sendUnaryData<AppendResp>,
    ) => append(context, call, callback),
    batchAppend: (call: ServerDuplexStream<BatchAppendReq, Buffer>) => batchAppend(context, call),
    delete: refuse,
    tombstone: refuse,
  };
}

async function handleRead(
  context: GatewayContext,
  call: ServerWritableStream<ReadReq, Buffer>,
): Promise<void> {
  const out = new Outgoing(call);
  try {
    context.authorize(call.metadata);
    const request = readRequest(call.request);
    const encoding = { toWire: context.toWire, isStructuredId: request.isStructuredId };
    await (request.isSubscription ? subscribe : read)(context, request, encoding, out);
  } catch (cause) {
    out.fail(failureOf(cause));
  }
}
