/** The API's own description, OpenAPI 3.1, made of the schemas that requests are checked by. */
import type { TObject, TSchema } from 'typebox';
import { EventsQuestion } from './events.ts';
import { PROBLEM_TYPE, Problem } from './problem.ts';
import { ReplayQuestion } from './replay.ts';
import type { Route } from './route.ts';
import { SessionAsked, SessionBegun } from './session-routes.ts';
import { Health } from './view-schemas.ts';

const VERSION = '1';

const errors = {
  400: 'The question is not understood',
  401: 'A token is needed, or this one opens nothing',
  403: 'The token lacks the scope, or a foreign page asked',
  404: 'There is no such channel, node or path',
  409: 'Not now: the sentence says why',
  413: 'The body is too large',
  415: 'The body is no JSON',
  421: 'The server does not answer to the name in Host',
  429: 'Too many requests',
  500: 'A mistake of the server',
  503: 'The ledger cannot be read',
};

export type Json = Readonly<Record<string, unknown>>;

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Json;
}

export interface OpenApiOperation {
  readonly summary: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

interface OpenApiResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly Json[];
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: Json;
}

export function openApi(routes: readonly Route[]): OpenApi {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const one of [...routes.map(operationOf), ...others()]) {
    paths[one.path] = { ...paths[one.path], [one.method]: one.operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'channel-ledger',
      version: VERSION,
      description:
        'Every state of your Lightning channels, at any moment. Amounts are decimal strings.',
    },
    security: [{}, { token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Problem: plain(Problem) },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'channel-ledger-session-8470',
          description: 'the port is that of this server; under TLS the name begins with __Host-',
        },
      },
    },
  };
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

function operationOf(route: Route): Operation {
  const { method, path, summary, params, question, response, isOfLedger, status, texts } = route;
  const unchanged = isOfLedger ? { 304: { description: 'As the ETag says, nothing is new' } } : {};
  return {
    path: braced(path),
    method: method.toLowerCase(),
    operation: {
      summary,
      parameters: [...parametersOf(params, 'path'), ...parametersOf(question, 'query')],
      responses: {
        [status]: {
          description: 'The answer',
          content: {
            'application/json': { schema: plain(response) },
            ...Object.fromEntries(
              Object.entries(texts).map(([type, description]) => {
                return [type, { schema: { type: 'string', description } }];
              }),
            ),
          },
        },
        ...unchanged,
        ...refusalsOf(route),
      },
    },
  };
}

type Status = keyof typeof errors;
const OF_ALL: readonly Status[] = [400, 401, 403, 421, 429, 500, 503];

/** A body is looked at wherever one may come, also where none is wanted: it may be broken or too large. */
const OF_BODIES: readonly Status[] = [400, 413, 415];

/** What is not found is a channel or a node: a route that takes neither finds all there is. */
function refusalsOf({ method, params, question, refusals }: Route): OpenApiOperation['responses'] {
  const ofBody = method === 'GET' ? [] : OF_BODIES;
  const isNamed = 'name' in params.properties || 'node' in question.properties;
  const own = refusals.filter((status): status is Status => status in errors);
  return problems([...OF_ALL, ...ofBody, ...(isNamed ? ([404] as const) : []), ...own]);
}

function others(): readonly Operation[] {
  const stream = (type: string, description: string, statuses: readonly Status[]) => ({
    200: { description, content: { [type]: { schema: { type: 'string' } } } },
    ...problems(statuses),
  });
  const json = (schema: TSchema, description: string) => ({
    200: { description, content: { 'application/json': { schema: plain(schema) } } },
  });
  const lastEventId: OpenApiParameter = {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'only what came after this event',
    schema: { type: 'string' },
  };
  return [
    {
      path: '/healthz',
      method: 'get',
      operation: {
        summary: 'Whether the server runs',
        security: [],
        responses: { ...json(Health, 'It does'), ...problems([403, 421, 429]) },
      },
    },
    {
      path: '/events',
      method: 'get',
      operation: {
        summary: 'The events as they are recorded, after those that were: server-sent events',
        parameters: [...parametersOf(EventsQuestion, 'query'), lastEventId],
        responses: stream('text/event-stream', 'Each event as "tail" prints it; no end', [
          ...OF_ALL,
          404,
        ]),
      },
    },
    {
      path: '/replay',
      method: 'get',
      operation: {
        summary: 'What was recorded, in the rhythm in which it happened: server-sent events',
        parameters: parametersOf(ReplayQuestion, 'query'),
        responses: stream(
          'text/event-stream',
          'Each event as "tail" prints it; "shortened" names a pause, "end" is the last and says where the replay was cut',
          [...OF_ALL, 404],
        ),
      },
    },
    {
      path: '/metrics',
      method: 'get',
      operation: {
        summary: 'Figures for Prometheus; balances for who sends a token',
        responses: stream(
          'text/plain',
          'The text format, version 0.0.4',
          OF_ALL.filter((status) => status !== 400),
        ),
      },
    },
    {
      path: '/session',
      method: 'post',
      operation: {
        summary: 'Exchanges a token for a cookie',
        security: [],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: plain(SessionAsked) } },
        },
        responses: {
          ...json(SessionBegun, 'The cookie is set'),
          ...problems([401, 403, 421, 429, 500, 503, ...OF_BODIES]),
        },
      },
    },
    {
      path: '/session',
      method: 'delete',
      operation: {
        summary: 'Ends the session',
        security: [],
        responses: {
          204: { description: 'It is over' },
          ...problems([403, 421, 429, ...OF_BODIES]),
        },
      },
    },
  ];
}

function problems(statuses: readonly Status[]): OpenApiOperation['responses'] {
  const schema = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: errors[status], content: { [PROBLEM_TYPE]: { schema } } },
    ]),
  );
}

function parametersOf(schema: TObject, where: 'path' | 'query'): readonly OpenApiParameter[] {
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties).map(([name, inner]) => {
    const { description, ...rest } = plain(inner);
    return {
      name,
      in: where,
      required: required.includes(name),
      ...(typeof description === 'string' && { description }),
      schema: rest,
    };
  });
}

/** `/channels/:name` as OpenAPI writes it. */
function braced(path: string): string {
  return path.replace(/:([a-zA-Z]+)/g, '{$1}');
}

/** JSON Schema alone: what this program notes in its schemas for itself is left out. */
function plain(schema: TSchema): Record<string, unknown> {
  const own = new Set(['codec', 'minimumBigint']);
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (own.has(key) ? undefined : value)),
  );
}
