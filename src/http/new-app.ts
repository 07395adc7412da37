/** The listening side: what a connection may take of this process before any route is asked. */
import fastify, { type FastifyInstance } from 'fastify';
import { sendProblem, strictHeaders } from './answer.ts';

export interface Listening {
  /** PEM texts of the operator's own. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** How long a request may take to arrive. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
}

const MOST_BODY_BYTES = 16 * 1024;
/** All that Node takes: what is too long for a name its own schema refuses, in a sentence. */
const LONGEST_PATH_PART = 16 * 1024;
const MOST_CONNECTIONS = 1024;
/** Who sends slowly holds a socket: so long for the headers, and for the whole request. */
const USUAL_PATIENCE = { headersMs: 10_000, requestMs: 15_000 };

/** Routes check and spell by their own schemas; Fastify's compilers would be loaded for nothing. */
const noCompilers = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new Error('a route is declared by route.ts, without a schema of Fastify');
}

export function newApp({ tls, patience = USUAL_PATIENCE }: Listening): FastifyInstance {
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
    ...(tls ? { https: { ...checked, cert: tls.certificate, key: tls.key } } : { http: checked }),
  });
  app.server.headersTimeout = headersMs;
  app.server.maxConnections = MOST_CONNECTIONS;
  return app;
}
