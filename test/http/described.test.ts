/** Every route against its own description: what it answers, and every status it says it refuses with. */
import { request as send } from 'node:http';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OpenApi, OpenApiOperation } from '../../src/http/openapi.ts';
import { openApi } from '../../src/http/openapi.ts';
import { Problem } from '../../src/http/problem.ts';
import { routes } from '../../src/http/routes.ts';
import type { ServedLedger } from '../../src/http/served-ledger.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { idOf } from './event-client.ts';
import { demoLedger, withServer } from './served.ts';

const QUESTIONS_OF_EACH = 12;

const ledger = await demoLedger('described');
test.after(() => ledger.close());
const description: OpenApi = JSON.parse(JSON.stringify(openApi(routes)));
const [open] = ledger.channels();
const [closed] = ledger.closed();
const [first] = ledger.store.allEvents();
if (open === undefined || closed === undefined || first === undefined) {
  throw new Error('the demo has both, and events');
}

interface Operation extends OpenApiOperation {
  readonly path: string;
  readonly method: string;
}
const operations: readonly Operation[] = Object.entries(description.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
);

/** What may stand for a parameter, by its name; the rest is for fuzzing. */
const samples: Readonly<Record<string, readonly string[]>> = {
  name: [open.channelId, closed.channelId, open.shortChannelId ?? '', open.channelId.slice(0, 8)],
  event: ['1', '77', '999999999', '00000000-0000-8000-8000-000000000000'],
  at: ['height:20', 'position:50', 'revision:9', 'commitment:local:2', '2100-01-01'],
  knownAt: ['2100-01-01', '2000-01-01T00:00:00Z'],
  node: [open.nodeId, open.nodeId.slice(0, 10), 'nobody'],
  source: ['ldk', 'lnd-db'],
  from: ['height:1', 'revision:2', '2000-01-01'],
  to: ['height:200', 'revision:20', '2100-01-01'],
  by: ['day', 'channel', 'peer'],
  between: ['channel', 'peer', 'day'],
  type: ['HtlcAdded', 'HtlcAdded,HtlcSettled', ','],
  limit: ['1', '1000', '0', '1001', '1.5'],
  points: ['6', '20000', '5'],
  after: ['0', '5', '99999999999', idOf(first), `1-${'0'.repeat(16)}`],
  secrets: ['true', 'false'],
  format: ['json', 'html', 'markdown'],
  full: ['true', 'false'],
  condition: ['htlcs.size() > 0', 'localBalanceMsat < 5', 'nothing(', '1'],
  any: ['true', 'false'],
  newest: ['true', 'false'],
  field: ['localBalanceMsat', 'local.number', 'nothing', 'a b'],
  channel: [open.channelId, closed.channelId, '1x1x1'],
  peer: [open.peerId ?? '', 'me'],
  speed: ['1000000000', '0', '-1'],
  maxPause: ['0', '-1'],
  signatures: ['maybe'],
  rebalanceFees: ['true', 'false'],
  fields: ['nodeId', 'nodeId,nodeId', 'nodeId,nothing', 'count', ','],
  'Last-Event-ID': [idOf(first), `1-${'0'.repeat(16)}`, '1', '99999999', 'x'],
};
const junk = [
  '',
  '\u0000',
  '../..',
  '%',
  '<script>',
  "' OR 1=1 --",
  '9'.repeat(300),
  '\u202e',
  '{}',
  '-1',
  'NaN',
];

const bodies = ['', '{}', '{"token":"x"}', '[', '<a/>', 'x'.repeat(20_000)];
const bodyTypes = ['application/json', 'text/plain', 'text/xml', 'nonsense', ''];

interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** An answer without end is left once it has begun. */
function ask(port: number, { method, path, headers = {}, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Node writes no length of its own for methods that rarely have a body.
    const length = body && { 'content-length': Buffer.byteLength(body) };
    const sent = send({
      ...{ port, host: '127.0.0.1', method: method.toUpperCase(), path },
      headers: { ...headers, ...length },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const type = String(response.headers['content-type'] ?? '').replace(/;.*/, '');
      const status = response.statusCode ?? 0;
      let text = '';
      if (type === 'text/event-stream') {
        sent.off('error', reject).on('error', () => undefined);
        sent.destroy();
        resolve({ status, type, body: '' });
        return;
      }
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status, type, body: text }));
    });
    sent.end(body);
  });
}

const checkers = new Map<object, ReturnType<typeof Compile>>();

/** Throws where an answer is not one that the operation describes. */
function assertDescribed({ responses }: Operation, { status, type, body }: Answer, what: string) {
  const described = responses[status];
  assert.ok(described, `${what}: ${status} is not described: ${body.slice(0, 300)}`);
  const forms = described.content ?? {};
  if (Object.keys(forms).length === 0) {
    assert.is(body, '', what);
    return;
  }
  const form = forms[type];
  assert.ok(form, `${what}: ${status} as ${type} is not described`);
  if (!type.endsWith('json')) return;
  const schema = status >= 400 ? Problem : form.schema;
  const checker = checkers.get(schema) ?? Compile(schema);
  checkers.set(schema, checker);
  const [first] = checker.Errors(JSON.parse(body));
  assert.is(first, undefined, `${what}: ${JSON.stringify(first)}`);
}

