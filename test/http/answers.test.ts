import { request as plainRequest } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createToken } from '../../src/http/tokens.ts';
import type { ChannelView } from '../../src/ledger/view-types.ts';
import { runInProcess } from '../cli/in-process.ts';
import { bearing, demoLedger, path, withServer } from './served.ts';

const ledger = await demoLedger();
test.after(() => ledger.close());
const [channel] = ledger.channels();
const [closed] = ledger.closed();
if (channel === undefined || closed === undefined) throw new Error('the demo has both');
const [firstEvent] = ledger.store.allEvents();
if (firstEvent === undefined) throw new Error('the demo has events');
const nameOf = ({ channelId }: ChannelView) => `/channels/${channelId}`;
const ours = `node=${channel.nodeId}`;
const secretToken = createToken(ledger.store, { name: 'test', scope: 'read+secrets' }).token;

interface Described {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly parameters?: readonly { readonly name: string; readonly in: string }[];
        readonly responses: Record<
          string,
          { readonly content?: Record<string, { readonly schema: object }> }
        >;
      }
    >
  >;
  readonly components: { readonly schemas: { readonly Problem: object } };
}

async function description(ask: (path: string) => Promise<Response>): Promise<Described> {
  return JSON.parse(await (await ask('/openapi.json')).text());
}

/** Requests of every route that is answered with JSON, by the path that describes it. */
const questions: readonly (readonly [path: string, url: string])[] = [
  ['/channels', '/channels'],
  ['/channels', '/channels?at=height:20'],
  ['/channels', `/channels?${ours}&source=ldk&knownAt=2100-01-01`],
  ['/closed', '/closed'],
  ['/peers', '/peers'],
  ['/forwards', '/forwards'],
  ['/forwards', '/forwards?by=day'],
  ['/forwards', '/forwards?by=channel&from=height:1'],
  ['/forwards', '/forwards?by=peer&to=2100-01-01'],
  ['/fees', '/fees'],
  ['/flows', '/flows?between=channel'],
  ['/flows', '/flows?between=peer&at=height:20'],
  ['/fees/effects', '/fees/effects'],
  ['/recordings', '/recordings'],
  ['/problems', '/problems'],
  ['/wanted', '/wanted'],
  ['/channels/{name}', `${nameOf(channel)}?${ours}`],
  ['/channels/{name}', `${nameOf(channel)}?${ours}&at=commitment:local:3`],
  ['/channels/{name}', `${nameOf(closed)}?node=${closed.nodeId}`],
  ['/channels/{name}/fees', `${nameOf(channel)}/fees?${ours}`],
  ['/channels/{name}/balances', `${nameOf(channel)}/balances?${ours}&points=6`],
  ['/channels/{name}/history', `${nameOf(channel)}/history?${ours}`],
  ['/channels/{name}/history', `${nameOf(closed)}/history?node=${closed.nodeId}&limit=1000`],
  ['/channels/{name}/history', `${nameOf(channel)}/history?${ours}&secrets=true`],
  ['/channels/{name}/state', `${nameOf(channel)}/state?${ours}&at=revision:9`],
  ['/channels/{name}/history', `${nameOf(channel)}/history?${ours}&newest=true&limit=7`],
  ['/channels/{name}/origin', `${nameOf(channel)}/origin?${ours}&field=localBalanceMsat`],
  ['/channels/{name}/connections', `${nameOf(channel)}/connections?${ours}`],
  ['/channels/{name}/dossier', `${nameOf(closed)}/dossier?node=${closed.nodeId}`],
  ['/channels/{name}/diff', `${nameOf(channel)}/diff?${ours}&from=revision:3&to=revision:30`],
  ['/channels/{name}/bisect', `${nameOf(channel)}/bisect?${ours}&condition=htlcs.size()%3E0`],
  ['/events/{event}', '/events/1'],
  ['/events/{event}', `/events/${firstEvent.id}`],
  ['/verify', '/verify'],
  ['/stats', '/stats'],
  ['/readyz', '/readyz'],
  ['/healthz', '/healthz'],
];

test('every route answers as its own description says', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const { paths } = await description(ask);
    for (const [path, url] of questions) {
      const response = await ask(url, bearing(secretToken));
      const text = await response.text();
      assert.is(response.status, 200, `${url}: ${text}`);
      const schema = paths[path]?.get?.responses[200]?.content?.['application/json']?.schema;
      assert.ok(schema, path);
      const compiled = Compile(schema);
      const [first] = compiled.Errors(JSON.parse(text));
      assert.is(first, undefined, `${url}: ${JSON.stringify(first)}`);
    }
    const asked = new Set(questions.map(([path]) => path));
    const others = ['/events', '/metrics', '/replay', '/session'];
    assert.equal(Object.keys(paths).sort(), [...asked, ...others].sort());
  });
});

