/** A page's session: its token exchanged for a cookie that no script can read. */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type MetaTable, type TokenView, tokenById } from './tokens.ts';

const COOKIE = 'channel-ledger-session';
const SESSION_BYTES = 32;
const MOST_SESSIONS = 1000;
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

/** Session id → token id. They end with the server. */
export type Sessions = LRUCache<string, string>;

export function newSessions(): Sessions {
  return new LRUCache({ max: MOST_SESSIONS, ttl: LONGEST_MS });
}

/** The part of a request that sessions are about. */
export interface Asking {
  readonly protocol: string;
  readonly headers: { readonly host?: string | undefined; readonly cookie?: string | undefined };
}

/** The header that sets the cookie of a new session. */
export function beginSession(sessions: Sessions, { id }: TokenView, asking: Asking): string {
  const session = randomBytes(SESSION_BYTES).toString('base64url');
  sessions.set(session, id);
  return cookieText(session, asking);
}

/** The header that takes the cookie back. */
export function endSession(sessions: Sessions, asking: Asking): string {
  const session = sessionIn(asking);
  if (session !== undefined) sessions.delete(session);
  return `${cookieText('', asking)}; Max-Age=0`;
}

/** The token that a session was begun with, as long as it opens anything. */
export function sessionOf(
  { sessions, table }: { readonly sessions: Sessions; readonly table: MetaTable },
  asking: Asking,
): TokenView | undefined {
  const session = sessionIn(asking);
  const id = session === undefined ? undefined : sessions.get(session);
  return id === undefined ? undefined : tokenById(table, id);
}

function sessionIn(asking: Asking): string | undefined {
  const start = `${cookieName(asking)}=`;
  const pairs = asking.headers.cookie?.split(';').map((pair) => pair.trim()) ?? [];
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
}

const isEncrypted = ({ protocol }: Asking) => protocol === 'https';

/**
 * Cookies know no port, so the name has it: two ledgers on one host would end each other's sessions.
 * It is the port that the browser knows, which a tunnel may have changed.
 */
function cookieName(asking: Asking): string {
  const usual = isEncrypted(asking) ? '443' : '80';
  const port = /:(\d{1,5})$/.exec(asking.headers.host ?? '')?.[1] ?? usual;
  return `${isEncrypted(asking) ? '__Host-' : ''}${COOKIE}-${port}`;
}

function cookieText(session: string, asking: Asking): string {
  // One that was set on an encrypted line never goes out on another.
  const secure = isEncrypted(asking) ? '; Secure' : '';
  return `${cookieName(asking)}=${session}; HttpOnly; SameSite=Strict; Path=/${secure}`;
}
