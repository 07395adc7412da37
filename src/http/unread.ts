/** Requests that no route is asked: those that never arrive whole, and those that do not say to whom they go. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { strictHeaders } from './answer.ts';
import { PROBLEM_TYPE, problemOf, Refusal } from './problem.ts';

/** Node's own answers to them are a bare status, and Fastify's a form of its own. */
export function answerUnread(app: FastifyInstance): void {
  app.server.removeAllListeners('clientError');
  app.server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (socket.writable && error.code !== 'ECONNRESET') socket.write(answerTo(error));
    socket.destroy(error);
  });
  // Node would answer one without Host itself, and with nothing: `refuseUnnamed` does.
  Object.assign(app.server, { requireHostHeader: false });
  // No route takes any: it would be read, and passed over.
  app.removeContentTypeParser('text/plain');
}

/** Of two names one is checked, and somebody before this server may have gone by the other. */
export function refuseUnnamed({ raw: { rawHeaders } }: FastifyRequest): void {
  const count = rawHeaders.filter((name, index) => {
    return index % 2 === 0 && name.toLowerCase() === 'host';
  }).length;
  if (count === 1) return;
  const found = count === 0 ? 'there is none' : `there are ${count}`;
  throw new Refusal(400, `a request names its server in one header Host: ${found}`);
}

function answerTo({ code }: NodeJS.ErrnoException): string {
  const problem = problemOf(refusalOf(code));
  const body = JSON.stringify(problem);
  const headers = {
    ...strictHeaders,
    'cache-control': 'no-store',
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join(
    '\r\n',
  );
}

function refusalOf(code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refusal(408, 'the request did not arrive whole in time: send it again at once');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal(
      431,
      'the headers are longer than is taken here: send fewer, or shorter ones',
    );
  }
  return new Refusal(400, 'this is no request of HTTP/1.1');
}