function asked(
  { path, method, parameters = [] }: Operation,
  value: (name: string) => string | undefined,
): Question {
  const url = new URLSearchParams();
  const headers: Record<string, string> = { host: 'localhost' };
  let filled = path;
  for (const { name, in: where, required = false } of parameters) {
    const text = value(name) ?? (required ? samples[name]?.[0] : undefined);
    if (text === undefined) continue;
    if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(text) || '%20');
    else if (where === 'query') url.append(name, text);
    else headers[name] = text.replaceAll(/[^ -~]/g, '?');
  }
  const query = url.toString();
  return { method, path: query === '' ? filled : `${filled}?${query}`, headers };
}

test('whatever is asked, the answer is one that the description has', async () => {
  const random = randomNumbers(seedOfRun());
  const oneOf = (list: readonly string[]) => list[random(list.length)] ?? '';
  await withServer({ ledger, rate: { perSecond: 1e6, burst: 1e6 } }, async ({ port }) => {
    for (const operation of operations) {
      for (let nth = 0; nth < QUESTIONS_OF_EACH; nth += 1) {
        const isBroken = random(3) === 0;
        const question = asked(operation, (name) => {
          if (random(3) > 0 && name !== 'name' && name !== 'event') return undefined;
          return oneOf(isBroken && random(2) === 0 ? junk : (samples[name] ?? junk));
        });
        const what = `${question.method} ${question.path}`;
        // Where none is wanted one may come all the same.
        const body = oneOf(bodies);
        const type = oneOf(bodyTypes);
        const headers = { ...question.headers, ...(type !== '' && { 'content-type': type }) };
        const said = `${what} with ${body.slice(0, 20)} as "${type}"`;
        assertDescribed(operation, await ask(port, { ...question, body, headers }), said);
      }
    }
  });
});

/** A ledger whose store fails at the first thing that any route asks of it. */
function failing(error: Error): ServedLedger {
  const fail = () => {
    throw error;
  };
  const store = new Proxy(ledger.store, {
    get: (target, name) =>
      name === 'getMeta' || name === 'lastCheckpoint' ? fail : Reflect.get(target, name),
  });
  return Object.create(ledger, { store: { value: store } });
}

const known = { host: 'localhost' };
const wrongToken = { authorization: 'Bearer clt_0' };

/** How each status is come by; the token is what lets every route ask the store. */
function ways(operation: Operation): Readonly<Record<string, Question>> {
  const plain = asked(operation, () => undefined);
  const { method, path } = plain;
  const more = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;
  const json = { ...known, 'content-type': 'application/json' };
  const isSession = operation.path === '/session';
  const body = isSession && method === 'post' ? { body: '{"token":"clt_00000000_x"}' } : {};
  const all = (headers: Record<string, string>, at = path): Question => {
    return {
      method,
      path: at,
      headers: isSession ? { ...json, ...headers } : { ...known, ...headers },
      ...body,
    };
  };
  const unknown = operation.path.includes('{name}')
    ? all({}, path.replace(open?.channelId ?? '', '1x1x1'))
    : operation.path.includes('{event}')
      ? all({}, '/events/999999999')
      : all(
          {},
          more(
            operation.parameters?.some(({ name }) => name === 'node')
              ? 'node=nobody'
              : 'channel=1x1x1',
          ),
        );
  return {
    400: isSession ? { ...all({}), body: '{' } : all({}, more('nonsense=1')),
    401: isSession ? all({}) : all(wrongToken),
    403: all({ 'sec-fetch-site': 'cross-site' }),
    404: unknown,
    409: all({}),
    413: { ...all(json), body: JSON.stringify({ token: 'x'.repeat(100_000) }) },
    415: { ...all({ 'content-type': 'text/xml' }), body: '<a/>' },
    421: all({ host: 'rebound.example' }),
    429: all({}),
    500: all(wrongToken),
    503: all(wrongToken),
  };
}

test('all take a moment and have an ETag, but for those that README.md names', () => {
  const pathsOf = (one: (typeof routes)[number][]) => [...new Set(one.map(({ path }) => path))];
  const without = (name: string) =>
    pathsOf(routes.filter(({ question }) => !(name in question.properties)));
  const ofNow = ['/events/:event', '/stats', '/readyz', '/verify'];
  assert.equal(without('node'), ofNow);
  const withWanted = ['/wanted', ...ofNow];
  for (const name of ['knownAt', 'source']) assert.equal(without(name), withWanted, name);
  assert.equal(without('at'), ['/wanted', '/channels/:name/diff', ...ofNow]);
  assert.equal(pathsOf(routes.filter(({ isOfLedger }) => !isOfLedger)), [
    '/problems',
    '/stats',
    '/readyz',
    '/verify',
  ]);
});

test('every refusal that a route describes is one that it gives', async () => {
  for (const operation of operations) {
    const statuses = Object.keys(operation.responses)
      .map(Number)
      .filter((status) => status >= 400);
    for (const status of statuses) {
      const question = ways(operation)[status];
      const what = `${operation.method} ${operation.path} ${status}`;
      assert.ok(question, what);
      const served =
        status === 500
          ? failing(new Error('its inside'))
          : status === 503
            ? failing(new StoreError('the disk is gone'))
            : ledger;
      const rate = status === 429 ? { perSecond: 0.001, burst: 0 } : { perSecond: 1e6, burst: 1e6 };
      await withServer({ ledger: served, rate }, async ({ port }) => {
        if (status === 409) await ask(port, question);
        const answer = await ask(port, question);
        assert.is(answer.status, status, `${what}: ${answer.body}`);
        assertDescribed(operation, answer, what);
        assert.not.match(answer.body, 'its inside', what);
      });
    }
  }
});

test.run();
