/** Where a page exchanges its token for a cookie, and gives it back. */
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { OneOf } from '../schema/fields.ts';
import { sendJson } from './answer.ts';
import { scopes } from './grant.ts';
import { type GuardOptions, wrongToken } from './guard.ts';
import { Refusal } from './problem.ts';
import { beginSession, endSession } from './sessions.ts';
import { tokenOf } from './tokens.ts';

export const SessionAsked = Type.Object(
  { token: Type.String({ maxLength: 100 }) },
  { additionalProperties: false },
);
export const SessionBegun = Type.Object({ scope: OneOf(...scopes) });
const asked = Compile(SessionAsked);

type SessionOptions = Pick<GuardOptions, 'table' | 'sessions' | 'guesses'>;

export function serveSessions(
  app: FastifyInstance,
  { table, sessions, guesses }: SessionOptions,
): void {
  app.post('/session', async (request, reply) => {
    const { body } = request;
    if (!asked.Check(body)) throw new Refusal(400, 'send {"token": "clt_…"} as JSON');
    const token = tokenOf(table, body.token);
    if (token === undefined) throw wrongToken(request, guesses);
    reply.header('set-cookie', beginSession(sessions, token, request));
    return sendJson(request, reply, { scope: token.scope });
  });
  app.delete('/session', async (request, reply) => {
    reply.header('set-cookie', endSession(sessions, request));
    return reply.code(204).send();
  });
}
