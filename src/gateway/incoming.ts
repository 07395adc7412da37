/** What a client sends on a long call. */
import type { Readable } from 'node:stream';

/**
 * The requests one by one. Leaving the loop early must not destroy the call: the status that says why
 * is still to be sent.
 */
export function requestsOf<Request>(call: Readable): AsyncIterable<Request> {
  return call.iterator({ destroyOnReturn: false }) as AsyncIterable<Request>;
}
