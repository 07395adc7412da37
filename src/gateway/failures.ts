/** Errors as the real server answers them: a gRPC status and trailers that clients tell apart. */
import { Metadata, status } from '@grpc/grpc-js';
import { StoreError } from '../store/event-store.ts';

/** What a call fails with; grpc-js sends its code, its details and its trailers. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: number, details: string, trailers: Readonly<Record<string, string>> = {}) {
    super(details);
    this.code = code;
    this.details = details;
    this.metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, asciiOf(value));
  }
}

export function accessDenied(details = 'Access Denied'): Failure {
  return new Failure(status.PERMISSION_DENIED, details, { exception: 'access-denied' });
}

export function unauthenticated(): Failure {
  return new Failure(status.UNAUTHENTICATED, 'the user name or the password is not right');
}

export function invalidArgument(details: string): Failure {
  return new Failure(status.INVALID_ARGUMENT, details);
}

export function unimplemented(details: string): Failure {
  return new Failure(status.UNIMPLEMENTED, details);
}

export function groupMissing(stream: string, group: string): Failure {
  const details = `Subscription group ${group} on stream ${stream} does not exist.`;
  return groupFailure(status.NOT_FOUND, 'persistent-subscription-does-not-exist', details, {
    stream,
    group,
  });
}

export function groupExists(stream: string, group: string): Failure {
  const details = `Subscription group ${group} on stream ${stream} exists.`;
  return groupFailure(status.ALREADY_EXISTS, 'persistent-subscription-exists', details, {
    stream,
    group,
  });
}

export function groupDropped(stream: string, group: string): Failure {
  const details = `Subscription group ${group} on stream ${stream} was dropped.`;
  return groupFailure(status.CANCELLED, 'persistent-subscription-dropped', details, {
    stream,
    group,
  });
}

export function groupIsFull(stream: string, group: string): Failure {
  const details = `Maximum subscriptions reached for subscription group ${group} on stream ${stream}.`;
  return groupFailure(status.FAILED_PRECONDITION, 'maximum-subscribers-reached', details, {
    stream,
    group,
  });
}

function groupFailure(
  code: number,
  exception: string,
  details: string,
  { stream, group }: { readonly stream: string; readonly group: string },
): Failure {
  const named = group === '' ? {} : { 'group-name': group };
  return new Failure(code, details, { exception, 'stream-name': stream, ...named });
}

/** Whatever was thrown, as a status: what the store says is said to the client too. */
export function failureOf(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  if (cause instanceof StoreError) return new Failure(status.UNKNOWN, cause.message);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Failure(status.UNKNOWN, `Unexpected ${message}`);
}

/** Trailers hold ASCII: the real server writes a question mark for everything else. */
function asciiOf(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?');
}
