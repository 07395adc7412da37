/** The listening side: what a connection may take of this process before any route is asked. */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { sendProblem, strictHeaders } from './answer.ts';
import { STALL_MS } from './event-output.ts';
import { inParts, PART_BYTES } from './in-parts.ts';

export interface Listening {
  /** PEM texts of the operator's own. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** How long a request may take to arrive. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** Who takes nothing of an answer for so long is disconnected, and a client of `/events` too. */
  readonly stallMs?: number;
}

const MOST_BODY_BYTES = 16 * 1024;
/** All that Node takes: what is too long for a name its own schema refuses, in a sentence. */
const LONGEST_PATH_PART = 16 * 1024;
const MOST_CONNECTIONS = 1024;
const MOST_OF_ONE = 512;
/** Who sends slowly holds a socket: so long for the headers, and for the whole request. */
const USUAL_PATIENCE = { headersMs: 10_000, requestMs: 15_000 };

/** Routes check and spell by their own schemas; Fastify's compilers would be loaded for nothing. */
const noCompilers = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new Error('a route is declared by route.ts, without a schema of Fastify');
}

export function newApp({
  tls,
  patience = USUAL_PATIENCE,
  stallMs = STALL_MS,
}: Listening): FastifyInstance {
  const { headersMs, requestMs } = patience;
  const checked = { connectionsCheckingInterval: headersMs / 2 };
  const app: FastifyInstance = fastify({
    bodyLimit: MOST_BODY_BYTES,
    routerOptions: { maxParamLength: LONGEST_PATH_PART },
    requestTimeout: requestMs,
    // Of a URL that is none: no hook has seen it.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply.headers(strictHeaders), error);
    },
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    schemaController: { compilersFactory: noCompilers },
    ...(tls ? { https: { ...checked, ...encrypting(tls, headersMs) } } : { http: checked }),
  });
  app.server.headersTimeout = headersMs;
  app.server.maxConnections = MOST_CONNECTIONS;
  app.server.on('connection', sharedOut(new Map()));
  app.addHook('onSend', async (_request, reply, answer: unknown) => {
    if (typeof answer !== 'string' && !Buffer.isBuffer(answer)) return answer;
    if (answer.length < PART_BYTES) return answer;
    const bytes = typeof answer === 'string' ? Buffer.from(answer) : answer;
    reply.header('content-length', bytes.length);
    return inParts(bytes, reply, stallMs);
  });
  return app;
}

/** Before the handshake there is no request that could be late: without an end of its own it is let 120 s. */
function encrypting({ certificate, key }: NonNullable<Listening['tls']>, handshakeMs: number) {
  return { cert: certificate, key, handshakeTimeout: handshakeMs };
}

/** One address that opens sockets without end leaves others theirs. */
function sharedOut(open: Map<string, number>): (socket: Socket) => void {
  return (socket) => {
    const { remoteAddress: who = '' } = socket;
    const own = (open.get(who) ?? 0) + 1;
    open.set(who, own);
    socket.once('close', () => {
      const left = (open.get(who) ?? 1) - 1;
      if (left === 0) open.delete(who);
      else open.set(who, left);
    });
    if (own > MOST_OF_ONE) socket.destroy();
  };
}
