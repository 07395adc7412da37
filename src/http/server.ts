/** The server: guards first, then the route, then the answer. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { whenAsked } from '../schema/when-asked.ts';
import { etagOf, isKnownTo, sendAnswer, sendJson, sendProblem, strictHeaders } from './answer.ts';
import { docsPaths, serveDocs } from './docs-page.ts';
import { EventIds } from './event-ids.ts';
import { type EventClients, newEventClients, serveEvents } from './events.ts';
import type { Grant } from './grant.ts';
import {
  crossOriginHeaders,
  type GuardOptions,
  grantOf,
  isLoopback,
  namesOf,
  refuseForeign,
} from './guard.ts';
import { LedgerFile } from './ledger-file.ts';
import { serveMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { type PageFile, pageDirectory, readPage, servePage } from './page.ts';
import { patienceWith } from './patience.ts';
import { type PlaceLimits, Places } from './places.ts';
import { failureText, isFailure, type OnError, Refusal } from './problem.ts';
import { type Rate, RateLimit, tooMany } from './rate.ts';
import { serveReplay } from './replay.ts';
import type { Answering, Route } from './route.ts';
import { routes } from './routes.ts';
import type { ServedLedger } from './served-ledger.ts';
import { serveSessions } from './session-routes.ts';
import { newSessions } from './sessions.ts';
import { refuseUnknown } from './unknown-path.ts';
import { Verifying, type VerifyOpening } from './verifying.ts';

export const LOOPBACK = '127.0.0.1';

export interface HttpOptions {
  readonly ledger: ServedLedger;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  /** PEM texts of the operator's own. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Further names that clients may call this server by. */
  readonly names?: readonly string[];
  /** Origins of pages elsewhere that may read answers, with a token. */
  readonly origins?: readonly string[];
  readonly rate?: Rate;
  readonly heartbeatMs?: number;
  /** A client of `/events` that takes nothing for so long is disconnected. */
  readonly stallMs?: number;
  /** A replay that is not over by then is cut; a day without. */
  readonly longestReplayMs?: number;
  /** How long an answer may be looked for. */
  readonly longestMs?: number;
  /** How long a request may take to arrive. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** Where the built page lies; that of this package without. */
  readonly page?: string;
  /** How a thread that verifies opens the ledger. */
  readonly verify?: VerifyOpening;
  /** Told of every failure that is no fault of a request; to stderr without. */
  readonly onError?: OnError;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 16 * 1024;
/** All that Node takes: what is too long for a name its own schema refuses, in a sentence. */
const LONGEST_PATH_PART = 16 * 1024;
const MOST_CONNECTIONS = 1024;
/** Who sends slowly holds a socket: so long for the headers, and for the whole request. */
const USUAL_PATIENCE = { headersMs: 10_000, requestMs: 15_000 };
/** Others are answered meanwhile, and slower. */
const LONGEST_MS = 20_000;
/** Each takes its turns with every other answer. */
const SEARCHES: PlaceLimits = { most: 2, what: 'searches' };
/** As many tabs ask for one at once. */
const DOSSIERS: PlaceLimits = { most: 8, what: 'dossiers' };
/** A page that is moved through time asks often; a mistake of a program asks without end. */
const USUAL_RATE: Rate = { perSecond: 500, burst: 2000 };
/** A token cannot be guessed; whoever tries should not keep the machine busy. */
const GUESS_RATE: Rate = { perSecond: 1, burst: 20 };

/** Routes check and spell by their own schemas; Fastify's compilers would be loaded for nothing. */
const noCompilers = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new Error('a route is declared by route.ts, without a schema of Fastify');
}

/** Serves until it is closed. Beyond loopback it refuses to begin without TLS. */
export async function startServer(options: HttpOptions): Promise<HttpServer> {
  const { ledger, port, host = LOOPBACK, tls, names = [] } = options;
  if (!isLoopback(host) && tls === undefined) {
    throw new Error('beyond this machine the server needs a certificate and its key');
  }
  const guard: GuardOptions = {
    table: ledger.store,
    sessions: newSessions(),
    guesses: new RateLimit(GUESS_RATE),
    names: namesOf(host, names),
    origins: new Set(options.origins),
    isOpenHere: isLoopback(host),
  };
  const { headersMs, requestMs } = options.patience ?? USUAL_PATIENCE;
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
  const { onError = tellStderr } = options;
  const clients = newEventClients();
  const page = readPage(options.page ?? pageDirectory());
  const open = new Set(['/', '/healthz', ...docsPaths, ...page.map(({ path }) => path)]);
  const rate = options.rate ?? USUAL_RATE;
  const file = new LedgerFile(ledger.path);
  const grants = guarded(app, guard, { rate, open, file, onError });
  const grantFor = (request: FastifyRequest) => grants.get(request) ?? refuseUnguarded();
  const verifying = new Verifying(ledger, options.verify ?? {}, onError);
  const searches = new Places(SEARCHES);
  const dossiers = new Places(DOSSIERS);
  const answering = { ledger, verifying, searches, dossiers, eventIds: new EventIds(ledger) };
  const { longestMs = LONGEST_MS } = options;
  for (const one of routes) serveRoute(app, one, { ...answering, longestMs }, grantFor);
  serveOthers(app, { options, guard, file, clients, grantFor, page, onError });
  await app.listen({ port, host });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      clients.endAll();
      await verifying.close();
      await app.close();
    },
  };
}

