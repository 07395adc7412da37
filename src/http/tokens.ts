/**
 * Tokens: who may ask from elsewhere. 256 random bits, of which the ledger's file keeps a SHA-256 and
 * nothing else: a plain hash is enough where nobody can guess what was hashed.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { codecOf } from '../schema/codec.ts';
import { Fields, ListOf, Maybe, OneOf, Time } from '../schema/fields.ts';
import type { LocalStore } from '../store/event-store.ts';
import { nowText } from './clock.ts';
import { type Scope, scopes } from './grant.ts';

const KEPT_UNDER = 'http-tokens';
const SECRET_BYTES = 32;
const ID_BYTES = 4;
const FORM = /^clt_([0-9a-f]{8})_([A-Za-z0-9_-]{43})$/;

const KeptToken = Fields({
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  /** Chosen by who made it. */
  name: Type.String({ maxLength: 100 }),
  scope: OneOf(...scopes),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  createdAt: Time,
  expiresAt: Maybe(Time),
});
type KeptToken = Static<typeof KeptToken>;
const keptTokens = codecOf('tokens', Fields({ tokens: ListOf(KeptToken) }));

/** A token as it is listed: what it opens, never the token. */
export type TokenView = Omit<KeptToken, 'hash'>;

/** The part of a store that small facts about a ledger are kept in. */
export type MetaTable = Pick<LocalStore, 'getMeta' | 'updateMeta'>;

export interface NewToken {
  readonly name: string;
  readonly scope: Scope;
  /** RFC 3339 with nine decimals; never where it is left out. */
  readonly expiresAt?: string;
}

/** Makes a token; its text is handed out this once. */
export function createToken(
  table: MetaTable,
  { name, scope, expiresAt }: NewToken,
): { readonly token: string; readonly view: TokenView } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const id = randomBytes(ID_BYTES).toString('hex');
  const view = { id, name, scope, createdAt: nowText(), ...(expiresAt && { expiresAt }) };
  const made = { ...view, hash: hashOf(secret).toString('hex') };
  change(table, (all) => [...all, made]);
  return { token: `clt_${id}_${secret}`, view };
}

export function listTokens(table: MetaTable): readonly TokenView[] {
  return kept(table).map(({ hash: _hash, ...view }) => view);
}

/** False where there is no such token. */
export function revokeToken(table: MetaTable, id: string): boolean {
  let isFound = false;
  change(table, (all) => {
    const others = all.filter((token) => token.id !== id);
    isFound = others.length < all.length;
    return isFound ? others : undefined;
  });
  return isFound;
}

/** The token that a text is, as long as it is neither revoked nor expired. */
export function tokenOf(table: MetaTable, text: string): TokenView | undefined {
  const [, id = '', secret = ''] = FORM.exec(text) ?? [];
  const found = kept(table).find((token) => token.id === id);
  // Somebody who guesses learns no id by how long the answer takes.
  const expected = found === undefined ? hashOf('') : Buffer.from(found.hash, 'hex');
  if (!timingSafeEqual(hashOf(secret), expected) || found === undefined) return undefined;
  return isOver(found) ? undefined : viewOf(found);
}

/** One that was found earlier, if it still opens anything. */
export function tokenById(table: MetaTable, id: string): TokenView | undefined {
  const found = kept(table).find((token) => token.id === id);
  return found === undefined || isOver(found) ? undefined : viewOf(found);
}

function viewOf({ hash: _hash, ...view }: KeptToken): TokenView {
  return view;
}

/** Whether its time has come: it opens nothing any more. */
export function isOver({ expiresAt }: Pick<TokenView, 'expiresAt'>): boolean {
  return expiresAt !== undefined && expiresAt <= nowText();
}

/** Read each time: another process makes and revokes them. */
function kept(table: MetaTable): readonly KeptToken[] {
  return tokensIn(table.getMeta(KEPT_UNDER));
}

function tokensIn(text: string | undefined): readonly KeptToken[] {
  return text === undefined ? [] : keptTokens.parse(JSON.parse(text)).tokens;
}

/** In one transaction: a token that another process revokes meanwhile must not come back. */
function change(
  table: MetaTable,
  next: (all: readonly KeptToken[]) => readonly KeptToken[] | undefined,
): void {
  table.updateMeta(KEPT_UNDER, (text) => {
    const tokens = next(tokensIn(text));
    return tokens && keptTokens.encode({ tokens: [...tokens] });
  });
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
