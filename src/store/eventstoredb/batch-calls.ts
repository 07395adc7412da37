/**
 * Many appends on one call. The client does the same, but with one table of answers for the whole
 * process, which a failure of any connection empties: the next answer then ends the process. Here
 * every call has its own.
 */
import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import { NO_STREAM } from '../event-store.ts';
import type { ClusterEvent } from './stored-form.ts';
import { ClusterTrouble, refusalOf, troubleOf } from './trouble.ts';

export type ClusterAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly actualRevision: number };

type Streams = InstanceType<typeof services.StreamsClient>;
type BatchCall = ReturnType<Streams['batchAppend']>;
type Response = InstanceType<typeof messages.BatchAppendResp>;
/** Of the client: opens a call once for a connection, and anew after that has failed. */
type StreamCreator = (
  client: typeof services.StreamsClient,
  name: string,
  make: (streams: Streams) => BatchCall,
  cache: WeakMap<object, unknown>,
) => () => Promise<BatchCall>;
type CallArguments = (
  base: object,
  options: { readonly deadline: number },
) => Parameters<Streams['batchAppend']>;

interface Waiting {
  readonly resolve: (answer: ClusterAnswer) => void;
  readonly reject: (trouble: ClusterTrouble) => void;
}

const WRONG_VERSION = 'event_store.client.WrongExpectedVersion';

export class BatchCalls {
  readonly #open: () => Promise<BatchCall>;
  readonly #waiting = new WeakMap<BatchCall, Map<string, Waiting>>();

  /** `client`: the connection, of which this uses what it keeps for its own calls. */
  constructor(client: object) {
    const creator = Reflect.get(client, 'GRPCStreamCreator') as StreamCreator;
    const callArguments = Reflect.get(client, 'callArguments') as CallArguments;
    const make = (streams: Streams) => {
      const [metadata, options] = callArguments({}, { deadline: Number.POSITIVE_INFINITY });
      return this.#begin(streams.batchAppend(metadata, options));
    };
    this.#open = creator(services.StreamsClient, 'appendToStream', make, new WeakMap());
  }

  /** Rejects with a ClusterTrouble. */
  async append(
    stream: string,
    events: readonly ClusterEvent[],
    expectedRevision: number,
  ): Promise<ClusterAnswer> {
    const call = await this.#open();
    const waiting = this.#waiting.get(call);
    if (waiting === undefined || call.destroyed) {
      throw new ClusterTrouble('the connection was cut', true);
    }
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      call.write(requestOf(id, stream, events, expectedRevision));
    });
  }

  #begin(call: BatchCall): BatchCall {
    const waiting = new Map<string, Waiting>();
    this.#waiting.set(call, waiting);
    const fail = (trouble: ClusterTrouble) => {
      this.#waiting.delete(call);
      for (const { reject } of waiting.values()) reject(trouble);
      waiting.clear();
    };
    call.on('data', (response: Response) => {
      const id = uuidOf(response.getCorrelationId());
      const asked = waiting.get(id);
      waiting.delete(id);
      if (asked !== undefined) settle(response, asked);
    });
    call.on('error', (cause) => fail(troubleOf(cause)));
    call.on('end', () => {
      fail(new ClusterTrouble('the server ended the call', true));
      // The client opens another one only after the end of both directions.
      call.destroy();
    });
    return call;
  }
}

function requestOf(
  id: string,
  stream: string,
  events: readonly ClusterEvent[],
  expectedRevision: number,
): InstanceType<typeof messages.BatchAppendReq> {
  const options = new messages.BatchAppendReq.Options();
  const name = new shared.StreamIdentifier();
  name.setStreamName(Buffer.from(stream).toString('base64'));
  options.setStreamIdentifier(name);
  if (expectedRevision === NO_STREAM) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(expectedRevision));
  const request = new messages.BatchAppendReq();
  request.setOptions(options);
  request.setCorrelationId(new shared.UUID().setString(id));
  for (const event of events) {
    const message = new messages.BatchAppendReq.ProposedMessage();
    message.setId(new shared.UUID().setString(event.id));
    message.getMetadataMap().set('type', event.type);
    message.getMetadataMap().set('content-type', 'application/octet-stream');
    message.setData(event.data);
    message.setCustomMetadata(event.metadata);
    request.addProposedMessages(message);
  }
  return request.setIsFinal(true);
}

function settle(response: Response, { resolve, reject }: Waiting): void {
  const error = response.getError();
  if (error === undefined) {
    resolve({ ok: true });
    return;
  }
  const details = error.getDetails();
  const type = details?.getTypeName() ?? '';
  const wrong =
    type === WRONG_VERSION
      ? details?.unpack(shared.WrongExpectedVersion.deserializeBinary, WRONG_VERSION)
      : undefined;
  if (wrong === undefined || wrong === null) {
    reject(refusalOf(type, error.getMessage()));
    return;
  }
  const isNone = !wrong.hasCurrentStreamRevision();
  resolve({
    ok: false,
    actualRevision: isNone ? NO_STREAM : Number(wrong.getCurrentStreamRevision()),
  });
}

/** Servers answer with the number as two halves or as text. */
function uuidOf(uuid: InstanceType<typeof shared.UUID> | undefined): string {
  const halves = uuid?.getStructured();
  if (halves === undefined) return uuid?.getString() ?? '';
  const [high, low] = [halves.getMostSignificantBits(), halves.getLeastSignificantBits()];
  const hex = [high, low]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
