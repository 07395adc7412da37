/** Where a page exchanges its token for a cookie, and gives it back. */
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { OneOf } from '../schema/fields.ts';
import { sendJson } from './answer.ts';
import { scopes } from './grant.ts';
import { Refusal } from './problem.ts';
import { beginSession, endSession, type Sessions } from './sessions.ts';
import { type MetaTable, tokenOf } from './tokens.ts';

export const SessionAsked = Type.Object(
  { token: Type.String({ maxLength: 100 }) },
  { additionalProperties: false },
);
export const SessionBegun = Type.Object({ scope: OneOf(...scopes) });
const asked = Compile(SessionAsked);

interface SessionOptions {
  readonly table: MetaTable;
  readonly sessions: Sessions;
  /** The line is encrypted: the cookie must never go out on one that is not. */
  readonly isSecure: boolean;
}

export function serveSessions(
  app: FastifyInstance,
  { table, sessions, isSecure }: SessionOptions,
): void {
  app.post('/session', async (request, reply) => {
    const { body } = request;
    if (!asked.Check(body)) throw new Refusal(400, 'send {"token": "clt_…"} as JSON');
    const token = tokenOf(table, body.token);
    if (token === undefined) throw new Refusal(401, 'this token is unknown, revoked or expired');
    reply.header('set-cookie', beginSession(sessions, token, isSecure));
    return sendJson(request, reply, { scope: token.scope });
  });
  app.delete('/session', async (request, reply) => {
    reply.header('set-cookie', endSession(sessions, request.headers.cookie, isSecure));
    return reply.code(204).send();
  });
}