test('the newest events first are all events backwards, page by page', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const expected = [...ledger.history(channel.channelId, { nodeId: channel.nodeId })];
    const found: string[] = [];
    let after = '';
    do {
      const url = `${nameOf(channel)}/history?${ours}&newest=true&limit=17${after}`;
      const page: { entries: { eventId: string }[]; next?: string } = JSON.parse(
        await (await ask(url)).text(),
      );
      found.push(...page.entries.map(({ eventId }) => eventId));
      after = page.next === undefined ? '' : `&after=${page.next}`;
    } while (after !== '');
    assert.equal(found, expected.map(({ eventId }) => eventId).reverse());
  });
});

test('where a field comes from is the last event that changed it', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const history = [...ledger.history(channel.channelId, { nodeId: channel.nodeId })];
    for (const field of ['localBalanceMsat', 'remote.number', 'status']) {
      const last = history.findLast(({ changes }) => changes.some((one) => one.field === field));
      const found = await ask(`${nameOf(channel)}/origin?${ours}&field=${field}`);
      assert.is(JSON.parse(await found.text()).eventId, last?.eventId, field);
    }
    // Of the teller or of gossip, whoever came first: it says what is shown.
    const { localPolicy } = ledger.channel(channel.channelId, { nodeId: channel.nodeId });
    const field = 'localPolicy.timestamp';
    const found = JSON.parse(
      await (await ask(`${nameOf(channel)}/origin?${ours}&field=${field}`)).text(),
    );
    assert.match(found.type, /FeePolicyChanged$/);
    assert.is(found.data.timestamp, localPolicy?.timestamp);
    assert.is(found.data.feeBaseMsat, String(localPolicy?.feeBaseMsat));
  });
});

test('every route refuses what it does not know, as Problem Details', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const { paths, components } = await description(ask);
    const problem = Compile(components.schemas.Problem);
    const wrong: (readonly [url: string, status: number])[] = [
      ['/nowhere', 404],
      ['/channels/1x1x1', 404],
      ['/channels?node=nobody', 404],
      ['/channels?at=revision:3', 400],
      ['/channels?at=yesterday', 400],
      ['/channels?knownAt=soon', 400],
      ['/channels?source=A_B', 400],
      ['/channels?at=height:1&at=height:2', 400],
      ['/forwards?by=moon', 400],
      ['/forwards?from=never', 400],
      [`${nameOf(channel)}/history?${ours}&limit=0`, 400],
      [`${nameOf(channel)}/history?${ours}&after=x`, 400],
      [`${nameOf(channel)}/balances?${ours}&points=many`, 400],
      [`${nameOf(channel)}/history?${ours}&secrets=true`, 403],
      ['/events?after=999999999', 400],
      ['/events?after=-1', 400],
      ['/events?channel=1x1x1', 404],
      ['/events?peer=me', 400],
      ['/events/0', 400],
      ['/events/999999999', 404],
      ['/events/00000000-0000-8000-8000-000000000000', 404],
      [`${nameOf(channel)}/dossier?${ours}`, 404],
      [`${nameOf(channel)}/diff?${ours}`, 400],
      [`${nameOf(channel)}/diff?${ours}&from=revision:1&to=sometime`, 400],
      [`${nameOf(channel)}/bisect?${ours}&condition=%25`, 400],
    ];
    for (const path of Object.keys(paths)) {
      if (['/healthz', '/metrics', '/session'].includes(path)) continue;
      const url = path.replace('{name}', channel.channelId).replace('{event}', '1');
      wrong.push([`${url}?nonsense=1`, 400]);
    }
    for (const [url, status] of wrong) {
      const response = await ask(url);
      const body: unknown = JSON.parse(await response.text());
      assert.is(response.status, status, `${url}: ${JSON.stringify(body)}`);
      assert.match(response.headers.get('content-type') ?? '', 'application/problem+json', url);
      assert.ok(problem.Check(body), url);
      assert.is(response.headers.get('etag'), null, url);
    }
  });
});

