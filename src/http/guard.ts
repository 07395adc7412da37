/** Who is let in, before any question is looked at: by name, by origin, by token. */
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ANYBODY_HERE, type Grant } from './grant.ts';
import { Refusal } from './problem.ts';
import { type RateLimit, tooMany } from './rate.ts';
import { type Sessions, sessionOf } from './sessions.ts';
import { type MetaTable, type TokenView, tokenOf } from './tokens.ts';

export interface GuardOptions {
  readonly table: MetaTable;
  readonly sessions: Sessions;
  /** Wrong tokens of one address; a right one is let in whoever else guesses from there. */
  readonly guesses: RateLimit;
  /** Names this server answers to, lower case, without a port. */
  readonly names: ReadonlySet<string>;
  /** Origins of pages elsewhere that the operator lets read answers. */
  readonly origins: ReadonlySet<string>;
  /** Without a token too: where only this machine can reach it (`isForThisMachine`). */
  readonly isOpenHere: boolean;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Whether only this machine asks. A further name brings clients from elsewhere, through a tunnel, a proxy
 * or an onion service, and here all of them seem to come from this machine.
 */
export function isForThisMachine(host: string, names: readonly string[] = []): boolean {
  return [host, ...names].every((name) => {
    const known = name.toLowerCase();
    return isLoopback(known) || LOOPBACK_NAMES.includes(known);
  });
}

/** What may stand in `Host`: names of this machine alone, and those that the operator gives. */
export function namesOf(host: string, more: readonly string[]): ReadonlySet<string> {
  const spelled = isIP(host) === 6 ? `[${host}]` : host;
  return new Set([...LOOPBACK_NAMES, spelled, ...more].map((name) => name.toLowerCase()));
}

/** Throws a Refusal for a request that a page of somebody else's could have sent. */
export function refuseForeign(request: FastifyRequest, { names, origins }: GuardOptions): void {
  const host = request.headers.host ?? '';
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  // A page whose own name was made to point here (DNS rebinding) sends that name.
  if (!names.has(name)) {
    throw new Refusal(421, 'this server does not answer to that name: add it with --name');
  }
  const { origin } = request.headers;
  if (origin !== undefined && origins.has(origin)) return;
  if (origin !== undefined && origin.toLowerCase() !== ownOrigin(request, host)) {
    throw new Refusal(403, 'requests of pages that this server did not serve are refused');
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isFollowedLink(request)) {
    throw new Refusal(403, 'requests of pages that this server did not serve are refused');
  }
}

/** Somebody's link to the page: it is opened by itself, and what it shows it asks for itself. */
function isFollowedLink({ method, headers, routeOptions }: FastifyRequest): boolean {
  const isNavigation =
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return isNavigation && method === 'GET' && routeOptions.url === '/';
}

function ownOrigin({ protocol }: FastifyRequest, host: string): string {
  return `${protocol}://${host}`.toLowerCase();
}

/** What a browser asks before a page of somebody else's may send a token, and what it may read. */
export function crossOriginHeaders(
  { headers: { origin } }: FastifyRequest,
  { origins }: GuardOptions,
): Readonly<Record<string, string>> {
  if (origins.size === 0) return {};
  // Caches must not give one page's answer to another.
  if (origin === undefined || !origins.has(origin)) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, if-none-match, last-event-id',
    'access-control-expose-headers': 'etag',
    'access-control-max-age': '600',
    'cross-origin-resource-policy': 'cross-origin',
  };
}

/** What the request may see; throws a Refusal where it may see nothing. */
export function grantOf(request: FastifyRequest, options: GuardOptions): Grant {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, text = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const token = tokenOf(options.table, text);
    if (token !== undefined) return ofToken(token);
    throw wrongToken(request, options.guesses);
  }
  const isElsewhere =
    request.headers.origin !== undefined && options.origins.has(request.headers.origin);
  // A page elsewhere brings a token: a cookie would be lent to whatever runs in it.
  const token = isElsewhere ? undefined : sessionOf(options, request);
  if (token !== undefined) return ofToken(token);
  if (options.isOpenHere && !isElsewhere) return ANYBODY_HERE;
  throw unauthorised(
    'send a token in the header Authorization, as "Bearer clt_…"; "channel-ledger token create" makes one',
  );
}

function ofToken({ id, scope }: TokenView): Grant {
  return { holder: 'token', scope, tokenId: id };
}

/** What answers a token that opens nothing: 401, and 429 to who tries many. */
export function wrongToken({ ip }: FastifyRequest, guesses: RateLimit): Refusal {
  return guesses.take(ip) ? unauthorised('this token is unknown, revoked or expired') : tooMany();
}

function unauthorised(detail: string): Refusal {
  return new Refusal(401, detail, { 'www-authenticate': 'Bearer realm="channel-ledger"' });
}
