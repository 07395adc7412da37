/** What a client of `Streams.Read` asks for. */

import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { Failure, invalidArgument } from './failures.ts';
import { type EventFilter, eventFilter } from './filter.ts';

/** A revision or a position, as the client wrote it. */
export type From = 'start' | 'end' | number;

export interface ReadRequest {
  /** Undefined for $all. */
  readonly stream: string | undefined;
  readonly from: From;
  readonly isBackwards: boolean;
  readonly isSubscription: boolean;
  readonly count: number;
  readonly filter: EventFilter | undefined;
  readonly isStructuredId: boolean;
  /** The client knows answers that say where a stream begins and ends. */
  readonly wantsBounds: boolean;
  /** Of a link: what it leads to as well. */
  readonly resolvesLinks: boolean;
}

type Options = NonNullable<ReturnType<InstanceType<typeof streams.ReadReq>['getOptions']>>;

export function readRequest(request: InstanceType<typeof streams.ReadReq>): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the request has no options');
  const isSubscription = options.hasSubscription();
  const count = isSubscription ? Number.POSITIVE_INFINITY : Number(options.getCount());
  if (count === 0) throw new Failure(status.UNKNOWN, 'the greatest number of events is 0');
  const filter = options.getFilter();
  const isBackwards = options.getReadDirection() === 1;
  if (isSubscription && isBackwards) throw invalidArgument('a subscription goes forwards');
  return {
    ...placeOf(options),
    isBackwards,
    isSubscription,
    count,
    filter: filter === undefined ? undefined : eventFilter(filter),
    isStructuredId: options.getUuidOption()?.hasStructured() ?? false,
    wantsBounds: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
    resolvesLinks: options.getResolveLinks(),
  };
}

function placeOf(options: Options): Pick<ReadRequest, 'stream' | 'from'> {
  const all = options.getAll();
  if (all !== undefined) {
    const position = all.getPosition();
    const from = all.hasStart() ? 'start' : all.hasEnd() ? 'end' : undefined;
    return { stream: undefined, from: from ?? numberOf(position?.getCommitPosition() ?? '0') };
  }
  const stream = options.getStream();
  const name = streamName(stream?.getStreamIdentifier());
  if (stream === undefined) throw invalidArgument('the request names neither a stream nor $all');
  const from = stream.hasStart() ? 'start' : stream.hasEnd() ? 'end' : undefined;
  return { stream: name, from: from ?? numberOf(stream.getRevision()) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name in a `StreamIdentifier`. */
export function streamName(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  if (identifier === undefined) throw invalidArgument('the request names no stream');
  return textOf(identifier.getStreamName_asU8(), 'the stream name');
}

/** Bytes that must be UTF-8: another text would be stored in their place. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidArgument(`${what} is not UTF-8`);
  }
}

/** Numbers beyond 2^53 are places that no ledger has; the last of them is "the end" in old clients. */
function numberOf(text: string): From {
  const number = Number(text);
  if (text === '18446744073709551615') return 'end';
  return Math.min(number, Number.MAX_SAFE_INTEGER);
}
