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

/** The header that sets the cookie of a new session. */
export function beginSession(sessions: Sessions, { id }: TokenView, isSecure: boolean): string {
  const session = randomBytes(SESSION_BYTES).toString('base64url');
  sessions.set(session, id);
  return cookieText(session, isSecure);
}

/** The header that takes the cookie back. */
export function endSession(
  sessions: Sessions,
  cookie: string | undefined,
  isSecure: boolean,
): string {
  const session = sessionIn(cookie);
  if (session !== undefined) sessions.delete(session);
  return `${cookieText('', isSecure)}; Max-Age=0`;
}

/** The token that a session was begun with, as long as it opens anything. */
export function sessionOf(
  { sessions, table }: { readonly sessions: Sessions; readonly table: MetaTable },
  cookie: string | undefined,
): TokenView | undefined {
  const session = sessionIn(cookie);
  const id = session === undefined ? undefined : sessions.get(session);
  return id === undefined ? undefined : tokenById(table, id);
}

function sessionIn(cookie: string | undefined): string | undefined {
  const [, session] =
    /(?:^|; *)channel-ledger-session=([A-Za-z0-9_-]{43})(?:;|$)/.exec(cookie ?? '') ?? [];
  return session;
}

function cookieText(session: string, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  return `${COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/${secure}`;
}