function tellStderr(error: unknown, where: string): void {
  process.stderr.write(`${failureText(error, where)}\n`);
}

const whereOf = ({ method, url }: FastifyRequest) => `${method} ${url}`;

type GrantFor = (request: FastifyRequest) => Grant;

function refuseUnguarded(): never {
  throw new Refusal(401, 'nobody looked at this request');
}

interface Limits {
  readonly rate: Rate;
  /** What anybody may ask. */
  readonly open: ReadonlySet<string>;
  readonly file: LedgerFile;
  readonly onError: OnError;
}

/** Every request passes here, one for a path that is not there too. */
function guarded(
  app: FastifyInstance,
  guard: GuardOptions,
  { rate, open, file, onError }: Limits,
): WeakMap<FastifyRequest, Grant> {
  const grants = new WeakMap<FastifyRequest, Grant>();
  const requests = new RateLimit(rate);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(strictHeaders);
    // First, so that no page of somebody else's uses up what the operator may ask.
    refuseForeign(request, guard);
    if (!requests.take(request.ip)) throw tooMany();
    const shared = crossOriginHeaders(request, guard);
    reply.headers(shared);
    if (request.method === 'OPTIONS' && 'access-control-allow-origin' in shared) {
      return reply.code(204).send();
    }
    if (isForAnybody(request, open)) return undefined;
    grants.set(request, grantOf(request, guard));
    // Whoever may know: an answer of a ledger that is no longer there would seem to be of the one that is.
    file.assertThere();
    return undefined;
  });
  app.setErrorHandler((error, request, reply) => {
    if (isFailure(error)) onError(error, whereOf(request));
    return sendProblem(reply, error);
  });
  refuseUnknown(app);
  return grants;
}

/** What tells nothing of the ledger (`open`), and how a page hands its token in. */
function isForAnybody(
  { method, routeOptions: { url = '' } }: FastifyRequest,
  open: ReadonlySet<string>,
): boolean {
  return open.has(url) || (url === '/session' && method !== 'GET');
}

function serveRoute(
  app: FastifyInstance,
  { method, path, isOfLedger, status, answer }: Route,
  { longestMs, ...answering }: Answering & { readonly longestMs: number },
  grantFor: GrantFor,
): void {
  app.route({
    method,
    url: path,
    async handler(request, reply) {
      const { ledger } = answering;
      if (isOfLedger && isKept(request) && (await isUnchanged(request, reply, ledger)))
        return reply.code(304).send();
      const { params, query: question } = request;
      const grant = grantFor(request);
      const patience = () => patienceWith(reply, longestMs);
      const answered: unknown = await answer({ ...answering, params, question, grant, patience });
      return sendAnswer(request, reply.code(status), answered);
    },
  });
}

/** An answer with secrets is kept nowhere: a browser would have it on its disk. */
function isKept({ query }: FastifyRequest): boolean {
  return !(typeof query === 'object' && query !== null && 'secrets' in query);
}

/** The position is read before the answer is made: what comes between makes it new once more. */
async function isUnchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  { store }: ServedLedger,
): Promise<boolean> {
  const etag = etagOf(request, await store.lastCheckpoint());
  reply.headers({ etag, 'cache-control': 'private, no-cache' });
  return isKnownTo(request, etag);
}

interface Serving {
  readonly options: HttpOptions;
  readonly guard: GuardOptions;
  readonly file: LedgerFile;
  readonly clients: EventClients;
  readonly grantFor: GrantFor;
  readonly page: readonly PageFile[];
  readonly onError: OnError;
}

function serveOthers(
  app: FastifyInstance,
  { options, guard, file, clients, grantFor, page, onError }: Serving,
): void {
  const { ledger, heartbeatMs, stallMs, longestReplayMs } = options;
  const description = whenAsked(() => openApi(routes));
  app.get('/healthz', (request, reply) => sendJson(request, reply, { status: 'ok' }));
  app.get('/openapi.json', (request, reply) => sendJson(request, reply, description()));
  const times = {
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(stallMs !== undefined && { stallMs }),
    ...(longestReplayMs !== undefined && { longestMs: longestReplayMs }),
  };
  const isLetIn = (request: FastifyRequest) => isStillLetIn(request, { guard, file, onError });
  const whoOf = (request: FastifyRequest) => grantFor(request).tokenId ?? request.ip;
  const streaming = { clients, times, isLetIn, whoOf, onError };
  serveEvents(app, ledger, streaming);
  serveReplay(app, ledger, streaming);
  serveDocs(app, description);
  servePage(app, page);
  serveMetrics(app, { ledger, clients, grantFor });
  serveSessions(app, guard);
}

/**
 * What opened a stream may be taken back while the stream is open, and so may the ledger's file: nothing
 * more would come. Who asks again is told why.
 */
function isStillLetIn(
  request: FastifyRequest,
  { guard, file, onError }: Pick<Serving, 'guard' | 'file' | 'onError'>,
): boolean {
  try {
    grantOf(request, guard);
    file.assertThere();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) onError(error, whereOf(request));
    return false;
  }
}
