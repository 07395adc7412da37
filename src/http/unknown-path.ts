/** What is answered where no route is. */
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './answer.ts';
import { Refusal } from './problem.ts';

/** A path that is not there, or one that is there for other methods. */
export function refuseUnknown(app: FastifyInstance): void {
  const methods = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()]);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const known = [...methods].find(([url]) => isAt(path, url))?.[1];
    if (known === undefined) {
      const nothing = new Refusal(404, 'there is nothing here: /openapi.json lists what is');
      return sendProblem(reply, nothing);
    }
    const allow = known.join(', ');
    const { method } = request;
    return sendProblem(
      reply,
      new Refusal(405, `${method} is not for this path: ${allow} is`, { allow }),
    );
  });
}

/** Whether a path is one of a route's, whose parameters begin with a colon. */
function isAt(path: string, url: string): boolean {
  const [parts, wanted] = [path.split('/'), url.split('/')];
  const isSame = (part: string, nth: number) =>
    wanted[nth]?.startsWith(':') ? part !== '' : part === wanted[nth];
  return parts.length === wanted.length && parts.every(isSame);
}
