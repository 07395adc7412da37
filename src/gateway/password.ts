/** One password for everybody who may use the gateway; the name in front of it is the client's own. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './failures.ts';

/** Throws a Failure unless the call carries the password; without one everybody is let in. */
export function authorizer(password: string | undefined): (metadata: Metadata) => void {
  if (password === undefined) return () => undefined;
  const expected = sha256(password);
  return (metadata) => {
    const [header] = metadata.get('authorization');
    if (header === undefined) throw accessDenied();
    const given = passwordIn(String(header));
    // Hashes: of one length, and equal in no telling time.
    if (given === undefined || !timingSafeEqual(sha256(given), expected)) throw unauthenticated();
  };
}

function passwordIn(header: string): string | undefined {
  const [, encoded] = /^basic ([a-z0-9+/=]+)$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : pair.slice(colon + 1);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
