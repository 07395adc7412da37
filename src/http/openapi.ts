/** The API's own description, OpenAPI 3.1, made of the schemas that requests are checked by. */
import type { TObject, TSchema } from 'typebox';
import { EventsQuestion } from './events.ts';
import { PROBLEM_TYPE, Problem } from './problem.ts';
import type { Route } from './route.ts';
import { SessionAsked } from './session-routes.ts';
import { Health } from './view-schemas.ts';

const VERSION = '1';

const errors = {
  400: 'The question is not understood',
  401: 'A token is needed, or this one opens nothing',
  403: 'The token lacks the scope, or a foreign page asked',
  404: 'There is no such channel, node or path',
  421: 'The server does not answer to the name in Host',
  429: 'Too many requests',
  500: 'A mistake of the server',
  503: 'The ledger cannot be read',
};

type Json = Readonly<Record<string, unknown>>;

export function openApi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
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
        session: { type: 'apiKey', in: 'cookie', name: 'channel-ledger-session' },
      },
    },
  };
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: Json;
}

function operationOf({ method, path, summary, params, question, response, isOfLedger }: Route) {
  const unchanged = isOfLedger ? { 304: { description: 'As the ETag says, nothing is new' } } : {};
  return {
    path: braced(path),
    method: method.toLowerCase(),
    operation: {
      summary,
      parameters: [...parametersOf(params, 'path'), ...parametersOf(question, 'query')],
      responses: {
        200: {
          description: 'The answer',
          content: { 'application/json': { schema: plain(response) } },
        },
        ...unchanged,
        ...problems(),
      },
    },
  };
}

function others(): readonly Operation[] {
  const stream = (type: string, description: string) => ({
    200: { description, content: { [type]: { schema: { type: 'string' } } } },
    ...problems(),
  });
  const lastEventId = {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'only what came after this event',
    schema: { type: 'string' },
  };
  const { 401: needed, 429: often, 421: name } = problems();
  return [
    {
      path: '/healthz',
      method: 'get',
      operation: {
        summary: 'Whether the server runs',
        security: [],
        responses: {
          200: {
            description: 'It does',
            content: { 'application/json': { schema: plain(Health) } },
          },
          421: name,
          429: often,
        },
      },
    },
    {
      path: '/events',
      method: 'get',
      operation: {
        summary: 'The events as they are recorded, after those that were: server-sent events',
        parameters: [...parametersOf(EventsQuestion, 'query'), lastEventId],
        responses: stream('text/event-stream', 'Each event as "tail" prints it; no end'),
      },
    },
    {
      path: '/metrics',
      method: 'get',
      operation: {
        summary: 'Figures for Prometheus; balances for who sends a token',
        responses: stream('text/plain', 'The text format, version 0.0.4'),
      },
    },
    {
      path: '/session',
      method: 'post',
      operation: {
        summary: 'Exchanges a token for a cookie',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: plain(SessionAsked) } },
        },
        responses: {
          200: { description: 'The cookie is set' },
          400: problems()[400],
          401: needed,
        },
      },
    },
    {
      path: '/session',
      method: 'delete',
      operation: { summary: 'Ends the session', responses: { 204: { description: 'It is over' } } },
    },
  ];
}

function problems(): Record<keyof typeof errors, Json> {
  const schema = { $ref: '#/components/schemas/Problem' };
  const of = (status: keyof typeof errors) => ({
    description: errors[status],
    content: { [PROBLEM_TYPE]: { schema } },
  });
  return {
    400: of(400),
    401: of(401),
    403: of(403),
    404: of(404),
    421: of(421),
    429: of(429),
    500: of(500),
    503: of(503),
  };
}

function parametersOf(schema: TObject, where: 'path' | 'query'): readonly Json[] {
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties).map(([name, inner]) => {
    const { description, ...rest } = plain(inner);
    return {
      name,
      in: where,
      required: required.includes(name),
      ...(description !== undefined && { description }),
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