test('an answer is the JSON that the command of its name prints', async () => {
  const ledgers = await import('../../src/ledger/open-ledger.ts');
  const same: readonly (readonly [url: string, args: readonly string[]])[] = [
    ['/channels', ['channels']],
    ['/channels?at=height:20', ['channels', '--at', 'height:20']],
    ['/closed', ['closed']],
    ['/peers', ['peers']],
    ['/forwards', ['forwards']],
    ['/forwards?by=channel', ['forwards', '--by', 'channel']],
    ['/fees', ['fees']],
    ['/problems', ['problems']],
    ['/wanted', ['wanted']],
    [
      `${nameOf(closed)}/dossier?node=${closed.nodeId}`,
      ['why', closed.channelId, '--node', closed.nodeId],
    ],
    [
      `${nameOf(channel)}/diff?${ours}&from=revision:3&to=revision:30`,
      [
        ...['diff', channel.channelId, '--node', channel.nodeId],
        ...['--from', 'revision:3', '--to', 'revision:30'],
      ],
    ],
    [
      `${nameOf(channel)}/bisect?${ours}&condition=eventCount%3E20`,
      ['bisect', channel.channelId, 'eventCount>20', '--node', channel.nodeId],
    ],
    [`${nameOf(channel)}?${ours}`, ['show', channel.channelId, '--node', channel.nodeId]],
  ];
  await withServer({ ledger }, async ({ ask }) => {
    for (const [url, args] of same) {
      const printed = await runInProcess([...args, '--json', '--ledger', path], {
        ledgers,
        env: {},
      });
      assert.is(printed.exitCode, 0, printed.err);
      const answered: unknown = JSON.parse(await (await ask(url)).text());
      assert.equal(answered, JSON.parse(printed.out), url);
    }
  });
});

test('the pages of a history are the whole history, each entry once', async () => {
  const whole = [...ledger.history(channel.channelId, { nodeId: channel.nodeId })];
  await withServer({ ledger }, async ({ ask }) => {
    const ids: string[] = [];
    let after = '';
    for (;;) {
      const response = await ask(`${nameOf(channel)}/history?${ours}&limit=7${after}`);
      const { entries, next }: { entries: { eventId: string }[]; next?: string } = JSON.parse(
        await response.text(),
      );
      ids.push(...entries.map(({ eventId }) => eventId));
      if (next === undefined) break;
      assert.is(entries.length, 7);
      after = `&after=${next}`;
    }
    assert.equal(
      ids,
      whole.map(({ eventId }) => eventId),
    );
  });
});

test('sealed fields are opened for the scope read+secrets alone', async () => {
  const url = `${nameOf(channel)}/history?${ours}&limit=1000`;
  const read = createToken(ledger.store, { name: 'reader', scope: 'read' }).token;
  await withServer({ ledger }, async ({ ask }) => {
    const plain = await (await ask(url)).text();
    assert.match(plain, '"sealed":{"state":"sealed"}');
    assert.not.match(plain, '"state":"open"');
    assert.is((await ask(`${url}&secrets=true`, bearing(read))).status, 403);
    const opened = await (await ask(`${url}&secrets=true`, bearing(secretToken))).text();
    assert.match(opened, '"state":"open"');
    // Nothing keeps it: neither the client by its ETag nor whatever lies between.
    const { headers } = await ask(`${url}&secrets=true`, bearing(secretToken));
    assert.is(headers.get('cache-control'), 'no-store');
    assert.is(headers.get('etag'), null);
    assert.is((await ask(url)).headers.get('cache-control'), 'private, no-cache');
  });
});

test('what is known already is not answered again until something is recorded', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const first = await ask('/channels');
    const etag = first.headers.get('etag') ?? '';
    const again = await ask('/channels', { headers: { 'if-none-match': etag } });
    assert.is(again.status, 304);
    assert.is(await again.text(), '');
    for (const path of ['/peers', '/channels?fields=channelId', '/channels?at=height:1']) {
      const other = await ask(path, { headers: { 'if-none-match': etag } });
      assert.is(other.status, 200, path);
    }
  });
});

test('an answer is gzipped for who takes that, and an event stream never is', async () => {
  await withServer({ ledger }, async ({ port }) => {
    const headers = { 'accept-encoding': 'gzip', host: 'localhost' };
    const plain = await received(port, '/channels', { host: 'localhost' });
    const packed = await received(port, '/channels', headers);
    assert.is(plain.encoding, undefined);
    assert.is(packed.encoding, 'gzip');
    assert.equal(gunzipSync(packed.body), plain.body);
    const refused = await received(port, '/channels', {
      ...headers,
      'accept-encoding': 'gzip;q=0, br',
    });
    assert.is(refused.encoding, undefined);
  });
});

/** The bytes as they come, which `fetch` unpacks. */
function received(port: number, path: string, headers: Record<string, string>) {
  return new Promise<{ readonly encoding: string | undefined; readonly body: Buffer }>(
    (resolve, reject) => {
      plainRequest({ port, host: '127.0.0.1', path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const encoding = response.headers['content-encoding'];
          resolve({ encoding, body: Buffer.concat(chunks) });
        });
      })
        .on('error', reject)
        .end();
    },
  );
}

test.run();
